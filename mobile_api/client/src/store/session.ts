// Signing in and out, asking in the person's name, and what a phone forgets with them.
import type { Id, Me, Night } from '../domain/types'
import { call, Refused, Unreachable } from './api'
import * as store from './db'
import { endLeft } from './leaving'
import { channel, db, installation, readAll, readQueue, readSession, renewSession, setSession, state, waiting } from './phone'
import { failed, fetchMe, release, sync } from './sync'

/** Ask again who one is: after a consent, on opening. Quiet when the server is away. */
export async function refreshMe(): Promise<void> {
  await readSession()
  if (!state.session || state.session.ended || state.session.must_change_password) return
  const session = { ...state.session }
  try {
    await fetchMe(session)
  } catch (error) {
    if (error instanceof Refused && error.status === 401) await failed(error, session)
  }
}

interface SignedIn {
  token: string
  kind: Me['kind']
  person_id: Id
  must_change_password: boolean
}

async function begin(signedIn: SignedIn): Promise<void> {
  const { token, kind, person_id, must_change_password } = signedIn
  await setSession({ token, kind, person_id, me: null, must_change_password, ended: null })
  localStorage.setItem('nightsheet.kept', '1')
  state.cleared = false
  if (!must_change_password) await fetchMe({ ...state.session! })
  void navigator.storage?.persist?.().catch(() => false)
  await readAll()
  await sync()
  await readAll()
}

export async function claim(code: string, lastFour: string): Promise<void> {
  // First: ending an old sign-in later would take this phone's notifications from the new one.
  await endLeft()
  const body = { code, telephone_last_four: lastFour || null, installation_id: installation, device_name: deviceName() }
  await begin(await call<SignedIn>('/auth/claims', { method: 'POST', body }))
}

/** Staff sign in at their school, district officers at their district. */
export type Place = { school: string } | { district: string }

export async function signIn(place: Place, login: string, password: string): Promise<void> {
  await endLeft()
  const body = { ...place, login, password, installation_id: installation, device_name: deviceName() }
  await begin(await call<SignedIn>('/auth/sessions', { method: 'POST', body }))
}

export async function changePassword(old_password: string, new_password: string): Promise<void> {
  await ask('/me/password', { method: 'PUT', body: { old_password, new_password } })
  await renewSession({ ...state.session!, must_change_password: false })
  await fetchMe({ ...state.session! })
}

/** Sign out. Refused (false) while something of one's own is unsent. */
export async function signOut(): Promise<boolean> {
  release()
  await sync()
  await readQueue()
  if (waiting.value > 0) return false
  // Another page was quicker.
  if (!state.session) return true
  const { token, person_id } = state.session
  await store.forget(db, person_id, token)
  localStorage.removeItem('nightsheet.kept')
  // From here on nobody is signed in, in no page: however long the server takes, the token ends itself and does nothing else.
  await readAll()
  channel?.postMessage('changed')
  void endLeft()
  await silence()
  return true
}

/** No notification of theirs reaches this phone any more, also where the server could not be told just now. */
async function silence(): Promise<void> {
  localStorage.removeItem('nightsheet.push')
  const ending = navigator.serviceWorker?.getRegistration().then(async (worker) => (await worker?.pushManager?.getSubscription())?.unsubscribe())
  await Promise.race([ending?.catch(() => undefined), new Promise((done) => setTimeout(done, 2_000))])
}

/** A request in the person's name. */
export function ask<T>(path: string, options: { method?: 'GET' | 'POST' | 'PUT' | 'DELETE'; body?: unknown } = {}): Promise<T> {
  return call<T>(path, { ...options, token: state.session?.token ?? null })
}

/** Read a range of nights that the sync did not bring. */
export async function readRange(studentId: Id, from: string, to: string): Promise<void> {
  if (!state.session) return
  try {
    const page = await ask<{ items: Night[] }>(`/students/${studentId}/nights?from=${from}&to=${to}`)
    await store.keepNights(db, state.session.person_id, page.items)
    await readAll()
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Refused)) throw error
  }
}

/** Keep nothing about an erased child on this phone, unsent changes included. */
export async function forgetStudent(studentId: Id): Promise<void> {
  await store.forgetStudent(db, studentId)
  await readAll()
  channel?.postMessage('changed')
}

export function deviceName(): string {
  const agent = navigator.userAgent
  const kind = /iPhone/.test(agent) ? 'iPhone' : /iPad/.test(agent) ? 'iPad' : /Android/.test(agent) ? 'Android' : /Windows/.test(agent) ? 'Windows' : /Mac/.test(agent) ? 'Mac' : 'Web'
  return /MicroMessenger/.test(agent) ? `${kind} · WeChat` : kind
}
