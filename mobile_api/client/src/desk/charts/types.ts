// The answers that charts are drawn from, as docs/trends.md and the OpenAPI document describe them. Shapes only.
import type { Id } from '../../domain/types'

export interface Figure {
  n: number | null
  enrolled: number | null
  mean_minutes: number | null
  median_minutes: number | null
  p90_minutes: number | null
  share_within_percent: number | null
  over_cap: boolean | null
  amended: number | null
  cap_minutes: number | null
  withheld: boolean
}

export interface Estimate {
  n: number | null
  n_censored: number | null
  stopped_for_sleep: number | null
  estimated_minutes: number | null
  median_minutes: number | null
  p10_minutes: number | null
  p90_minutes: number | null
  ratio: number | null
  km_median_minutes: number | null
  basis: 'finished' | 'kaplan_meier'
  withheld: boolean
}

export interface Row extends Figure {
  from: string
  to: string
  subject?: string
  kind?: string
  tier?: string
  place?: string
  estimate?: Estimate
  classes?: (Figure & { class_id: Id; name: string })[]
  grades?: (Figure & { stage: string; grade: number })[]
  schools?: (Figure & { school_id: Id; name: string })[]
}

export interface Trends {
  from: string
  to: string
  items: Row[]
}

export interface HeatCell {
  subject: string
  weekday: number
  n: number | null
  median_minutes: number | null
  ratio: number | null
  withheld: boolean
}

export interface Distribution {
  basis: 'values' | 'box' | 'withheld'
  n: number | null
  cap_minutes: number | null
  values: number[] | null
  box: Record<'p10' | 'p25' | 'p50' | 'p75' | 'p90', number> | null
}

export interface Places {
  n: number | null
  home_minutes: number | null
  school_minutes: number | null
  school_share_percent: number | null
  withheld: boolean
}

export interface SleepFigure {
  enrolled: number | null
  n_bedtime: number | null
  on_time_percent: number | null
  median_lights_out: string | null
  n_sleep: number | null
  projected: number | null
  median_sleep_minutes: number | null
  target_met_percent: number | null
  short_percent: number | null
  n_weeks: number | null
  debt_percent: number | null
  withheld: boolean
}

export type SleepWeek = SleepFigure & { from: string; to: string }

export interface BedtimeBin {
  from: string
  to: string
  n: number | null
  median_lights_out: string | null
  late_percent: number | null
  withheld: boolean
}

export interface Bedtimes {
  pairs: { finish: string; lights_out: string }[] | null
  bins: BedtimeBin[]
}

export type SubjectEstimate = Estimate & { subject: string }

export interface Overview {
  from: string
  to: string
  frozen: boolean
  figure: Figure | null
  heat_map: HeatCell[]
  distribution: Distribution | null
  places: Places | null
  sleep: SleepFigure | null
  sleep_weeks: SleepWeek[]
  bedtimes: Bedtimes | null
  calibration: SubjectEstimate[]
  class_name?: string
  school_name?: string
}

export interface WeeklyEstimate extends Estimate {
  subject?: string
  tier?: string
  weeks: (Estimate & { from: string; to: string })[]
}

export interface EstimatesByWeek {
  from: string
  to: string
  frozen: boolean
  subjects: WeeklyEstimate[]
  tiers: WeeklyEstimate[]
}

export interface OwnCalibration {
  items: (SubjectEstimate & { class_id: Id; class_name: string; weeks: { from: string; to: string; n: number; ratio: number | null }[] })[]
}

export interface Warning {
  id: Id
  class_id: Id
  class_name: string
  code: string
  subject: string | null
  from: string
  to: string
  count: number | null
  of: number | null
  value: number
  limit: number
  closed: { action: string; by: string | null; at: string } | null
}

export interface UpwardRow {
  n: number | null
  enrolled: number | null
  response_percent: number | null
  mean_minutes: number | null
  share_within_percent: number | null
  in_bed_on_time_percent: number | null
  n_bedtime: number | null
  n_sleep: number | null
  sleep_target_met_percent: number | null
  publication_days: number | null
  school_days: number | null
  withheld: boolean
}

export interface SchoolUpward {
  from: string
  to: string
  school_name: string
  total: UpwardRow
  grades: (UpwardRow & { stage: string; grade: number })[]
}

export interface DistrictUpward {
  from: string
  to: string
  total: UpwardRow
  schools: (UpwardRow & { school_id: Id; name: string })[]
}

export interface Monthly {
  from: string
  to: string
  month: string
  school_name: string
  figure: Figure
  weeks: Row[]
  grades: (Figure & { stage: string; grade: number })[]
  subjects: SubjectEstimate[]
  places: Places
  sleep: SleepFigure
  upward: UpwardRow
  warnings: { code: string; open: number; closed: number }[]
}
