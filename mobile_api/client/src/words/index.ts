// The words of the client: one catalogue a language, Chinese first. `t` fills {names} in.
import { ref } from 'vue'
import { addDays, clockOf, weekdayOf } from '../domain/time'
import { en } from './en'
import { zh, type Key } from './zh-CN'

export type Language = 'zh-CN' | 'en'

const catalogues: Record<Language, Record<Key, string>> = { 'zh-CN': zh, en }

export const language = ref<Language>(chosen())

function chosen(): Language {
  const stored = typeof localStorage === 'undefined' ? null : localStorage.getItem('nightsheet.language')
  if (stored === 'zh-CN' || stored === 'en') return stored
  const wanted = typeof navigator === 'undefined' ? 'zh' : navigator.language
  return wanted.toLowerCase().startsWith('zh') ? 'zh-CN' : /^en/i.test(wanted) ? 'en' : 'zh-CN'
}

export function choose(wanted: Language): void {
  language.value = wanted
  localStorage.setItem('nightsheet.language', wanted)
}

/** `{n|night|nights}`: the number with the word that fits it. */
const PLURAL = /\{(\w+)\|([^|}]*)\|([^}]*)\}/g

/** Fill {names} and {n|night|nights} in. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(PLURAL, (_whole, name: string, one: string, more: string) => `${values[name]} ${values[name] === 1 ? one : more}`).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

export function t(key: Key, values: Record<string, string | number> = {}): string {
  return fill(catalogues[language.value][key], values)
}

/** A problem's words where we have our own, else the server's. */
export function tProblem(code: string, otherwise = ''): string {
  const key = `problem.${code}` as Key
  return key in zh ? t(key) : otherwise || t('problem.unknown')
}

/** Whole minutes as people say them: up to 99 as minutes, sleep in hours by `hours`. */
export function minutes(count: number): string {
  return t('minutes', { n: count })
}

export function hours(count: number): string {
  const h = Math.floor(count / 60)
  const m = count % 60
  if (h === 0) return minutes(m)
  return m === 0 ? t('hours', { h }) : t('hours_minutes', { h, m })
}

/** A time of day in a sentence: 晚上 9:15, 9:15 pm. */
export function time(at: number, zone: string): string {
  const clock = clockOf(at, zone)
  const hour = Number(clock.slice(0, 2))
  const minute = clock.slice(3)
  const twelve = hour % 12 || 12
  if (language.value === 'en') return `${twelve}:${minute}\u00a0${hour < 12 ? 'am' : 'pm'}`
  const part = hour < 5 ? '凌晨' : hour < 9 ? '早上' : hour < 12 ? '上午' : hour < 13 ? '中午' : hour < 18 ? '下午' : '晚上'
  return `${part} ${hour === 0 ? 12 : twelve}:${minute}`
}

/** The time at which last night's lights went out, said in the morning: 昨晚 9:15, 9:15 pm last night; after midnight 凌晨 12:40. */
export function lastNightAt(at: number, zone: string): string {
  const said = time(at, zone)
  if (language.value === 'en') return said.endsWith('pm') ? `${said} last night` : said
  return said.replace('晚上', '昨晚').replace('下午', '昨天下午')
}

const WEEKDAYS: Record<Language, string[]> = {
  'zh-CN': ['周一', '周二', '周三', '周四', '周五', '周六', '周日'],
  en: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
}
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export function weekday(date: string): string {
  return WEEKDAYS[language.value][weekdayOf(date) - 1]!
}

/** A weekday where seven stand beside each other: 二, Tue. */
export function weekdayShort(date: string): string {
  return language.value === 'en' ? weekday(date) : weekday(date).slice(1)
}

/** 11月17日 周二, Tue 17 Nov; near days by name. */
export function day(date: string, today?: string): string {
  const plain = dateOf(date)
  if (today && date === today) return t('today', { day: plain })
  if (today && date === addDays(today, -1)) return t('yesterday', { day: plain })
  return language.value === 'en' ? `${weekday(date)} ${plain}` : `${plain} ${weekday(date)}`
}

/** 11月16日 – 22日, 16 – 22 Nov. */
export function range(from: string, to: string): string {
  const [a, b] = [dateOf(from), dateOf(to)]
  const same = from.slice(0, 7) === to.slice(0, 7)
  if (!same) return t('range', { from: a, to: b })
  const [first, last] = [Number(from.slice(8)), Number(to.slice(8))]
  return language.value === 'en' ? t('range', { from: first, to: b }) : t('range', { from: a, to: `${last}日` })
}

function dateOf(of: string): string {
  const [month, number] = [Number(of.slice(5, 7)), Number(of.slice(8))]
  return language.value === 'en' ? `${number} ${MONTHS[month - 1]}` : `${month}月${number}日`
}

/** Subjects by the school's own names. */
export function subjectName(subject: { name_zh: string; name_en: string }): string {
  return language.value === 'en' ? subject.name_en || subject.name_zh : subject.name_zh
}
