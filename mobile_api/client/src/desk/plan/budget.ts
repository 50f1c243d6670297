// Rule 8 for the moment before the server answers: an evening with what is planned and what is about to be.
// The server decides under its lock; this only draws.
import { addDays } from '../../domain/time'
import type { Id, Tier } from '../../domain/types'
import type { Candidate, ClassPlan, PlanNight, Stated, TierMinutes } from './types'

export interface Part {
  id: Id | null
  subject: string
  title: string
  by: string
  minutes: number
  /** About to be published, not yet. */
  isNew: boolean
}

export interface Evening {
  night: string
  cap: number | null
  parts: Part[]
  total: number
  left: number | null
  over: number
  exceeded: boolean
  /** Further limits of the night that the candidate meets. */
  overSubject: number | null
  isFree: boolean
}

/** From the day it is given to the day before it is due; at least the one night. */
export function nightsOf(given: string, due: string): string[] {
  const nights = [given]
  for (let night = addDays(given, 1); night < due && nights.length < 62; night = addDays(night, 1)) nights.push(night)
  return nights
}

/** Equal whole minutes a night, the remainder to the first. */
export function shareOf(minutes: number, nights: number, index: number): number {
  const each = Math.floor(minutes / nights)
  return index === 0 ? minutes - each * (nights - 1) : each
}

/** The estimate a budget uses: of the tier asked for, else standard, basic, extension. */
export function estimateFor(tiers: readonly TierMinutes[], tier: Tier): TierMinutes | null {
  for (const each of [tier, 'standard', 'basic', 'extension'] as Tier[]) {
    const found = tiers.find((one) => one.tier === each)
    if (found) return found
  }
  return null
}

/** A stated piece of work on one night, for one tier; 0 on a night that is not its own. */
export function minutesOn(work: Stated, night: string, tier: Tier): number {
  const nights = nightsOf(work.given_on, work.due_on)
  const index = nights.indexOf(night)
  const estimate = estimateFor(work.tiers, tier)
  return index < 0 || !estimate ? 0 : shareOf(estimate.estimated_minutes, nights.length, index)
}

function counts(work: Stated, scope: PlanNight['cap_scope']): boolean {
  return work.kind === 'written' && (scope === 'all' || work.place === 'home')
}

/** One night of a class, for one tier, with the candidate as if it were published. */
export function eveningOf(plan: ClassPlan, budget: PlanNight, tier: Tier, candidate: Candidate | null): Evening {
  const night = budget.night
  const standing = plan.assignments.filter((each) => each.state === 'published' && each.id !== candidate?.replaces)
  const isOn = (work: Stated) => counts(work, budget.cap_scope) && nightsOf(work.given_on, work.due_on).includes(night)
  const parts: Part[] = standing.filter(isOn).map((each) => ({ id: each.id, subject: each.subject, title: each.title, by: each.by.name, minutes: minutesOn(each, night, tier), isNew: false }))
  const isIn = candidate !== null && isOn(candidate)
  if (isIn) parts.push({ id: null, subject: candidate.subject, title: candidate.title, by: '', minutes: minutesOn(candidate, night, tier), isNew: true })
  const total = parts.reduce((sum, part) => sum + part.minutes, 0)
  const cap = budget.cap_minutes
  const ofSubject = isIn ? parts.filter((part) => part.subject === candidate.subject).reduce((sum, part) => sum + part.minutes, 0) : 0
  const most = budget.subject_cap_minutes
  return {
    night,
    cap,
    parts,
    total,
    left: cap === null ? null : Math.max(0, cap - total),
    over: cap === null ? 0 : Math.max(0, total - cap),
    exceeded: cap !== null && (total > cap || (cap === 0 && parts.length > 0)),
    overSubject: isIn && most !== null && ofSubject > most ? ofSubject - most : null,
    isFree: isIn && budget.no_homework_day && candidate.given_on === night,
  }
}

/** The evenings that a candidate touches, or tonight's alone without one. */
export function eveningsOf(plan: ClassPlan, tier: Tier, candidate: Candidate | null, tonight: string): Evening[] {
  const nights = candidate ? nightsOf(candidate.given_on, candidate.due_on) : [tonight]
  return plan.nights.filter((budget) => nights.includes(budget.night)).map((budget) => eveningOf(plan, budget, tier, candidate))
}

/** Whether the server will ask for a reason: over the class's cap, the subject's, or on a day without homework. */
export function needsReason(evenings: readonly Evening[]): boolean {
  return evenings.some((evening) => (evening.exceeded && evening.parts.some((part) => part.isNew)) || evening.overSubject !== null || evening.isFree)
}
