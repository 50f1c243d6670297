import { describe, expect, it } from 'vitest'
import { acceptEnd, acceptFigure, doubtOf, finish, forgotten, isOver, lightsOut, notInBed, pause, restore, rowsOf, start, stop, submit, typeEvening, type Tap } from '../src/domain/evening'
import { emptyNight, merge } from '../src/domain/merge'
import { nextChange, type Put } from '../src/domain/queue'
import type { Assignment, Change, Entry, EntryState, Night, Outcome } from '../src/domain/types'

const ADA = { id: 'ada', kind: 'student' }
const NIGHT = '2026-11-17'
const at = (clock: string) => Date.parse(`2026-11-17T${clock}:00+08:00`)
let made = 0
const tap = (clock: string, moved = false): Tap => ({ now: at(clock), epoch: 1, newId: () => `e${(made += 1)}`, moved: () => moved, unsure: () => false })
const homework = (id: string, subject: string): Assignment => ({ id, subject, title: id, kind: 'written', place: 'home', given_on: NIGHT, due_on: '2026-11-18', nights: 1, tiers: [{ tier: 'standard', estimated_minutes: 20, estimated_max_minutes: null }] })
const server: Night = { ...emptyNight('ada', NIGHT, []), policy: { cap_minutes: 60, cap_scope: 'all', sleep_target_minutes: 600, latest_lights_out: '21:20' }, assignments: [homework('a1', 'chinese'), homework('a2', 'maths')] }

/** A phone without a network: what is tapped is laid over the server's night. */
function phone() {
  const queue: Change[] = []
  const see = () => merge(server, queue, ADA)
  const save = (puts: Put[]) => {
    for (const put of puts) queue.push({ ...nextChange(put, undefined, 'ada', at('18:00')).change, seq: queue.length + 1 })
  }
  return { queue, see, save, row: (index: number) => rowsOf(see())[index]! }
}

describe('homework over several nights', () => {
  const FRIDAY = '2026-11-20'
  const weekend = (id: string): Assignment => ({ ...homework(id, 'chinese'), given_on: FRIDAY, due_on: '2026-11-23', nights: 3 })
  const night = (date: string, outcomes: Record<string, Outcome>): Night => ({
    ...emptyNight('ada', date, []),
    assignments: [weekend('a1'), weekend('a2')],
    entries: Object.entries(outcomes).map(([id, outcome]) => ({ id: `${date}${id}`, assignment_id: id, outcome, segments: [] }) as unknown as Entry),
  })
  const sunday = (...earlier: Night[]) => rowsOf(night('2026-11-22', {}), earlier)

  it('is over on Sunday where it was finished on Friday, and only that line is', () => {
    const rows = sunday(night(FRIDAY, { a1: 'finished' }))
    expect(rows.map(isOver)).toEqual([true, false])
    expect(rows[0]!.before).toEqual({ night: FRIDAY, finished: true })
  })
  it('goes by the latest night on which somebody worked on it', () => {
    const rows = sunday(night('2026-11-21', { a1: 'unfinished' }), night(FRIDAY, { a1: 'finished', a2: 'stopped_for_sleep' }))
    expect(rows.map((row) => row.before)).toEqual([{ night: '2026-11-21', finished: false }, { night: FRIDAY, finished: false }])
    expect(rows.map(isOver)).toEqual([false, false])
  })
  it('is not over while somebody is at it again', () => {
    const rows = rowsOf(night('2026-11-22', { a1: 'in_progress' }), [night(FRIDAY, { a1: 'finished' })])
    expect(isOver(rows[0]!)).toBe(false)
  })
})

describe('an evening', () => {
  it('runs one subject at a time: starting another pauses the first', () => {
    const p = phone()
    p.save(start(p.see(), p.row(0), tap('19:00')))
    p.save(start(p.see(), p.row(1), tap('19:10')))
    const [chinese, maths] = [p.row(0).entries[0]!, p.row(1).entries[0]!]
    expect(chinese.segments[0]!.finished_at).toBe('2026-11-17T11:10:00Z')
    expect(chinese.outcome).toBe('in_progress')
    expect(maths.segments[0]!.finished_at).toBeNull()
    p.save(start(p.see(), p.row(0), tap('19:20')))
    expect(p.row(0).entries).toHaveLength(1)
    expect(p.row(0).entries[0]!.segments).toHaveLength(2)
  })
  it('is handed in by lights out; what was not finished is noted without blame', () => {
    const p = phone()
    p.save(start(p.see(), p.row(0), tap('19:00')))
    p.save(finish(p.see(), p.row(0).entries[0]!, tap('19:15')))
    p.save(start(p.see(), p.row(1), tap('19:20')))
    p.save(lightsOut(p.see(), tap('21:00')))
    const night = p.see()
    expect([night.state, night.sleep.lights_out_at]).toEqual(['submitted', '2026-11-17T13:00:00Z'])
    expect(night.entries.map((entry) => entry.outcome)).toEqual(['finished', 'unfinished'])
    expect(night.entries.every((entry) => entry.segments.every((segment) => segment.finished_at))).toBe(true)
  })
  it('can be handed in without a bedtime', () => {
    const p = phone()
    p.save(submit(p.see(), tap('19:00')))
    expect([p.see().state, p.see().sleep.lights_out_at]).toEqual(['submitted', null])
  })
  it('never ends before a start that the server told to the millisecond', () => {
    const p = phone()
    p.save(start(p.see(), p.row(0), tap('19:00')))
    const began = '2026-11-17T11:00:00.588Z'
    const night = p.see()
    const told = { ...night, entries: night.entries.map((entry) => ({ ...entry, segments: entry.segments.map((each) => ({ ...each, started_at: began })) })) }
    const state = finish(told, told.entries[0]!, tap('19:00'))[0]!.state as EntryState
    expect(state.segments[0]!.finished_at).toBe(began)
  })
  it('marks a stretch over a moved clock', () => {
    const p = phone()
    p.save(start(p.see(), p.row(0), tap('19:00')))
    p.save(pause(p.see(), tap('19:15', true)))
    expect(p.row(0).entries[0]!.segments[0]!.clock).toBe('corrected')
  })
  it('is typed afterwards in one batch, one line after the other', () => {
    const p = phone()
    p.save(typeEvening(p.see(), at('18:30'), [{ row: p.row(0), minutes: 15 }, { row: p.row(1), minutes: 20 }], tap('20:00')))
    const segments = p.see().entries.map((entry) => entry.segments[0]!)
    expect(segments.map((segment) => [segment.started_at, segment.finished_at, segment.source])).toEqual([
      ['2026-11-17T10:30:00Z', '2026-11-17T10:45:00Z', 'typed'],
      ['2026-11-17T10:45:00Z', '2026-11-17T11:05:00Z', 'typed'],
    ])
  })
  it('can be stopped by a guardian, at once also on a phone without a network', () => {
    const p = phone()
    p.save(start(p.see(), p.row(0), tap('19:00')))
    p.save(stop(p.see(), at('21:00')))
    const night = merge(server, p.queue, { id: 'mother', kind: 'guardian' })
    expect(night.entries[0]!.outcome).toBe('stopped_for_sleep')
    expect(night.state).toBe('confirmed')
  })
})

describe('a hand-in of this moment', () => {
  it('is taken back record by record: what ran runs on, and nobody is in bed', () => {
    const p = phone()
    p.save(start(p.see(), p.row(0), tap('19:00')))
    const before = p.see()
    p.save(lightsOut(before, tap('19:20')))
    p.save(restore(before, p.see()))
    const night = p.see()
    expect([night.entries[0]!.outcome, night.entries[0]!.segments[0]!.finished_at]).toEqual(['in_progress', null])
    expect(night.sleep.lights_out_at).toBeNull()
    expect(restore(before, before)).toEqual([])
  })
  it('that is already in is not handed in twice: what was carried on with ends', () => {
    const p = phone()
    p.save(submit(p.see(), tap('19:00')))
    p.save(start(p.see(), p.row(0), tap('19:10')))
    expect(submit(p.see(), tap('19:20')).map((put) => put.kind)).toEqual(['entry'])
    expect(notInBed(p.see()).state).toMatchObject({ lights_out_at: null })
  })
})

describe('a sheet that is in', () => {
  const after = (kind: string) => {
    const p = phone()
    p.save(start(p.see(), p.row(0), tap('19:00')))
    p.save(submit(p.see(), tap('19:10')))
    p.save(start(p.see(), p.row(1), tap('19:20')))
    return merge(server, p.queue, { id: kind, kind }).state
  }
  it('is confirmed by a guardian’s own change, and asks for a new yes after a child’s', () => {
    expect([after('guardian'), after('student')]).toEqual(['confirmed', 'submitted'])
  })
  it('is not confirmed by a yes that named another version', () => {
    const refused = { ...nextChange({ kind: 'confirmation', student_id: 'ada', night: NIGHT, id: null, state: { sheet_version: 1 }, version: null }, undefined, 'mother', at('20:00')).change, seq: 1 }
    const sheet: Night = { ...server, state: 'submitted', version: 2 }
    const problem = { code: 'version_mismatch', current: null, errors: [] }
    expect(merge(sheet, [refused], { id: 'mother', kind: 'guardian' }).state).toBe('confirmed')
    expect(merge(sheet, [{ ...refused, problem }], { id: 'mother', kind: 'guardian' }).state).toBe('submitted')
  })
})

describe('a doubtful stretch', () => {
  const doubt = (end: string, unsure = true) => {
    const p = phone()
    p.save(start(p.see(), p.row(0), tap('19:00')))
    p.save(finish(p.see(), p.row(0).entries[0]!, { ...tap(end), unsure: () => unsure }))
    return { p, found: doubtOf(p.row(0).entries, at('22:00'), () => false) }
  }
  it('is offered as measured, or as such work usually takes where that cannot be', () => {
    expect(doubt('19:25').found!.end).toBe(at('19:25'))
    expect(doubt('19:00').found!.end).toBe(at('19:30'))
    expect(doubt('19:25', false).found).toBeNull()
  })
  it('is estimated once a person has accepted it, and in doubt no more', () => {
    const { p, found } = doubt('19:25')
    p.save(acceptFigure(p.see(), found!))
    expect(p.row(0).entries[0]!.segments[0]).toMatchObject({ finished_at: '2026-11-17T11:25:00Z', source: 'estimated', clock: 'ok' })
    expect(doubtOf(p.row(0).entries, at('22:00'), () => true)).toBeNull()
  })
})

describe('a forgotten timer', () => {
  const evening = (now: number) => ({ now, midnight: Date.parse('2026-11-18T00:00:00+08:00'), lightsOut: null, submitted: null })
  it('is noticed long after such work is done, and over midnight; a likely end is offered and marked', () => {
    const p = phone()
    p.save(start(p.see(), p.row(0), tap('19:00')))
    const entry = p.row(0).entries[0]!
    expect(forgotten(entry, evening(at('19:40')))).toBeNull()
    const found = forgotten(entry, evening(at('21:00')))!
    expect(new Date(found.likelyEnd).toISOString()).toBe('2026-11-17T11:30:00.000Z')
    expect(forgotten(entry, evening(at('19:00') + 6 * 3_600_000))).not.toBeNull()
    const state = acceptEnd(p.see(), entry, found.likelyEnd)[0]!.state as EntryState
    expect(state.segments[0]).toMatchObject({ finished_at: '2026-11-17T11:30:00Z', source: 'estimated' })
  })
})

describe('a night that the phone has not been told', () => {
  it('takes over policy and homework that is still due', () => {
    const weekend = { ...homework('a3', 'english'), given_on: '2026-11-20', due_on: '2026-11-23' }
    const night = emptyNight('ada', '2026-11-21', [{ ...server, night: '2026-11-20', assignments: [weekend, homework('a1', 'chinese')] }])
    expect(night.assignments.map((each) => each.id)).toEqual(['a3'])
    expect(night.policy.cap_minutes).toBe(60)
  })
})
