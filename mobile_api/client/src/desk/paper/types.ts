// The grid of a night's paper sheets as the API answers it, and what became of a saved row.
import type { Id, Tier } from '../../domain/types'
import type { PaperRow } from './cells'

export interface PaperAssignment {
  id: Id
  subject: string
  title: string
  tiers: { tier: Tier; estimated_minutes: number; estimated_max_minutes: number | null }[]
}

export interface Paper {
  class_id: Id
  class_name: string
  night: string
  assignments: PaperAssignment[]
  students: PaperRow[]
}

export interface TypedResult {
  of: 'entry' | 'sleep' | 'note' | 'submission'
  id: Id | null
  result: 'applied' | 'same' | 'conflict' | 'gone' | 'invalid'
  code: string
  message: string
  errors: { path: string; code: string; message: string }[]
}

export interface PaperAnswer {
  results: { student_id: Id; refused: string | null; results: TypedResult[] }[]
  students: PaperRow[]
}

export interface SaveResult {
  /** Whether the server answered at all. */
  reached: boolean
  /** By field: `work.0`, `bedtime`, `waking`, `note`, or `row` for what concerns the whole of it. */
  problems: Record<string, string>
  row: PaperRow | null
}

/** The estimate that stands above a column: of the standard tier, upper end of a range. */
export function estimateOf(assignment: PaperAssignment): number | null {
  const tier = assignment.tiers.find((each) => each.tier === 'standard') ?? assignment.tiers[0]
  return tier ? tier.estimated_max_minutes ?? tier.estimated_minutes : null
}
