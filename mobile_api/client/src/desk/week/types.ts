// Week plans and the week at a glance as the API tells them (/schools/{id}/week-plans…).
import type { CapScope, Id, Kind, Place } from '../../domain/types'
import type { TierMinutes } from '../plan/types'

export interface Item {
  title: string
  kind: Kind
  place: Place
  given_on: string
  due_on: string
  tiers: TierMinutes[]
}

export type State = 'draft' | 'filed' | 'sent_back' | 'approved'

export interface WeekPlan {
  id: Id
  stage: string
  grade: number
  subject: string
  week_starts_on: string
  state: State
  version: number
  items: Item[]
  note: string
}

export interface Budget { night: string; cap_minutes: number | null; planned_minutes: number; over_minutes: number; exceeded: boolean }

export interface FullPlan extends WeekPlan {
  by: { person_id: Id; name: string }
  filed_at: string
  daily_totals: { class_id: Id; class_name: string; nights: Budget[] }[]
  versions: { version: number; state: State; by: { name: string }; filed_at: string; decided_by: string | null; decided_at: string | null; note: string }[]
  changed_since_version: number | null
  changes: { what: 'added' | 'removed' | 'changed'; before: Item | null; after: Item | null }[]
}

export interface Part { subject: string; minutes: number; source: 'filed' | 'approved' | 'published' }

export interface Night {
  night: string
  cap_minutes: number | null
  cap_scope: CapScope
  no_homework_day: boolean
  total_minutes: number
  over_minutes: number
  exceeded: boolean
  planned_minutes: number
  published_minutes: number
  parts: Part[]
}

export interface ClassWeek { class_id: Id; class_name: string; nights: Night[] }

export interface Head {
  id: Id | null
  subject: string
  state: 'filed' | 'sent_back' | 'approved'
  version: number
  n_items: number
  by: { name: string }
  filed_at: string
  nights_over: string[]
}

export interface GradeWeek { stage: string; grade: number; nights_over: number; missing_subjects: string[]; plans: Head[]; classes: ClassWeek[] }

export interface Overview {
  week_starts_on: string
  today: string
  /** Whether the reader approves and sends back. */
  decides: boolean
  days: { day: string; is_school_day: boolean }[]
  grades: GradeWeek[]
}

interface Taken { n: number | null; enrolled: number | null; mean_minutes: number | null; withheld: boolean }
export interface Three { planned_minutes: number | null; published_minutes: number | null; is_set: boolean; set_minutes: number | null; taken: Taken | null }
export interface ThreeFigures { taken_nights: { from: string; to: string; nights: number } | null; items: (Three & { subject: string })[]; total: Three }
