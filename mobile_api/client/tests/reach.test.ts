import { describe, expect, it } from 'vitest'
import { ago, changed, isWithin, moved, outcomesOf, type Chosen } from '../src/desk/reach/types'
import { en, zh, type Key } from '../src/desk/words/reach'

const chosen = (more: Partial<Chosen> = {}): Chosen => ({
  publish_estimates_at: '15:30', class_over_cap_at: '07:30', confirm_again_at: '07:30', sleep_short_at: '09:00', streak_at: '09:00', weekly_digest_at: '17:00',
  wind_down_before_minutes: 45, bedtime_passed_after_minutes: 10, sleep_short_tolerance_minutes: 30, channels: [], hide_titles: false, over_cap_mode: 'reason', locale: 'zh-CN', ...more,
})

describe('a school’s settings', () => {
  it('are within their bounds or not', () => {
    const bounds = { least: '12:00', most: '17:30' }
    expect(['11:59', '12:00', '17:30', '17:31', ''].map((value) => isWithin(value, bounds))).toEqual([false, true, true, false, false])
    expect([34, 35, 120, 121, 40.5, ''].map((value) => isWithin(value, { least: 35, most: 120 }))).toEqual([false, true, true, false, false, false])
  })
  it('say which of them changed', () => {
    expect(changed(chosen(), chosen())).toEqual([])
    expect(changed(chosen(), chosen({ channels: ['sms'], weekly_digest_at: '16:30' }))).toEqual(['weekly_digest_at', 'channels'])
  })
  it('move a channel by one and stop at the ends', () => {
    expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b'])
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
    expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b'])
  })
})

describe('deliveries', () => {
  it('put every attempt into one way of ending', () => {
    expect(outcomesOf({ accepted: 3, failed: 1, lost: 1, unknown: 2, retry: 4 })).toEqual({ accepted: 3, failed: 1, unclear: 3, again: 4, elsewhere: 0, under_way: 0 })
  })
  it('say how long nobody has sent', () => {
    expect([14, 119, 120, 2880].map((minutes) => ago(minutes * 60_000))).toEqual([{ unit: 'minutes', n: 14 }, { unit: 'minutes', n: 119 }, { unit: 'hours', n: 2 }, { unit: 'days', n: 2 }])
  })
})

describe('their words', () => {
  const slots = (text: string) => [...text.matchAll(/\{(\w+)(?=[|}])/g)].map((found) => found[1]).sort()
  it('stand in both languages with the same blanks, and do not shout', () => {
    for (const key of Object.keys(zh) as Key[]) expect([key, ...slots(en[key])]).toEqual([key, ...slots(zh[key])])
    for (const text of [...Object.values(zh), ...Object.values(en)]) expect(text).not.toMatch(/[!\uff01]/)
    for (const text of Object.values(zh)) expect(text).not.toMatch(/[\u4e00-\u9fff][,:;?]/)
  })
})
