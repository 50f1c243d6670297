// Sending what waits and fetching what is new. One tab at a time; asked twice at once, it runs once more afterwards.
import { newId } from '../domain/ids'
import { isSendable, wireOf } from '../domain/queue'
import type { Change, Id, Me } from '../domain/types'
import { call, Refused, Unreachable } from './api'
import * as store from './db'
import { endLeft } from './leaving'
import { channel, clock, db, installation, isSecure, look, now, readAll, readQueue, readSession, renewSession, state, students, undecided, waiting } from './phone'

const tab = tabId()
let again = false
let failures = 0
let alarm: ReturnType<typeof setTimeout> | undefined
let underWay: Promise<void> | null = null
/** When this page last let everything go that was held back. What is held back is noted in the change, so that no other tab sends it. */
let released = 0

/** A reloaded page is still the same tab, and its lease its own. A duplicate of the tab finds nothing: it stands there only between two pages. */
function tabId(): string {
  const key = 'nightsheet.tab'
  const known = sessionStorage.getItem(key)
  sessionStorage.removeItem(key)
  const id = known ?? newId(Date.now())
  window.addEventListener('pagehide', () => sessionStorage.setItem(key, id))
  window.addEventListener('pageshow', () => sessionStorage.removeItem(key))
  return id
}

/** The moment is over: whatever was held back may go. Answers whether there was something. */
export function release(): boolean {
  const was = state.queue.some(isHeld)
  released = Date.now()
  return was
}

function isHeld(change: Change): boolean {
  const { held } = change
  if (!held || held.from <= released) return false
  const left = held.until - Date.now()
  return left > 0 && left < 60_000
}

export function sync(): Promise<void> {
  if (underWay) {
    again = true
    return underWay
  }
  underWay = syncOnce().finally(() => {
    underWay = null
    if (again) {
      again = false
      void sync()
    }
  })
  return underWay
}

async function syncOnce(): Promise<void> {
  await endLeft()
  await readSession()
  const session = state.session
  if (!session || session.ended || session.kind === 'staff' || session.kind === 'district_officer') return
  if (!(await store.takeLease(db, tab, Date.now()))) {
    sendLater(3_000)
    return
  }
  state.syncing = true
  try {
    if (!session.me) await fetchMe(session)
    // The clock first: what it says decides what is sent.
    if (!clock.isSettled) await exchange(session, [], {})
    let more = true
    while (more) {
      await store.takeLease(db, tab, Date.now())
      const ready = (await db.getAll('queue')).filter((change) => isSendable(change, session.person_id) && !isHeld(change))
      const batch = ready.slice(0, 100)
      const answer = await exchange(session, batch, await cursors(session))
      const left = (await db.getAll('queue')).filter((change) => change.problem === null && change.owner === session.person_id && !isHeld(change))
      more = answer.students.some((each) => each.more) || left.some((change) => batch.every((sent) => sent.seq !== change.seq))
    }
    reached()
  } catch (error) {
    await failed(error, session)
  } finally {
    await store.dropLease(db, tab)
    state.syncing = false
  }
}

async function cursors(session: store.Session): Promise<Record<Id, string | null>> {
  const known: Record<Id, string | null> = {}
  for (const each of session.me?.students ?? []) {
    known[each.id] = (await store.getMeta<string>(db, `cursor|${session.person_id}|${each.id}`)) ?? null
  }
  return known
}

type Exchanged = store.Answer & { server_time: string }

async function exchange(session: store.Session, batch: Change[], known: Record<Id, string | null>): Promise<Exchanged> {
  look()
  const sent = Date.now()
  const body = { installation_id: installation, sent_at: new Date(clock.now()).toISOString(), changes: batch.map(wireOf), cursors: known }
  const answer = await call<Exchanged>('/sync', { method: 'POST', token: session.token, body })
  look()
  // Another page may have heard the server meanwhile, and put the queue right: that is not done twice.
  await readQueue()
  const settled = clock.heard(Date.parse(answer.server_time), sent, Date.now())
  await store.settleClock(db, settled, clock.state)
  await store.applyAnswer(db, batch, answer, session.person_id, Math.round(clock.now()))
  // A consent that another guardian has taken back, a child that is no longer one's own: the screen has to know.
  if (answer.results.some((each) => each.code === 'consent_required') || answer.students.some((each) => each.code)) await fetchMe(session)
  if (batch.length > 0 || answer.students.some((each) => each.nights?.length) || settled?.shift) {
    await readAll()
    channel?.postMessage('changed')
  }
  now.value = clock.now()
  return answer
}

function reached(): void {
  state.online = true
  state.loaded = true
  failures = 0
  const pause = Math.max(0, ...state.queue.filter(isHeld).map((change) => change.held!.until - Date.now()))
  if (undecided.value.length < waiting.value) sendLater(pause > 0 ? pause + 50 : 60_000)
}

/** What went wrong on the way: an ended sign-in, a cursor the server does not know, a server that is away. */
export async function failed(error: unknown, session: store.Session): Promise<void> {
  // An answer to somebody who has signed out meanwhile says nothing about who is here now.
  if (state.session?.token !== session.token) return
  if (error instanceof Refused && error.status === 401) {
    state.online = true
    await renewSession({ ...state.session, ended: error.code })
    return
  }
  if (error instanceof Refused && error.code === 'cursor_invalid') {
    for (const each of students.value) await db.delete('meta', `cursor|${session.person_id}|${each.id}`)
  }
  if (error instanceof Unreachable) state.online = false
  else console.error(error)
  failures += 1
  sendLater(Math.min(300_000, 3_000 * 2 ** Math.min(failures, 7)))
}

export function sendLater(delay: number): void {
  clearTimeout(alarm)
  alarm = setTimeout(() => void sync(), delay)
}

export async function registerBackgroundSync(): Promise<void> {
  if (!isSecure) return
  const registration = (await navigator.serviceWorker.getRegistration()) as (ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } }) | undefined
  await registration?.sync?.register('queue').catch(() => undefined)
}

export async function fetchMe(session: store.Session): Promise<void> {
  const found = await call<Me>('/me', { token: session.token })
  if (state.session?.token !== session.token) return
  session.me = found
  await renewSession(session)
}
