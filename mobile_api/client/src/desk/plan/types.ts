// A class's plan as the API tells it (GET /classes/{id}/plan), and what a teacher is about to publish.
import type { CapScope, Id, Kind, Place, Tier } from '../../domain/types'

export interface TierMinutes {
  tier: Tier
  estimated_minutes: number
  estimated_max_minutes: number | null
  tried_minutes: number | null
}

export interface Stated {
  subject: string
  title: string
  kind: Kind
  place: Place
  given_on: string
  due_on: string
  tiers: TierMinutes[]
}

export interface PlanAssignment extends Stated {
  id: Id
  class_id: Id
  nights: string[]
  state: 'draft' | 'published' | 'withdrawn'
  version: number
  by: { person_id: Id; name: string }
  published_at: string | null
  over_cap_minutes: number | null
  over_cap_reason: string | null
}

export interface PlanNight {
  night: string
  cap_minutes: number | null
  cap_scope: CapScope
  subject_cap_minutes: number | null
  no_homework_day: boolean
  planned_minutes: number
  left_minutes: number | null
  over_minutes: number
  exceeded: boolean
  /** Subjects that said "none today". */
  none: string[]
}

export interface ClassPlan {
  class_id: Id
  class_name: string
  /** The tier most used lately: for it the budget is reckoned. */
  tier: Tier
  over_cap_mode: 'reason' | 'refuse'
  nights: PlanNight[]
  assignments: PlanAssignment[]
}

/** What would be published; `replaces` names the homework that is being changed. */
export interface Candidate extends Stated {
  replaces?: Id
}

export interface Offer {
  estimated_minutes: number
  eight_of_ten_minutes: number
  took_minutes: number
  n: number
  n_censored: number
}
