import { describe, expect, it } from 'vitest'
import { isName, kindOfRead, type Read } from '../src/domain/rights'
import { en, zh, type Key } from '../src/words/rights'

const read = (more: Partial<Read>): Read => ({ id: 'r', at: '', what: 'night.read', name: '周老师', role: 'homeroom_teacher', night: '2026-11-17', nights: 1, reason: null, times: 1, ...more })

describe('who looked, in words', () => {
  it.each([
    ['night', {}],
    ['nights', { nights: 7 }],
    ['board', { what: 'class.board_opened' }],
    ['export', { what: 'student.exported', night: null, nights: 0 }],
    ['other', { what: 'something.new' }],
    ['other', { night: null }],
  ] as [string, Partial<Read>][])('%s', (kind, more) => expect(kindOfRead(read(more))).toBe(kind))
})

describe('erasing', () => {
  it('wants the child’s name and nothing near it', () => {
    expect(isName(' 陈艾达 ', '陈艾达')).toBe(true)
    for (const typed of ['', '陈艾', '陈艾达达', 'chen']) expect(isName(typed, '陈艾达'), typed).toBe(false)
    expect(isName('', '')).toBe(false)
  })
})

describe('words of the rights', () => {
  it('have the same blanks in both languages and do not shout', () => {
    const slots = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort()
    for (const key of Object.keys(zh) as Key[]) expect([key, ...slots(en[key])]).toEqual([key, ...slots(zh[key])])
    for (const text of [...Object.values(zh), ...Object.values(en)]) expect(text).not.toMatch(/[!\uff01]/)
    for (const text of Object.values(zh)) expect(text).not.toMatch(/[\u4e00-\u9fff][,:;?]/)
  })
})
