import { describe, expect, it } from 'vitest'
import { bedtimeInstant, outgoing, parseBedtime, parseWaking, parseWork, spanInstants, textsOf, wakingInstant, type PaperRow } from '../src/desk/paper/cells'

const ZONE = 'Asia/Shanghai'
const NIGHT = '2026-11-17'
const ROW: PaperRow = {
  student_id: 's', school_number: '1', name: '陈艾达', locked: null, state: null,
  cells: [{ id: 'a', assignment_id: 'm', version: 3, minutes: 20, started_at: null, finished_at: null, outcome: null, locked: null }, { id: 'b', assignment_id: null, version: null, minutes: null, started_at: null, finished_at: null, outcome: null, locked: null }],
  lights_out_at: '2026-11-17T13:30:00Z', woke_at: null, nap_minutes: 10, sleep_version: 1, guardian_note: '', signed_on_paper: false, note_version: null,
}

describe('what is typed into a subject', () => {
  it.each([
    ['', { kind: 'empty' }],
    ['20', { kind: 'minutes', minutes: 20 }],
    [' 20分钟 ', { kind: 'minutes', minutes: 20 }],
    ['40x', { kind: 'minutes', minutes: 40, stopped: true }],
    ['7:00-7:30 x', { kind: 'span', start: '19:00', finish: '19:30', stopped: true }],
    ['x', { kind: 'wrong' }],
    ['0', { kind: 'minutes', minutes: 0 }],
    ['700', { kind: 'wrong' }],
    ['7:00-7:30', { kind: 'span', start: '19:00', finish: '19:30' }],
    ['700-730', { kind: 'span', start: '19:00', finish: '19:30' }],
    ['1900 1925', { kind: 'span', start: '19:00', finish: '19:25' }],
    ['07:00～07:20', { kind: 'span', start: '07:00', finish: '07:20' }],
    ['11:50-0:10', { kind: 'span', start: '23:50', finish: '00:10' }],
    ['abc', { kind: 'wrong' }],
    ['7:00-', { kind: 'wrong' }],
    ['7:75-8:00', { kind: 'wrong' }],
  ])('%s', (text, expected) => expect(parseWork(text)).toEqual(expected))
})

describe('bedtime and waking', () => {
  it.each([['930', '21:30'], ['21:30', '21:30'], ['9:30', '21:30'], ['0:10', '00:10'], ['12:10', '00:10'], ['1:05', '01:05'], ['', null], ['x', undefined]])('%s', (text, expected) => expect(parseBedtime(text)).toBe(expected))
  it('is of the next date after midnight', () => {
    expect(bedtimeInstant(NIGHT, '21:30', ZONE)).toBe('2026-11-17T13:30:00Z')
    expect(bedtimeInstant(NIGHT, '00:10', ZONE)).toBe('2026-11-17T16:10:00Z')
    expect(wakingInstant(NIGHT, parseWaking('640')!, ZONE)).toBe('2026-11-17T22:40:00Z')
    expect(spanInstants(NIGHT, '23:50', '00:10', ZONE)).toEqual({ started_at: '2026-11-17T15:50:00Z', finished_at: '2026-11-17T16:10:00Z' })
  })
})

describe('what is sent of a row', () => {
  it('is nothing where nothing changed', () => {
    const texts = textsOf(ROW, ZONE)
    expect(texts).toEqual({ work: ['20', ''], bedtime: '21:30', waking: '', nap: '10', note: '', signed: false })
    expect(outgoing(ROW, texts, textsOf(ROW, ZONE), NIGHT, ZONE, 7)).toEqual({ row: null, wrong: {} })
  })
  it('is what changed, from the versions that were seen', () => {
    const texts = { work: ['', '15'], bedtime: '21:30', waking: '640', nap: '10', note: '早睡', signed: true }
    const { row } = outgoing(ROW, texts, textsOf(ROW, ZONE), NIGHT, ZONE, 7)
    expect(row).toEqual({
      student_id: 's',
      entries: [{ id: 'a', assignment_id: 'm', base_version: 3, revision: 7, outcome: 'finished', minutes: null }, { id: 'b', assignment_id: null, base_version: null, revision: 7, outcome: 'finished', minutes: 15 }],
      sleep: { base_version: 1, revision: 7, lights_out_at: '2026-11-17T13:30:00Z', woke_at: '2026-11-17T22:40:00Z', nap_minutes: 10 },
      note: { base_version: null, revision: 7, guardian_note: '早睡', signed_on_paper: true },
    })
  })
  it('leaves out what cannot be understood and names it', () => {
    const texts = { work: ['many', '15'], bedtime: 'late', waking: '', nap: '10', note: '', signed: false }
    const { row, wrong } = outgoing(ROW, texts, textsOf(ROW, ZONE), NIGHT, ZONE, 7)
    expect(wrong).toEqual({ 'work.0': true, bedtime: true })
    expect(row).toMatchObject({ entries: [{ id: 'b', minutes: 15 }], sleep: null })
  })
})
