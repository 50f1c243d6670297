// What the server says of reachability, deliveries and a school's settings; and settings compared. Pure.
import type { Id } from '../../domain/types'

export interface UnreachedGuardian { guardian_id: Id; name: string; reason: string }
export interface Unreached { student_id: Id; school_number: string | null; name: string; reasons: string[]; guardians: UnreachedGuardian[] }
export interface ClassReach { class_id: Id; class_name: string; families: number; unreached: number; students: Unreached[] }
export interface Numbers { families: number; unreached: number | null; withheld: boolean }
export interface SchoolReach extends Numbers { classes: (Numbers & { class_id: Id; class_name: string })[] }

export interface CodeFigures { night: string; code: string; withheld: boolean; n?: number; sent?: number; dropped?: number; failed?: number; unknown?: number; waiting?: number; reasons?: Record<string, number> }
export interface ChannelFigures { night: string; channel: string; withheld: boolean; n?: number; outcomes?: Record<string, number> }
export interface Deliveries { from: string; to: string; worker: { last_tick_at: string | null; is_dead: boolean }; codes: CodeFigures[]; channels: ChannelFigures[] }

/** How attempts over a channel ended, in the few ways that an office needs to tell apart. */
export function outcomesOf(outcomes: Record<string, number> = {}): Record<'accepted' | 'failed' | 'unclear' | 'again' | 'elsewhere' | 'under_way', number> {
  const of = (...names: string[]) => names.reduce((sum, name) => sum + (outcomes[name] ?? 0), 0)
  return { accepted: of('accepted'), failed: of('failed'), unclear: of('unknown', 'lost'), again: of('retry'), elsewhere: of('elsewhere'), under_way: of('sending') }
}

/** How long ago, in the largest unit that says it: 14 minutes, 3 hours, 2 days. */
export function ago(milliseconds: number): { unit: 'minutes' | 'hours' | 'days'; n: number } {
  const minutes = Math.max(1, Math.floor(milliseconds / 60_000))
  if (minutes < 120) return { unit: 'minutes', n: minutes }
  return minutes < 48 * 60 ? { unit: 'hours', n: Math.floor(minutes / 60) } : { unit: 'days', n: Math.floor(minutes / 1440) }
}

export const TIMES = ['publish_estimates_at', 'class_over_cap_at', 'confirm_again_at', 'sleep_short_at', 'streak_at', 'weekly_digest_at'] as const
export const DISTANCES = ['wind_down_before_minutes', 'bedtime_passed_after_minutes'] as const
export const LARGEST_TOLERANCE = 180
const OTHERS = ['sleep_short_tolerance_minutes', 'channels', 'hide_titles', 'over_cap_mode', 'locale'] as const
export const SETTINGS = [...TIMES, ...DISTANCES, ...OTHERS] as const
export type Setting = (typeof SETTINGS)[number]

export type Chosen = Record<(typeof TIMES)[number], string> & Record<(typeof DISTANCES)[number] | 'sleep_short_tolerance_minutes', number | ''> & {
  channels: string[]
  hide_titles: boolean
  over_cap_mode: 'reason' | 'refuse'
  locale: 'zh-CN' | 'en'
}
export interface Bounds { default: string | number; least: string | number; most: string | number }
export interface Settings extends Chosen { available_channels: string[]; bounds: Record<string, Bounds> }

/** The settings alone, to be changed. */
export function chosenOf(settings: Settings): Chosen {
  return JSON.parse(JSON.stringify(Object.fromEntries(SETTINGS.map((name) => [name, settings[name]])))) as Chosen
}

export function changed(before: Chosen, after: Chosen): Setting[] {
  return SETTINGS.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
}

/** Whether a time or a number lies within its bounds; an empty field does not. */
export function isWithin(value: string | number, { least, most }: { least: string | number; most: string | number }): boolean {
  if (typeof value === 'string') return value !== '' && value >= String(least) && value <= String(most)
  return Number.isInteger(value) && value >= Number(least) && value <= Number(most)
}

/** A list with the entry at one place moved by one; the same list where there is no such place. */
export function moved(list: readonly string[], from: number, by: 1 | -1): string[] {
  const to = from + by
  const made = [...list]
  if (to < 0 || to >= made.length) return made
  ;[made[from], made[to]] = [made[to]!, made[from]!]
  return made
}
