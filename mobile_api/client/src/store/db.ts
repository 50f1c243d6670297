// IndexedDB: what this phone keeps. Every write that a screen waits for is one transaction here.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { correctionBy, keptWith, type ClockState, type Settled } from '../domain/clock'
import { keyOf, nextChange, outcomeOf, putRight, type Counter, type Put, type SyncResult } from '../domain/queue'
import type { Change, Id, Me, Night } from '../domain/types'

export interface Session {
  token: string
  kind: Me['kind']
  person_id: Id
  me: Me | null
  must_change_password: boolean
  /** Why the server no longer takes the token; the queue stays. */
  ended: string | null
}

export interface Receipt {
  seq?: number
  owner: Id
  student_id: Id
  night: string
  kind: Change['kind']
  subject: string | null
  made_at: number
  taken_at: number
}

interface Kept {
  key: string
  owner: Id
  night: Night
}

interface Schema extends DBSchema {
  meta: { key: string; value: unknown }
  nights: { key: string; value: Kept; indexes: { owner: Id } }
  queue: { key: number; value: Change; indexes: { key: string } }
  counters: { key: string; value: Counter }
  receipts: { key: number; value: Receipt }
}

export type Database = IDBPDatabase<Schema>

const MOST_RECEIPTS = 60
/** How often nights have been written on this phone, by any page. */
const WRITTEN = 'nights_written'
/** The power may go at any moment: what was shown as saved is on the disk. */
const STRICT = { durability: 'strict' } as const

/** `gone`: the system has taken the store away, or a newer version needs it; this page can keep nothing any more. */
export function openDatabase(name = 'nightsheet', gone: () => void = () => undefined): Promise<Database> {
  return openDB<Schema>(name, 1, {
    upgrade(db) {
      db.createObjectStore('meta')
      db.createObjectStore('nights', { keyPath: 'key' }).createIndex('owner', 'owner')
      db.createObjectStore('queue', { keyPath: 'seq', autoIncrement: true }).createIndex('key', 'key')
      db.createObjectStore('counters', { keyPath: 'key' })
      db.createObjectStore('receipts', { keyPath: 'seq', autoIncrement: true })
    },
    blocking(_current, _blocked, event) {
      ;(event.target as IDBDatabase).close()
      gone()
    },
    terminated: gone,
  })
}

export async function getMeta<T>(db: Database, key: string): Promise<T | undefined> {
  return (await db.get('meta', key)) as T | undefined
}

export async function setMeta(db: Database, key: string, value: unknown): Promise<void> {
  await db.put('meta', value, key)
}

/** Write a session down again; not (false) where another page has signed out meanwhile, or somebody else has signed in. */
export async function renewSession(db: Database, session: Session): Promise<boolean> {
  const tx = db.transaction('meta', 'readwrite')
  const stands = ((await tx.store.get('session')) as Session | undefined)?.token === session.token
  if (stands) await tx.store.put(session, 'session')
  await tx.done
  return stands
}

/**
 * Write what a tap did: all of it or nothing. An unsent change of the same record is replaced by the newer state. `clock`
 * is what the tap was read by: where another page has heard the server since, it is put right in the same transaction.
 */
export async function addChanges(db: Database, puts: Put[], owner: Id, at: number, held?: Change['held'], clock?: ClockState): Promise<void> {
  const tx = db.transaction(['queue', 'counters', 'meta'], 'readwrite', STRICT)
  const kept = (await tx.objectStore('meta').get('clock')) as ClockState | undefined
  const wrong = clock && kept ? correctionBy(clock, kept) : null
  const queue = tx.objectStore('queue')
  const counters = tx.objectStore('counters')
  for (const put of puts) {
    const { change: read, counter } = nextChange(put, await counters.get(keyOf(put)), owner, at + (wrong?.shift ?? 0))
    const change = wrong ? putRight(read as Change, wrong) : read
    const waiting = (await queue.index('key').getAll(change.key)).find((each) => each.owner === owner)
    // A conflict stays open until a person has looked at both versions.
    const problem = waiting?.problem?.code === 'conflict' ? waiting.problem : null
    const kept = { ...change, problem, ...(held ? { held } : {}) }
    await queue.put(waiting ? { ...kept, seq: waiting.seq } : (kept as Change))
    await counters.put(counter)
  }
  await tx.done
}

/** A change that a person decided about: sent again on top of what stands, or dropped. */
export async function decide(db: Database, change: Change, keep: boolean, version: number | null): Promise<void> {
  if (!keep) return db.delete('queue', change.seq)
  const tx = db.transaction(['queue', 'counters'], 'readwrite', STRICT)
  const counters = tx.objectStore('counters')
  const before = await counters.get(change.key)
  const base = version ?? before?.base ?? null
  const counter = { key: change.key, revision: (before?.revision ?? change.revision) + 1, base }
  await counters.put(counter)
  await tx.objectStore('queue').put({ ...change, base_version: base, revision: counter.revision, problem: null })
  await tx.done
}

/** A change that cannot be sent under its id, replaced by one that can: both steps or none. */
export async function replace(db: Database, change: Change, put: Put, at: number): Promise<void> {
  const tx = db.transaction(['queue', 'counters'], 'readwrite', STRICT)
  const made = nextChange(put, undefined, change.owner, at)
  await tx.objectStore('queue').delete(change.seq)
  await tx.objectStore('queue').put(made.change as Change)
  await tx.objectStore('counters').put(made.counter)
  await tx.done
}

export interface Answer {
  results: SyncResult[]
  students: { student_id: Id; cursor?: string; nights?: Night[]; more?: boolean; reset?: boolean; code?: string }[]
}

/** What the server answered: results, fresh nights and cursors in one transaction, so nothing is shown twice or not at all. */
export async function applyAnswer(db: Database, sent: Change[], answer: Answer, owner: Id, at: number): Promise<void> {
  // Not strict: what is lost with the power here is told again, and sent again as the same.
  const tx = db.transaction(['queue', 'counters', 'nights', 'meta', 'receipts'], 'readwrite')
  const queue = tx.objectStore('queue')
  for (const result of answer.results) {
    const change = sent[result.index]
    if (!change) continue
    const outcome = outcomeOf(result)
    const standing = await queue.get(change.seq)
    const counter = await tx.objectStore('counters').get(change.key)
    if (outcome.done && outcome.version !== null && counter) {
      await tx.objectStore('counters').put({ ...counter, base: Math.max(counter.base ?? 0, outcome.version) })
    }
    if (outcome.done) await tx.objectStore('receipts').add(receiptOf(change, at))
    // Changed again while it was under way: the newer state stays in the queue.
    if (!standing || standing.revision !== change.revision) continue
    if (outcome.done) await queue.delete(change.seq)
    else await queue.put({ ...standing, tries: standing.tries + 1, problem: outcome.problem })
  }
  // Who has signed out meanwhile leaves nothing behind: only what became of their changes is noted.
  const session = (await tx.objectStore('meta').get('session')) as Session | undefined
  for (const student of session?.person_id === owner ? answer.students : []) {
    if (student.code) continue
    if (student.reset) {
      const range = IDBKeyRange.bound(`${owner}|${student.student_id}|`, `${owner}|${student.student_id}|\uffff`)
      await tx.objectStore('nights').delete(range)
    }
    for (const night of student.nights ?? []) {
      await tx.objectStore('nights').put({ key: `${owner}|${night.student_id}|${night.night}`, owner, night })
    }
    await tx.objectStore('meta').put(student.cursor, `cursor|${owner}|${student.student_id}`)
  }
  if (answer.students.some((each) => each.reset || each.nights?.length)) await noteWritten(tx.objectStore('meta'))
  const receipts = await tx.objectStore('receipts').getAllKeys()
  for (const key of receipts.slice(0, Math.max(0, receipts.length - MOST_RECEIPTS))) await tx.objectStore('receipts').delete(key)
  await tx.done
}

function receiptOf(change: Change, at: number): Receipt {
  const { owner, student_id, night, kind, made_at } = change
  return { owner, student_id, night, kind, subject: (change.state.subject as string | null | undefined) ?? null, made_at, taken_at: at }
}

/** Nights read outside the sync (an older week); none for who has signed out meanwhile. */
export async function keepNights(db: Database, owner: Id, nights: Night[]): Promise<void> {
  const tx = db.transaction(['nights', 'meta'], 'readwrite')
  const session = (await tx.objectStore('meta').get('session')) as Session | undefined
  for (const night of session?.person_id === owner ? nights : []) {
    await tx.objectStore('nights').put({ key: `${owner}|${night.student_id}|${night.night}`, owner, night })
  }
  await noteWritten(tx.objectStore('meta'))
  await tx.done
}

/** Put right what unsettled epochs read, together with the clock's new state. */
export async function settleClock(db: Database, settled: Settled | null, state: ClockState): Promise<void> {
  const tx = db.transaction(['queue', 'meta'], 'readwrite')
  if (settled) {
    for (const change of await tx.objectStore('queue').getAll()) {
      const right = putRight(change, settled)
      if (JSON.stringify(right) !== JSON.stringify(change)) await tx.objectStore('queue').put(right)
    }
  }
  const kept = (await tx.objectStore('meta').get('clock')) as ClockState | undefined
  await tx.objectStore('meta').put({ ...state, epoch: Math.max(state.epoch, kept?.epoch ?? 0) }, 'clock')
  await tx.done
}

/** Write a page's clock down, beside what other pages of this phone know. */
export async function keepClock(db: Database, state: ClockState): Promise<void> {
  const tx = db.transaction('meta', 'readwrite')
  await tx.store.put(keptWith((await tx.store.get('clock')) as ClockState | undefined, state), 'clock')
  await tx.done
}

/** Whose nights a page holds, and how often nights had been written on this phone when it read them. */
export interface NightsRead {
  owner: Id | null
  written: number
}

/** What a screen is drawn from. `nights` is null where the page holds them as they are. */
export interface Standing {
  queue: Change[]
  kept: ClockState | undefined
  nights: Night[] | null
  read: NightsRead
}

/**
 * The queue, the clock by which it stands, and the nights it is laid over: in one transaction. What the server took leaves
 * the queue for the nights; between two readings it would be in neither, and a tap would go by an evening that never was.
 */
export async function standingOf(db: Database, owner: Id | null, before: NightsRead | null): Promise<Standing> {
  const tx = db.transaction(['queue', 'meta', 'nights'])
  const meta = tx.objectStore('meta')
  const [queue, kept, count] = await Promise.all([tx.objectStore('queue').getAll(), meta.get('clock'), meta.get(WRITTEN)])
  const read = { owner, written: (count as number | undefined) ?? 0 }
  const known = before?.owner === owner && before.written === read.written
  const found = known || owner === null ? [] : await tx.objectStore('nights').index('owner').getAll(owner)
  await tx.done
  return { queue, kept: kept as ClockState | undefined, nights: known ? null : found.map((each) => each.night), read }
}

/** Nights were written or taken away, in this transaction: whoever holds them has to read them again. */
async function noteWritten(meta: { get(key: string): Promise<unknown>; put(value: unknown, key: string): Promise<string> }): Promise<void> {
  await meta.put((((await meta.get(WRITTEN)) as number | undefined) ?? 0) + 1, WRITTEN)
}

/** One tab sends at a time: a lease that a dead tab loses after half a minute. Works without a secure context. */
export async function takeLease(db: Database, tab: string, now: number): Promise<boolean> {
  const tx = db.transaction('meta', 'readwrite')
  const lease = (await tx.store.get('lease')) as { tab: string; until: number } | undefined
  const free = !lease || lease.tab === tab || lease.until < now || lease.until > now + 60_000
  if (free) await tx.store.put({ tab, until: now + 30_000 }, 'lease')
  await tx.done
  return free
}

export async function dropLease(db: Database, tab: string): Promise<void> {
  const tx = db.transaction('meta', 'readwrite')
  const lease = (await tx.store.get('lease')) as { tab: string } | undefined
  if (lease?.tab === tab) await tx.store.delete('lease')
  await tx.done
}

/** Forget one person: nights, cursors, session. What others have not sent yet stays, and `token` until the server has ended it. */
export async function forget(db: Database, owner: Id, token?: string): Promise<void> {
  const tx = db.transaction(['nights', 'meta', 'receipts'], 'readwrite', STRICT)
  for (const key of await tx.objectStore('nights').index('owner').getAllKeys(owner)) await tx.objectStore('nights').delete(key)
  for (const key of await tx.objectStore('meta').getAllKeys()) {
    if (key.startsWith(`cursor|${owner}|`)) await tx.objectStore('meta').delete(key)
  }
  await noteWritten(tx.objectStore('meta'))
  await tx.objectStore('receipts').clear()
  // Another page may have let somebody else in since.
  const standing = (await tx.objectStore('meta').get('session')) as Session | undefined
  if (standing?.person_id === owner) await tx.objectStore('meta').delete('session')
  const left = ((await tx.objectStore('meta').get('left')) as string[] | undefined) ?? []
  if (token && !left.includes(token)) await tx.objectStore('meta').put([...left, token], 'left')
  await tx.done
}

/** The server has ended this token: the phone need not know it any more. */
export async function forgetToken(db: Database, token: string): Promise<void> {
  const tx = db.transaction('meta', 'readwrite')
  const left = ((await tx.store.get('left')) as string[] | undefined) ?? []
  const others = left.filter((each) => each !== token)
  if (others.length) await tx.store.put(others, 'left')
  else await tx.store.delete('left')
  await tx.done
}

/** Forget one child, whoever kept it here: nights, what is unsent, receipts. For an erasure. */
export async function forgetStudent(db: Database, studentId: Id): Promise<void> {
  const tx = db.transaction(['nights', 'queue', 'counters', 'meta', 'receipts'], 'readwrite', STRICT)
  const about = (key: unknown) => String(key).includes(studentId)
  for (const name of ['nights', 'counters', 'meta'] as const) {
    const store = tx.objectStore(name)
    for (const key of await store.getAllKeys()) if (about(key)) await store.delete(key)
  }
  await noteWritten(tx.objectStore('meta'))
  const inbox = (await tx.objectStore('meta').get('inbox')) as { items: { student_id: Id | null }[] } | null | undefined
  if (inbox) await tx.objectStore('meta').put({ ...inbox, items: inbox.items.filter((each) => each.student_id !== studentId) }, 'inbox')
  for (const change of await tx.objectStore('queue').getAll()) if (change.student_id === studentId) await tx.objectStore('queue').delete(change.seq)
  for (const receipt of await tx.objectStore('receipts').getAll()) if (receipt.student_id === studentId) await tx.objectStore('receipts').delete(receipt.seq!)
  await tx.done
}
