/**
 * Two BFD systems on one link, on a virtual clock: packets take a while, and may get lost.
 * Deterministic: chance comes from a seed.
 */

import type { IpAddress } from "../../src/ip/address.ts";
import { type ControlPacket, decodeControl } from "../../src/bfd/packet.ts";
import { type BfdOrder, type BfdTarget, type BfdTimerKey, type BfdView, SessionTable } from "../../src/bfd/session-table.ts";
import type { BfdSettings, DownCause } from "../../src/bfd/vocabulary.ts";

const DELAY_MS = 1;

export interface Heard {
  readonly atMs: number;
  readonly packet: ControlPacket;
}

export type News = "up" | DownCause;

/** One system; its neighbor is the other end of the link. */
export class BfdSystem {
  readonly address: IpAddress;
  readonly neighbor: IpAddress;
  readonly table: SessionTable;
  /** What it sent, lost or not. */
  readonly sent: Heard[] = [];
  readonly news: { readonly atMs: number; readonly news: News }[] = [];
  readonly timers = new Map<string, { readonly key: BfdTimerKey; readonly atMs: number }>();
  closed = 0;

  constructor(address: string, neighbor: string, draw: () => number) {
    this.address = address as IpAddress;
    this.neighbor = neighbor as IpAddress;
    this.table = new SessionTable(draw);
  }

  get view(): BfdView {
    const view = this.table.view(this.neighbor);
    if (!view) throw new Error(`${this.address} does not watch its neighbor`);
    return view;
  }

  get state(): string {
    return this.view.session.state;
  }

  target(settings: BfdSettings, administrative: BfdTarget["administrative"] = "up"): BfdTarget {
    return { neighbor: this.neighbor, local: undefined, settings, administrative };
  }
}

export class BfdLink {
  nowMs = 5_000;
  readonly a: BfdSystem;
  readonly b: BfdSystem;
  /** What becomes of a packet on its way. */
  carries: (from: BfdSystem, packet: ControlPacket) => boolean = () => true;
  readonly random: () => number;
  #onTheWay: { readonly atMs: number; readonly to: BfdSystem; readonly from: BfdSystem; readonly bytes: Uint8Array }[] = [];

  constructor(seed = 1) {
    this.random = generator(seed);
    const draw = (): number => Math.floor(this.random() * 2 ** 32);
    this.a = new BfdSystem("10.0.0.1", "10.0.0.2", draw);
    this.b = new BfdSystem("10.0.0.2", "10.0.0.1", draw);
  }

  /** Both watch each other with these settings, and are up. */
  static up(a: BfdSettings, b: BfdSettings, seed = 1): BfdLink {
    const link = new BfdLink(seed);
    link.want(link.a, a);
    link.want(link.b, b);
    link.run(5_000);
    return link;
  }

  want(system: BfdSystem, settings: BfdSettings | "nobody", administrative: BfdTarget["administrative"] = "up"): void {
    this.perform(system, system.table.want(settings === "nobody" ? [] : [system.target(settings, administrative)], this.nowMs));
  }

  /** The process is gone without a word and started again: it knows nothing. */
  reborn(system: BfdSystem, settings: BfdSettings): BfdSystem {
    const fresh = new BfdSystem(system.address, system.neighbor, () => Math.floor(this.random() * 2 ** 32));
    Object.assign(this, system === this.a ? { a: fresh } : { b: fresh });
    this.want(fresh, settings);
    return fresh;
  }

  /** Lets `ms` pass; everything due happens in its order. */
  run(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let next = this.#nextMs(); next <= untilMs; next = this.#nextMs()) {
      this.nowMs = Math.max(this.nowMs, next);
      this.#deliver();
      for (const system of [this.a, this.b]) this.#ring(system);
    }
    this.nowMs = untilMs;
  }

  perform(system: BfdSystem, orders: readonly BfdOrder[]): void {
    for (const order of orders) this.#carryOut(system, order);
  }

  #carryOut(system: BfdSystem, order: BfdOrder): void {
    switch (order.kind) {
      case "send":
        return this.#send(system, order.bytes);
      case "close":
        system.closed++;
        return;
      case "arm":
        system.timers.set(order.key.timer, { key: order.key, atMs: this.nowMs + order.ms * (1 - order.jitter * this.random()) });
        return;
      case "disarm":
        system.timers.delete(order.key.timer);
        return;
      case "up":
        system.news.push({ atMs: this.nowMs, news: "up" });
        return;
      case "down":
        system.news.push({ atMs: this.nowMs, news: order.because });
    }
  }

  #send(from: BfdSystem, bytes: Uint8Array): void {
    const packet = decodeControl(bytes);
    if (packet.kind === "refused") throw new Error(`a packet of ours would be refused: ${packet.reason}`);
    from.sent.push({ atMs: this.nowMs, packet });
    if (this.carries(from, packet))
      this.#onTheWay.push({ atMs: this.nowMs + DELAY_MS, from, to: from.address === this.a.address ? this.b : this.a, bytes });
  }

  #deliver(): void {
    const due = this.#onTheWay.filter(({ atMs }) => atMs <= this.nowMs);
    this.#onTheWay = this.#onTheWay.filter(({ atMs }) => atMs > this.nowMs);
    for (const { from, to, bytes } of due)
      if (to === this.a || to === this.b) this.perform(to, to.table.receive(from.address, bytes, this.nowMs));
  }

  #ring(system: BfdSystem): void {
    for (const [name, timer] of [...system.timers]) {
      if (timer.atMs > this.nowMs || system.timers.get(name) !== timer) continue;
      system.timers.delete(name);
      this.perform(system, system.table.expire(timer.key, this.nowMs));
    }
  }

  #nextMs(): number {
    const timers = [this.a, this.b].flatMap(({ timers }) => [...timers.values()].map(({ atMs }) => atMs));
    return Math.min(Infinity, ...timers, ...this.#onTheWay.map(({ atMs }) => atMs));
  }
}

/** mulberry32: the same numbers for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
