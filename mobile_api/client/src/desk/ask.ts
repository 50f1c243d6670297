// The desk speaking to the server: JSON with versions, problems in words, and what a screen shows kept fresh while it is looked at.
import { onBeforeUnmount, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { Refused, Unreachable } from '../store/api'
import { now, refreshMe, state as home, zone } from '../store/home'
import { language, time, tProblem } from '../words'
import { t } from './words/shell'

const PREFIX = '/api/v1'
const PATIENCE = 20_000

/** The server refused; `document` is its whole problem, with what it says beyond code and title. */
export class DeskRefused extends Refused {
  constructor(status: number, readonly document: Record<string, unknown>) {
    super(status, String(document.code), String(document.title), (document.errors ?? []) as Refused['errors'])
  }
}

export interface Asked<T> {
  body: T
  etag: string | null
  /** 304: what is held still stands; `body` is null then. */
  unchanged: boolean
}

export interface Asking {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  body?: unknown
  headers?: Record<string, string>
}

/** One request in the person's name. Throws `DeskRefused` and `Unreachable`. */
export async function exchange<T>(path: string, { method = 'GET', body, headers = {} }: Asking = {}): Promise<Asked<T>> {
  const sent: Record<string, string> = { 'Accept-Language': language.value, Authorization: `Bearer ${home.session?.token ?? ''}`, ...headers }
  if (body !== undefined) sent['Content-Type'] = 'application/json'
  const stop = new AbortController()
  const alarm = setTimeout(() => stop.abort(), PATIENCE)
  try {
    const response = await fetch(PREFIX + path, { method, headers: sent, signal: stop.signal, cache: 'no-store', ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    if (response.status < 500) home.online = true
    const etag = response.headers.get('ETag')
    if (response.status === 304) return { body: null as T, etag, unchanged: true }
    if (response.status === 204) return { body: undefined as T, etag, unchanged: false }
    const document = (await response.json().catch(() => null)) as Record<string, unknown> | null
    if (response.ok && document !== null) return { body: document as T, etag, unchanged: false }
    if (document === null || response.status >= 500) throw new Unreachable(String(response.status))
    if (response.status === 401) void refreshMe()
    throw new DeskRefused(response.status, document)
  } catch (error) {
    if (error instanceof Refused || error instanceof Unreachable) throw error
    home.online = false
    throw new Unreachable(String(error))
  } finally {
    clearTimeout(alarm)
  }
}

export async function get<T>(path: string, headers: Record<string, string> = {}): Promise<T> {
  return (await exchange<T>(path, { headers })).body
}

export async function send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  return (await exchange<T>(path, { method, body, headers })).body
}

/** A change from a version: the `If-Match` that the server asks for. */
export function fromVersion(version: number): Record<string, string> {
  return { 'If-Match': `"${version}"` }
}

/** What went wrong, as a sentence: the fields' own messages where there are some. */
export function wordsOfProblem(error: unknown): string {
  if (!(error instanceof Refused)) return t('state.away_nothing')
  const said = error.errors.map((field) => field.message).filter(Boolean)
  return said.length > 0 ? [...new Set(said)].join(' ') : tProblem(error.code, error.message)
}

export interface Kept<T> {
  data: ShallowRef<T | null>
  /** `loading` until the first answer, `ready` with data, `refused` when there is nothing for this person, `away` without any answer. */
  state: Ref<'loading' | 'ready' | 'refused' | 'away'>
  /** Why what is shown may be old, or why nothing is shown; empty when all is well. */
  says: Ref<string>
  refresh: () => Promise<void>
}

/**
 * What stands at a path, asked again whenever the path changes and every `seconds` while the page is looked at (0: only when asked).
 * A path of null asks nothing. An unchanged answer (304) keeps the data as they are.
 */
export function useKept<T>(path: () => string | null, seconds = 0, headers: () => Record<string, string> = () => ({})): Kept<T> {
  const data = shallowRef<T | null>(null)
  const state = ref<'loading' | 'ready' | 'refused' | 'away'>('loading')
  const says = ref('')
  let etag: string | null = null
  let turn = 0
  let heard = 0

  async function refresh(): Promise<void> {
    const at = path()
    if (at === null) return
    const mine = ++turn
    try {
      const answer = await exchange<T>(at, { headers: { ...headers(), ...(etag && data.value ? { 'If-None-Match': etag } : {}) } })
      if (mine !== turn) return
      heard = now.value
      if (!answer.unchanged) [data.value, etag] = [answer.body, answer.etag]
      state.value = 'ready'
      says.value = ''
    } catch (error) {
      if (mine !== turn) return
      if (error instanceof Refused) {
        data.value = null
        state.value = 'refused'
        says.value = error.status === 404 ? t('state.not_found') : wordsOfProblem(error)
      } else if (data.value) says.value = t('state.away', { time: time(heard, zone.value) })
      else [state.value, says.value] = ['away', t('state.away_nothing')]
    }
  }

  watch(path, () => {
    data.value = null
    etag = null
    state.value = 'loading'
    says.value = ''
    void refresh()
  }, { immediate: true })
  const again = () => document.visibilityState === 'visible' && home.session && void refresh()
  // The network is back: what could not be had, or may be old, is asked for now.
  const back = () => says.value !== '' && state.value !== 'refused' && again()
  window.addEventListener('online', back)
  const beat = seconds > 0 ? setInterval(again, seconds * 1000) : undefined
  if (seconds > 0) document.addEventListener('visibilitychange', again)
  onBeforeUnmount(() => {
    clearInterval(beat)
    document.removeEventListener('visibilitychange', again)
    window.removeEventListener('online', back)
    turn += 1
  })
  return { data, state, says, refresh }
}
