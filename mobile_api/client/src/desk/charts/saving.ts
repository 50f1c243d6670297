// A table as a file: asked for in the person's name, since a plain link could carry no token.
import { Unreachable } from '../../store/api'
import { state } from '../../store/home'
import { language } from '../../words'
import { DeskRefused } from '../ask'

/** Throws `DeskRefused` and `Unreachable`. */
export async function saveFile(path: string, body: Record<string, string | number>, name: string): Promise<void> {
  const headers = { 'Accept-Language': language.value, Authorization: `Bearer ${state.session?.token ?? ''}`, 'Content-Type': 'application/json' }
  const response = await fetch(`/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body), cache: 'no-store' }).catch(() => null)
  if (!response || response.status >= 500) throw new Unreachable(String(response?.status))
  if (!response.ok) throw new DeskRefused(response.status, (await response.json()) as Record<string, unknown>)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
