// Reminders as the client reads them: which screen each opens, which words it has, what push can do here. Pure.
import type { Id } from './types'

export interface Message {
  id: Id
  code: string
  params: Record<string, unknown>
  student_id: Id | null
  class_id: Id | null
  night: string
  created_at: string
  read_at: string | null
  /** When it comes again, where that was asked for. */
  again_at?: string | null
  can_snooze_minutes?: number[]
}

export interface ReminderChoice {
  code: string
  enabled: boolean
  chosen_time: string | null
  set_by_guardian?: boolean
  can_wait?: boolean
}

/** When this school's reminders come. */
export interface ReminderTimes {
  publish_estimates_at: string
  confirm_again_at: string
  sleep_short_at: string
  streak_at: string
  class_over_cap_at: string
  weekly_digest_at: string
  wind_down_before_minutes: number
  bedtime_passed_after_minutes: number
}

export interface Preferences {
  codes: ReminderChoice[]
  quiet_from: string | null
  quiet_to: string | null
  paused_from: string | null
  paused_to: string | null
  shows_names: boolean
  evening_digest: boolean
  digest_at: string | null
  locale: string | null
  times?: ReminderTimes
}

/** A test message as it stands. */
export interface Trial {
  sent_at: string
  state: string
  reason: string | null
  attempts: { channel: string; outcome: string }[]
}

export type TrialWord = 'waiting' | 'arrived' | 'inbox_only' | 'silent' | 'not_now' | 'failed' | 'unclear'

/** What a test message says about this person's way to be reached. */
export function trialWord({ state, reason }: Trial): TrialWord {
  if (state === 'sent') return reason === 'inbox_only' ? 'inbox_only' : 'arrived'
  if (state === 'dropped') return reason === 'silent_hours' ? 'silent' : 'not_now'
  if (state === 'failed') return 'failed'
  return state === 'unknown' ? 'unclear' : 'waiting'
}

const OF_A_NIGHT = ['cap_near', 'cap_reached', 'start_homework', 'wind_down', 'bedtime_passed', 'confirm_sheet', 'sleep_short']
const OF_A_WEEK = ['streak', 'weekly_digest']
const OF_STAFF: Record<string, string> = { publish_estimates: '/desk/plan', plan_over_cap: '/desk/plan', class_over_cap: '/desk/class', weekly_digest: '/desk/class' }

/** The address of the screen that a message is about; null where it says all by itself. */
export function screenOf(message: Message, tonight: string, isFamily = true): string | null {
  const { code, student_id, class_id, night } = message
  if (code === 'test') return '/reminder-settings'
  if (!isFamily) return (OF_STAFF[code] ?? '/desk') + (class_id ? `?class=${class_id}` : '')
  if (code === 'evening_digest') return '/family'
  if (OF_A_WEEK.includes(code)) return student_id ? `/week/${student_id}` : '/week'
  if (student_id === null) return null
  if (code === 'consent_withdrawn') return `/consent/${student_id}`
  if (!OF_A_NIGHT.includes(code)) return null
  // A sheet to confirm is confirmed on the page of its night, also tonight's.
  return night === tonight && code !== 'confirm_sheet' ? `/tonight/${student_id}` : `/night/${student_id}/${night}`
}

/** A message with its earlier copies (asked for again, or asked a second time): one line, the newest. */
export interface Folded {
  message: Message
  earlier: Message[]
}

/** Messages, the newest first, with what says the same about the same night folded under the newest. */
export function folded(messages: readonly Message[]): Folded[] {
  const found = new Map<string, Folded>()
  for (const message of messages) {
    const key = [message.code, message.student_id, message.class_id, message.night].join('|')
    const first = found.get(key)
    if (first) first.earlier.push(message)
    else found.set(key, { message, earlier: [] })
  }
  return [...found.values()]
}

const SAYS_IT_IS_GONE = 'data_erased'

/** Without what a phone may no longer hold: what is older than a child's erasure, and (given whom one looks after) about others. */
export function stillOurs(messages: readonly Message[], students: readonly Id[] | null): Message[] {
  const erased = new Map<Id, string>()
  for (const { code, student_id, created_at } of messages) if (code === SAYS_IT_IS_GONE && student_id) erased.set(student_id, [erased.get(student_id) ?? '', created_at].sort()[1]!)
  return messages.filter(({ code, student_id, created_at }) => {
    if (student_id === null || code === SAYS_IT_IS_GONE) return true
    return (students === null || students.includes(student_id)) && !(created_at <= (erased.get(student_id) ?? ''))
  })
}

/** Whether every {blank} of a text has a value. */
export function canFill(text: string, params: Record<string, unknown>): boolean {
  return [...text.matchAll(/\{(\w+)\}/g)].every((found) => ['string', 'number'].includes(typeof params[found[1]!]))
}

/** What is sent back: the whole of the preferences, without what the server adds. */
export function wanted(preferences: Preferences): Preferences {
  const codes = preferences.codes.map(({ code, enabled, chosen_time }) => ({ code, enabled, chosen_time }))
  const { times: _, ...own } = preferences
  return { ...own, codes }
}

/** One code switched on or off; what needs a time gets one, what is off keeps none. */
export function switched(preferences: Preferences, code: string, enabled: boolean, time = '18:00'): Preferences {
  const needsTime = code === 'start_homework'
  const codes = preferences.codes.map((each) => (each.code === code ? { ...each, enabled, chosen_time: needsTime ? (each.chosen_time ?? time) : null } : each))
  return { ...preferences, codes }
}

export type PushState = 'insecure' | 'install_first' | 'unsupported' | 'school_off' | 'blocked' | 'off' | 'on'

export interface PushFacts {
  isSecure: boolean
  isIos: boolean
  isInstalled: boolean
  hasPush: boolean
  key: string | null
  permission: 'default' | 'denied' | 'granted'
  subscribed: boolean
}

/** What push can do on this phone, the first obstacle first. */
export function pushState(facts: PushFacts): PushState {
  if (!facts.isSecure) return 'insecure'
  if (facts.key === null) return 'school_off'
  if (!facts.hasPush) return facts.isIos && !facts.isInstalled ? 'install_first' : 'unsupported'
  if (facts.permission === 'denied') return 'blocked'
  return facts.permission === 'granted' && facts.subscribed ? 'on' : 'off'
}

/** A VAPID public key (base64url) as the browser takes it. */
export function keyBytes(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replace(/-/g, '+').replace(/_/g, '/').padEnd(Math.ceil(key.length / 4) * 4, '='))
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}
