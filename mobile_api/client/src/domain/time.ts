// School-local wall-clock time and instants. Instants are milliseconds here, RFC 3339 text in documents.

const formats = new Map<string, Intl.DateTimeFormat>()

interface Local {
  date: string
  hour: number
  minute: number
}

function format(zone: string): Intl.DateTimeFormat {
  let found = formats.get(zone)
  if (!found) {
    const fields = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const
    found = new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', ...fields })
    formats.set(zone, found)
  }
  return found
}

/** Date and time of day at the school. */
export function localOf(at: number, zone: string): Local {
  const parts: Record<string, string> = {}
  for (const part of format(zone).formatToParts(at)) parts[part.type] = part.value
  return { date: `${parts.year}-${parts.month}-${parts.day}`, hour: Number(parts.hour) % 24, minute: Number(parts.minute) }
}

/** `HH:MM` at the school. */
export function clockOf(at: number, zone: string): string {
  const { hour, minute } = localOf(at, zone)
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}

/** The date `days` later. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** ISO weekday, 1 is Monday. */
export function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay() || 7
}

/** The night of an instant: before 06:00 it is the evening before (rule 1). */
export function nightOf(at: number, zone: string): string {
  const { date, hour } = localOf(at, zone)
  return hour < 6 ? addDays(date, -1) : date
}

/** The instant of a local time on a date. */
export function instantOf(date: string, clock: string, zone: string): number {
  const wall = Date.parse(`${date}T${clock}:00Z`)
  const offset = (at: number) => {
    const local = localOf(at, zone)
    return Date.parse(`${local.date}T${String(local.hour).padStart(2, '0')}:${String(local.minute).padStart(2, '0')}:00Z`) - at
  }
  const guess = wall - offset(wall)
  return wall - offset(guess)
}

/** The instant of an evening's clock time: before noon it is in the small hours of the next date. */
export function eveningInstant(night: string, clock: string, zone: string): number {
  return instantOf(clock < '12:00' ? addDays(night, 1) : night, clock, zone)
}

/** The instant of a clock time at which somebody worked: a morning is that of the night's own date, a Saturday's for one. */
export function workInstant(night: string, clock: string, zone: string): number {
  return instantOf(clock < '06:00' ? addDays(night, 1) : night, clock, zone)
}

/** The midnight that ends the night's date. */
export function midnightAfter(night: string, zone: string): number {
  return instantOf(addDays(night, 1), '00:00', zone)
}

/** Lights-out lies between 17:00 and 06:00 (rule 1). */
export function mayLightsOut(night: string, at: number, zone: string): boolean {
  return at >= instantOf(night, '17:00', zone) && at <= instantOf(addDays(night, 1), '06:00', zone)
}

/** RFC 3339 in whole seconds. */
export function rfc3339(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}
