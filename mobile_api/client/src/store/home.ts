// The running client's one door: screens read the phone's state and call its verbs from here. Each noun has its file.
import * as store from './db'
import { channel, clock, db, now, openPhone, readAll, slept, state, tick } from './phone'
import { refreshMe } from './session'
import { release, sync } from './sync'

export { earlierThan, installationId, isDoubtful, isGuardian, isSecure, knownNights, me, mine, night, now, onlineOnly, othersWaiting, pausedTo, state, student, students, tap, tonight, undecided, waiting, zone, type State } from './phone'
export { decide, keepAsNew, rescue, save, takeBack, UNDO_MILLISECONDS } from './queue'
export { ask, changePassword, claim, forgetStudent, readRange, refreshMe, signIn, signOut, type Place } from './session'
export { sync } from './sync'

/** Open the store, read everything, begin to tick and to send. */
export async function live(): Promise<void> {
  try {
    await openPhone()
  } catch (error) {
    console.error(error)
    state.broken = true
    state.ready = true
    return
  }
  state.cleared = !state.session && localStorage.getItem('nightsheet.kept') === '1'
  state.loaded = state.nights.length > 0
  now.value = clock.now()
  state.ready = true
  beat()
  listen()
  await refreshMe()
  await sync()
}

function beat(): void {
  setInterval(() => document.visibilityState === 'visible' && tick(), 1_000)
  setInterval(() => document.visibilityState === 'visible' && void sync(), 120_000)
  setInterval(() => void store.keepClock(db, clock.state), 30_000)
}

function listen(): void {
  channel?.addEventListener('message', () => void readAll())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') {
      slept()
      // The phone is put away: nothing is kept back any longer. Otherwise a page that may be leaving takes no lease with it.
      if (release()) void sync()
    } else {
      tick()
      // What other pages did meanwhile: not every browser has a channel, and a page that was put away may have missed it.
      void readAll()
      void sync()
    }
  })
  document.addEventListener('freeze', slept)
  window.addEventListener('pageshow', (event) => event.persisted && (slept(), tick(), void readAll()))
  window.addEventListener('online', () => void sync())
  window.addEventListener('offline', () => (state.online = false))
  navigator.serviceWorker?.addEventListener('message', (event) => event.data === 'sync' && void sync())
}
