// What this phone knows at the moment: who is signed in, their nights, the queue, the clock. Screens read it through
// store/home.ts; sending is sync.ts, writing is queue.ts, signing in is session.ts.
import { computed, reactive, ref } from 'vue'
import { NEW_CLOCK, TrustedClock, type ClockState } from '../domain/clock'
import type { Tap } from '../domain/evening'
import { newId } from '../domain/ids'
import { emptyNight, merge } from '../domain/merge'
import { needsPerson } from '../domain/queue'
import { nightOf } from '../domain/time'
import type { Change, Id, Me, Night, Student } from '../domain/types'
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

export let db: store.Database
export let clock: TrustedClock
export let installation: Id
export const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('nightsheet')
let aliveSinceLook = true

export const isSecure = typeof window !== 'undefined' && window.isSecureContext && 'serviceWorker' in navigator
/** Why the page cannot be opened without a network here: no https, or a browser (as in some messengers) without service workers. */
export const onlineOnly: 'insecure' | 'browser' | null = isSecure ? null : typeof window !== 'undefined' && window.isSecureContext ? 'browser' : 'insecure'

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

/** Until which night a child is paused, for illness or travel; null where tonight is no such night. */
export function pausedTo(child: Student | undefined): string | null {
  return child?.paused_to && child.paused_to >= tonight.value ? child.paused_to : null
}

/** A night as this phone knows it, its own unsent changes included. */
export function night(studentId: Id, date: string): Night {
  const known = state.nights.filter((each) => each.student_id === studentId)
  const found = known.find((each) => each.night === date) ?? emptyNight(studentId, date, known)
  const author = { id: state.session?.person_id ?? '', kind: state.session?.kind ?? 'student' }
  return merge(found, mine.value, author)
}

/** The nights before this one on which some of its homework could be worked on already: a weekend's begins on Friday. */
export function earlierThan(of: Night): Night[] {
  const first = of.assignments.reduce((least, each) => (each.given_on < least ? each.given_on : least), of.night)
  const dates = new Set([...state.nights.filter((each) => each.student_id === of.student_id), ...mine.value.filter((each) => each.student_id === of.student_id)].map((each) => each.night))
  return [...dates].filter((date) => date >= first && date < of.night).map((date) => night(of.student_id, date))
}

/** The dates of the nights of a child that this phone holds, the latest first. */
export function knownNights(studentId: Id): string[] {
  const dates = state.nights.filter((each) => each.student_id === studentId).map((each) => each.night)
  return dates.sort((a, b) => b.localeCompare(a))
}

/** The id by which this phone is known to the server. */
export function installationId(): Id {
  return installation
}

// --- the clock -------------------------------------------------------------------------------------------------------

/** What a tap knows: the clock is looked at first. */
export function tap(): Tap {
  look()
  const at = clock.now()
  return {
    now: at,
    epoch: clock.epoch,
    newId: () => newId(at),
    moved: (from, to) => clock.movedBetween(from, to),
    unsure: (from) => clock.unsureBetween(from, clock.epoch),
  }
}

export function isDoubtful(epoch: number | undefined): boolean {
  return clock.isDoubtful(epoch)
}

export function look(): void {
  const began = clock.look(aliveSinceLook)
  aliveSinceLook = document.visibilityState === 'visible'
  if (began) void store.keepClock(db, clock.state)
}

export function tick(): void {
  look()
  now.value = clock.now()
}

/** The page was hidden or frozen: the witness may have slept. */
export function slept(): void {
  aliveSinceLook = false
}

// --- the store -------------------------------------------------------------------------------------------------------

let nightsRead: store.NightsRead | null = null

/** What waits and what it is laid over, as they stand together. */
export async function readQueue(): Promise<void> {
  const owner = state.session?.person_id ?? null
  const { queue, kept, nights, read } = await store.standingOf(db, owner, nightsRead)
  // This page's own look first: a jump that two pages saw is put right once.
  if (clock) look()
  if (clock?.adopt(kept)) now.value = clock.now()
  state.queue = queue
  // Somebody else has signed in while this was being read: theirs is read by who let them in.
  if (nights && (state.session?.person_id ?? null) === owner) {
    state.nights = nights
    nightsRead = read
  }
}

export async function readAll(): Promise<void> {
  state.session = (await store.getMeta<store.Session>(db, 'session')) ?? null
  const owner = state.session?.person_id
  const receipts = (await db.getAll('receipts')).filter((receipt) => receipt.owner === owner).reverse()
  if (state.session?.person_id === owner) state.receipts = receipts
  await readQueue()
}

export async function setSession(session: store.Session | null): Promise<void> {
  const plain = session === null ? null : (JSON.parse(JSON.stringify(session)) as store.Session)
  if (plain) await store.setMeta(db, 'session', plain)
  state.session = plain
}

/** What the server said of the session at hand. Where another page has ended or replaced it, what stands there counts. */
export async function renewSession(session: store.Session): Promise<void> {
  const plain = JSON.parse(JSON.stringify(session)) as store.Session
  if (await store.renewSession(db, plain)) state.session = plain
  else await readAll()
}

/** Who is signed in may have changed in another page that could not say so: a token that was left is not used again. */
export async function readSession(): Promise<void> {
  const standing = await store.getMeta<store.Session>(db, 'session')
  if (standing?.token !== state.session?.token) await readAll()
}

/** Open what this phone keeps, and its clock. */
export async function openPhone(): Promise<void> {
  db = await store.openDatabase(undefined, () => location.reload())
  installation = (await store.getMeta<Id>(db, 'installation')) ?? newId(Date.now())
  await store.setMeta(db, 'installation', installation)
  clock = new TrustedClock({ wall: () => Date.now(), mono: () => performance.now() }, (await store.getMeta<ClockState>(db, 'clock')) ?? NEW_CLOCK)
  await store.keepClock(db, clock.state)
  await readAll()
}
