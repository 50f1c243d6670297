// When homework is given and due, as the school's calendar and the teacher's timetable have it.
import { addDays, weekdayOf } from '../../domain/time'
import type { Day } from '../place'

const AHEAD = 30

function isSchoolDay(days: readonly Day[], day: string): boolean {
  const known = days.find((each) => each.day === day)
  return known ? known.is_school_day : weekdayOf(day) < 6
}

/** The next day of these weekdays' timetable, today included; the next school day where none is named. */
export function nextGiven(days: readonly Day[], today: string, weekdays: readonly number[]): string {
  for (let n = 0; n < AHEAD; n += 1) {
    const day = addDays(today, n)
    const known = days.find((each) => each.day === day)
    const by = known ? known.timetable_weekday : weekdayOf(day)
    if (isSchoolDay(days, day) && (weekdays.length === 0 || (by !== null && weekdays.includes(by)))) return day
  }
  return today
}

/** The next school day after it was given: homework of a Friday is due on Monday. */
export function nextDue(days: readonly Day[], given: string): string {
  for (let n = 1; n < AHEAD; n += 1) if (isSchoolDay(days, addDays(given, n))) return addDays(given, n)
  return addDays(given, 1)
}
