import { describe, expect, it } from 'vitest'
import { newId } from '../src/domain/ids'
import { language, t } from '../src/words'
import { en } from '../src/words/en'
import { zh } from '../src/words/zh-CN'

const slots = (text: string) => [...text.matchAll(/\{(\w+)(?=[|}])/g)].map((found) => found[1]).sort()

describe('the two catalogues', () => {
  it('have the same keys and the same blanks to fill', () => {
    expect(Object.keys(en)).toEqual(Object.keys(zh))
    for (const key of Object.keys(zh) as (keyof typeof zh)[]) expect([key, ...slots(en[key])]).toEqual([key, ...slots(zh[key])])
  })
  it('do not shout, and Chinese has Chinese punctuation', () => {
    for (const [key, text] of [...Object.entries(zh), ...Object.entries(en)]) expect(text, key).not.toMatch(/[!\uff01]/)
    for (const [key, text] of Object.entries(zh)) expect(text, key).not.toMatch(/[\u4e00-\u9fff][,:;?]/)
  })
})

describe('ids', () => {
  it('are UUIDs of version 7 without a secure context, in the order they were made', () => {
    const ids = Array.from({ length: 200 }, (_, index) => newId(1_800_000_000_000 + index))
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(200)
  })
})

describe('a number', () => {
  it('has the word that fits it', () => {
    language.value = 'en'
    expect(t('week.over_count', { n: 1 })).toBe('1 night over the limit')
    expect(t('week.over_count', { n: 2 })).toBe('2 nights over the limit')
    language.value = 'zh-CN'
    expect(t('week.over_count', { n: 1 })).toBe('1 晚超过上限')
  })
})
