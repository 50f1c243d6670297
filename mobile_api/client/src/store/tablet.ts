// The class tablet's own sign-in: a token that stands apart from any person's session, and what may be asked with it.
import { ref } from 'vue'
import type { Pupil, TabletAssignment, TabletEntry } from '../domain/tablet'
import type { Me } from '../domain/types'
import { call, Refused } from './api'
import { installationId } from './phone'
import { deviceName } from './session'

const KEPT = 'nightsheet.tablet'

export const tabletToken = ref<string | null>(localStorage.getItem(KEPT))

export interface Room {
  me: Me
  pupils: Pupil[]
  assignments: TabletAssignment[]
}

/** Make this device a class tablet with its one-time code; the token is kept before it is used. Throws as `readRoom`. */
export async function claimTablet(code: string): Promise<void> {
  const body = { code, installation_id: installationId(), device_name: deviceName() }
  keep((await call<{ token: string }>('/auth/tablets', { method: 'POST', body })).token)
}

/** Everything the tablet shows. A token that is no longer taken is forgotten; throws `Refused`, `Unreachable`. */
export async function readRoom(token: string): Promise<Room> {
  try {
    const me = await call<Me>('/me', { token })
    if (me.kind !== 'tablet') throw new Refused(404, 'not_found', '', [])
    const [pupils, assignments] = await Promise.all([
      call<{ items: Pupil[] }>('/tablet/pupils', { token }),
      call<{ items: TabletAssignment[] }>('/tablet/assignments', { token }),
    ])
    keep(token)
    return { me, pupils: pupils.items, assignments: assignments.items }
  } catch (error) {
    if (error instanceof Refused && (error.status === 401 || error.status === 404)) keep(null)
    throw error
  }
}

function keep(token: string | null): void {
  tabletToken.value = token
  if (token) localStorage.setItem(KEPT, token)
  else localStorage.removeItem(KEPT)
}

/** Send one entry with the pupil's pictures; the same twice is one. */
export async function putEntry(studentId: string, entry: TabletEntry, pictures: readonly string[]): Promise<void> {
  const body = { ...entry.body, picture_code: pictures, sent_at: new Date().toISOString() }
  await call(`/tablet/pupils/${studentId}/entries/${entry.id}`, { method: 'PUT', token: tabletToken.value, body })
}
