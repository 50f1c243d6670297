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
  const key = `says.${message.code}` as Key
  if (!(key in zh) || !canFill(zh[key], message.params)) return ''
  return t(key, message.params as Record<string, string | number>)
}

export function aboutWhom(message: Message): string {
  return message.student_id ? (student(message.student_id)?.name ?? '') : ''
}
