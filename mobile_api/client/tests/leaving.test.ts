import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Refused, Unreachable } from '../src/store/api'
import { forget, getMeta, openDatabase, setMeta, type Database } from '../src/store/db'

const held = vi.hoisted(() => ({ db: null as unknown, call: vi.fn() }))
vi.mock('../src/store/phone', () => ({ get db() { return held.db } }))
vi.mock('../src/store/api', async (original) => ({ ...(await original<object>()), call: held.call }))
const { endLeft } = await import('../src/store/leaving')

let db: Database
let count = 0
const left = () => getMeta<string[]>(db, 'left')

beforeEach(async () => {
  held.db = db = await openDatabase(`leaving-${(count += 1)}`)
  held.call.mockReset()
  await setMeta(db, 'session', { person_id: 'ada', token: 'a' })
  await forget(db, 'ada', 'a')
})

describe('a sign-in that was left while the server was away', () => {
  it('is kept apart from the session and ended once the server is reached', async () => {
    held.call.mockRejectedValueOnce(new Unreachable())
    await endLeft()
    expect([await left(), await getMeta(db, 'session')]).toEqual([['a'], undefined])
    await endLeft()
    expect(held.call.mock.calls).toEqual(Array(2).fill(['/auth/sessions/current', { method: 'DELETE', token: 'a' }]))
    expect(await left()).toBeUndefined()
    await endLeft()
    expect(held.call).toHaveBeenCalledTimes(2)
  })
  it('is forgotten when it has ended already, and kept when the server is busy', async () => {
    await forget(db, 'ben', 'b')
    held.call.mockRejectedValueOnce(new Refused(401, 'session_revoked', '', [])).mockRejectedValueOnce(new Refused(429, 'too_many_attempts', '', []))
    await endLeft()
    expect(await left()).toEqual(['b'])
  })
  it('does not keep those behind it from being ended where the server refuses one', async () => {
    await forget(db, 'ben', 'b')
    held.call.mockRejectedValueOnce(new Refused(429, 'too_many_attempts', '', []))
    await endLeft()
    expect(await left()).toEqual(['a'])
  })
})
