import { describe, expect, it } from 'vitest'
import { picked, PICTURES, schoolEntries, type TabletAssignment } from '../src/domain/tablet'
import { en, zh, type Key } from '../src/words/tablet'

const assignment = (id: string, tiers: TabletAssignment['tiers'] = ['standard']): TabletAssignment => ({ id, subject: 'maths', title: null, kind: 'written', tiers })
const at = (clock: string) => Date.parse(`2026-11-17T${clock}:00+08:00`)
let count = 0
const now = { now: at('17:00'), dayBegins: at('06:00'), installation: 'tablet', newId: () => `e${(count += 1)}` }
const times = (entries: ReturnType<typeof schoolEntries>) => entries.map(({ body }) => (body.segments as { started_at: string; finished_at: string }[]).map((each) => [each.started_at.slice(11, 16), each.finished_at.slice(11, 16)])[0])

describe('what a pupil notes on the class tablet', () => {
  it('lies one after another and ends now, so no minute counts twice', () => {
    const made = schoolEntries([{ assignment: assignment('a'), minutes: 20 }, { assignment: assignment('b'), minutes: 10 }], now)
    expect(made.map(({ body }) => body.assignment_id)).toEqual(['a', 'b'])
    expect(times(made)).toEqual([['08:30', '08:50'], ['08:50', '09:00']])
  })
  it('is done at school, typed, with the tier that is meant', () => {
    const [made] = schoolEntries([{ assignment: assignment('a', ['extension', 'basic']), minutes: 5 }], now)
    expect(made!.body).toMatchObject({ place: 'school', tier: 'basic', outcome: 'finished', revision: 1, installation_id: 'tablet' })
  })
  it('leaves out what was not done, and begins at six at the earliest', () => {
    const early = { ...now, now: at('06:15') }
    expect(times(schoolEntries([{ assignment: assignment('a'), minutes: 0 }, { assignment: assignment('b'), minutes: 40 }], early))).toEqual([['22:00', '22:15']])
  })
})

describe('the pictures', () => {
  it('are three, in their order, and one may come twice', () => {
    expect(picked(picked(['sun'], 'sun'), 'key')).toEqual(['sun', 'sun', 'key'])
    expect(picked(['sun', 'sun', 'key'], 'cat')).toEqual(['sun', 'sun', 'key'])
  })
  it('all have words, with the same blanks in both languages', () => {
    const slots = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort()
    for (const name of PICTURES) expect(zh[`picture.${name}`], name).toBeTruthy()
    for (const key of Object.keys(zh) as Key[]) expect([key, ...slots(en[key])]).toEqual([key, ...slots(zh[key])])
    for (const text of [...Object.values(zh), ...Object.values(en)]) expect(text).not.toMatch(/[!\uff01]/)
  })
})
