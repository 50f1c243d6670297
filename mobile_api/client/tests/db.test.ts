import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it } from 'vitest'
import { addChanges, applyAnswer, decide, dropLease, forget, getMeta, keepClock, keepNights, openDatabase, setMeta, settleClock, standingOf, takeLease, type Answer, type Database } from '../src/store/db'
import { NEW_CLOCK, TrustedClock } from '../src/domain/clock'
import type { Put, SyncResult } from '../src/domain/queue'
import type { Night } from '../src/domain/types'

const put = (id: string, outcome = 'in_progress'): Put => ({ kind: 'entry', student_id: 'ada', night: '2026-11-17', id, version: null, state: { outcome, segments: [] } })
const result = (index: number, of: Partial<SyncResult> = {}): SyncResult => ({ index, result: 'applied', code: '', record: { version: 1 }, errors: [], ...of })
const answer = (results: SyncResult[], nights: object[] = []): Answer => ({ results, students: [{ student_id: 'ada', cursor: '7.1', nights: nights as Night[] }] })
let db: Database
let count = 0

beforeEach(async () => {
  db = await openDatabase(`test-${(count += 1)}`)
  await setMeta(db, 'session', { person_id: 'ada' })
})

describe('who has signed out meanwhile', () => {
  it('leaves no nights and no cursor behind, and still learns what became of the changes', async () => {
    await addChanges(db, [put('e1')], 'ada', 1)
    const sent = await db.getAll('queue')
    await forget(db, 'ada')
    await applyAnswer(db, sent, answer([result(0)], [{ student_id: 'ada', night: '2026-11-17' }]), 'ada', 2)
    await keepNights(db, 'ada', [{ student_id: 'ada', night: '2026-11-16' } as Night])
    expect([await db.getAll('queue'), await db.getAll('nights'), await getMeta(db, 'cursor|ada|ada')]).toEqual([[], [], undefined])
  })
})

describe('what a screen is drawn from', () => {
  const taken = { student_id: 'ada', night: '2026-11-17', entries: [{ id: 'e1' }] }
  it('has a change in the queue or in the night it went into, never in neither', async () => {
    await addChanges(db, [put('e1')], 'ada', 1)
    const before = await standingOf(db, 'ada', null)
    const [, between] = await Promise.all([applyAnswer(db, before.queue, answer([result(0)], [taken]), 'ada', 2), standingOf(db, 'ada', before.read)])
    expect([before.queue.length, before.nights]).toEqual([1, []])
    expect([between.queue.length, between.nights]).toEqual([0, [taken]])
  })
  it('is not read again while no page has written a night', async () => {
    await keepNights(db, 'ada', [taken as unknown as Night])
    const { read } = await standingOf(db, 'ada', null)
    await addChanges(db, [put('e1')], 'ada', 1)
    expect((await standingOf(db, 'ada', read)).nights).toBeNull()
    await forget(db, 'ada')
    expect((await standingOf(db, 'ada', read)).nights).toEqual([])
  })
  it("is nobody else's", async () => {
    await keepNights(db, 'ada', [taken as unknown as Night])
    const { read } = await standingOf(db, 'ada', null)
    expect([(await standingOf(db, 'bo', read)).nights, (await standingOf(db, null, read)).nights]).toEqual([[], []])
  })
})

describe('the queue', () => {
  it('notes that a hand-in is held back, until the record is changed again', async () => {
    await addChanges(db, [put('e1')], 'ada', 1, { from: 1, until: 5 })
    expect((await db.getAll('queue'))[0]?.held).toEqual({ from: 1, until: 5 })
    await addChanges(db, [put('e1', 'finished')], 'ada', 2)
    expect((await db.getAll('queue'))[0]?.held).toBeUndefined()
  })
  it('keeps the latest state of a record, at the place of the first', async () => {
    await addChanges(db, [put('e1'), put('e2')], 'ada', 1)
    await addChanges(db, [put('e1', 'finished')], 'ada', 2)
    const queue = await db.getAll('queue')
    expect(queue.map((change) => [change.id, change.revision, change.state.outcome])).toEqual([['e1', 2, 'finished'], ['e2', 1, 'in_progress']])
  })
  it('goes on counting after the change was sent', async () => {
    await addChanges(db, [put('e1')], 'ada', 1)
    await applyAnswer(db, await db.getAll('queue'), answer([result(0)]), 'ada', 2)
    expect(await db.getAll('queue')).toEqual([])
    await addChanges(db, [put('e1', 'finished')], 'ada', 3)
    expect((await db.getAll('queue'))[0]).toMatchObject({ revision: 2, base_version: 1 })
  })
  it('keeps a change made while its forerunner was under way', async () => {
    await addChanges(db, [put('e1')], 'ada', 1)
    const sent = await db.getAll('queue')
    await addChanges(db, [put('e1', 'finished')], 'ada', 2)
    await applyAnswer(db, sent, answer([result(0)]), 'ada', 3)
    expect((await db.getAll('queue')).map((change) => change.state.outcome)).toEqual(['finished'])
  })
  it('does nothing twice with an answer that comes twice', async () => {
    await addChanges(db, [put('e1')], 'ada', 1)
    const sent = await db.getAll('queue')
    await applyAnswer(db, sent, answer([result(0)]), 'ada', 2)
    await addChanges(db, [put('e1', 'finished')], 'ada', 3)
    await applyAnswer(db, sent, answer([result(0, { result: 'same' })]), 'ada', 4)
    expect((await db.getAll('queue')).map((change) => change.revision)).toEqual([2])
  })
  it('keeps what was refused until a person decides, and sends it again on top of what stands', async () => {
    await addChanges(db, [put('e1')], 'ada', 1)
    await applyAnswer(db, await db.getAll('queue'), answer([result(0, { result: 'conflict', code: 'conflict', record: { version: 5 } })]), 'ada', 2)
    await addChanges(db, [put('e1', 'finished')], 'ada', 3)
    const [conflict] = await db.getAll('queue')
    expect(conflict).toMatchObject({ problem: { code: 'conflict' }, state: { outcome: 'finished' } })
    await decide(db, conflict!, true, 5)
    expect((await db.getAll('queue'))[0]).toMatchObject({ base_version: 5, revision: 3, problem: null })
    await decide(db, (await db.getAll('queue'))[0]!, false, null)
    expect(await db.getAll('queue')).toEqual([])
  })
  it('stores nights and cursor with the results, and gives receipts', async () => {
    await addChanges(db, [put('e1')], 'ada', 1)
    await applyAnswer(db, await db.getAll('queue'), answer([result(0)], [{ student_id: 'ada', night: '2026-11-17' }]), 'ada', 2)
    expect(await getMeta(db, 'cursor|ada|ada')).toBe('7.1')
    expect(await db.count('nights')).toBe(1)
    expect((await db.getAll('receipts'))[0]).toMatchObject({ kind: 'entry', taken_at: 2 })
  })
  it('outlives the sign-in that made it', async () => {
    await setMeta(db, 'session', { person_id: 'ada', token: 'x' })
    await addChanges(db, [put('e1')], 'ada', 1)
    await forget(db, 'ada')
    expect(await getMeta(db, 'session')).toBeUndefined()
    expect(await db.count('queue')).toBe(1)
  })
  it('is put right with the clock in one transaction', async () => {
    const segments = [{ started_at: '2026-11-17T10:00:00Z', finished_at: null, source: 'timer', clock: 'ok', start_epoch: 2 }]
    await addChanges(db, [{ ...put('e1'), state: { segments } }], 'ada', 1)
    await settleClock(db, { above: 1, shift: 60_000 }, { ...NEW_CLOCK, epoch: 2, settled: 2 })
    expect((await db.getAll('queue'))[0]!.state.segments).toMatchObject([{ started_at: '2026-11-17T10:01:00Z', clock: 'corrected' }])
    expect(await getMeta(db, 'clock')).toMatchObject({ settled: 2 })
  })
})

describe('two tabs', () => {
  it('send one at a time; a dead tab loses its turn', async () => {
    expect(await takeLease(db, 'one', 1_000)).toBe(true)
    expect(await takeLease(db, 'two', 2_000)).toBe(false)
    expect(await takeLease(db, 'two', 40_000)).toBe(true)
    await dropLease(db, 'one')
    expect(await takeLease(db, 'one', 41_000)).toBe(false)
    await dropLease(db, 'two')
    expect(await takeLease(db, 'one', 42_000)).toBe(true)
  })
})

describe('a phone whose clock is seven minutes slow, with two pages', () => {
  const MINUTE = 60_000
  const reading = { wall: () => Date.parse('2026-11-17T10:00:00Z'), mono: () => 1 }
  const right = '2026-11-17T10:07:00Z'
  const start = (clock: TrustedClock, id: string): Put => ({
    kind: 'entry', student_id: 'ada', night: '2026-11-17', id, version: null,
    state: { outcome: 'in_progress', segments: [{ started_at: new Date(clock.now()).toISOString().replace('.000Z', 'Z'), finished_at: null, source: 'timer', clock: 'ok', start_epoch: clock.epoch }] },
  })
  const tapped = (clock: TrustedClock, id: string) => addChanges(db, [start(clock, id)], 'ada', clock.now(), undefined, { ...clock.state })
  const starts = async () => (await db.getAll('queue')).map((change) => (change.state.segments as { started_at: string }[])[0]!.started_at)
  async function heard(clock: TrustedClock): Promise<void> {
    clock.adopt((await standingOf(db, null, null)).kept)
    await settleClock(db, clock.heard(reading.wall() + 7 * MINUTE, reading.wall(), reading.wall()), clock.state)
  }
  async function pages(): Promise<[TrustedClock, TrustedClock]> {
    const one = new TrustedClock(reading)
    await keepClock(db, one.state)
    const two = new TrustedClock(reading, (await standingOf(db, null, null)).kept)
    await keepClock(db, two.state)
    return [one, two]
  }

  it('puts right what was tapped before the server was heard, in either page', async () => {
    const [one, two] = await pages()
    await tapped(one, 'e1')
    await tapped(two, 'e2')
    await heard(one)
    await heard(two)
    expect(await starts()).toEqual([right, right])
  })
  it('puts right what the other page taps afterwards, before that page has heard anything', async () => {
    const [one, two] = await pages()
    await heard(one)
    await tapped(two, 'e1')
    await keepClock(db, two.state)
    await tapped(one, 'e2')
    await heard(two)
    await heard(one)
    expect(await starts()).toEqual([right, right])
    expect((await db.getAll('queue')).map((change) => change.made_at)).toEqual([Date.parse(right), Date.parse(right)])
  })
})
