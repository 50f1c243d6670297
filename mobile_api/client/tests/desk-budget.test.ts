import { describe, expect, it } from 'vitest'
import { eveningOf, eveningsOf, needsReason, nightsOf, shareOf } from '../src/desk/plan/budget'
import { nextDue, nextGiven } from '../src/desk/plan/dates'
import type { Candidate, ClassPlan, PlanAssignment, PlanNight } from '../src/desk/plan/types'
import { en, zh } from '../src/desk/words/plan'
import { en as shellEn, zh as shellZh } from '../src/desk/words/shell'

const night = (date: string, more: Partial<PlanNight> = {}): PlanNight => ({ night: date, cap_minutes: 60, cap_scope: 'all', subject_cap_minutes: null, no_homework_day: false, planned_minutes: 0, left_minutes: 60, over_minutes: 0, exceeded: false, none: [], ...more })
const tier = (minutes: number, name: 'basic' | 'standard' | 'extension' = 'standard') => ({ tier: name, estimated_minutes: minutes, estimated_max_minutes: null, tried_minutes: null })
const work = (minutes: number, more: Partial<Candidate> = {}): Candidate => ({ subject: 'maths', title: 'x', kind: 'written', place: 'home', given_on: '2026-11-17', due_on: '2026-11-18', tiers: [tier(minutes)], ...more })
const standing = (minutes: number, more: Partial<PlanAssignment> = {}): PlanAssignment => ({ ...work(minutes), id: 'a', class_id: 'c', nights: [], state: 'published', version: 1, by: { person_id: 'p', name: 'P' }, published_at: null, over_cap_minutes: null, over_cap_reason: null, ...more })
const plan = (nights: PlanNight[], ...assignments: PlanAssignment[]): ClassPlan => ({ class_id: 'c', class_name: 'C', tier: 'standard', over_cap_mode: 'reason', nights, assignments })

describe('minutes over several nights (rule 8)', () => {
  it('are split equally, the remainder to the first', () => {
    expect([0, 1, 2].map((n) => shareOf(100, 3, n))).toEqual([34, 33, 33])
    expect(nightsOf('2026-11-20', '2026-11-23')).toEqual(['2026-11-20', '2026-11-21', '2026-11-22'])
  })
  it('60 + 60 + 60 from Friday to Monday is within, 10 more is over', () => {
    const days = ['2026-11-20', '2026-11-21', '2026-11-22'].map((date) => night(date))
    const weekend = { given_on: '2026-11-20', due_on: '2026-11-23' }
    const three = plan(days, ...['a', 'b'].map((id) => standing(60, { id, ...weekend })))
    expect(eveningsOf(three, 'standard', work(60, weekend), '2026-11-20').map((each) => [each.total, each.exceeded])).toEqual([[60, false], [60, false], [60, false]])
    expect(eveningsOf(three, 'standard', work(70, weekend), '2026-11-20').map((each) => [each.total, each.exceeded])).toEqual([[64, true], [63, true], [63, true]])
  })
})

describe('an evening against its cap (rule 3)', () => {
  const tonight = night('2026-11-17')
  it('60 of 60 is within and 61 is over', () => {
    expect(eveningOf(plan([tonight], standing(40)), tonight, 'standard', work(20)).exceeded).toBe(false)
    expect(eveningOf(plan([tonight], standing(40)), tonight, 'standard', work(21)).over).toBe(1)
  })
  it('counts written work only, and with scope home only what is done there', () => {
    expect(eveningOf(plan([tonight]), tonight, 'standard', work(90, { kind: 'reading' })).total).toBe(0)
    const home = night('2026-11-17', { cap_minutes: 0, cap_scope: 'home' })
    expect(eveningOf(plan([home]), home, 'standard', work(10, { place: 'school' })).exceeded).toBe(false)
    expect(eveningOf(plan([home]), home, 'standard', work(0)).exceeded).toBe(true)
  })
  it('reckons for the tier asked for, else standard', () => {
    const tiers = [tier(10, 'basic'), tier(20)]
    expect(eveningOf(plan([tonight]), tonight, 'basic', work(0, { tiers })).total).toBe(10)
    expect(eveningOf(plan([tonight]), tonight, 'extension', work(0, { tiers })).total).toBe(20)
  })
  it('drafts take nothing, and what is being changed is not counted twice', () => {
    expect(eveningOf(plan([tonight], standing(40, { state: 'draft' })), tonight, 'standard', work(20)).total).toBe(20)
    expect(eveningOf(plan([tonight], standing(40)), tonight, 'standard', work(45, { replaces: 'a' })).total).toBe(45)
  })
  it('asks for a reason over the cap, over the subject and on a day without homework, but not for what others did', () => {
    const of = (more: Partial<PlanNight>, candidate: Candidate | null, ...others: PlanAssignment[]) => {
      const one = night('2026-11-17', more)
      return needsReason([eveningOf(plan([one], ...others), one, 'standard', candidate)])
    }
    expect(of({}, work(61))).toBe(true)
    expect(of({ subject_cap_minutes: 10 }, work(11))).toBe(true)
    expect(of({ no_homework_day: true }, work(5))).toBe(true)
    expect(of({ no_homework_day: true }, work(5, { kind: 'oral' }))).toBe(false)
    expect(of({}, work(5, { kind: 'oral' }), standing(80))).toBe(false)
    expect(of({}, null, standing(80))).toBe(false)
  })
})

describe('given and due', () => {
  const days = [17, 18, 19, 20, 21, 22, 23].map((n) => ({ day: `2026-11-${n}`, is_school_day: n !== 21 && n !== 22 && n !== 23, timetable_weekday: n <= 20 ? n - 15 : null }))
  it('are the next day of the timetable and the next school day, holidays skipped', () => {
    expect(nextGiven(days, '2026-11-17', [2, 4])).toBe('2026-11-17')
    expect(nextGiven(days, '2026-11-18', [2, 4])).toBe('2026-11-19')
    expect(nextDue(days, '2026-11-17')).toBe('2026-11-18')
    expect(nextDue(days, '2026-11-20')).toBe('2026-11-24')
  })
})

describe('the desk’s catalogues', () => {
  const slots = (text: string) => [...text.matchAll(/\{(\w+)(?=[|}])/g)].map((found) => found[1]).sort()
  it('have the same keys and blanks in both languages, and do not shout', () => {
    for (const [chinese, english] of [[zh, en], [shellZh, shellEn]] as [Record<string, string>, Record<string, string>][]) {
      expect(Object.keys(english)).toEqual(Object.keys(chinese))
      for (const key of Object.keys(chinese)) {
        expect([key, ...slots(english[key]!)]).toEqual([key, ...slots(chinese[key]!)])
        expect(`${chinese[key]}${english[key]}`, key).not.toMatch(/[!！]/)
        expect(chinese[key]!, key).not.toMatch(/[\u4e00-\u9fff][,:;?]/)
      }
    }
  })
})
