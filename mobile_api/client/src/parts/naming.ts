// How lines, people and estimates are called on the screen.
import { isOver, type Row } from '../domain/evening'
import type { Assignment, Entry, Id, Night, Tier } from '../domain/types'
import { eveningOf, loadsOf, minutesOf, workedOn } from '../domain/load'
import { addDays } from '../domain/time'
import { me, now, tonight, zone } from '../store/home'
import { day, subjectName, t, time, weekday } from '../words'

export function nameOfSubject(code: string | null): string {
  const found = me.value?.school?.subjects.find((subject) => subject.code === code)
  return found ? subjectName(found) : t('tonight.own')
}

export function rowName(row: Row): string {
  return nameOfSubject(row.assignment?.subject ?? row.entries[0]?.subject ?? null)
}

/** Whether a subject has more than one line tonight: its name alone then tells them not apart. */
export function isTwin(row: Row, rows: Row[]): boolean {
  return rows.some((each) => each.key !== row.key && rowName(each) === rowName(row))
}

/** What a line says it is; empty where the school hides titles from pupils. */
export function titleOf(row: Row): string {
  return row.assignment?.title || (row.entries[0]?.is_self_study ? row.entries[0].title : '')
}

function wordsOf(row: Row): string {
  const kind = row.assignment?.kind ?? row.entries[0]?.kind
  return titleOf(row) || (kind ? t(`kind.${kind}`) : '')
}

/** 第 2 项: which of a subject's lines it is, where neither title nor kind says so; empty for every other line. */
export function numberOf(row: Row, rows: Row[]): string {
  const alike = rows.filter((each) => rowName(each) === rowName(row) && wordsOf(each) === wordsOf(row))
  return alike.length > 1 ? t('tonight.number', { n: alike.findIndex((each) => each.key === row.key) + 1 }) : ''
}

/** What a button's name calls a line: the subject, and what tells it from the subject's other lines. */
export function calledOf(row: Row, rows: Row[]): string {
  const line = isTwin(row, rows) ? [wordsOf(row), numberOf(row, rows)].filter(Boolean).join(t('sep')) : ''
  return line ? t('tonight.line', { what: rowName(row), line }) : rowName(row)
}

export function offerOf(assignment: Assignment, tier: Tier | null) {
  return assignment.tiers.find((offer) => offer.tier === tier) ?? assignment.tiers.find((offer) => offer.tier === 'standard') ?? assignment.tiers[0]
}

/** The estimate for this night: an assignment over several nights is split equally (rule 8). */
export function estimateOf(assignment: Assignment, tier: Tier | null): number {
  const offer = offerOf(assignment, tier)
  return offer ? Math.round(offer.estimated_minutes / Math.max(1, assignment.nights)) : 0
}

export function estimateWords(assignment: Assignment, tier: Tier | null): string {
  const offer = offerOf(assignment, tier)
  if (!offer) return ''
  const share = (minutes: number) => Math.round(minutes / Math.max(1, assignment.nights))
  const most = offer.estimated_max_minutes
  return most ? t('tonight.about_range', { n: share(offer.estimated_minutes), m: share(most) }) : t('tonight.about', { n: share(offer.estimated_minutes) })
}

export function personName(night: Night, id: Id | null): string {
  return night.people.find((person) => person.id === id)?.name ?? ''
}

/** 一共 20 分钟，周一交: what homework over several nights comes to, and when it is due; empty for one night's. */
export function wholeWords(assignment: Assignment, tier: Tier | null): string {
  const offer = offerOf(assignment, tier)
  if (!offer || assignment.nights < 2) return ''
  const { estimated_minutes: n, estimated_max_minutes: m } = offer
  return t('tonight.whole', { n: m ? `${n}–${m}` : n, day: weekdayNear(assignment.due_on) })
}

/** 周五; a day further away is named by its date. */
export function weekdayNear(date: string): string {
  return addDays(tonight.value, -6) <= date && date <= addDays(tonight.value, 6) ? weekday(date) : day(date)
}

/** What teachers expect of a night, counted as the ring counts and apart from it; what was finished before is done. */
export function plannedOf(rows: Row[]): { written: number; other: number } {
  const left = rows.flatMap((row) => (row.assignment && (row.entries.length > 0 || !isOver(row)) ? [row.assignment] : []))
  const sum = (of: Assignment[]) => of.reduce((total, each) => total + estimateOf(each, null), 0)
  return { written: sum(left.filter((each) => each.kind === 'written')), other: sum(left.filter((each) => each.kind !== 'written')) }
}

/** How long a line took that is over: nought minutes are nobody's words. */
export function tookWords(entry: Entry, minutes: number): string {
  if (minutes > 0) return t('tonight.took', { n: minutes })
  return t(entry.segments.length ? 'tonight.took_little' : 'tonight.took_none')
}

/** Minutes against the cap, as of now. */
export function minutesOfNight(night: Night): number {
  return loadsOf(night.entries, eveningOf(night, now.value, zone.value), night.policy.cap_scope).capped
}

/** 作业 40 分钟 · 晚上 9:10 熄灯: what a guardian confirms, in a line. */
export function nightWords(night: Night): string {
  const evening = eveningOf(night, now.value, zone.value)
  const own = minutesOf(workedOn(night.entries.filter((entry) => entry.is_self_study), evening))
  const { assigned } = loadsOf(night.entries, evening, night.policy.cap_scope)
  const parts = [...(assigned || !own ? [t('family.minutes', { n: assigned })] : []), ...(own ? [t('family.minutes_own', { n: own })] : [])]
  const bed = night.sleep.lights_out_at
  return [...parts, ...(bed ? [t('done.lights_out', { time: time(Date.parse(bed), zone.value) })] : [])].join(' · ')
}

/** Who confirmed a night; empty where nobody has. */
export function confirmedWords(night: Night): string {
  if (night.state !== 'confirmed') return ''
  const by = night.confirmations.filter((each) => each.withdrawn_at === null).at(-1)
  if (!by) return t('family.confirmed')
  if (by.guardian_id === me.value?.id) return t(by.by_amendment ? 'family.confirmed_act' : 'family.confirmed')
  const name = personName(night, by.guardian_id)
  return name ? t('family.confirmed_by', { name }) : t('family.confirmed')
}

/** Who handed a sheet in, where that was somebody else. */
export function handerIn(night: Night): string {
  return night.submitted_by === me.value?.id ? '' : personName(night, night.submitted_by)
}

/** When a sheet was handed in, and by whom. */
export function handedInWords(night: Night): string {
  if (night.submitted_at === null) return ''
  const at = time(Date.parse(night.submitted_at), zone.value)
  const name = handerIn(night)
  return name ? t('handed.by', { time: at, name }) : t('handed.at', { time: at })
}

/** A device as its owner would call it: what is no device's name is left out. */
export function deviceWords(name: string): string {
  const plain = name.trim()
  if (plain === 'Web') return t('device.browser')
  return plain === '' || /[\\/]|\.\w{2,5}$/.test(plain) ? t('device.other') : plain.replace('WeChat', t('device.wechat'))
}
