// The class tablet: pictures, and what a pupil notes as entries done at school. Pure.
import { rfc3339 } from './time'
import type { Id, Tier } from './types'

export const PICTURES = ['sun', 'moon', 'star', 'tree', 'fish', 'bird', 'cat', 'dog', 'apple', 'boat', 'house', 'key'] as const
export type Picture = (typeof PICTURES)[number]
export const CODE_LENGTH = 3
export const CHOICES = [5, 10, 15, 20, 30, 40] as const

export interface TabletAssignment {
  id: Id
  subject: string
  title: string | null
  kind: string
  tiers: Tier[]
}

export interface Pupil {
  id: Id
  name: string
  has_picture_code: boolean
  may_write: boolean
}

export interface TabletEntry {
  id: Id
  body: Record<string, unknown>
}

/** Three and no more; the same picture may be there twice. */
export function picked(chosen: readonly Picture[], next: Picture): Picture[] {
  return chosen.length >= CODE_LENGTH ? [...chosen] : [...chosen, next]
}

/**
 * One entry for each assignment with minutes, one after another and ending now: it is noted when it is done. None begins
 * before 06:00 of the day (rule 1), so `dayBegins` cuts them off.
 */
export function schoolEntries(
  work: readonly { assignment: TabletAssignment; minutes: number }[],
  at: { now: number; dayBegins: number; installation: Id; newId(): Id },
): TabletEntry[] {
  let end = at.now
  return [...work].filter(({ minutes }) => minutes > 0).reverse().map(({ assignment, minutes }) => {
    const start = Math.max(at.dayBegins, end - minutes * 60_000)
    const segment = { started_at: rfc3339(start), finished_at: rfc3339(end), source: 'typed', clock: 'ok' }
    end = start
    const tier = (['standard', 'basic', 'extension'] as const).find((each) => assignment.tiers.includes(each)) ?? null
    const body = {
      base_version: null, installation_id: at.installation, revision: 1, assignment_id: assignment.id, subject: assignment.subject,
      title: '', tier, place: 'school', outcome: 'finished', segments: [segment],
    }
    return { id: at.newId(), body }
  }).reverse()
}
