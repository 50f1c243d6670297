// Writing: what a tap did is stored, then shown, then sent. A person's decisions about what could not be taken, too.
import { newId } from '../domain/ids'
import type { Put } from '../domain/queue'
import type { Change } from '../domain/types'
import * as store from './db'
import { channel, clock, db, installation, mine, readQueue, state } from './phone'
import { registerBackgroundSync, release, sendLater, sync } from './sync'

/** How long a hand-in may be taken back before anybody is told of it. */
export const UNDO_MILLISECONDS = 5_000
/** The clock on the screen ticks once a second: the button must never stand longer than what it takes back. */
const HOLD_MILLISECONDS = UNDO_MILLISECONDS + 1_200

/** Store what a tap did, then show it, then send it; `undoable` is sent a moment later. */
export async function save(puts: Put[], { undoable = false } = {}): Promise<void> {
  if (puts.length === 0 || !state.session) return
  const held = undoable ? { from: Date.now(), until: Date.now() + HOLD_MILLISECONDS } : undefined
  try {
    // What comes from the screen is reactive; IndexedDB takes plain documents only.
    await store.addChanges(db, plain(puts), state.session.person_id, Math.round(clock.now()), held, { ...clock.state })
    state.unsaved = false
  } catch (error) {
    state.unsaved = true
    throw error
  }
  await shown()
  void registerBackgroundSync()
  // A moment later: the answer to the next tap must not wait behind the last one's sending.
  sendLater(undoable ? HOLD_MILLISECONDS + 50 : state.online ? 350 : 1_500)
}

/** Take back a hand-in of this moment: its submission, if still unsent, is dropped, and `puts` restore what stood before. */
export async function takeBack(of: { student_id: string; night: string }, puts: Put[]): Promise<void> {
  const isOf = (change: Change) => change.kind === 'submission' && change.student_id === of.student_id && change.night === of.night
  for (const change of state.queue.filter(isOf)) await store.decide(db, plain(change), false, null)
  release()
  await save(puts)
  await shown()
}

/** A person looked at both versions, or at a refusal: send it again on top of what stands, or drop it. */
export async function decide(change: Change, keep: boolean): Promise<void> {
  const current = change.problem?.current as { version?: number } | null | undefined
  await store.decide(db, plain(change), keep, current?.version ?? null)
  await shown()
  void sync()
}

/** What was deleted on another phone, kept after all: under a new id, since a deleted one stays gone (rule 10). */
export async function keepAsNew(change: Change): Promise<void> {
  const put: Put = { kind: 'entry', student_id: change.student_id, night: change.night, id: newId(clock.now()), state: change.state, version: null }
  await store.replace(db, plain(change), plain(put), Math.round(clock.now()))
  await shown()
  void sync()
}

async function shown(): Promise<void> {
  await readQueue()
  channel?.postMessage('changed')
}

/** Everything of this person's that is unsent, as a file to keep: what others left on the phone is theirs. */
export function rescue(): string {
  return JSON.stringify({ nightsheet: 'unsent changes', installation_id: installation, changes: mine.value }, null, 2)
}

function plain<T>(what: T): T {
  return JSON.parse(JSON.stringify(what)) as T
}
