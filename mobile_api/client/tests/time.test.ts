import { describe, expect, it } from 'vitest'
import { addDays, clockOf, eveningInstant, instantOf, mayLightsOut, midnightAfter, nightOf, rfc3339, weekdayOf, workInstant } from '../src/domain/time'

const SHANGHAI = 'Asia/Shanghai'

describe('night', () => {
  it('gives lights-out at 00:40 on the 6th to the night of the 5th', () => {
    expect(nightOf(Date.parse('2026-11-06T00:40:00+08:00'), SHANGHAI)).toBe('2026-11-05')
  })
  it('begins a new night at 06:00', () => {
    expect(nightOf(Date.parse('2026-11-06T05:59:59+08:00'), SHANGHAI)).toBe('2026-11-05')
    expect(nightOf(Date.parse('2026-11-06T06:00:00+08:00'), SHANGHAI)).toBe('2026-11-06')
  })
  it('holds the work of its own morning, and of the small hours after it', () => {
    const at = (clock: string) => rfc3339(workInstant('2026-10-31', clock, SHANGHAI))
    expect([at('10:00'), at('23:50'), at('00:20'), at('06:00')]).toEqual(['2026-10-31T02:00:00Z', '2026-10-31T15:50:00Z', '2026-10-31T16:20:00Z', '2026-10-30T22:00:00Z'])
  })
  it('ends at the local midnight', () => {
    expect(midnightAfter('2026-11-05', SHANGHAI)).toBe(Date.parse('2026-11-06T00:00:00+08:00'))
  })
  it('allows lights-out from 17:00 to 06:00, both included', () => {
    expect(mayLightsOut('2026-11-05', Date.parse('2026-11-05T16:59:59+08:00'), SHANGHAI)).toBe(false)
    expect(mayLightsOut('2026-11-05', Date.parse('2026-11-05T17:00:00+08:00'), SHANGHAI)).toBe(true)
    expect(mayLightsOut('2026-11-05', Date.parse('2026-11-06T06:00:00+08:00'), SHANGHAI)).toBe(true)
    expect(mayLightsOut('2026-11-05', Date.parse('2026-11-06T06:00:01+08:00'), SHANGHAI)).toBe(false)
  })
})

describe('local time', () => {
  it('puts an hour before noon into the small hours of the next date', () => {
    expect(eveningInstant('2026-11-05', '00:40', SHANGHAI)).toBe(Date.parse('2026-11-06T00:40:00+08:00'))
    expect(eveningInstant('2026-11-05', '19:00', SHANGHAI)).toBe(Date.parse('2026-11-05T19:00:00+08:00'))
  })
  it('keeps to the zone through a change of clocks', () => {
    expect(instantOf('2026-03-29', '12:00', 'Europe/Berlin')).toBe(Date.parse('2026-03-29T12:00:00+02:00'))
    expect(instantOf('2026-03-28', '12:00', 'Europe/Berlin')).toBe(Date.parse('2026-03-28T12:00:00+01:00'))
    expect(clockOf(Date.parse('2026-10-25T00:30:00Z'), 'Europe/Berlin')).toBe('02:30')
  })
  it('counts days and weekdays over a month', () => {
    expect(addDays('2026-11-30', 1)).toBe('2026-12-01')
    expect(weekdayOf('2026-11-22')).toBe(7)
    expect(rfc3339(Date.parse('2026-11-22T10:00:00.700Z'))).toBe('2026-11-22T10:00:00Z')
  })
})
