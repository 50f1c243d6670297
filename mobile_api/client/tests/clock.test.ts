import { describe, expect, it } from 'vitest'
import { correctionBy, keptWith, NEW_CLOCK, TrustedClock, type ClockState } from '../src/domain/clock'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A phone whose wall clock and witness a test moves. */
function phone(wall = Date.parse('2026-11-17T10:00:00Z')) {
  const hands = { wall, mono: 1_000 }
  return {
    hands,
    passes: (by: number) => ((hands.wall += by), (hands.mono += by)),
    sleeps: (by: number) => (hands.wall += by),
    moved: (by: number) => (hands.wall += by),
    reading: { wall: () => hands.wall, mono: () => hands.mono },
  }
}
function settled(clock: TrustedClock, server: number, wall: number): void {
  clock.heard(server, wall, wall)
}

describe('a clock moved by three hours with the page alive', () => {
  it.each([3 * HOUR, -3 * HOUR])('leaves the duration unchanged and marks it (%d ms)', (jump) => {
    const p = phone()
    const clock = new TrustedClock(p.reading)
    settled(clock, p.hands.wall, p.hands.wall)
    const start = clock.now()
    p.passes(10 * MINUTE)
    clock.look(true)
    p.moved(jump)
    clock.look(true)
    p.passes(10 * MINUTE)
    clock.look(true)
    expect(clock.now() - start).toBe(20 * MINUTE)
    expect(clock.movedBetween(start, clock.now())).toBe(true)
    expect(clock.isDoubtful(clock.epoch)).toBe(true)
    const answer = clock.heard(clock.now(), p.hands.wall, p.hands.wall)
    expect(answer?.shift).toBe(0)
    expect(clock.isDoubtful(clock.epoch)).toBe(false)
  })
})

describe('a page suspended for 40 minutes', () => {
  it('counts 40 minutes, unmarked', () => {
    const p = phone()
    const clock = new TrustedClock(p.reading)
    settled(clock, p.hands.wall, p.hands.wall)
    const start = clock.now()
    clock.look(true)
    p.sleeps(40 * MINUTE)
    clock.look(false)
    expect(clock.now() - start).toBe(40 * MINUTE)
    expect(clock.movedBetween(start, clock.now())).toBe(false)
  })
  it('is put right when it was a moved clock after all, as soon as the server is heard', () => {
    const p = phone()
    const clock = new TrustedClock(p.reading)
    settled(clock, p.hands.wall, p.hands.wall)
    p.moved(3 * HOUR)
    clock.look(false)
    const finishedAt = clock.now()
    const answer = clock.heard(p.hands.wall - 3 * HOUR, p.hands.wall, p.hands.wall)
    expect(answer?.shift).toBe(-3 * HOUR)
    expect(clock.epoch).toBeGreaterThan(answer!.above)
    expect(clock.now()).toBe(finishedAt - 3 * HOUR)
  })
})

describe('the offset to the server', () => {
  it('makes a wrong phone right, and small differences move nothing', () => {
    const p = phone()
    const clock = new TrustedClock(p.reading)
    settled(clock, p.hands.wall + 7 * MINUTE, p.hands.wall)
    expect(clock.now()).toBe(p.hands.wall + 7 * MINUTE)
    expect(clock.heard(clock.now() + 900, p.hands.wall, p.hands.wall)?.shift).toBe(0)
    expect(clock.now()).toBe(p.hands.wall + 7 * MINUTE)
  })
  it('is not learned from an answer that took too long', () => {
    const p = phone()
    const clock = new TrustedClock(p.reading)
    expect(clock.heard(p.hands.wall + HOUR, p.hands.wall, p.hands.wall + 30_000)).toBeNull()
    expect(clock.isSettled).toBe(false)
  })
  it('survives closing the app, and a clock put back meanwhile does not turn time back', () => {
    const p = phone()
    const before = new TrustedClock(p.reading)
    settled(before, p.hands.wall + 5 * MINUTE, p.hands.wall)
    before.look(true)
    const kept: ClockState = JSON.parse(JSON.stringify(before.state))
    const again = new TrustedClock(p.reading, kept)
    expect(again.now()).toBe(before.now())
    expect(again.isSettled).toBe(false)
    p.moved(-2 * HOUR)
    const back = new TrustedClock(p.reading, kept)
    expect(back.now()).toBe(kept.seen)
    expect([back.unsureBetween(kept.epoch, back.epoch), back.unsureBetween(back.epoch, back.epoch)]).toEqual([true, false])
    expect(NEW_CLOCK.epoch).toBe(0)
  })
})

describe('two pages of one phone', () => {
  it('go by what the server told either of them, once', () => {
    const p = phone()
    const one = new TrustedClock(p.reading)
    const two = new TrustedClock(p.reading, one.state)
    settled(one, p.hands.wall + 7 * MINUTE, p.hands.wall)
    expect(two.adopt(one.state)).toBe(true)
    expect(two.now()).toBe(p.hands.wall + 7 * MINUTE)
    expect(two.adopt(one.state)).toBe(false)
    expect(two.heard(p.hands.wall + 7 * MINUTE, p.hands.wall, p.hands.wall)?.shift).toBe(0)
  })
  it.each([3 * HOUR, -3 * HOUR])('go by the one that saw the clock being moved, without a server (%d ms)', (jump) => {
    const p = phone()
    const one = new TrustedClock(p.reading)
    const two = new TrustedClock(p.reading, one.state)
    const start = one.now()
    p.passes(10 * MINUTE)
    one.look(true)
    p.moved(jump)
    one.look(true)
    p.sleeps(MINUTE) // the hidden page's witness stood still, and it came back a minute later
    two.look(false)
    const began = two.epoch
    const read = { ...two.state }
    expect(correctionBy(read, one.state)).toMatchObject({ shift: one.now() - two.now() })
    expect(began).toBeGreaterThan(correctionBy(read, one.state)!.above)
    expect(two.adopt(one.state)).toBe(true)
    expect(two.now()).toBe(one.now())
    expect(two.now() - start).toBe(11 * MINUTE)
    expect([two.movedBetween(start, two.now()), two.isDoubtful(two.epoch)]).toEqual([true, true])
    expect([two.adopt(one.state), one.adopt(two.state)]).toEqual([false, false])
    expect(keptWith(one.state, read)).toMatchObject({ offset: one.state.offset })
    expect(keptWith(read, one.state)).toMatchObject({ offset: one.state.offset })
  })
  it('put a jump right once that both of them saw', () => {
    const p = phone()
    const one = new TrustedClock(p.reading)
    const two = new TrustedClock(p.reading, one.state)
    p.moved(3 * HOUR)
    one.look(true)
    two.look(true)
    const said = two.now()
    expect([two.adopt(one.state), two.now()]).toEqual([false, said])
  })
  it('leave alone what was read before the jump that was not seen', () => {
    const p = phone()
    const one = new TrustedClock(p.reading)
    settled(one, p.hands.wall, p.hands.wall)
    const two = new TrustedClock(p.reading, one.state)
    settled(two, p.hands.wall, p.hands.wall)
    one.adopt(two.state)
    const before = two.epoch
    p.moved(3 * HOUR)
    one.look(true)
    two.look(false)
    expect(correctionBy(two.state, one.state)).toMatchObject({ above: before, shift: -3 * HOUR })
  })
  it('leave alone what was read after an earlier sleep and before the jump', () => {
    const p = phone()
    const one = new TrustedClock(p.reading)
    const two = new TrustedClock(p.reading, one.state)
    p.sleeps(10 * MINUTE)
    one.look(false)
    two.look(false)
    const between = two.epoch
    p.moved(3 * HOUR)
    one.look(true)
    p.sleeps(MINUTE)
    two.look(false)
    expect(correctionBy(two.state, one.state)).toMatchObject({ above: between, shift: -3 * HOUR })
  })
  it('never write an offset over one that is known better', () => {
    const p = phone()
    const one = new TrustedClock(p.reading)
    const two = new TrustedClock(p.reading, one.state)
    settled(one, p.hands.wall + 7 * MINUTE, p.hands.wall)
    expect(keptWith(one.state, two.state)).toMatchObject({ offset: 7 * MINUTE, epoch: 2, serial: 1 })
    expect(keptWith(two.state, one.state)).toMatchObject({ offset: 7 * MINUTE, epoch: 2, serial: 1 })
  })
})
