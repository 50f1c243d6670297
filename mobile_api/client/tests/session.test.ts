import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it } from 'vitest'
import { forget, getMeta, openDatabase, renewSession, setMeta, type Database, type Session } from '../src/store/db'

let db: Database
let count = 0
const of = (person_id: string, token: string, ended: string | null = null): Session => ({ person_id, token, ended, kind: 'student', me: null, must_change_password: false })
const standing = () => getMeta<Session>(db, 'session')

beforeEach(async () => {
  db = await openDatabase(`session-${(count += 1)}`)
})

describe('a session, seen by a page that missed what another page did', () => {
  it('is written down again while it stands', async () => {
    await setMeta(db, 'session', of('ada', 'a'))
    expect(await renewSession(db, of('ada', 'a', 'session_revoked'))).toBe(true)
    expect(await standing()).toEqual(of('ada', 'a', 'session_revoked'))
  })
  it('does not come back after signing out, and does not replace whoever signed in since', async () => {
    expect(await renewSession(db, of('ada', 'a', 'session_revoked'))).toBe(false)
    expect(await standing()).toBeUndefined()
    await setMeta(db, 'session', of('finn', 'f'))
    expect(await renewSession(db, of('ada', 'a', 'session_revoked'))).toBe(false)
    expect(await standing()).toEqual(of('finn', 'f'))
  })
  it('signs nobody else out, and is left once however many pages leave it', async () => {
    await setMeta(db, 'session', of('finn', 'f'))
    await forget(db, 'ada', 'a')
    await forget(db, 'ada', 'a')
    expect([await standing(), await getMeta(db, 'left')]).toEqual([of('finn', 'f'), ['a']])
  })
})
