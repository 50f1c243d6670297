// Signing out while the server is away: the tokens that people left behind here, ended as soon as it is reached.
// Such a token ends itself and is good for nothing else; no screen and no other request ever sees it.
import { call, Refused } from './api'
import * as store from './db'
import { db } from './phone'

/** End every sign-in that was left here. What the server cannot be told now stays for the next time. */
export async function endLeft(): Promise<void> {
  for (const token of (await store.getMeta<string[]>(db, 'left')) ?? []) {
    try {
      await call('/auth/sessions/current', { method: 'DELETE', token })
    } catch (error) {
      // Where the server is away the others need not try; what it refuses now it may take next time.
      if (!(error instanceof Refused)) return
      // Already ended, by another tab or by its age.
      if (error.status !== 401) continue
    }
    await store.forgetToken(db, token)
  }
}
