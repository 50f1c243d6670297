import { describe, expect, it } from 'vitest'
import { capState, loadsOf, minutesOf, type Evening, type LoadEntry } from '../src/domain/load'
import type { Segment } from '../src/domain/types'

const at = (clock: string) => Date.parse(`2026-11-17T${clock}:00+08:00`)
const segment = (from: string, to: string | null): Segment => ({
  started_at: new Date(at(from)).toISOString(),
  finished_at: to && new Date(at(to)).toISOString(),
  source: 'timer',
  clock: 'ok',
})
const entry = (subject: string, ...segments: Segment[]): LoadEntry => ({ subject, kind: 'written', place: 'home', is_self_study: false, outcome: 'finished', segments })
const evening = (now: string, more: Partial<Evening> = {}): Evening => ({ now: at(now), midnight: Date.parse('2026-11-18T00:00:00+08:00'), lightsOut: null, submitted: null, ...more })

describe('load', () => {
  it('counts overlapping time once, and per subject in full', () => {
    const loads = loadsOf([entry('maths', segment('19:00', '19:40')), entry('english', segment('19:30', '20:00'))], evening('21:00'), 'all')
    expect(loads.written).toBe(60)
    expect(loads.bySubject).toEqual({ maths: 40, english: 30 })
  })
  it('keeps written, assigned and study apart', () => {
    const own = { ...entry('maths', segment('18:00', '18:10')), is_self_study: true, kind: null }
    const reading = { ...entry('chinese', segment('18:10', '18:30')), kind: 'reading' as const }
    const loads = loadsOf([own, reading, entry('maths', segment('18:30', '18:35'))], evening('21:00'), 'all')
    expect([loads.written, loads.assigned, loads.study]).toEqual([5, 25, 35])
  })
  it('counts work at school against the cap of all written work, not of that at home', () => {
    const atSchool = { ...entry('maths', segment('16:00', '16:30')), place: 'school' as const }
    expect(loadsOf([atSchool], evening('21:00'), 'all').capped).toBe(30)
    expect(loadsOf([atSchool], evening('21:00'), 'home').capped).toBe(0)
  })
  it('lets a running segment count to now', () => {
    expect(loadsOf([entry('maths', segment('19:00', null))], evening('19:20'), 'all').written).toBe(20)
  })
  it('counts nothing of a segment left open over midnight or bedtime', () => {
    const open = [entry('maths', segment('19:00', null))]
    const overnight = loadsOf(open, { ...evening('19:00'), now: Date.parse('2026-11-18T00:00:01+08:00') }, 'all')
    expect([overnight.written, overnight.unclosed]).toEqual([0, 1])
    const inBed = loadsOf(open, evening('21:30', { lightsOut: at('21:00') }), 'all')
    expect([inBed.written, inBed.unclosed]).toEqual([0, 1])
  })
  it('ends a running segment by submission', () => {
    const loads = loadsOf([entry('maths', segment('19:00', null))], evening('22:00', { submitted: at('19:30') }), 'all')
    expect([loads.written, loads.unclosed]).toEqual([30, 0])
  })
  it('rounds half up from seconds', () => {
    expect([29_999, 30_000, 89_000, 90_000].map(minutesOf)).toEqual([0, 1, 1, 2])
  })
})

describe('cap', () => {
  it('is kept at 60 of 60, exceeded at 61, near from 80 %', () => {
    expect([47, 48, 60, 61].map((minutes) => capState(minutes, 60))).toEqual(['within', 'near', 'near', 'exceeded'])
  })
  it('of nothing is exceeded by one minute, and no cap is never exceeded', () => {
    expect([capState(0, 0), capState(1, 0), capState(300, null)]).toEqual(['within', 'exceeded', 'none'])
  })
})
