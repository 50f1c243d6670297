// What the screen shows: the server's night with this phone's unsent changes laid over it, in the order they were made.
import type { Assignment, Change, Confirmation, Entry, EntryState, Id, Night, SleepState } from './types'

export interface Author {
  id: Id
  kind: string
}

/** A night nobody has told the phone about yet: its policy as on the latest known night, homework that is still due. */
export function emptyNight(studentId: Id, night: string, known: Night[]): Night {
  const latest = [...known].sort((a, b) => a.night.localeCompare(b.night)).at(-1)
  const due = new Map<Id, Assignment>()
  for (const other of known) {
    for (const assignment of other.assignments) {
      if (assignment.given_on <= night && night < assignment.due_on) due.set(assignment.id, assignment)
    }
  }
  return {
    student_id: studentId,
    night,
    state: 'open',
    version: 0,
    is_late: false,
    is_amended: false,
    submitted_at: null,
    submitted_by: null,
    policy: latest?.policy ?? { cap_minutes: null, cap_scope: 'all', sleep_target_minutes: null, latest_lights_out: null },
    assignments: [...due.values()],
    entries: [],
    deleted_entry_ids: [],
    sleep: NO_SLEEP,
    note: null,
    confirmations: [],
    review: null,
    people: latest?.people ?? [],
  }
}

const NO_FIGURE = { sleep_minutes: null, projected: false, basis: 'none', short_by_minutes: null, target_missed: null, bedtime_late: null }
const NO_SLEEP = { lights_out_at: null, woke_at: null, nap_minutes: null, source: null, figures: [], ...NO_FIGURE }

/** The server's night with the unsent changes of this phone. */
export function merge(night: Night, changes: Change[], author: Author): Night {
  return changes
    .filter((change) => change.student_id === night.student_id && change.night === night.night)
    .sort((a, b) => a.seq - b.seq)
    .reduce((standing, change) => lay(standing, change, author), night)
}

function lay(night: Night, change: Change, author: Author): Night {
  const at = new Date(change.made_at).toISOString()
  switch (change.kind) {
    case 'entry':
      return amended(withEntry(night, change.id!, change.state as unknown as EntryState, author, at), author)
    case 'entry_deletion':
      return amended({ ...night, entries: night.entries.filter((entry) => entry.id !== change.id) }, author)
    case 'sleep':
      return withSleep(night, change.state as unknown as SleepState, author, at)
    case 'note':
      return { ...night, note: { guardian_note: String(change.state.guardian_note), version: night.note?.version ?? 0 } }
    case 'submission':
      return submitted(night, author, at)
    case 'stop':
      return stopped(night, change, author, at)
    case 'confirmation':
      // It named a version that no longer stands: nothing is confirmed until the guardian has looked again.
      return change.problem ? night : { ...night, state: 'confirmed', confirmations: [...night.confirmations, confirmation(night, author, at)] }
  }
}

function withEntry(night: Night, id: Id, state: EntryState, author: Author, at: string): Night {
  const before = night.entries.find((entry) => entry.id === id)
  const assignment = night.assignments.find((each) => each.id === state.assignment_id)
  const figure = { author_id: author.id, kind: author.kind, at, segments: state.segments }
  const entry: Entry = {
    estimated_minutes: null,
    actual_minutes: 0,
    version: 0,
    installation_id: null,
    revision: 0,
    is_amended: state.segments.some((segment) => segment.source === 'amended'),
    ...before,
    ...state,
    id,
    subject: assignment?.subject ?? state.subject,
    kind: assignment?.kind ?? before?.kind ?? null,
    is_self_study: state.assignment_id === null,
    changed_by: author.id,
    figures: [...(before?.figures ?? []).filter((each) => each.author_id !== author.id), figure],
  }
  const entries = before ? night.entries.map((each) => (each.id === id ? entry : each)) : [...night.entries, entry]
  return { ...night, entries }
}

function withSleep(night: Night, state: SleepState, author: Author, at: string): Night {
  const target = night.policy.sleep_target_minutes
  const { lights_out_at, woke_at } = state
  const slept = lights_out_at && woke_at ? Math.round((Date.parse(woke_at) - Date.parse(lights_out_at)) / 60_000) : null
  const same = lights_out_at === night.sleep.lights_out_at && woke_at === night.sleep.woke_at
  const figure = same
    ? {}
    : { ...NO_FIGURE, sleep_minutes: slept, short_by_minutes: slept === null || target === null ? null : Math.max(0, target - slept) }
  const said = { author_id: author.id, kind: author.kind, at, lights_out_at }
  const figures = [...night.sleep.figures.filter((each) => each.author_id !== author.id), said]
  const after = { ...night, sleep: { ...night.sleep, ...figure, ...state, figures } }
  const before = night.sleep.lights_out_at
  if (before !== null && Date.parse(before) !== Date.parse(lights_out_at ?? '')) return amended(after, author)
  return lights_out_at === null ? after : submitted(after, author, at)
}

/** A changed fact of a sheet that is in: a guardian's change confirms it by that act, a child's asks for a new yes (rule 9). */
function amended(night: Night, author: Author): Night {
  if (night.state === 'open') return night
  return { ...night, state: author.kind === 'guardian' ? 'confirmed' : 'submitted' }
}

function submitted(night: Night, author: Author, at: string): Night {
  if (night.submitted_at !== null) return night
  const state = author.kind === 'guardian' ? 'confirmed' : 'submitted'
  return { ...night, state, submitted_at: at, submitted_by: author.id }
}

function stopped(night: Night, change: Change, author: Author, at: string): Night {
  const entries = night.entries.map((entry): Entry => {
    if (entry.outcome !== 'in_progress') return entry
    const segments = entry.segments.map((segment) => (segment.finished_at === null ? { ...segment, finished_at: at } : segment))
    return { ...entry, outcome: 'stopped_for_sleep', segments }
  })
  const lightsOut = (change.state.lights_out_at as string | null | undefined) ?? null
  const sleep = night.sleep.lights_out_at === null ? { ...night.sleep, lights_out_at: lightsOut } : night.sleep
  return submitted({ ...night, entries, sleep }, author, at)
}

function confirmation(night: Night, author: Author, at: string): Confirmation {
  return { guardian_id: author.id, sheet_version: night.version, confirmed_at: at, by_amendment: false, withdrawn_at: null, withdrawn_because: [] }
}
