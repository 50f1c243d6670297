// Web Push on this phone: whether it can, asking, registering, and noticing that the system has taken it back.
import { keyBytes, pushState, type PushState } from '../domain/reminders'
import { call } from './api'
import { ask, installationId, isSecure, state } from './home'

const WANTED = 'nightsheet.push'

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration()
  return (await registration?.pushManager?.getSubscription()) ?? null
}

export async function pushKey(): Promise<string | null> {
  return (await call<{ key: string | null }>('/push-key')).key
}

/** What push can do here now; throws `Unreachable` when the server cannot say whether the school has it. */
export async function readPush(): Promise<PushState> {
  const hasPush = isSecure && 'PushManager' in window && 'Notification' in window
  return pushState({
    isSecure,
    isIos: /iPhone|iPad/.test(navigator.userAgent),
    isInstalled: window.matchMedia('(display-mode: standalone)').matches,
    hasPush,
    key: isSecure ? await pushKey() : null,
    permission: hasPush ? Notification.permission : 'default',
    subscribed: hasPush && localStorage.getItem(WANTED) === state.session?.person_id && (await subscription()) !== null,
  })
}

/** Ask the person, subscribe, and tell the server where. Called from a tap: browsers ask for nothing without one. */
export async function turnOn(): Promise<PushState> {
  if ((await Notification.requestPermission()) !== 'granted') return readPush()
  const key = await pushKey()
  if (key === null) return 'school_off'
  const registration = await navigator.serviceWorker.ready
  const options = { userVisibleOnly: true, applicationServerKey: keyBytes(key) }
  const made = await registration.pushManager.subscribe(options).catch(async (error: DOMException) => {
    // The school has another key than when this phone subscribed: begin anew.
    if (error.name !== 'InvalidStateError') throw error
    await (await subscription())?.unsubscribe()
    return registration.pushManager.subscribe(options)
  })
  await register(made)
  localStorage.setItem(WANTED, state.session!.person_id)
  return readPush()
}

async function register(made: PushSubscription): Promise<void> {
  const { endpoint, keys } = made.toJSON()
  await ask(`/me/devices/${installationId()}`, { method: 'PUT', body: { kind: 'web_push', address: endpoint, keys } })
}

export async function turnOff(): Promise<PushState> {
  await ask(`/me/devices/${installationId()}`, { method: 'DELETE' })
  localStorage.removeItem(WANTED)
  await (await subscription())?.unsubscribe().catch(() => false)
  return readPush()
}

/**
 * At each opening: the address may have changed, or the system may have turned notifications off; the latter is told to
 * the server once, and answered as true so that the person is told too.
 */
export async function keepRegistered(): Promise<boolean> {
  if (!isSecure || !('PushManager' in window) || localStorage.getItem(WANTED) !== state.session?.person_id) return false
  const standing = Notification.permission === 'granted' ? await subscription() : null
  if (standing) {
    await register(standing)
    return false
  }
  if (Notification.permission === 'granted') {
    await turnOn()
    return false
  }
  await turnOff()
  return true
}
