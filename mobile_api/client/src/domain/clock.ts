// The phone's clock, put right (rule 10). `now()` is the wall clock plus the offset that the server told; while the page
// lives, the monotonic clock is the witness of jumps. It may stop while a phone sleeps, so it never measures a duration.
//
// Time is cut into epochs. A new one begins where the wall clock and the witness disagree, and at every start. Every start
// and finish remembers its epoch. When the server is next heard, what was read in unsettled epochs is put right by what
// the assumption was wrong by.
//
// Several pages of one phone have one wall clock. What the server told one of them is kept where all find it, with a
// serial that says how new it is; the others adopt it, so that no page reads by an offset that another has put right.
// Without the server, a page that saw the clock being moved is believed by one that was hidden then, or opened since.

export const TOLERANCE = 5_000

export interface ClockState {
  offset: number
  epoch: number
  /** The last epoch whose offset the server has vouched for. */
  settled: number
  /** Epochs that began because somebody moved the clock, and when: what spans such an instant is marked. */
  moved: Moved[]
  /** The latest corrected instant known to be past. */
  seen: number
  /** How often the server has been heard by any page of this phone: a higher one knows better. Absent: never. */
  serial?: number
  /** How many jumps a page of this phone has seen happen since the server was heard. Absent: none. */
  witnessed?: number
  /** The epoch of this page from which on it may stand on a jump that it did not see happen: since it was opened, or last hidden. */
  blind?: number
}

/** `unsure`: nobody witnessed by how much, so what spans it is doubtful until the server is heard or a person has looked. */
export interface Moved {
  epoch: number
  at: number
  unsure?: boolean
}

export interface Reading {
  wall(): number
  mono(): number
}

/** What hearing the server changed: instants of epochs above `above` move by `shift`; from `exactFrom` on it is exact. */
export interface Settled {
  above: number
  shift: number
  exactFrom?: number
}

export const NEW_CLOCK: ClockState = { offset: 0, epoch: 0, settled: -1, moved: [], seen: 0 }

const serialOf = (state: ClockState) => state.serial ?? 0
const witnessedBy = (state: ClockState) => state.witnessed ?? 0
const sawMore = (kept: ClockState, state: ClockState) => serialOf(kept) === serialOf(state) && witnessedBy(kept) > witnessedBy(state)

/** What a page that read by `state` has to put right, knowing now what another page heard or saw; null where it knows as much. */
export function correctionBy(state: ClockState, kept: ClockState): Settled | null {
  const shift = kept.offset - state.offset
  if (serialOf(kept) > serialOf(state)) return { above: state.settled, shift, exactFrom: state.settled + 1 }
  return sawMore(kept, state) && state.blind !== undefined ? { above: Math.max(state.settled, state.blind - 1), shift } : null
}

/** What is kept when a page writes its clock down: nothing of what another knows better, and no epoch twice. */
export function keptWith(kept: ClockState | undefined, state: ClockState): ClockState {
  if (!kept) return state
  const known = serialOf(kept) > serialOf(state) || sawMore(kept, state) ? kept : state
  return { ...known, epoch: Math.max(kept.epoch, state.epoch), seen: known === state ? Math.max(kept.seen, state.seen) : kept.seen }
}

export class TrustedClock {
  state: ClockState
  private readonly read: Reading
  private lastWall: number
  private lastMono: number

  constructor(read: Reading, state: ClockState = NEW_CLOCK) {
    this.read = read
    this.lastWall = read.wall()
    this.lastMono = read.mono()
    this.state = { ...state, epoch: state.epoch + 1, blind: state.epoch + 1 }
    // While the app was closed somebody put the clock back: at least we know that time did not.
    const back = this.state.seen - this.peek()
    if (back > TOLERANCE) this.begin(back, true, true)
  }

  private peek(): number {
    return this.read.wall() + this.state.offset
  }

  /** The present instant, by the best knowledge there is. */
  now(): number {
    return this.peek()
  }

  get epoch(): number {
    return this.state.epoch
  }

  get isSettled(): boolean {
    return this.state.settled >= this.state.epoch
  }

  /** Whether instants of this epoch stand on an assumption after a jump. */
  isDoubtful(epoch: number | undefined): boolean {
    return epoch !== undefined && epoch > this.state.settled && this.state.moved.some((moved) => moved.epoch <= epoch && moved.epoch > this.state.settled)
  }

  /** Whether somebody moved the clock between two corrected instants. */
  movedBetween(from: number, to: number): boolean {
    return this.state.moved.some((moved) => from < moved.at && moved.at <= to)
  }

  /**
   * Compare the two clocks. `alive`: the page was in front all the time since the last look, so a gap is a moved clock;
   * a page that was hidden may have slept, and then the wall clock is right. Returns whether a new epoch began.
   */
  look(alive: boolean): boolean {
    const wall = this.read.wall()
    const mono = this.read.mono()
    const jump = wall - this.lastWall - (mono - this.lastMono)
    this.lastWall = wall
    this.lastMono = mono
    const jumped = Math.abs(jump) > TOLERANCE
    if (jumped && (alive || jump < 0)) this.begin(-jump, true, !alive)
    else if (jumped) this.begin(0, false)
    if (jumped && alive) this.state.witnessed = witnessedBy(this.state) + 1
    else if (jumped) this.state.blind = this.state.epoch
    this.state.seen = Math.max(this.state.seen, this.peek())
    return jumped
  }

  /** Whether a jump that nobody witnessed lies between two epochs: a length over it is a guess. */
  unsureBetween(from: number | undefined, to: number): boolean {
    return this.state.moved.some((moved) => moved.unsure === true && moved.epoch > (from ?? to) && moved.epoch <= to)
  }

  private begin(correction: number, moved: boolean, unsure = false): void {
    const epoch = this.state.epoch + 1
    const offset = this.state.offset + correction
    const all = moved ? [...this.state.moved, { epoch, at: this.read.wall() + offset, ...(unsure ? { unsure } : {}) }].slice(-20) : this.state.moved
    this.state = { ...this.state, offset, epoch, moved: all }
  }

  /** The server said `server` between our `sent` and `received` (wall clock). Returns what has to be put right. */
  heard(server: number, sent: number, received: number): Settled | null {
    if (received < sent || received - sent > 20_000) return null
    const wrongBy = server - (sent + received) / 2 - this.state.offset
    const above = this.state.settled
    const first = above < 0
    const shift = Math.abs(wrongBy) > TOLERANCE ? Math.round(wrongBy) : 0
    this.state = { ...this.state, offset: this.state.offset + shift, settled: this.state.epoch, serial: serialOf(this.state) + 1, witnessed: 0, blind: undefined }
    if (shift < 0) this.state.seen = Math.min(this.state.seen, this.peek())
    const exactFrom = Math.max(above + 1, ...this.state.moved.filter((moved) => moved.unsure).map((moved) => moved.epoch))
    return first && shift === 0 ? null : { above, shift, exactFrom }
  }

  /** Another page of this phone has heard the server since, or saw what this one did not: go by its offset. Returns whether this clock moved. */
  adopt(kept: ClockState | undefined): boolean {
    const correction = kept && correctionBy(this.state, kept)
    if (!correction) return false
    const heard = serialOf(kept) > serialOf(this.state)
    const epoch = Math.max(this.state.epoch, kept.epoch) + 1
    const known = heard ? { settled: this.state.epoch } : { epoch, moved: kept.moved }
    this.state = { ...this.state, ...known, offset: kept.offset, serial: kept.serial, witnessed: kept.witnessed, blind: undefined }
    if (correction.shift < 0) this.state.seen = Math.min(this.state.seen, this.peek())
    return correction.shift !== 0
  }
}
