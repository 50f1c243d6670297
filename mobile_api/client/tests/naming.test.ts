import { describe, expect, it, vi } from 'vitest'
import type { Row } from '../src/domain/evening'
import type { Assignment, Entry, Kind } from '../src/domain/types'

const subjects = [{ code: 'chinese', name_zh: '语文', name_en: 'Chinese', glyph: '语' }]
vi.mock('../src/store/home', () => ({ me: { value: { school: { subjects } } }, now: { value: 0 }, zone: { value: 'Asia/Shanghai' } }))
const { calledOf } = await import('../src/parts/naming')
const { language } = await import('../src/words')

const line = (key: string, title: string | null, kind: Kind): Row => ({ key, assignment: { id: key, subject: 'chinese', title, kind } as Assignment, entries: [] })
const own = (title: string): Row => ({ key: title, assignment: null, entries: [{ subject: 'chinese', title, is_self_study: true, kind: null } as Entry] })
const called = (rows: Row[]) => rows.map((row) => calledOf(row, rows))

describe('what a button calls a line', () => {
  it('is its subject alone where the subject has one line', () => {
    language.value = 'zh-CN'
    expect(called([line('a', '抄写', 'written')])).toEqual(['语文'])
  })
  it('holds the title where the subject has more lines, one of one’s own among them', () => {
    language.value = 'zh-CN'
    expect(called([line('a', '抄写', 'written'), own('看书')])).toEqual(['语文（抄写）', '语文（看书）'])
  })
  it('holds the kind where the school hides titles', () => {
    language.value = 'en'
    expect(called([line('a', null, 'written'), line('b', null, 'reading')])).toEqual(['Chinese (Written)', 'Chinese (Reading)'])
  })
  it('is numbered where neither title nor kind tells it apart', () => {
    language.value = 'zh-CN'
    expect(called([line('a', null, 'written'), line('b', null, 'written'), line('c', null, 'reading')])).toEqual(['语文（书面、第 1 项）', '语文（书面、第 2 项）', '语文（阅读）'])
    expect(called([line('a', '卷子', 'written'), line('b', '卷子', 'written')])).toEqual(['语文（卷子、第 1 项）', '语文（卷子、第 2 项）'])
  })
})
