// Speaking to the server: JSON, a bearer token, a time limit, and problems as one kind of error.
import { language } from '../words'

const PREFIX = '/api/v1'
const PATIENCE = 15_000
/** Browsers finish at most 64 KiB for pages that are gone. */
const MOST_KEPT_ALIVE = 20_000

/** The server refused. `code` is stable; `title` is worded by the server in the person's language. */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  readonly errors: { path: string; code: string; message: string }[]

  constructor(status: number, code: string, title: string, errors: Refused['errors']) {
    super(title)
    this.status = status
    this.code = code
    this.errors = errors
  }
}

/** The server could not be reached, or did not answer as itself. */
export class Unreachable extends Error {}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  token?: string | null
  body?: unknown
}

export async function call<T>(path: string, { method = 'GET', token = null, body }: Call = {}): Promise<T> {
  const headers: Record<string, string> = { 'Accept-Language': language.value }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (token) headers.Authorization = `Bearer ${token}`
  const stop = new AbortController()
  const alarm = setTimeout(() => stop.abort(), PATIENCE)
  try {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    // A page that is being put away may be gone before the answer: the browser then finishes the sending by itself.
    const keepalive = window.document.visibilityState === 'hidden' && (sent.body?.length ?? 0) < MOST_KEPT_ALIVE
    const response = await fetch(PREFIX + path, { method, headers, signal: stop.signal, cache: 'no-store', keepalive, ...sent })
    if (response.status === 204) return undefined as T
    const document = (await response.json().catch(() => null)) as Record<string, unknown> | null
    if (response.ok && document !== null) return document as T
    if (document === null || response.status >= 500) throw new Unreachable(String(response.status))
    throw new Refused(response.status, String(document.code), String(document.title), (document.errors ?? []) as Refused['errors'])
  } catch (error) {
    if (error instanceof Refused || error instanceof Unreachable) throw error
    throw new Unreachable(String(error))
  } finally {
    clearTimeout(alarm)
  }
}
