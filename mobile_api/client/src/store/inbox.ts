// The inbox as far as this page has read it, and how many of it are unread. It is asked for, never queued.
import { computed, ref, watch } from 'vue'
import type { Message } from '../domain/reminders'
import type { Id } from '../domain/types'
import { ask, state } from './home'

interface Page {
  items: Message[]
  next_cursor: string | null
}

const EVERY = 4 * 60_000

export const messages = ref<Message[]>([])
export const older = ref<string | null>(null)
export const unread = computed(() => messages.value.filter((message) => message.read_at === null).length)
let asked = 0
let asker: Id | null = null

/** Read the newest; throws `Refused` or `Unreachable`. */
export async function readInbox(): Promise<void> {
  asked = Date.now()
  asker = state.session?.person_id ?? null
  const page = await ask<Page>('/me/inbox?limit=30')
  if (asker !== state.session?.person_id) return
  messages.value = page.items
  older.value = page.next_cursor
}

export async function readOlder(): Promise<void> {
  const page = await ask<Page>(`/me/inbox?limit=30&cursor=${encodeURIComponent(older.value!)}`)
  messages.value = [...messages.value, ...page.items]
  older.value = page.next_cursor
}

/** Mark as read here and there; when the server is away it is unread again next time. */
export async function markRead(message: Message): Promise<void> {
  if (message.read_at !== null) return
  messages.value = messages.value.map((each) => (each.id === message.id ? { ...each, read_at: new Date().toISOString() } : each))
  await ask(`/me/inbox/${message.id}/read`, { method: 'PUT' }).catch(() => undefined)
}

/** Ask now and then, while a family is signed in and the server answers. */
export function watchInbox(): void {
  const look = (force = false) => {
    const session = state.session
    if (!session?.me || session.ended || !state.online || (session.kind !== 'guardian' && session.kind !== 'student')) return
    if (force || Date.now() - asked > EVERY) void readInbox().catch(() => undefined)
  }
  watch(() => state.session?.me?.id, (person) => {
    if (person === asker) return
    messages.value = []
    look(true)
  }, { immediate: true })
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look())
  setInterval(() => document.visibilityState === 'visible' && look(), EVERY)
}
