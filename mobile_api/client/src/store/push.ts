// Push on this phone: whether it can, asking, registering, and noticing that the system has taken it back. Firebase comes
// first where the school has it, Web Push next: a phone that cannot reach Google (all of mainland China) still gets its own.
import { keyBytes, pushState, type PushState } from '../domain/reminders'
import { call } from './api'
import type { FirebaseWeb } from './fcm'
import { ask, installationId, isSecure, state } from './home'
import { shellHere, type Shell } from './shell'

const WANTED = 'nightsheet.push'
const WAY = 'nightsheet.push.way'

interface Ways {
  /** The public key of Web Push. */
  key: string | null
  firebase: FirebaseWeb | null
}

async function worker(): Promise<ServiceWorkerRegistration> {
  return navigator.serviceWorker.ready
}

async function subscription(): Promise<PushSubscription | null> {
  // An app around this page may have no service worker at all.
  const registration = await navigator.serviceWorker?.getRegistration()
  return (await registration?.pushManager?.getSubscription()) ?? null
}

/** What the installation sends by and the school has not left out of its own order of channels. */
async function waysHere(): Promise<Ways> {
  const { key, firebase } = await call<Ways>('/push-key')
  const own = state.session?.me?.school?.channels ?? []
  const has = (channel: string) => own.length === 0 || own.includes(channel)
  return { key: has('web_push') ? key : null, firebase: has('fcm') ? (firebase ?? null) : null }
}

/** What push can do here now; throws `Unreachable` when the server cannot say whether the school has it. */
export async function readPush(): Promise<PushState> {
  const shell = shellHere()
  if (shell) return readShell(shell)
  const hasPush = isSecure && 'PushManager' in window && 'Notification' in window
  const ways = window.isSecureContext ? await waysHere() : null
  return pushState({
    isSecure: window.isSecureContext,
    isIos: /iPhone|iPad/.test(navigator.userAgent),
    isInstalled: window.matchMedia('(display-mode: standalone)').matches,
    hasPush,
    key: ways?.key ?? ways?.firebase?.vapid_key ?? null,
    permission: hasPush ? Notification.permission : 'default',
    subscribed: hasPush && localStorage.getItem(WANTED) === state.session?.person_id && (await subscription()) !== null,
  })
}

async function readShell(shell: Shell): Promise<PushState> {
  const { firebase } = await waysHere()
  const subscribed = localStorage.getItem(WANTED) === state.session?.person_id
  const key = firebase ? firebase.sender_id : null
  return pushState({ isSecure: true, isIos: false, isInstalled: true, hasPush: true, key, permission: await shell.permission(), subscribed })
}

/** The token may be another one at each opening: the server is told each time. Null is a person's no. */
async function byShell(shell: Shell): Promise<PushState> {
  if ((await waysHere()).firebase === null) return 'school_off'
  const token = await shell.token()
  if (token !== null) {
    await tell('fcm_token', token)
    localStorage.setItem(WANTED, state.session!.person_id)
  }
  return readShell(shell)
}

/** Ask the person, subscribe, and tell the server where. Called from a tap: browsers ask for nothing without one. */
export async function turnOn(): Promise<PushState> {
  const shell = shellHere()
  if (shell) return byShell(shell)
  if ((await Notification.requestPermission()) !== 'granted') return readPush()
  const ways = await waysHere()
  if (ways.key === null && ways.firebase === null) return 'school_off'
  const done = ways.firebase !== null && (await byFirebase(ways.firebase, ways.key !== null))
  if (!done) await byWebPush(ways.key!)
  localStorage.setItem(WANTED, state.session!.person_id)
  return readPush()
}

/** Whether Google could be reached; where there is another way, not reaching it is no error. */
async function byFirebase(web: FirebaseWeb, hasOther: boolean): Promise<boolean> {
  const fcm = await import('./fcm')
  try {
    const standing = await subscription()
    if (localStorage.getItem(WAY) !== 'fcm') await standing?.unsubscribe() // it was made with another key
    else if (!standing) await fcm.unregisterInstallation(web).catch(() => undefined) // the library would think it still stands
    await tell('fcm_installation', await fcm.registerInstallation(web, await worker()))
    localStorage.setItem(WAY, 'fcm')
    return true
  } catch (error) {
    await (await subscription())?.unsubscribe().catch(() => false)
    localStorage.removeItem(WAY)
    if (!hasOther) throw error
    return false
  }
}

async function byWebPush(key: string): Promise<void> {
  const registration = await worker()
  const options = { userVisibleOnly: true, applicationServerKey: keyBytes(key) }
  const made = await registration.pushManager.subscribe(options).catch(async (error: DOMException) => {
    // The school has another key than when this phone subscribed: begin anew.
    if (error.name !== 'InvalidStateError') throw error
    await (await subscription())?.unsubscribe()
    return registration.pushManager.subscribe(options)
  })
  await tellWebPush(made)
  localStorage.setItem(WAY, 'web_push')
}

async function tellWebPush(made: PushSubscription): Promise<void> {
  const { endpoint, keys } = made.toJSON()
  await tell('web_push', endpoint!, keys)
}

async function tell(kind: 'web_push' | 'fcm_installation' | 'fcm_token', address: string, keys: Record<string, string> = {}): Promise<void> {
  await ask(`/me/devices/${installationId()}`, { method: 'PUT', body: { kind, address, keys } })
}

/** `because` the system took the permission back: the school then knows why nothing arrives. */
export async function turnOff(because?: 'permission_revoked'): Promise<PushState> {
  await ask(`/me/devices/${installationId()}${because ? `?because=${because}` : ''}`, { method: 'DELETE' })
  localStorage.removeItem(WANTED)
  await leaveFirebase().catch(() => undefined)
  await (await subscription())?.unsubscribe().catch(() => false)
  return readPush()
}

async function leaveFirebase(): Promise<void> {
  if (localStorage.getItem(WAY) !== 'fcm') return
  localStorage.removeItem(WAY)
  const { firebase } = await call<Ways>('/push-key')
  if (firebase) await (await import('./fcm')).unregisterInstallation(firebase)
}

/**
 * At each opening: the address may have changed, or the system may have turned notifications off; the latter is told to
 * the server once, and answered as true so that the person is told too.
 */
export async function keepRegistered(): Promise<boolean> {
  const shell = shellHere()
  if (shell) return keepShell(shell)
  if (!isSecure || !('PushManager' in window) || localStorage.getItem(WANTED) !== state.session?.person_id) return false
  const standing = Notification.permission === 'granted' ? await subscription() : null
  if (standing && localStorage.getItem(WAY) !== 'fcm') {
    await tellWebPush(standing)
    return false
  }
  if (Notification.permission === 'granted') {
    await turnOn()
    return false
  }
  await turnOff('permission_revoked')
  return true
}

async function keepShell(shell: Shell): Promise<boolean> {
  if (localStorage.getItem(WANTED) !== state.session?.person_id) return false
  // No question is asked at an opening: only what stands is told again.
  const revoked = (await shell.permission()) !== 'granted'
  if (revoked) await turnOff('permission_revoked')
  else await byShell(shell)
  return revoked
}
