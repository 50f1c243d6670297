// How lines, people and estimates are called on the screen.
import type { Row } from '../domain/evening'
import type { Assignment, Id, Night, Tier } from '../domain/types'
import { me } from '../store/home'
import { subjectName, t } from '../words'

export function nameOfSubject(code: string | null): string {
  const found = me.value?.school?.subjects.find((subject) => subject.code === code)
  return found ? subjectName(found) : t('tonight.own')
}

export function rowName(row: Row): string {
  return nameOfSubject(row.assignment?.subject ?? row.entries[0]?.subject ?? null)
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
