// Documents that a person takes out of the service as files.
import { language } from '../words'
import { Unreachable } from './api'
import { state } from './home'

/** WeChat's own browser drops every download without a word: there it is said, and nothing is asked for. */
export const keepsFiles = (): boolean => !/MicroMessenger/.test(navigator.userAgent)

const PREFIX = '/api/v1'

/** Fetch with the person's token and hand the file to the browser; throws `Unreachable`. */
export async function saveFile(path: string, name: string): Promise<void> {
  const headers = { Authorization: `Bearer ${state.session?.token}`, 'Accept-Language': language.value }
  const response = await fetch(PREFIX + path, { headers, cache: 'no-store' }).catch(() => null)
  if (!response?.ok) throw new Unreachable(String(response?.status))
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
