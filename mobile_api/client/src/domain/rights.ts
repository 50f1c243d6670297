// A family's rights as the screen needs them. Pure.
import type { Id } from './types'

/** One person's looks on one day at one thing; `at` is the last of `times`. */
export interface Read {
  id: Id
  at: string
  what: string
  name: string | null
  role: string
  night: string | null
  nights: number
  reason: string | null
  times: number
}

/** Which sentence says what was looked at. */
export function kindOfRead(read: Read): 'night' | 'nights' | 'board' | 'export' | 'other' {
  if (read.what === 'student.exported') return 'export'
  if (read.night === null) return 'other'
  if (read.what === 'class.board_opened') return 'board'
  if (read.what === 'night.read') return read.nights > 1 ? 'nights' : 'night'
  return 'other'
}

/** Whether the typed name is the child's; spaces around it are forgiven, nothing else. */
export function isName(typed: string, name: string): boolean {
  return name !== '' && typed.trim().normalize('NFC') === name.normalize('NFC')
}
