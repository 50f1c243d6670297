// The inbox as far as this page has read it, kept on the phone for when there is no network, and how many are unread.
// It is asked for, never queued.
import { computed, ref, watch } from 'vue'
import { stillOurs, type Message } from '../domain/reminders'
import type { Id } from '../domain/types'
import { getMeta, setMeta } from './db'
import { ask, state, students } from './home'
import { db } from './phone'

interface Page {
  items: Message[]
  next_cursor: string | null
  unread?: number
}

interface Kept {
  owner: Id
  items: Message[]
  unread: number
}

const KEPT = 'inbox'

const EVERY = 4 * 60_000

export const messages = ref<Message[]>([])
export const older = ref<string | null>(null)
/** Unread ones that no page here has shown; the server counts them all. */
const further = ref(0)
const here = (all: Message[]) => all.filter((message) => message.read_at === null).length
export const unread = computed(() => here(messages.value) + further.value)
let asked = 0
let asker: Id | null = null
/** Whose messages the server has answered with since this page was opened. */
let shown: Id | null = null

/** Read the newest; throws `Refused` or `Unreachable`. */
export async function readInbox(): Promise<void> {
  asked = Date.now()
  asker = state.session?.person_id ?? null
  const page = await ask<Page>('/me/inbox?limit=30')
  if (asker !== state.session?.person_id) return
  shown = asker
  messages.value = page.items
  older.value = page.next_cursor
  further.value = Math.max(0, (page.unread ?? 0) - here(page.items))
  await keep()
}

/** What was read last, for when there is no network. */
async function readKept(): Promise<void> {
  const owner = state.session?.person_id
  const kept = await getMeta<Kept>(db, KEPT)
  if (!kept || kept.owner !== owner || shown === owner) return
  // What is known to be erased leaves this phone now, with or without a network.
  const ours = stillOurs(kept.items, state.session?.kind === 'staff' ? null : [...students.value.map((each) => each.id), owner!])
  messages.value = ours
  further.value = kept.unread
  if (ours.length < kept.items.length) await keep()
}

/** Keep nothing about an erased child. */
export async function forgetInbox(studentId: Id): Promise<void> {
  messages.value = messages.value.filter((each) => each.student_id !== studentId)
  await keep()
}

async function keep(): Promise<void> {
  const owner = state.session?.person_id
  if (owner) await setMeta(db, KEPT, JSON.parse(JSON.stringify({ owner, items: messages.value, unread: further.value }))).catch(() => undefined)
}

export async function readOlder(): Promise<void> {
  const page = await ask<Page>(`/me/inbox?limit=30&cursor=${encodeURIComponent(older.value!)}`)
  messages.value = [...messages.value, ...page.items]
  older.value = page.next_cursor
  further.value = Math.max(0, further.value - here(page.items))
}

/** Mark as read here and there; when the server is away it is unread again next time. */
export async function markRead(message: Message): Promise<void> {
  if (message.read_at !== null) return
  messages.value = messages.value.map((each) => (each.id === message.id ? { ...each, read_at: new Date().toISOString() } : each))
  void keep()
  await ask(`/me/inbox/${message.id}/read`, { method: 'PUT' }).catch(() => undefined)
}

/** Let it come again, or (without minutes) let it be; throws `Refused` or `Unreachable`. */
export async function snooze(message: Message, minutes: number | null): Promise<void> {
  const path = `/me/inbox/${message.id}/snooze`
  if (minutes === null) await ask(path, { method: 'DELETE' })
  else await ask(path, { method: 'PUT', body: { minutes } })
  await readInbox()
}

/** Ask now and then, while somebody with an inbox is signed in and the server answers. */
export function watchInbox(): void {
  const look = (force = false) => {
    const session = state.session
    if (!session?.me || session.ended || !state.online || !['guardian', 'student', 'staff'].includes(session.kind)) return
    if (force || Date.now() - asked > EVERY) void readInbox().catch(() => undefined)
  }
  watch(() => state.session?.me?.id, (person) => {
    if (person === asker) return
    messages.value = []
    shown = null
    further.value = 0
    void (person ? readKept() : setMeta(db, KEPT, null)).catch(() => undefined)
    look(true)
  }, { immediate: true })
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look())
  setInterval(() => document.visibilityState === 'visible' && look(), EVERY)
}
