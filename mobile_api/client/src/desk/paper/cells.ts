// What is typed into the grid of paper sheets, understood: minutes or a start and a finish, a bedtime, a waking.
// People write evenings as 7:00 and 9:30; digits alone will do (730, 2130). Pure functions, tested by themselves.
import type { Id, Outcome } from '../../domain/types'
import { addDays, clockOf, instantOf, rfc3339 } from '../../domain/time'

export interface Cell {
  id: Id
  assignment_id: Id | null
  version: number | null
  minutes: number | null
  started_at: string | null
  finished_at: string | null
  outcome: Outcome | null
  locked: string | null
}

export interface PaperRow {
  student_id: Id
  school_number: string | null
  name: string
  locked: string | null
  state: string | null
  cells: Cell[]
  lights_out_at: string | null
  woke_at: string | null
  nap_minutes: number | null
  sleep_version: number | null
  guardian_note: string
  signed_on_paper: boolean
  note_version: number | null
}

export type Typed = ({ kind: 'empty' } | { kind: 'minutes'; minutes: number } | { kind: 'span'; start: string; finish: string } | { kind: 'wrong' }) & { stopped?: true }

const MOST_MINUTES = 600

/** `HH:MM` of "7:00", "19:00", "1900" or "700"; null where it is no time of day. */
function clock(text: string): { at: string; written: string } | null {
  const match = /^(\d{1,2})[:：.]?(\d{2})$/.exec(text)
  if (!match || Number(match[1]) > 24 || Number(match[2]) > 59) return null
  const hour = Number(match[1]) % 24
  return { at: `${String(hour).padStart(2, '0')}:${match[2]}`, written: match[1]! }
}

/** The same in the evening: 7:00 is 19:00, and 07:00 stays the morning. */
function evening(text: string): string | null {
  const found = clock(text)
  if (!found) return null
  const hour = Number(found.at.slice(0, 2))
  return hour >= 1 && hour <= 11 && !found.written.startsWith('0') ? `${hour + 12}${found.at.slice(2)}` : found.at
}

/** A cell of a subject; an x behind it says that bedtime came first. */
export function parseWork(text: string): Typed {
  const crossed = /^(.*\d.*?)\s*[x×✗]$/i.exec(text.trim())
  if (crossed) {
    const before = parseWork(crossed[1]!)
    return before.kind === 'wrong' ? before : { ...before, stopped: true }
  }
  const plain = text.trim().replace(/\s*(分钟|分|min|m)$/i, '')
  if (plain === '') return { kind: 'empty' }
  if (/^\d{1,3}$/.test(plain)) return Number(plain) <= MOST_MINUTES ? { kind: 'minutes', minutes: Number(plain) } : { kind: 'wrong' }
  const parts = plain.split(/\s*[-–—~～至到]\s*|\s+/)
  const [start, finish] = parts.map(evening)
  return parts.length === 2 && start && finish ? { kind: 'span', start, finish } : { kind: 'wrong' }
}

/** A bedtime: 9:30 and 930 are half past nine in the evening, 12:10 and 0:10 past midnight. Null: none; undefined: wrong. */
export function parseBedtime(text: string): string | null | undefined {
  if (text.trim() === '') return null
  const found = clock(text.trim())
  if (!found) return undefined
  const hour = Number(found.at.slice(0, 2))
  if (hour === 12) return `00${found.at.slice(2)}`
  return hour >= 5 && hour < 12 ? `${hour + 12}${found.at.slice(2)}` : found.at
}

/** A waking, in the morning as it is written. */
export function parseWaking(text: string): string | null | undefined {
  return text.trim() === '' ? null : clock(text.trim())?.at
}

/** The instant of an evening's or the small hours' time. */
export function bedtimeInstant(night: string, at: string, zone: string): string {
  return rfc3339(instantOf(at < '12:00' ? addDays(night, 1) : night, at, zone))
}

export function wakingInstant(night: string, at: string, zone: string): string {
  return rfc3339(instantOf(addDays(night, 1), at, zone))
}

/** A start and a finish; one that comes before its start ended after midnight. */
export function spanInstants(night: string, start: string, finish: string, zone: string): { started_at: string; finished_at: string } {
  const first = start < '06:00' ? addDays(night, 1) : night
  const second = finish < start ? addDays(first, 1) : first
  return { started_at: rfc3339(instantOf(first, start, zone)), finished_at: rfc3339(instantOf(second, finish, zone)) }
}

/** The fields of a row as text: what stands, so that a second look at the grid goes on where the first ended. */
export interface Texts {
  work: string[]
  bedtime: string
  waking: string
  nap: string
  note: string
  signed: boolean
}

export function textsOf(row: PaperRow, zone: string): Texts {
  const at = (instant: string | null) => (instant ? clockOf(Date.parse(instant), zone) : '')
  return {
    work: row.cells.map((cell) => (cell.minutes === null ? '' : `${cell.minutes}${cell.outcome === 'stopped_for_sleep' || cell.outcome === 'unfinished' ? 'x' : ''}`)),
    bedtime: at(row.lights_out_at),
    waking: at(row.woke_at),
    nap: row.nap_minutes === null ? '' : String(row.nap_minutes),
    note: row.guardian_note,
    signed: row.signed_on_paper,
  }
}

export type Wrong = Record<string, true>

export interface Outgoing {
  row: Record<string, unknown> | null
  wrong: Wrong
}

/** What changed in a row since it was last saved, as the API takes it; what cannot be understood is left out and named. */
export function outgoing(row: PaperRow, texts: Texts, saved: Texts, night: string, zone: string, revision: number): Outgoing {
  const wrong: Wrong = {}
  const entries = row.cells.flatMap((cell, index): Record<string, unknown>[] => {
    if (texts.work[index] === saved.work[index]) return []
    const typed = parseWork(texts.work[index] ?? '')
    if (typed.kind === 'wrong') {
      wrong[`work.${index}`] = true
      return []
    }
    const outcome = typed.stopped ? 'stopped_for_sleep' : 'finished'
    const head = { id: cell.id, assignment_id: cell.assignment_id, base_version: cell.version, revision, outcome }
    if (typed.kind === 'empty') return [{ ...head, minutes: null }]
    return [typed.kind === 'minutes' ? { ...head, minutes: typed.minutes } : { ...head, ...spanInstants(night, typed.start, typed.finish, zone) }]
  })
  const bedtime = parseBedtime(texts.bedtime)
  const waking = parseWaking(texts.waking)
  if (bedtime === undefined) wrong.bedtime = true
  const nap = texts.nap.trim() === '' ? null : /^\d{1,3}$/.test(texts.nap.trim()) ? Number(texts.nap) : undefined
  if (waking === undefined) wrong.waking = true
  if (nap === undefined) wrong.nap = true
  const slept = texts.bedtime !== saved.bedtime || texts.waking !== saved.waking || texts.nap !== saved.nap
  const sleep = slept && bedtime !== undefined && waking !== undefined && nap !== undefined
    ? { base_version: row.sleep_version, revision, lights_out_at: bedtime && bedtimeInstant(night, bedtime, zone), woke_at: waking && wakingInstant(night, waking, zone), nap_minutes: nap }
    : null
  const said = texts.note.trim() !== saved.note.trim() || texts.signed !== saved.signed
  const note = said ? { base_version: row.note_version, revision, guardian_note: texts.note.trim(), signed_on_paper: texts.signed } : null
  if (!entries.length && !sleep && !note) return { row: null, wrong }
  return { row: { student_id: row.student_id, entries, sleep, note }, wrong }
}

export function isDirty(texts: Texts, saved: Texts): boolean {
  return JSON.stringify(texts) !== JSON.stringify(saved)
}
