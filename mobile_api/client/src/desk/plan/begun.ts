// Homework that somebody has begun to write for a class and not yet given: found again after another screen, a reload, a new sign-in.
import type { Id } from '../../domain/types'
import { forgetTyped, keepTyped, typedBefore } from '../typed'
import type { Candidate, PlanAssignment, TierMinutes } from './types'

export interface Begun {
  work: Candidate
  chosen: Id[]
  /** What is being changed; its version travels along, so a colleague's change meanwhile is noticed. */
  changing: PlanAssignment | null
  ids: SentIds
}

/** Ids made for this very entry, as JSON, and each class: sent again after a lost answer, even after a reload, it is done once. */
export interface SentIds {
  of: string
  by: Record<Id, Id>
}

const nameOf = (classId: Id) => `plan.${classId}`
const isWritten = ({ work, changing }: Begun) => changing !== null || work.title.trim() !== '' || work.tiers.some((tier) => !Number.isNaN(tier.estimated_minutes))

/** Keep it, once there is something in it. */
export function keepBegun(classId: Id, begun: Begun): void {
  if (isWritten(begun)) keepTyped(nameOf(classId), begun)
  else forgetTyped(nameOf(classId))
}

export const leaveBegun = (classId: Id) => forgetTyped(nameOf(classId))

/** What was begun here for a day that has not gone by; null when there is nothing of the kind. */
export function begun(classId: Id, today: string): Begun | null {
  const kept = typedBefore<Begun>(nameOf(classId))
  if (!kept || (kept.work.given_on < today && !kept.changing)) return null
  return { ...kept, work: { ...kept.work, tiers: kept.work.tiers.map(typedMinutes) } }
}

/** Minutes not typed yet are NaN, which JSON does not know. */
const typedMinutes = (tier: TierMinutes): TierMinutes => ({ ...tier, estimated_minutes: tier.estimated_minutes ?? NaN })
