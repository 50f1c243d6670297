// What a tap does to the night: each function answers the records to write, and nothing is written here.
import { addDays, instantOf, rfc3339 } from './time'
import { spanOf, type Evening } from './load'
import type { Put } from './queue'
import type { Assignment, Entry, EntryState, Id, Night, Outcome, Segment, SleepState, Source, Tier } from './types'

/**
 * Who taps, when, by which stretch of the clock. `moved`: was the clock moved between two instants; `unsure`: since an
 * epoch, by a jump that nobody witnessed.
 */
export interface Tap {
  now: number
  epoch: number
  newId(): Id
  moved(from: number, to: number): boolean
  unsure(from: number | undefined): boolean
}

/** One line of the evening: an assignment with what was done on it, or one's own study. */
export interface Row {
  key: string
  assignment: Assignment | null
  entries: Entry[]
  /** What was done on the homework on the nights before, where it may be spread over several (rule 8). */
  before?: Before
}

/** The latest earlier night on which somebody worked on a line, and whether it was finished then. */
export interface Before {
  night: string
  finished: boolean
}

/** The evening's lines: homework in the teacher's order, then one's own study. `earlier`: nights on which it may have been worked on. */
export function rowsOf(night: Night, earlier: Night[] = []): Row[] {
  const rows: Row[] = night.assignments.map((assignment) => {
    const entries = night.entries.filter((entry) => entry.assignment_id === assignment.id)
    const before = beforeOf(assignment, earlier)
    return { key: assignment.id, assignment, entries, ...(before ? { before } : {}) }
  })
  const shown = new Set(night.assignments.map((assignment) => assignment.id))
  for (const entry of night.entries) {
    if (entry.assignment_id === null || !shown.has(entry.assignment_id)) rows.push({ key: entry.id, assignment: null, entries: [entry] })
  }
  return rows
}

function beforeOf(assignment: Assignment, earlier: Night[]): Before | null {
  const works = (night: Night) => night.entries.filter((entry) => entry.assignment_id === assignment.id)
  const latest = earlier.filter((night) => works(night).length > 0).sort((a, b) => a.night.localeCompare(b.night)).at(-1)
  return latest ? { night: latest.night, finished: works(latest).every((entry) => entry.outcome === 'finished') } : null
}

/** Whether nothing is left to do on a line: tonight's work on it is over, or it was finished on a night before. */
export function isOver(row: Row): boolean {
  return row.entries.length ? row.entries.every((entry) => entry.outcome !== 'in_progress') : row.before?.finished === true
}

/** The entry that a tap on the line is about: what runs, else what is in progress, else the first. */
export function entryOf(row: Row): Entry | undefined {
  return row.entries.find(isRunning) ?? row.entries.find((entry) => entry.outcome === 'in_progress') ?? row.entries[0]
}

export function isRunning(entry: Pick<Entry, 'segments'>): boolean {
  return entry.segments.some((segment) => segment.finished_at === null)
}

/** The fields of an entry that a phone states. */
export function stateOf(entry: Entry): EntryState {
  const { assignment_id, subject, title, tier, place, outcome, segments } = entry
  return { assignment_id, subject, title, tier, place, outcome, segments: segments.map((segment) => ({ ...segment })) }
}

/** The tier that is meant unless the child chooses another. */
export function usualTier(assignment: Assignment): Tier | null {
  const tiers = assignment.tiers.map((offer) => offer.tier)
  return (['standard', 'basic', 'extension'] as const).find((tier) => tiers.includes(tier)) ?? null
}

export function newState(assignment: Assignment | null): EntryState {
  return {
    assignment_id: assignment?.id ?? null,
    subject: assignment?.subject ?? null,
    title: '',
    tier: assignment ? usualTier(assignment) : null,
    place: assignment?.place ?? 'home',
    outcome: 'in_progress',
    segments: [],
  }
}

/** `version`: what the person looked at, where that may be older than what the phone knows by now. */
function putEntry(night: Night, id: Id, state: EntryState, seen?: number | null): Put {
  const version = seen !== undefined ? seen : night.entries.find((entry) => entry.id === id)?.version || null
  return { kind: 'entry', student_id: night.student_id, night: night.night, id, state, version }
}

export function putState(night: Night, entry: Entry, changed: Partial<EntryState>, seen?: number | null): Put {
  return putEntry(night, entry.id, { ...stateOf(entry), ...changed }, seen)
}

function closed(segments: Segment[], tap: Tap): Segment[] {
  return segments.map((segment) => {
    if (segment.finished_at !== null) return segment
    const start = Date.parse(segment.started_at)
    const clock = tap.unsure(segment.start_epoch) ? 'doubtful' : tap.moved(start, tap.now) ? 'corrected' : segment.clock
    // Whole seconds must not end before a start that the server told to the millisecond.
    const finished_at = Date.parse(rfc3339(tap.now)) < start ? segment.started_at : rfc3339(tap.now)
    return { ...segment, finished_at, finish_epoch: tap.epoch, clock }
  })
}

/** End what runs, leaving it in progress. */
export function pause(night: Night, tap: Tap): Put[] {
  return night.entries.filter(isRunning).map((entry) => putState(night, entry, { segments: closed(entry.segments, tap) }))
}

/** Start a line; whatever else runs is paused: one at a time. */
export function start(night: Night, row: Row, tap: Tap): Put[] {
  const opened: Segment = { started_at: rfc3339(tap.now), finished_at: null, source: 'timer', clock: 'ok', start_epoch: tap.epoch }
  const entry = entryOf(row)
  const before = entry ? stateOf(entry) : newState(row.assignment)
  const state: EntryState = { ...before, outcome: 'in_progress', segments: [...before.segments, opened] }
  return [...pause(night, tap), putEntry(night, entry?.id ?? tap.newId(), state)]
}

/** A new line of one's own study, running. */
export function startOwn(night: Night, subject: string | null, title: string, tap: Tap): Put[] {
  const opened: Segment = { started_at: rfc3339(tap.now), finished_at: null, source: 'timer', clock: 'ok', start_epoch: tap.epoch }
  return [...pause(night, tap), putEntry(night, tap.newId(), { ...newState(null), subject, title, segments: [opened] })]
}

/** The line is done, or as far as it got. */
export function finish(night: Night, entry: Entry, tap: Tap, outcome: Outcome = 'finished'): Put[] {
  return [putState(night, entry, { outcome, segments: closed(entry.segments, tap) })]
}

/** Lights out: what runs ends, what was not finished is noted as such, and the sheet is handed in by it. */
export function lightsOut(night: Night, tap: Tap): Put[] {
  const open = night.entries.filter((entry) => entry.outcome === 'in_progress')
  const ended = open.map((entry) => putState(night, entry, { outcome: 'unfinished', segments: closed(entry.segments, tap) }))
  return [...ended, putSleep(night, { lights_out_at: rfc3339(tap.now), source: 'timer' }, tap.epoch)]
}

/** Hand the sheet in without a bedtime; one that is in already only ends what was carried on with. */
export function submit(night: Night, tap: Tap): Put[] {
  const open = night.entries.filter((entry) => entry.outcome === 'in_progress')
  const ended = open.map((entry) => putState(night, entry, { outcome: 'unfinished', segments: closed(entry.segments, tap) }))
  return night.submitted_at === null ? [...ended, plain(night, 'submission', {})] : ended
}

/** What brings a night back to where it stood before a tap, record by record; a hand-in is no record and not among them. */
export function restore(before: Night, after: Night): Put[] {
  const differs = (a: object, b: object) => JSON.stringify(a) !== JSON.stringify(b)
  const puts = before.entries.flatMap((was) => {
    const is = after.entries.find((entry) => entry.id === was.id)
    return is && differs(stateOf(is), stateOf(was)) ? [putState(after, is, stateOf(was))] : []
  })
  return before.sleep.lights_out_at === after.sleep.lights_out_at ? puts : [...puts, notInBed(after, before.sleep.source)]
}

/** Not in bed after all: no lights-out stands. A sheet that was handed in stays handed in (rule 9). */
export function notInBed(night: Night, source: Source | null = null): Put {
  return putSleep(night, { lights_out_at: null, source: source ?? 'typed' })
}

/** A guardian ends the evening. The bedtime is now only where a bedtime can be. */
export function stop(night: Night, lightsOutAt: number | null): Put[] {
  return [plain(night, 'stop', { lights_out_at: lightsOutAt === null ? null : rfc3339(lightsOutAt) })]
}

export function confirm(night: Night): Put[] {
  return [plain(night, 'confirmation', { sheet_version: night.version })]
}

export function putNote(night: Night, text: string): Put[] {
  return [{ ...plain(night, 'note', { guardian_note: text }), version: night.note?.version || null }]
}

export function putSleep(night: Night, changed: Partial<SleepState>, epoch?: number): Put {
  const { lights_out_at, woke_at, nap_minutes, source } = night.sleep
  const state = { lights_out_at, woke_at, nap_minutes, source: source ?? ('typed' as Source), ...changed, ...(epoch === undefined ? {} : { epoch }) }
  return { kind: 'sleep', student_id: night.student_id, night: night.night, id: null, state, version: night.sleep.version ?? null }
}

export function remove(night: Night, entry: Entry): Put[] {
  return [{ kind: 'entry_deletion', student_id: night.student_id, night: night.night, id: entry.id, state: {}, version: entry.version || null }]
}

function plain(night: Night, kind: Put['kind'], state: object): Put {
  return { kind, student_id: night.student_id, night: night.night, id: null, state, version: null }
}

/** One line of an evening written down afterwards. */
export interface Typed {
  row: Row
  minutes: number
}

/** A whole evening in one batch: one line after another from a stated beginning, each marked as typed. */
export function typeEvening(night: Night, begin: number, lines: Typed[], tap: Tap): Put[] {
  let at = begin
  return lines.map(({ row, minutes }) => {
    const entry = entryOf(row)
    const before = entry ? stateOf(entry) : newState(row.assignment)
    const segment: Segment = { started_at: rfc3339(at), finished_at: rfc3339(at + minutes * 60_000), source: 'typed', clock: 'ok' }
    at += minutes * 60_000
    return putEntry(night, entry?.id ?? tap.newId(), { ...before, outcome: 'finished', segments: [segment] })
  })
}

/** A timer that somebody forgot: left open over midnight or bedtime, or running far longer than such work takes. */
export function forgotten(entry: Entry, evening: Evening): { segment: Segment; likelyEnd: number } | null {
  const segment = entry.segments.find((each) => each.finished_at === null)
  if (!segment) return null
  const start = Date.parse(segment.started_at)
  const expected = entry.estimated_minutes ?? 30
  const { span, running } = spanOf(segment, evening)
  const tooLong = running && evening.now - start > Math.max(expected * 3, 90) * 60_000
  if (span !== null && !tooLong) return null
  const likely = segment.proposed_end_at ? Date.parse(segment.proposed_end_at) : start + expected * 60_000
  const latest = Math.min(evening.now, evening.midnight, evening.lightsOut ?? Infinity)
  return { segment, likelyEnd: Math.max(start, Math.min(likely, latest)) }
}

/** Accept a likely end: marked as estimated. */
export function acceptEnd(night: Night, entry: Entry, end: number): Put[] {
  const segments = entry.segments.map((segment): Segment =>
    segment.finished_at === null ? { ...segment, finished_at: rfc3339(end), source: 'estimated' } : segment,
  )
  return [putState(night, entry, { outcome: 'finished', segments })]
}

/** A stretch whose clock nobody can vouch for: as measured, or as such work usually takes where that cannot be. */
export interface Doubt {
  entry: Entry
  segment: Segment
  end: number
}

/** The first doubtful stretch of a line, with the figure that is offered (rule 10). `unsettled`: read since the last contact, over a jump. */
export function doubtOf(entries: Entry[], now: number, unsettled: (epoch: number | undefined) => boolean): Doubt | null {
  for (const entry of entries) {
    const segment = entry.segments.find((each) => each.finished_at !== null && each.source === 'timer' && isDoubted(each, unsettled))
    if (!segment) continue
    const start = Date.parse(segment.started_at)
    const measured = Date.parse(segment.finished_at!) - start
    const expected = (entry.estimated_minutes ?? 30) * 60_000
    const likely = measured >= 30_000 && measured <= Math.max(expected * 3, 90 * 60_000)
    return { entry, segment, end: likely ? start + measured : Math.max(start, Math.min(now, start + expected)) }
  }
  return null
}

function isDoubted(segment: Segment, unsettled: (epoch: number | undefined) => boolean): boolean {
  return segment.clock === 'doubtful' || unsettled(segment.finish_epoch) || unsettled(segment.start_epoch)
}

/** A person accepts the figure offered for a doubtful stretch: estimated, and no clock moves it any more. */
export function acceptFigure(night: Night, { entry, segment, end }: Doubt): Put[] {
  const segments = entry.segments.map((each): Segment => {
    if (each.started_at !== segment.started_at || each.finished_at !== segment.finished_at) return each
    return { started_at: each.started_at, finished_at: rfc3339(end), source: 'estimated', clock: 'ok' }
  })
  return [putState(night, entry, { segments })]
}

/** Whether a waking of this night can still be told: from 03:00 to 14:00 of the next day. */
export function mayWake(night: string, at: number, zone: string): boolean {
  const morning = addDays(night, 1)
  return at >= instantOf(morning, '03:00', zone) && at <= instantOf(morning, '14:00', zone)
}
