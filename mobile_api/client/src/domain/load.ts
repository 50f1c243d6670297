// Rule 2 (load) on the phone: the same figures as the server's, for what it has not seen yet and for each second that runs.
import { midnightAfter } from './time'
import type { CapScope, Kind, Night, Outcome, Place, Segment } from './types'

export interface LoadEntry {
  subject: string | null
  kind: Kind | null
  place: Place
  is_self_study: boolean
  outcome: Outcome
  segments: Segment[]
}

export interface Evening {
  now: number
  midnight: number
  lightsOut: number | null
  submitted: number | null
}

/** The evening of a night as far as it has come. */
export function eveningOf(night: Pick<Night, 'night' | 'sleep' | 'submitted_at'>, now: number, zone: string): Evening {
  const at = (instant: string | null) => (instant === null ? null : Date.parse(instant))
  return { now, midnight: midnightAfter(night.night, zone), lightsOut: at(night.sleep.lights_out_at), submitted: at(night.submitted_at) }
}

export interface Loads {
  written: number
  capped: number
  assigned: number
  study: number
  school: number
  unclosed: number
  bySubject: Record<string, number>
}

type Span = [number, number]

/** Length of the union in milliseconds; time that overlaps counts once. */
export function unionLength(spans: Span[]): number {
  let total = 0
  let end = -Infinity
  for (const [start, finish] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (finish <= end || finish <= start) continue
    total += finish - Math.max(start, end)
    end = finish
  }
  return total
}

/** Whole minutes, rounded half up from whole seconds: 29 seconds are 0 and 30 are 1. */
export function minutesOf(milliseconds: number): number {
  return Math.floor((Math.floor(milliseconds / 1000) + 30) / 60)
}

/** What a segment counts at `evening.now`, null when it was left open; `running` when it still grows. */
export function spanOf(segment: Segment, evening: Evening): { span: Span | null; running: boolean } {
  const start = Date.parse(segment.started_at)
  if (segment.finished_at !== null) return { span: [start, Date.parse(segment.finished_at)], running: false }
  const ends = Math.min(evening.lightsOut ?? Infinity, evening.midnight)
  if (evening.submitted !== null && start <= evening.submitted && evening.submitted <= evening.midnight) {
    const end = Math.min(evening.now, ends, evening.submitted)
    return { span: end >= start ? [start, end] : null, running: false }
  }
  if (evening.now > ends) return { span: null, running: false }
  return { span: [start, Math.max(start, evening.now)], running: true }
}

/** The counted spans of some entries. */
export function spansOf(entries: LoadEntry[], evening: Evening): Span[] {
  return entries.flatMap((entry) => entry.segments.map((segment) => spanOf(segment, evening).span)).filter((span) => span !== null)
}

/** Milliseconds worked on some entries. */
export function workedOn(entries: LoadEntry[], evening: Evening): number {
  return unionLength(spansOf(entries, evening))
}

/** All figures of a night in minutes. */
export function loadsOf(entries: LoadEntry[], evening: Evening, scope: CapScope): Loads {
  const minutes = (of: LoadEntry[]) => minutesOf(workedOn(of, evening))
  const assigned = entries.filter((entry) => !entry.is_self_study)
  const written = assigned.filter((entry) => entry.kind === 'written')
  const bySubject: Record<string, number> = {}
  for (const subject of new Set(assigned.map((entry) => entry.subject ?? ''))) {
    bySubject[subject] = minutes(assigned.filter((entry) => (entry.subject ?? '') === subject))
  }
  const open = entries.flatMap((entry) => entry.segments).filter((segment) => spanOf(segment, evening).span === null)
  return {
    written: minutes(written),
    capped: minutes(scope === 'all' ? written : written.filter((entry) => entry.place === 'home')),
    assigned: minutes(assigned),
    study: minutes(entries),
    school: minutes(entries.filter((entry) => entry.place === 'school')),
    unclosed: open.length,
    bySubject,
  }
}

export type CapState = 'none' | 'within' | 'near' | 'exceeded'

/** Rule 3 (cap): 60 of 60 is within, 61 exceeds; from 80 % it is near. */
export function capState(minutes: number, cap: number | null): CapState {
  if (cap === null) return 'none'
  if (minutes > cap) return 'exceeded'
  return cap > 0 && minutes * 5 >= cap * 4 ? 'near' : 'within'
}
