/**
 * TimerWheel: thousands of coarse timers in a ring of slots; the owner of the clock asks what is due.
 * Pure: time is always an argument. A timer never fires early, and at most one tick late.
 *
 *   slot      0       1       2            1023
 *         +-------+-------+-------+-----+-------+
 *         | keys  |       | keys  | ... | keys  |   slot = due tick mod 1024: the next lap's keys wait in the same slot
 *         +-------+-------+-------+-----+-------+
 *
 * Re-arming for later is one write: the entry stays in its slot and moves on when that slot comes due. Hold timers
 * are re-armed by every message and almost never fire, so that is the case that has to be cheap.
 */

const TICK_MS = 20; // a delay of one second is right within 2 %
const SLOTS = 1024;

interface Entry<Key> {
  readonly key: Key;
  dueTick: number;
  /** The slot it lies in; never after `dueTick`. */
  slotTick: number;
}

/** Timers by key; two keys of the same name are the same timer. */
export class TimerWheel<Key> {
  readonly #nameOf: (key: Key) => string;
  readonly #entries = new Map<string, Entry<Key>>();
  readonly #slots: Set<Entry<Key>>[] = Array.from({ length: SLOTS }, () => new Set());
  /** Every slot up to this tick has been emptied. */
  #tick: number;
  /** No occupied slot is earlier. */
  #soonest: number;

  constructor(nowMs: number, nameOf: (key: Key) => string) {
    this.#nameOf = nameOf;
    this.#tick = Math.floor(nowMs / TICK_MS);
    this.#soonest = this.#tick + 1;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Starts the timer of this key, or moves it. */
  arm(key: Key, dueAtMs: number): void {
    const name = this.#nameOf(key);
    const dueTick = Math.max(Math.ceil(dueAtMs / TICK_MS), this.#tick + 1);
    const armed = this.#entries.get(name);
    if (armed && dueTick >= armed.slotTick) {
      armed.dueTick = dueTick;
      return;
    }
    if (armed) this.#slot(armed.slotTick).delete(armed);
    const entry = { key, dueTick, slotTick: dueTick };
    this.#entries.set(name, entry);
    this.#place(entry);
  }

  disarm(key: Key): void {
    const name = this.#nameOf(key);
    const armed = this.#entries.get(name);
    if (!armed) return;
    this.#slot(armed.slotTick).delete(armed);
    this.#entries.delete(name);
  }

  /** When it is over; undefined: it is not armed. */
  dueAtMs(key: Key): number | undefined {
    const armed = this.#entries.get(this.#nameOf(key));
    return armed && armed.dueTick * TICK_MS;
  }

  /** Takes out every timer whose time has come, the earliest first. */
  due(nowMs: number): readonly Key[] {
    const nowTick = Math.floor(nowMs / TICK_MS);
    if (nowTick <= this.#tick) return [];
    const opened = this.#open(nowTick);
    const expired = opened.filter((entry) => entry.dueTick <= nowTick);
    for (const entry of opened) if (entry.dueTick > nowTick) this.#place(entry);
    for (const entry of expired) this.#entries.delete(this.#nameOf(entry.key));
    return expired.sort((a, b) => a.dueTick - b.dueTick).map((entry) => entry.key);
  }

  /** When to ask again at the earliest; undefined: nothing is armed. */
  nextAtMs(): number | undefined {
    if (this.#entries.size === 0) return undefined;
    while (this.#slot(this.#soonest).size === 0) this.#soonest++;
    return this.#soonest * TICK_MS;
  }

  /** Empties the slots up to `nowTick`; after a long pause each slot once. */
  #open(nowTick: number): Entry<Key>[] {
    const opened: Entry<Key>[] = [];
    for (let tick = Math.max(this.#soonest, nowTick - SLOTS + 1); tick <= nowTick; tick++) {
      const slot = this.#slot(tick);
      if (slot.size === 0) continue;
      for (const entry of slot) opened.push(entry);
      slot.clear();
    }
    this.#tick = nowTick;
    this.#soonest = Math.max(this.#soonest, nowTick + 1);
    return opened;
  }

  #place(entry: Entry<Key>): void {
    entry.slotTick = entry.dueTick;
    this.#soonest = Math.min(this.#soonest, entry.slotTick);
    this.#slot(entry.slotTick).add(entry);
  }

  #slot(tick: number): Set<Entry<Key>> {
    return this.#slots[tick % SLOTS] as Set<Entry<Key>>;
  }
}
