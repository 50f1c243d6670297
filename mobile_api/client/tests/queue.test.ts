import { describe, expect, it } from 'vitest'
import { isSendable, keyOf, needsPerson, nextChange, outcomeOf, putRight, wireOf, type Put, type SyncResult } from '../src/domain/queue'
import type { Change } from '../src/domain/types'

const PUT: Put = {
  kind: 'entry',
  student_id: 'ada',
  night: '2026-11-17',
  id: 'e1',
  version: null,
  state: { assignment_id: null, outcome: 'finished', segments: [{ started_at: '2026-11-17T10:00:00Z', finished_at: '2026-11-17T10:20:00Z', source: 'timer', clock: 'ok', start_epoch: 3, finish_epoch: 5, proposed_end_at: null }] },
}
const made = (put = PUT, more: Partial<Change> = {}): Change => ({ ...nextChange(put, undefined, 'mother', 1).change, seq: 1, ...more })
const result = (of: Partial<SyncResult>): SyncResult => ({ index: 0, result: 'applied', code: '', record: null, errors: [], ...of })

describe('a change', () => {
  it('raises the revision and never lowers the base', () => {
    const first = nextChange({ ...PUT, version: 4 }, undefined, 'mother', 1)
    expect([first.change.revision, first.change.base_version]).toEqual([1, 4])
    const second = nextChange({ ...PUT, version: 2 }, { ...first.counter, base: 6 }, 'mother', 2)
    expect([second.change.revision, second.change.base_version]).toEqual([2, 6])
    const third = nextChange({ ...PUT, version: null }, second.counter, 'mother', 3)
    expect([third.change.revision, third.change.base_version]).toEqual([3, 6])
  })
  it('of an entry and its deletion is of one record', () => {
    expect(keyOf({ ...PUT, kind: 'entry_deletion' })).toBe(keyOf(PUT))
    expect(keyOf({ ...PUT, kind: 'sleep', id: null })).not.toBe(keyOf({ ...PUT, kind: 'note', id: null }))
  })
  it('goes over the wire without what belongs to the phone alone', () => {
    const wire = wireOf(made()) as Record<string, unknown>
    expect(wire).toMatchObject({ kind: 'entry', student_id: 'ada', night: '2026-11-17', id: 'e1', revision: 1, base_version: null, outcome: 'finished' })
    expect((wire.segments as object[])[0]).toEqual({ started_at: '2026-11-17T10:00:00Z', finished_at: '2026-11-17T10:20:00Z', source: 'timer', clock: 'ok' })
    expect(Object.keys(wire)).not.toContain('owner')
  })
  it('that is not versioned carries no version, and a bedtime no epoch', () => {
    const stop = wireOf(made({ ...PUT, kind: 'stop', id: null, state: { lights_out_at: null } }))
    expect(stop).toEqual({ kind: 'stop', student_id: 'ada', night: '2026-11-17', lights_out_at: null })
    const sleep = wireOf(made({ ...PUT, kind: 'sleep', id: null, state: { lights_out_at: 'x', epoch: 7 } })) as object
    expect(sleep).not.toHaveProperty('epoch')
  })
})

describe('an answer', () => {
  it('applied or same is done, with the version to start from', () => {
    expect(outcomeOf(result({ record: { version: 3 } }))).toEqual({ done: true, version: 3 })
    expect(outcomeOf(result({ result: 'same' }))).toEqual({ done: true, version: null })
  })
  it('conflict, gone and invalid wait for a person; nothing is dropped', () => {
    for (const kind of ['conflict', 'gone', 'invalid'] as const) {
      const outcome = outcomeOf(result({ result: kind, code: 'night_closed', record: { version: 9 } }))
      expect(outcome.done).toBe(false)
      const change = made(PUT, { problem: outcome.done ? null : outcome.problem })
      expect(needsPerson(change)).toBe(true)
      expect(isSendable(change, 'mother')).toBe(false)
    }
  })
  it('of missing consent waits by itself', () => {
    const outcome = outcomeOf(result({ result: 'invalid', code: 'consent_required' }))
    const change = made(PUT, { problem: outcome.done ? null : outcome.problem })
    expect([needsPerson(change), isSendable(change, 'mother')]).toEqual([false, true])
  })
  it('cannot come for somebody else: only the owner sends', () => {
    expect(isSendable(made(), 'father')).toBe(false)
  })
})

describe('a clock found wrong', () => {
  it('moves the instants of unsettled epochs only, and marks them', () => {
    const right = putRight(made(), { above: 4, shift: -60_000 })
    expect((right.state.segments as object[])[0]).toMatchObject({ started_at: '2026-11-17T10:00:00Z', finished_at: '2026-11-17T10:19:00Z', clock: 'corrected' })
  })
  it('settles a doubt only where both ends were read since the last jump that nobody witnessed', () => {
    const segment = { ...(PUT.state as { segments: object[] }).segments[0], clock: 'doubtful', start_epoch: 2, finish_epoch: 5 }
    const doubted = made({ ...PUT, state: { segments: [segment] } })
    const clockOf = (exactFrom: number) => (putRight(doubted, { above: 4, shift: 0, exactFrom }).state.segments as { clock: string }[])[0]!.clock
    expect([clockOf(5), clockOf(6)]).toEqual(['corrected', 'doubtful'])
  })
  it('never moves what a person typed', () => {
    const typed = made({ ...PUT, state: { segments: [{ started_at: '2026-11-17T10:00:00Z', finished_at: '2026-11-17T10:20:00Z', source: 'typed', clock: 'ok' }] } })
    expect(putRight(typed, { above: 0, shift: 3_600_000 })).toEqual(typed)
  })
})
