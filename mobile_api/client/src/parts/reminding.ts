// How a reminder reads on the screen.
import { canFill, type Message } from '../domain/reminders'
import { student } from '../store/home'
import { t, zh, type Key } from '../words/reminders'

export function titleOf(message: Message): string {
  const key = `code.${message.code}`
  return key in zh ? t(key as Key) : t('code.other')
}

/** The line below the title; empty when the message does not carry what the line needs. */
export function lineOf(message: Message): string {
  if (message.code === 'evening_digest') return digestOf(message.params)
  const key = `says.${message.code}` as Key
  if (!(key in zh) || !canFill(zh[key], message.params)) return ''
  return t(key, message.params as Record<string, string | number>)
}

export function aboutWhom(message: Message): string {
  return message.student_id ? (student(message.student_id)?.name ?? '') : ''
}

/** What one evening message speaks of; what is nought is not said. */
export function digestOf(params: Record<string, unknown>): string {
  const parts = (['to_confirm', 'sleep_short', 'streaks', 'missed_nights'] as const).filter((name) => Number(params[name]) > 0)
  const line = parts.map((name) => t(`digest.${name}`, { n: Number(params[name]) })).join(t('digest.joins'))
  return line ? t('says.evening_digest', { parts: line[0]!.toUpperCase() + line.slice(1) }) : ''
}
