// The API's documents as the client reads them. Shapes only; what they mean stands in docs/rules.md.

export type Id = string
export type Source = 'timer' | 'typed' | 'amended' | 'estimated'
export type ClockMark = 'ok' | 'corrected' | 'doubtful'
export type Outcome = 'in_progress' | 'finished' | 'unfinished' | 'stopped_for_sleep'
export type Place = 'home' | 'school'
export type Tier = 'basic' | 'standard' | 'extension'
export type Kind = 'written' | 'reading' | 'oral' | 'practical' | 'exercise'
export type SheetState = 'open' | 'submitted' | 'confirmed'
export type CapScope = 'home' | 'all'

export interface Segment {
  started_at: string
  finished_at: string | null
  source: Source
  clock: ClockMark
  proposed_end_at?: string | null
  /** Which stretch of the phone's clock read each end; stays on the phone. See clock.ts. */
  start_epoch?: number
  finish_epoch?: number
}

export interface EntryState {
  assignment_id: Id | null
  subject: string | null
  title: string
  tier: Tier | null
  place: Place
  outcome: Outcome
  segments: Segment[]
}

export interface Figure {
  author_id: Id
  kind: string
  at: string
  segments?: Segment[]
  lights_out_at?: string | null
}

export interface Entry extends EntryState {
  id: Id
  is_self_study: boolean
  kind: Kind | null
  estimated_minutes: number | null
  actual_minutes: number
  figures: Figure[]
  is_amended: boolean
  version: number
  installation_id: Id | null
  revision: number
  changed_by: Id | null
}

export interface SleepState {
  lights_out_at: string | null
  woke_at: string | null
  nap_minutes: number | null
  source: Source
}

export interface Sleep extends Omit<SleepState, 'source'> {
  source: Source | null
  figures: Figure[]
  version?: number
  changed_by?: Id | null
  sleep_minutes: number | null
  projected: boolean
  basis: string
  short_by_minutes: number | null
  target_missed: boolean | null
  bedtime_late: boolean | null
}

export interface TierOffer {
  tier: Tier
  estimated_minutes: number
  estimated_max_minutes: number | null
}

export interface Assignment {
  id: Id
  subject: string
  title: string | null
  kind: Kind
  place: Place
  given_on: string
  due_on: string
  nights: number
  tiers: TierOffer[]
}

export interface Policy {
  cap_minutes: number | null
  cap_scope: CapScope
  sleep_target_minutes: number | null
  latest_lights_out: string | null
}

export interface Confirmation {
  guardian_id: Id
  sheet_version: number
  confirmed_at: string
  by_amendment: boolean
  withdrawn_at: string | null
  withdrawn_because: { what: string; record: Id | null; by: Id }[]
}

export interface Night {
  student_id: Id
  night: string
  state: SheetState
  version: number
  is_late: boolean
  is_amended: boolean
  submitted_at: string | null
  submitted_by: Id | null
  policy: Policy
  assignments: Assignment[]
  entries: Entry[]
  deleted_entry_ids: Id[]
  sleep: Sleep
  note: { guardian_note: string; version: number } | null
  confirmations: Confirmation[]
  review: { sheet_version: number; teacher_reply: string; reviewed_at: string } | null
  people: { id: Id; kind: string; name: string }[]
}

export type ChangeKind = 'entry' | 'entry_deletion' | 'sleep' | 'note' | 'submission' | 'stop' | 'confirmation'

/** One unsent change as the queue keeps it. `seq` is its place in the queue. */
export interface Change {
  seq: number
  owner: Id
  key: string
  kind: ChangeKind
  student_id: Id
  night: string
  id: Id | null
  base_version: number | null
  revision: number
  state: Record<string, unknown>
  made_at: number
  tries: number
  /** A hand-in of this moment, which may still be taken back: in no batch until then. Wall clock, in milliseconds. */
  held?: { from: number; until: number }
  problem: { code: string; current: unknown; errors: { path: string; code: string; message: string }[] } | null
}

export interface Subject {
  code: string
  name_zh: string
  name_en: string
  glyph: string
}

export interface Student {
  id: Id
  name: string
  relation: string
  class: { id: Id; name: string; stage: string; grade: number } | null
  may_write: boolean
  /** Logs what was really set in the class. Absent: told by a server that did not say. */
  is_recorder?: boolean
  /** The last night of the pause in which today lies. */
  paused_to?: string | null
  consent: { state: string; needed: boolean; text_version: string }
}

export interface Me {
  id: Id
  kind: 'student' | 'guardian' | 'staff' | 'district_officer' | 'tablet'
  name: string
  locale: string
  today: string | null
  school: { id: Id; slug: string; name: string; zone: string; subjects: Subject[]; channels?: string[] } | null
  students: Student[]
  /** What a member of staff does at the school. */
  posts?: Post[]
  /** An officer's district. */
  district?: { id: Id; slug: string; name: string } | null
}

export interface Post {
  role: string
  class: { id: Id; name: string; stage: string; grade: number } | null
  subject: string | null
  stage: string | null
  grade: number | null
  weekdays: number[]
}
