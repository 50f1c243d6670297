// The rows of the tables behind the charts of estimates, week by week and over the whole period.
import { t } from '../words/trends'
import { cell, shortDate } from './said'
import type { Estimate, WeeklyEstimate } from './types'

export const estimateColumns = () => [t('col.estimate'), t('col.median'), t('col.p10'), t('col.p90'), t('col.ratio'), t('col.km'), t('col.finished'), t('col.censored'), t('col.stopped')]

function figures(of: Estimate): (string | number | null)[] {
  return [cell(of.estimated_minutes, of.withheld), of.median_minutes, of.p10_minutes, of.p90_minutes, of.ratio, of.km_median_minutes, of.n, of.n_censored, of.stopped_for_sleep]
}

/** Each row's weeks, then its whole period. */
export function estimateRows(rows: readonly WeeklyEstimate[], word: (row: WeeklyEstimate) => string): (string | number | null)[][] {
  return rows.flatMap((row) => [...row.weeks.map((week) => [word(row), shortDate(week.from), ...figures(week)]), [word(row), t('whole'), ...figures(row)]])
}
