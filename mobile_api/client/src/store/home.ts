// The state of the running client: who is signed in, their nights, the queue, the clock. Screens read it and call its verbs.
import { computed, reactive, ref } from 'vue'
import { NEW_CLOCK, TrustedClock, type ClockState } from '../domain/clock'
import type { Tap } from '../domain/evening'
import { newId } from '../domain/ids'
import { emptyNight, merge } from '../domain/merge'
import { isSendable, needsPerson, wireOf, type Put } from '../domain/queue'
import { nightOf } from '../domain/time'
import type { Change, Id, Me, Night, Student } from '../domain/types'
import { call, Refused, Unreachable } from './api'
import * as store from './db'

export interface State {
  ready: boolean
  /** The browser keeps nothing: no IndexedDB. */
  broken: boolean
  /** Data was here and the system has thrown it away. */
  cleared: boolean
  session: store.Session | null
  nights: Night[]
  queue: Change[]
  receipts: store.Receipt[]
  online: boolean
  syncing: boolean
  loaded: boolean
  newVersion: boolean
  /** The last tap could not be stored (no room left): it is not shown, and the person is told. */
  unsaved: boolean
}

export const state = reactive<State>({
  ready: false,
  broken: false,
  cleared: false,
  session: null,
  nights: [],
  queue: [],
  receipts: [],
  online: true,
  syncing: false,
  loaded: false,
  newVersion: false,
  unsaved: false,
})

/** The present instant; ticks each second while the page is in front. */
export const now = ref(Date.now())

let db: store.Database
let clock: TrustedClock
let installation: Id
const tab = newId(Date.now())
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('nightsheet')
let aliveSinceLook = true

export const isSecure = typeof window !== 'undefined' && window.isSecureContext && 'serviceWorker' in navigator

// --- reading ---------------------------------------------------------------------------------------------------------

export const me = computed<Me | null>(() => state.session?.me ?? null)
export const zone = computed(() => me.value?.school?.zone ?? 'Asia/Shanghai')
export const students = computed<Student[]>(() => me.value?.students ?? [])
export const isGuardian = computed(() => state.session?.kind === 'guardian')
export const tonight = computed(() => nightOf(now.value, zone.value))
export const mine = computed(() => state.queue.filter((change) => change.owner === state.session?.person_id))
export const waiting = computed(() => mine.value.length)
export const undecided = computed(() => mine.value.filter(needsPerson))
export const othersWaiting = computed(() => state.queue.length - mine.value.length)

export function student(id: Id): Student | undefined {
  return students.value.find((each) => each.id === id)
}

/** A night as this phone knows it, its own unsent changes included. */
export function night(studentId: Id, date: string): Night {
  const known = state.nights.filter((each) => each.student_id === studentId)
  const found = known.find((each) => each.night === date) ?? emptyNight(studentId, date, known)
  const author = { id: state.session?.person_id ?? '', kind: state.session?.kind ?? 'student' }
  return merge(found, mine.value, author)
}

/** What a tap knows: the clock is looked at first. */
export function tap(): Tap {
  look()
  const at = clock.now()
  return { now: at, epoch: clock.epoch, newId: () => newId(at), moved: (from, to) => clock.movedBetween(from, to) }
}

export function isDoubtful(epoch: number | undefined): boolean {
  return clock.isDoubtful(epoch)
}

// --- writing ---------------------------------------------------------------------------------------------------------

/** Store what a tap did, then show it, then send it. */
export async function save(puts: Put[]): Promise<void> {
  if (puts.length === 0 || !state.session) return
  try {
    // What comes from the screen is reactive; IndexedDB takes plain documents only.
    const plain = JSON.parse(JSON.stringify(puts)) as Put[]
    await store.addChanges(db, plain, state.session.person_id, Math.round(clock.now()))
    state.unsaved = false
  } catch (error) {
    state.unsaved = true
    throw error
  }
  await readQueue()
  channel?.postMessage('changed')
  void registerBackgroundSync()
  // A moment later: the answer to the next tap must not wait behind the last one's sending.
  sendLater(state.online ? 350 : 1_500)
}

export async function decide(change: Change, keep: boolean): Promise<void> {
  const current = change.problem?.current as { version?: number } | null | undefined
  await store.decide(db, JSON.parse(JSON.stringify(change)) as Change, keep, current?.version ?? null)
  await readQueue()
  channel?.postMessage('changed')
  void sync()
}

async function readQueue(): Promise<void> {
  state.queue = await db.getAll('queue')
}

async function readAll(): Promise<void> {
  state.session = (await store.getMeta<store.Session>(db, 'session')) ?? null
  const owner = state.session?.person_id
  state.nights = owner ? (await db.getAllFromIndex('nights', 'owner', owner)).map((kept) => kept.night) : []
  state.receipts = (await db.getAll('receipts')).reverse()
  await readQueue()
}

// --- sending ---------------------------------------------------------------------------------------------------------

let again = false
let failures = 0
let alarm: ReturnType<typeof setTimeout> | undefined
let underWay: Promise<void> | null = null

/** Send what waits and fetch what is new. Asked twice at once, it runs once more afterwards. */
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
      const batch = (await db.getAll('queue')).filter((change) => isSendable(change, session.person_id)).slice(0, 100)
      const answer = await exchange(session, batch, await cursors(session))
      const left = (await db.getAll('queue')).filter((change) => change.problem === null && change.owner === session.person_id)
      more = answer.students.some((each) => each.more) || left.some((change) => batch.every((sent) => sent.seq !== change.seq))
    }
    reached()
  } catch (error) {
    await failed(error)
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
  const settled = clock.heard(Date.parse(answer.server_time), sent, Date.now())
  await store.settleClock(db, settled, clock.state)
  await store.applyAnswer(db, batch, answer, session.person_id, Math.round(clock.now()))
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
  if (undecided.value.length < waiting.value) sendLater(60_000)
}

async function failed(error: unknown): Promise<void> {
  if (error instanceof Refused && error.status === 401) {
    state.online = true
    await setSession({ ...state.session!, ended: error.code })
    return
  }
  if (error instanceof Refused && error.code === 'cursor_invalid') {
    for (const each of students.value) await db.delete('meta', `cursor|${state.session!.person_id}|${each.id}`)
  }
  if (error instanceof Unreachable) state.online = false
  else console.error(error)
  failures += 1
  sendLater(Math.min(300_000, 3_000 * 2 ** Math.min(failures, 7)))
}

function sendLater(delay: number): void {
  clearTimeout(alarm)
  alarm = setTimeout(() => void sync(), delay)
}

async function registerBackgroundSync(): Promise<void> {
  if (!isSecure) return
  const registration = (await navigator.serviceWorker.getRegistration()) as (ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } }) | undefined
  await registration?.sync?.register('queue').catch(() => undefined)
}

// --- who ---------------------------------------------------------------------------------------------------------------

async function setSession(session: store.Session | null): Promise<void> {
  const plain = session === null ? null : (JSON.parse(JSON.stringify(session)) as store.Session)
  if (plain) await store.setMeta(db, 'session', plain)
  state.session = plain
}

async function fetchMe(session: store.Session): Promise<void> {
  const found = await call<Me>('/me', { token: session.token })
  session.me = found
  await setSession(session)
}

/** Ask again who one is: after a consent, on opening. Quiet when the server is away. */
export async function refreshMe(): Promise<void> {
  if (!state.session || state.session.ended || state.session.must_change_password) return
  try {
    await fetchMe({ ...state.session })
  } catch (error) {
    if (error instanceof Refused && error.status === 401) await failed(error)
  }
}

interface SignedIn {
  token: string
  kind: Me['kind']
  person_id: Id
  must_change_password: boolean
}

async function begin(signedIn: SignedIn): Promise<void> {
  const { token, kind, person_id, must_change_password } = signedIn
  await setSession({ token, kind, person_id, me: null, must_change_password, ended: null })
  localStorage.setItem('nightsheet.kept', '1')
  state.cleared = false
  if (!must_change_password) await fetchMe({ ...state.session! })
  void navigator.storage?.persist?.().catch(() => false)
  await readAll()
  await sync()
  await readAll()
}

export async function claim(code: string, lastFour: string): Promise<void> {
  const body = { code, telephone_last_four: lastFour || null, installation_id: installation, device_name: deviceName() }
  await begin(await call<SignedIn>('/auth/claims', { method: 'POST', body }))
}

export async function signIn(school: string, login: string, password: string): Promise<void> {
  const body = { school, login, password, installation_id: installation, device_name: deviceName() }
  await begin(await call<SignedIn>('/auth/sessions', { method: 'POST', body }))
}

export async function changePassword(old_password: string, new_password: string): Promise<void> {
  await ask('/me/password', { method: 'PUT', body: { old_password, new_password } })
  await setSession({ ...state.session!, must_change_password: false })
  await fetchMe({ ...state.session! })
}

/** Sign out. Refused (false) while something of one's own is unsent. */
export async function signOut(): Promise<boolean> {
  await sync()
  await readQueue()
  if (waiting.value > 0) return false
  const { token, person_id } = state.session!
  await call('/auth/sessions/current', { method: 'DELETE', token }).catch(() => undefined)
  await store.forget(db, person_id)
  localStorage.removeItem('nightsheet.kept')
  await readAll()
  channel?.postMessage('changed')
  return true
}

/** Leave an ended session: its queue stays until the same person is back. */
export async function leaveEnded(): Promise<void> {
  await db.delete('meta', 'session')
  await readAll()
}

/** A request in the person's name. */
export function ask<T>(path: string, options: { method?: 'GET' | 'POST' | 'PUT' | 'DELETE'; body?: unknown } = {}): Promise<T> {
  return call<T>(path, { ...options, token: state.session?.token ?? null })
}

/** Read a range of nights that the sync did not bring. */
export async function readRange(studentId: Id, from: string, to: string): Promise<void> {
  if (!state.session) return
  try {
    const page = await ask<{ items: Night[] }>(`/students/${studentId}/nights?from=${from}&to=${to}`)
    await store.keepNights(db, state.session.person_id, page.items)
    await readAll()
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Refused)) throw error
  }
}

/** The id by which this phone is known to the server. */
export function installationId(): Id {
  return installation
}

/** Keep nothing about an erased child on this phone, unsent changes included. */
export async function forgetStudent(studentId: Id): Promise<void> {
  await store.forgetStudent(db, studentId)
  await readAll()
  channel?.postMessage('changed')
}

/** Everything unsent, as a file that a person can keep. */
export function rescue(): string {
  return JSON.stringify({ nightsheet: 'unsent changes', installation_id: installation, changes: state.queue }, null, 2)
}

function deviceName(): string {
  const agent = navigator.userAgent
  const kind = /iPhone/.test(agent) ? 'iPhone' : /iPad/.test(agent) ? 'iPad' : /Android/.test(agent) ? 'Android' : /Windows/.test(agent) ? 'Windows' : /Mac/.test(agent) ? 'Mac' : 'Web'
  return /MicroMessenger/.test(agent) ? `${kind} · WeChat` : kind
}

// --- living ------------------------------------------------------------------------------------------------------------

function look(): void {
  const began = clock.look(aliveSinceLook)
  aliveSinceLook = document.visibilityState === 'visible'
  if (began) void store.setMeta(db, 'clock', clock.state)
}

function tick(): void {
  look()
  now.value = clock.now()
}

/** Open the store, read everything, begin to tick and to send. */
export async function live(): Promise<void> {
  try {
    db = await store.openDatabase()
    installation = (await store.getMeta<Id>(db, 'installation')) ?? newId(Date.now())
    await store.setMeta(db, 'installation', installation)
    clock = new TrustedClock({ wall: () => Date.now(), mono: () => performance.now() }, (await store.getMeta<ClockState>(db, 'clock')) ?? NEW_CLOCK)
    await store.setMeta(db, 'clock', clock.state)
    await readAll()
  } catch (error) {
    console.error(error)
    state.broken = true
    state.ready = true
    return
  }
  state.cleared = !state.session && localStorage.getItem('nightsheet.kept') === '1'
  state.loaded = state.nights.length > 0
  now.value = clock.now()
  state.ready = true
  channel?.addEventListener('message', () => void readAll())
  setInterval(() => document.visibilityState === 'visible' && tick(), 1_000)
  setInterval(() => document.visibilityState === 'visible' && void sync(), 120_000)
  setInterval(() => void store.setMeta(db, 'clock', clock.state), 30_000)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') aliveSinceLook = false
    else {
      tick()
      void sync()
    }
  })
  document.addEventListener('freeze', () => (aliveSinceLook = false))
  window.addEventListener('pageshow', (event) => event.persisted && ((aliveSinceLook = false), tick()))
  window.addEventListener('online', () => void sync())
  window.addEventListener('offline', () => (state.online = false))
  navigator.serviceWorker?.addEventListener('message', (event) => event.data === 'sync' && void sync())
  await refreshMe()
  await sync()
}
