// The queue of unsent changes: what a change says, how it goes over the wire, what its answer does to it (rule 10).
// Pure decisions; IndexedDB is store/db.ts, sending is store/sync.ts.
import { rfc3339 } from './time'
import type { Change, ChangeKind, Id, Segment } from './types'
import type { Settled } from './clock'

/** What a screen wants to change. */
export interface Put {
  kind: ChangeKind
  student_id: Id
  night: string
  id: Id | null
  state: object
  /** The version that the screen showed, null for a record that the server does not know yet. */
  version: number | null
}

/** This phone's own count for one record; it outlives the change. */
export interface Counter {
  key: string
  revision: number
  base: number | null
}

export interface SyncResult {
  index: number
  result: 'applied' | 'same' | 'conflict' | 'gone' | 'invalid'
  code: string
  record: { version?: number } | null
  errors: { path: string; code: string; message: string }[]
}

export const VERSIONED: readonly ChangeKind[] = ['entry', 'entry_deletion', 'sleep', 'note']

/** One record's name: an entry and its deletion are the same record. */
export function keyOf(put: Pick<Put, 'kind' | 'student_id' | 'night' | 'id'>): string {
  const kind = put.kind === 'entry_deletion' ? 'entry' : put.kind
  return [put.student_id, put.night, kind, put.id ?? ''].join('|')
}

function highest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b)
}

/** The change to store, and the counter after it: the revision rises by one, the base never falls. */
export function nextChange(put: Put, counter: Counter | undefined, owner: Id, at: number): { change: Omit<Change, 'seq'>; counter: Counter } {
  const key = keyOf(put)
  const revision = (counter?.revision ?? 0) + 1
  const base = highest(counter?.base ?? null, put.version)
  const { kind, student_id, night, id } = put
  const change = { owner, key, kind, student_id, night, id, base_version: base, revision, state: { ...put.state }, made_at: at, tries: 0, problem: null }
  return { change, counter: { key, revision, base } }
}

const LOCAL = ['start_epoch', 'finish_epoch', 'proposed_end_at'] as const

function wireSegment(segment: Segment): object {
  const sent: Record<string, unknown> = { ...segment }
  for (const name of LOCAL) delete sent[name]
  return sent
}

/** The change as `POST /sync` takes it. */
export function wireOf(change: Change): object {
  const { epoch: _epoch, ...state } = change.state
  if (Array.isArray(state.segments)) state.segments = (state.segments as Segment[]).map(wireSegment)
  const versions = VERSIONED.includes(change.kind) ? { base_version: change.base_version, revision: change.revision } : {}
  const id = change.id === null ? {} : { id: change.id }
  return { kind: change.kind, student_id: change.student_id, night: change.night, ...id, ...versions, ...state }
}

/** What an answer does: the change is done, or stays with a problem that a person has to settle, or waits. */
export type Outcome = { done: true; version: number | null } | { done: false; problem: Change['problem'] }

/** Refusals that pass by themselves: the change waits for its next turn. */
const PASSING = ['consent_required', 'too_many_attempts', 'unavailable', 'internal']

export function outcomeOf(result: SyncResult): Outcome {
  if (result.result === 'applied' || result.result === 'same') return { done: true, version: result.record?.version ?? null }
  const code = result.result === 'invalid' ? result.code : result.result
  return { done: false, problem: { code, current: result.record, errors: result.errors } }
}

/** Whether a change is to be sent in the next batch. */
export function isSendable(change: Change, owner: Id): boolean {
  return change.owner === owner && (change.problem === null || PASSING.includes(change.problem.code))
}

/** Whether a person has to decide about it. */
export function needsPerson(change: Change): boolean {
  return change.problem !== null && !PASSING.includes(change.problem.code)
}

/** A change whose timer instants stood on a wrong assumption about the clock, put right and marked. */
export function putRight(change: Change, settled: Settled): Change {
  const state = { ...change.state }
  if (Array.isArray(state.segments)) state.segments = (state.segments as Segment[]).map((segment) => rightSegment(segment, settled))
  const isMoved = typeof state.epoch === 'number' && state.epoch > settled.above
  if (isMoved && typeof state.lights_out_at === 'string') state.lights_out_at = rfc3339(Date.parse(state.lights_out_at) + settled.shift)
  return { ...change, state }
}

function rightSegment(segment: Segment, { above, shift, exactFrom = above + 1 }: Settled): Segment {
  const moves = (epoch: number | undefined) => shift !== 0 && epoch !== undefined && epoch > above
  // What was read between two jumps that nobody witnessed stays a guess.
  const exact = (epoch: number | undefined) => epoch === undefined || epoch <= above || epoch >= exactFrom
  const moved = (at: string) => rfc3339(Date.parse(at) + shift)
  const start = moves(segment.start_epoch)
  const finish = moves(segment.finish_epoch)
  const known = exact(segment.start_epoch) && exact(segment.finish_epoch)
  if (segment.source !== 'timer' || !(start || finish || (segment.clock === 'doubtful' && known))) return segment
  const started_at = start ? moved(segment.started_at) : segment.started_at
  const finished_at = finish && segment.finished_at ? moved(segment.finished_at) : segment.finished_at
  return { ...segment, started_at, finished_at, clock: segment.clock === 'doubtful' && !known ? 'doubtful' : 'corrected' }
}
