// A class's night of the coming week as the evening's bar draws it; what a list still being typed adds to it.
import type { Evening } from '../plan/budget'
import { minutesOn, nightsOf } from '../plan/budget'
import type { TierMinutes } from '../plan/types'
import { addDays } from '../../domain/time'
import type { GradeWeek, Item, Night, Overview } from './types'

/** A stage and a grade as one key, such as `primary-3`. */
export const keyOf = (of: { stage: string | null; grade: number | null }) => `${of.stage}-${of.grade}`

/** The days that are drawn: school days, and others on which anything lies. */
export function daysShown(overview: Overview): string[] {
  const busy = new Set(overview.grades.flatMap((grade) => grade.classes.flatMap((each) => each.nights.filter((night) => night.total_minutes > 0).map((night) => night.night))))
  return overview.days.filter((each) => each.is_school_day || busy.has(each.day)).map((each) => each.day)
}

/** Plans still to be decided are drawn hatched, as what is about to come. */
export function eveningOf(night: Night): Evening {
  const parts = night.parts.map((part, n) => ({ id: `${n}`, subject: part.subject, title: '', by: '', minutes: part.minutes, isNew: part.source === 'filed' }))
  return shape(night, parts)
}

function shape(night: Night, parts: Evening['parts']): Evening {
  const total = parts.reduce((sum, part) => sum + part.minutes, 0)
  const cap = night.cap_minutes
  return { night: night.night, cap, parts, total, left: cap === null ? null : Math.max(0, cap - total), over: cap === null ? 0 : Math.max(0, total - cap), exceeded: cap !== null && (total > cap || (cap === 0 && parts.length > 0)), overSubject: null, isFree: false }
}

const counts = (item: Item, night: Night) => item.kind === 'written' && (night.cap_scope === 'all' || item.place === 'home')

/** The fullest class's night with what others plan and what is being typed here in place of the own subject's. */
export function withOwn(grade: GradeWeek, night: string, subject: string, items: readonly Item[]): { evening: Evening; own: number; others: number; name: string } | null {
  const found = grade.classes.flatMap((each) => {
    const at = each.nights.find((one) => one.night === night)
    if (!at) return []
    const others = at.parts.filter((part) => part.subject !== subject).map((part, n) => ({ id: `${n}`, subject: part.subject, title: '', by: '', minutes: part.minutes, isNew: false }))
    const lying = items.filter((item) => counts(item, at) && nightsOf(item.given_on, item.due_on).includes(night))
    const own = lying.reduce((sum, item) => sum + minutesOn({ subject, ...item }, night, 'standard'), 0)
    const evening = shape(at, lying.length ? [...others, { id: null, subject, title: '', by: '', minutes: own, isNew: true }] : others)
    return [{ evening, own, others: evening.total - own, name: each.class_name }]
  })
  found.sort((a, b) => b.evening.over - a.evening.over || b.evening.total - a.evening.total)
  return found[0] ?? null
}

/** A line being typed: minutes a tier, null where that tier is not set. */
export interface Line {
  key: number
  title: string
  given_on: string
  due_on: string
  kind: Item['kind']
  place: Item['place']
  basic: number | null
  standard: number | null
  extension: number | null
  /** What else a tier says (a range, an own trial), kept as it was. */
  kept: TierMinutes[]
}

export const TIERS = ['basic', 'standard', 'extension'] as const
export const isEmpty = (line: Line) => line.title.trim() === '' && TIERS.every((tier) => line[tier] === null)

let last = 0
export function newLine(given_on: string, due_on: string): Line {
  return { key: ++last, title: '', given_on, due_on, kind: 'written', place: 'home', basic: null, standard: null, extension: null, kept: [] }
}

/** A line that was typed before, on the page anew. */
export const againLine = (line: Line): Line => ({ ...line, key: ++last })

export function lineOf(item: Item, days = 0): Line {
  const of = (tier: string) => item.tiers.find((each) => each.tier === tier)?.estimated_minutes ?? null
  return { key: ++last, title: item.title, given_on: addDays(item.given_on, days), due_on: addDays(item.due_on, days), kind: item.kind, place: item.place, basic: of('basic'), standard: of('standard'), extension: of('extension'), kept: item.tiers }
}

export function itemOf(line: Line): Item {
  const tiers = TIERS.flatMap((tier) => {
    const minutes = line[tier]
    if (minutes === null) return []
    const was = line.kept.find((each) => each.tier === tier)
    const most = was?.estimated_max_minutes ?? null
    return [{ tier, estimated_minutes: minutes, estimated_max_minutes: most !== null && most >= minutes ? most : null, tried_minutes: was?.tried_minutes ?? null }]
  })
  return { title: line.title.trim(), kind: line.kind, place: line.place, given_on: line.given_on, due_on: line.due_on, tiers }
}
