// How figures are said on charts: subjects, short dates, shares, what is withheld.
import { me } from '../../store/home'
import { hours, language, minutes, subjectName } from '../../words'
import { t, type Key } from '../words/trends'
import type { Estimate, WeeklyEstimate } from './types'

/** A subject by its school's name; for an officer, who has no school, by the common one. */
export function subjectWord(code: string): string {
  const own = me.value?.school?.subjects.find((each) => each.code === code)
  return own ? subjectName(own) : has(`subject.${code}`) ? t(`subject.${code}` as Key) : code
}

const KNOWN = new Set(['chinese', 'maths', 'english', 'science', 'ethics', 'physics', 'chemistry', 'biology', 'history', 'geography', 'pe', 'music', 'art', 'it', 'labour', 'projects'].map((code) => `subject.${code}`))
const has = (key: string) => KNOWN.has(key)

/** In the school's own order of subjects. */
export function bySubject<T extends { subject?: string }>(rows: readonly T[]): T[] {
  const order = me.value?.school?.subjects.map((each) => each.code) ?? []
  const at = (row: T) => (order.indexOf(row.subject ?? '') + 1 || order.length + 1)
  return [...rows].sort((one, other) => at(one) - at(other))
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** 11/16, 16 Nov: beneath a bar. */
export function shortDate(of: string): string {
  const [month, number] = [Number(of.slice(5, 7)), Number(of.slice(8))]
  return language.value === 'en' ? `${number} ${MONTHS[month - 1]}` : `${month}/${number}`
}

export const percent = (share: number | null): string => (share === null ? t('nothing') : language.value === 'en' ? `${share} %` : `${share}%`)
export const minutesOr = (count: number | null): string => (count === null ? t('nothing') : minutes(Math.round(count)))
export const hoursOr = (count: number | null): string => (count === null ? t('nothing') : hours(count))
/** A table's cell: the figure, or why there is none. */
export const cell = (value: number | string | null, withheld: boolean): number | string | null => (withheld ? t('withheld') : value)
/** Sheets behind a figure out of those there could be. */
export const sheets = (n: number | null, of: number | null): string => (n === null ? '' : of === null ? t('coverage.n', { n }) : t('coverage', { n, of, share: of ? Math.round((n / of) * 100) : 0 }))

export function gradeWord(stage: string, grade: number): string {
  if (language.value === 'en') return `Grade ${grade}`
  const ordinal = '一二三四五六七八九十'[grade - 1] ?? (grade === 11 ? '十一' : '十二')
  return stage === 'senior_high' || grade > 9 ? `高${'一二三'[grade - 10] ?? ordinal}` : `${ordinal}年级`
}

/** ×1.25 as words: a quarter longer than thought. */
export function ratioWords(ratio: number | null): string {
  if (ratio === null) return ''
  const off = Math.round(Math.abs(ratio - 1) * 100)
  if (off < 5) return t('ratio.as')
  return t(ratio > 1 ? 'ratio.longer' : 'ratio.shorter', { n: off })
}

/** What became of work that nobody finished, in plain words: of it only "at least so long" is known. Short where it is said again. */
export function basisWords(rows: readonly Estimate[], short = false): string {
  const censored = rows.reduce((sum, each) => sum + (each.n_censored ?? 0), 0)
  const stopped = rows.reduce((sum, each) => sum + (each.stopped_for_sleep ?? 0), 0)
  if (!censored) return ''
  return t(short ? 'estimate.basis_short' : 'estimate.basis', { n: censored, stopped: stopped ? t('estimate.stopped', { n: stopped }) : '' })
}

/** The Mondays of all weeks in which any row has something. */
export function weeksOf(rows: readonly WeeklyEstimate[]): string[] {
  return [...new Set(rows.flatMap((row) => row.weeks.map((week) => week.from)))].sort()
}

/** Minutes after midnight of the evening: 00:40 is 24:40; a morning's work on a free day stays in the morning. */
export function eveningMinutes(time: string): number {
  const [hour, minute] = time.split(':').map(Number) as [number, number]
  return (hour < 6 ? hour + 24 : hour) * 60 + minute
}

export function clockWord(at: number): string {
  const rounded = Math.round(at)
  return `${String(Math.floor(rounded / 60) % 24).padStart(2, '0')}:${String(rounded % 60).padStart(2, '0')}`
}
