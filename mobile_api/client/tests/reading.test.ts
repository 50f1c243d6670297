// What a student reads in Chinese is written in characters that a third-grader knows (tests/data/third-grade.txt).
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { zh as record } from '../src/words/record'
import { zh as reminders } from '../src/words/reminders'
import { zh as tablet } from '../src/words/tablet'
import { zh } from '../src/words/zh-CN'

const LIST = readFileSync(new URL('./data/third-grade.txt', import.meta.url), 'utf8').split('\n').filter((line) => !line.startsWith('#') && line !== 'taught').join('')
const KNOWN = new Set(LIST)

/** Characters beyond the list, each for a word that the child meets every evening and that nothing simpler says. */
const EXCEPTIONS: Record<string, string> = {
  熄: '熄灯: the school’s own word for lights-out, said in every dormitory and on the paper sheet',
  拓: '拓展: the school’s own name of the third tier, printed beside the homework',
  浏: '浏览器: the program’s own name, as the phone itself writes it',
  览: '浏览器: the program’s own name, as the phone itself writes it',
}

/** What only grown-ups see: every other text is a student's, so that a new one is checked unless it stands here. */
const GROWN_UPS: Record<string, RegExp> = {
  'zh-CN': /^(welcome|password|consent(?!\.needed_student)|family|pending|note|send)\.|^nav\.family|^week\.(debt_none_guardian)|^more\.(child|consent)|^night\.amend|^problem\.(claim|credentials|too_many|password|unreachable)|guardian/,
  reminders: /^(code|says)\.(?!cap_near|cap_reached|wind_down|start_homework|test)|^push\.(install_first|insecure)|^settings\.(names|of_child|digest|when\.weekly_digest)/,
  record: /^$/,
  tablet: /^(enable|code|picture)\./,
}

const texts = Object.entries({ 'zh-CN': zh, reminders, record, tablet } as Record<string, Record<string, string>>).flatMap(([catalogue, words]) =>
  Object.entries(words).filter(([key]) => !GROWN_UPS[catalogue]!.test(key)).map(([key, text]) => ({ key: `${catalogue} ${key}`, text })),
)
const beyond = (text: string) => [...text.replace(/\{\w+\}/g, '')].filter((letter) => /\p{Script=Han}/u.test(letter) && !KNOWN.has(letter) && !(letter in EXCEPTIONS))

describe('what a student reads', () => {
  it('is written with characters of the third grade', () => {
    expect(texts.filter((each) => beyond(each.text).length > 0).map((each) => `${each.key}: ${each.text} (${beyond(each.text).join('')})`).join('\n')).toBe('')
  })
  it('is most of the catalogue', () => expect(texts.length).toBeGreaterThan(200))
  it('makes few exceptions, and none that is not needed', () => {
    const used = new Set(texts.flatMap((each) => [...each.text]))
    expect(Object.keys(EXCEPTIONS).filter((letter) => !used.has(letter) || KNOWN.has(letter))).toEqual([])
    expect(Object.keys(EXCEPTIONS).length).toBeLessThanOrEqual(5)
  })
  it('is held against a list of the size that its source names', () => expect(KNOWN.size).toBe(1207))
})
