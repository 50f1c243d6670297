// The class's evening as the board answers it.
import type { Id, Tier } from '../../domain/types'

export interface SubjectMinutes {
  subject: string
  minutes: number
}

export interface BoardSleep {
  lights_out_at: string | null
  woke_at: string | null
  nap_minutes: number | null
  sleep_minutes: number | null
  short_by_minutes: number | null
  target_missed: boolean | null
  bedtime_late: boolean | null
}

export interface BoardStudent {
  student_id: Id
  school_number: string | null
  name: string
  subjects: SubjectMinutes[]
  state?: 'open' | 'submitted' | 'confirmed' | null
  version?: number | null
  loads?: { written_minutes: number; study_minutes: number } | null
  cap_state?: string | null
  sleep?: BoardSleep | null
  unusual?: string[]
  guardian_note?: string | null
  signed_on_paper?: boolean
  teacher_reply?: string | null
  is_reviewed?: boolean
  waits_for_reply?: boolean
}

export interface Actual {
  tier: Tier
  n: number
  n_censored: number
  median_minutes: number | null
  p90_minutes: number | null
}

export interface BoardAssignment {
  assignment_id: Id
  subject: string
  title: string
  tiers: { tier: Tier; estimated_minutes: number; estimated_max_minutes: number | null }[]
  actual: Actual[]
}

export interface ClassFigure {
  n: number | null
  enrolled: number | null
  mean_minutes: number | null
  median_minutes: number | null
  p90_minutes: number | null
  share_within_percent: number | null
  over_cap: boolean | null
  amended: number | null
}

export interface Handoff {
  id: Id
  class_name: string
  night: string
  assignment_id: Id
  subject: string
  title: string
  line: string
  n: number
  median_minutes: number
  estimated_minutes: number | null
  name: string
  sent_at: string
  read_at: string | null
}

export interface Board {
  class_id: Id
  class_name: string
  night: string
  view: 'homeroom' | 'subject'
  cap_minutes?: number | null
  figure?: ClassFigure
  numbers: Record<string, number>
  students: BoardStudent[]
  subjects?: string[]
  assignments: BoardAssignment[]
  handoffs?: Handoff[]
}

const DONE = ['submitted', 'confirmed']

export function isIn(student: BoardStudent): boolean {
  return DONE.includes(student.state ?? '')
}

/**
 * Worth opening first: a guardian's line or an unusual fact. Each group stays in the order of the roll (rule 11), and
 * whoever has no sheet is in neither: the missing are a number.
 */
export function groupsOf(students: readonly BoardStudent[]): { first: BoardStudent[]; others: BoardStudent[] } {
  const isFirst = (each: BoardStudent) => Boolean(each.guardian_note) || (each.unusual?.length ?? 0) > 0
  const sheets = students.filter((each) => each.state)
  return { first: sheets.filter(isFirst), others: sheets.filter((each) => !isFirst(each)) }
}

/** What one tap marks as read: handed in, unread, without a line. */
export function readableAtOnce(students: readonly BoardStudent[]): number {
  return students.filter((each) => isIn(each) && !each.is_reviewed && !each.guardian_note).length
}

/** The tier that most finished, with its estimate: what a line about this homework speaks of. */
export function mainActual(assignment: BoardAssignment): { actual: Actual; estimate: number | null } | null {
  const actual = assignment.actual.reduce<Actual | null>((best, each) => (best === null || each.n > best.n ? each : best), null)
  if (!actual) return null
  const tier = assignment.tiers.find((each) => each.tier === actual.tier) ?? assignment.tiers[0]
  return { actual, estimate: tier ? tier.estimated_max_minutes ?? tier.estimated_minutes : null }
}
