import { describe, expect, it } from 'vitest'
import { trialWord, canFill, folded, stillOurs, keyBytes, pushState, screenOf, switched, wanted, type Message, type Preferences, type PushFacts } from '../src/domain/reminders'
import { en, zh, type Key } from '../src/words/reminders'

const message = (code: string, more: Partial<Message> = {}): Message => ({ id: 'm', code, params: {}, student_id: 'ada', class_id: null, night: '2026-11-17', created_at: '', read_at: null, ...more })
const CODES = ['cap_near', 'cap_reached', 'bedtime_passed', 'confirm_sheet', 'sleep_short', 'consent_withdrawn', 'data_erased', 'plan_over_cap', 'wind_down', 'start_homework', 'streak', 'weekly_digest', 'publish_estimates', 'class_over_cap', 'evening_digest', 'test']

describe('a reminder opens the right screen', () => {
  it.each([
    ['cap_reached', '2026-11-17', '/tonight/ada'],
    ['bedtime_passed', '2026-11-17', '/tonight/ada'],
    ['bedtime_passed', '2026-11-16', '/night/ada/2026-11-16'],
    ['confirm_sheet', '2026-11-17', '/night/ada/2026-11-17'],
    ['sleep_short', '2026-11-16', '/night/ada/2026-11-16'],
    ['streak', '2026-11-16', '/week/ada'],
    ['consent_withdrawn', '2026-11-16', '/consent/ada'],
    ['data_erased', '2026-11-16', null],
    ['something_new', '2026-11-16', null],
  ])('%s of %s', (code, night, screen) => expect(screenOf(message(code, { night }), '2026-11-17')).toBe(screen))
  it('a digest about nobody opens the week', () => expect(screenOf(message('weekly_digest', { student_id: null }), '2026-11-17')).toBe('/week'))
  it('a teacher’s opens the desk, and a family has no desk', () => {
    expect(screenOf(message('plan_over_cap', { student_id: null }), '2026-11-17', false)).toBe('/desk/plan')
    expect(screenOf(message('publish_estimates', { student_id: null, class_id: 'c7' }), '2026-11-17', false)).toBe('/desk/plan?class=c7')
    expect(screenOf(message('class_over_cap', { student_id: null }), '2026-11-17', false)).toBe('/desk/class')
    expect(screenOf(message('something_new', { student_id: null }), '2026-11-17', false)).toBe('/desk')
    expect(screenOf(message('plan_over_cap', { student_id: null }), '2026-11-17')).toBe(null)
  })
})

describe('the inbox', () => {
  const first = message('wind_down', { id: 'first', created_at: '2026-11-17T12:00:00Z' })
  const again = message('wind_down', { id: 'again', created_at: '2026-11-17T12:15:00Z' })
  it('folds a copy that was asked for again with the first, and nothing else', () => {
    const others = [message('wind_down', { id: 'emil', student_id: 'emil' }), message('wind_down', { id: 'monday', night: '2026-11-16' }), message('cap_near', { id: 'cap' })]
    const lines = folded([again, first, ...others])
    expect(lines.map((each) => [each.message.id, ...each.earlier.map((one) => one.id)])).toEqual([['again', 'first'], ['emil'], ['monday'], ['cap']])
  })
  it('keeps nothing about a child of whom one knows that all was erased', () => {
    const gone = message('data_erased', { id: 'gone', created_at: '2026-11-17T12:15:00Z' })
    const later = message('consent_withdrawn', { id: 'later', created_at: '2026-11-18T12:00:00Z' })
    expect(stillOurs([later, gone, again, first], ['ada']).map((each) => each.id)).toEqual(['later', 'gone'])
    expect(stillOurs([first, message('test', { id: 'own', student_id: null })], ['emil']).map((each) => each.id)).toEqual(['own'])
    expect(stillOurs([first], null)).toEqual([first])
  })
})

describe('words of reminders', () => {
  it('exist for every code, with the same blanks in both languages', () => {
    const slots = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort()
    for (const code of CODES) expect([`code.${code}` in zh, `says.${code}` in zh], code).toEqual([true, true])
    for (const key of Object.keys(zh) as Key[]) expect([key, ...slots(en[key])]).toEqual([key, ...slots(zh[key])])
  })
  it('do not shout', () => {
    for (const text of [...Object.values(zh), ...Object.values(en)]) expect(text).not.toMatch(/[!\uff01]/)
    for (const text of Object.values(zh)) expect(text).not.toMatch(/[\u4e00-\u9fff][,:;?]/)
  })
  it('are left out where a figure is missing', () => {
    expect(canFill('少 {short_by_minutes} 分钟', { short_by_minutes: 75 })).toBe(true)
    expect(canFill('少 {short_by_minutes} 分钟', { short_by_minutes: null })).toBe(false)
    expect(canFill('打开看看', {})).toBe(true)
  })
})

const preferences: Preferences = {
  codes: [{ code: 'start_homework', enabled: false, chosen_time: null, set_by_guardian: false }, { code: 'cap_near', enabled: true, chosen_time: null, set_by_guardian: true }],
  quiet_from: null, quiet_to: null, paused_from: null, paused_to: null, shows_names: false, evening_digest: true, digest_at: '20:30', locale: 'en',
}

describe('preferences', () => {
  it('switch one code and leave the rest', () => {
    const on = switched(preferences, 'start_homework', true)
    expect(on.codes.map((each) => [each.enabled, each.chosen_time])).toEqual([[true, '18:00'], [true, null]])
    expect(switched(on, 'cap_near', false).codes.map((each) => each.enabled)).toEqual([true, false])
  })
  it('are sent whole, without what only the server says', () => {
    expect(wanted(preferences)).toEqual({ ...preferences, codes: [{ code: 'start_homework', enabled: false, chosen_time: null }, { code: 'cap_near', enabled: true, chosen_time: null }] })
  })
})

describe('push on this phone', () => {
  const good: PushFacts = { isSecure: true, isIos: false, isInstalled: false, hasPush: true, key: 'BEl6', permission: 'granted', subscribed: true }
  it.each([
    ['on', {}],
    ['off', { subscribed: false }],
    ['off', { permission: 'default' }],
    ['blocked', { permission: 'denied' }],
    ['school_off', { key: null }],
    ['insecure', { isSecure: false, key: null }],
    ['unsupported', { hasPush: false }],
    ['install_first', { hasPush: false, isIos: true }],
    ['unsupported', { hasPush: false, isIos: true, isInstalled: true }],
  ] as [string, Partial<PushFacts>][])('is %s with %o', (said, facts) => expect(pushState({ ...good, ...facts })).toBe(said))
  it('reads a key of the URL alphabet', () => expect([...keyBytes('-_8B')]).toEqual([251, 255, 1]))
})

describe('a test message says what became of it', () => {
  it.each([
    ['pending', null, 'waiting'],
    ['sending', null, 'waiting'],
    ['sent', null, 'arrived'],
    ['sent', 'inbox_only', 'inbox_only'],
    ['dropped', 'silent_hours', 'silent'],
    ['dropped', 'expired', 'not_now'],
    ['failed', 'no_channel_left', 'failed'],
    ['unknown', 'no_answer', 'unclear'],
  ])('%s, %s: %s', (state, reason, word) => expect(trialWord({ sent_at: '', state, reason, attempts: [] })).toBe(word))
})
