// What somebody typed at the desk and has not sent: it outlives another screen, a reload and an ended sign-in, in this tab alone.
// Nobody else who signs in here finds it. What has been sent is forgotten at once.
import { state as home } from '../store/home'

const PREFIX = 'nightsheet.typed.'
const person = () => home.session?.person_id ?? ''

/** Keep what was typed under a name of the screen's own, such as `plan.<class>`. A full store keeps nothing and harms nothing. */
export function keepTyped(name: string, typed: unknown): void {
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify({ person: person(), typed }))
  } catch {
    forgetTyped(name)
  }
}

/** What the same person typed here before; null when there is nothing, or when it was somebody else's. */
export function typedBefore<T>(name: string): T | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(PREFIX + name) ?? 'null') as { person: string; typed: T } | null
    return kept !== null && kept.person === person() ? kept.typed : null
  } catch {
    return null
  }
}

export function forgetTyped(name: string): void {
  sessionStorage.removeItem(PREFIX + name)
}

/** Whoever leaves, or comes after somebody else, finds nothing of what was typed here. */
export function forgetAllTyped(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key)
}
