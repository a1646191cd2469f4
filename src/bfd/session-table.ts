/**
 * All BFD sessions of this host: which neighbors are watched, and whose packet is whose.
 * Pure. RFC 5880 §6.3 (demultiplexing), §6.8.16 (administrative control); single hop (RFC 5881), so one session per address.
 *
 *   wanted ──► enabled ── no longer wanted ──► lingers: tells "admin-down" for as long as the neighbor would wait ──► closed
 */

import type { IpAddress } from "../ip/address.ts";
import { type ControlPacket, REFUSALS, type RefusalReason, decodeControl, encodeControl } from "./packet.ts";
import { type BfdSession, detectionMs, initialSession, step, transmitMs } from "./session.ts";
import type { BfdAction, BfdEvent, BfdSettings, BfdTimer, Delay, DownCause } from "./vocabulary.ts";

/** A neighbor to be watched. */
export interface BfdTarget {
  readonly neighbor: IpAddress;
  /** undefined: the kernel chooses. */
  readonly local: IpAddress | undefined;
  readonly settings: BfdSettings;
  /** "down": the neighbor is told that nobody watches it here, by an operator's wish. */
  readonly administrative: "up" | "down";
}

export interface BfdTimerKey {
  readonly neighbor: IpAddress;
  readonly timer: BfdTimer | "linger";
}

/** What is to be done; a neighbor's packets all leave from one socket (RFC 5881 §4), until "close". */
export type BfdOrder =
  | { readonly kind: "send"; readonly neighbor: IpAddress; readonly local: IpAddress | undefined; readonly bytes: Uint8Array }
  | { readonly kind: "close"; readonly neighbor: IpAddress }
  | ({ readonly kind: "arm"; readonly key: BfdTimerKey } & Delay)
  | { readonly kind: "disarm"; readonly key: BfdTimerKey }
  | { readonly kind: "up"; readonly neighbor: IpAddress }
  | { readonly kind: "down"; readonly neighbor: IpAddress; readonly because: DownCause };

export type Discarded = Readonly<Record<RefusalReason, number>>;

export interface BfdCounters {
  readonly sent: number;
  readonly received: number;
  readonly discarded: Discarded;
}

/** One session as people may look at it. */
export interface BfdView {
  readonly session: BfdSession;
  readonly sinceMs: number;
  readonly transmitMs: number | undefined;
  readonly detectionMs: number | undefined;
  readonly counters: BfdCounters;
}

interface Entry {
  readonly neighbor: IpAddress;
  /** undefined: nobody wants it any more, it lingers. */
  target: BfdTarget | undefined;
  /** Where its packets come from; kept while it lingers. */
  local: IpAddress | undefined;
  session: BfdSession;
  sinceMs: number;
  readonly counters: { sent: number; received: number; discarded: Record<RefusalReason, number> };
}

export class SessionTable {
  readonly #draw: () => number;
  readonly #entries = new Map<IpAddress, Entry>();
  readonly #byDiscriminator = new Map<number, Entry>();
  /** Discarded packets from addresses that nobody watches. */
  unknownPackets = 0;
  #orders: BfdOrder[] = [];

  /** `draw` answers any unsigned 32 bit number; they should be hard to guess. */
  constructor(draw: () => number) {
    this.#draw = draw;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** All neighbors to be watched, as a whole value. */
  want(targets: readonly BfdTarget[], nowMs: number): readonly BfdOrder[] {
    const wanted = new Set(targets.map(({ neighbor }) => neighbor));
    for (const entry of this.#entries.values()) if (entry.target && !wanted.has(entry.neighbor)) this.#release(entry, nowMs);
    for (const target of targets) this.#watch(target, nowMs);
    return this.#take();
  }

  /** A datagram came from that address. */
  receive(source: IpAddress, bytes: Uint8Array, nowMs: number): readonly BfdOrder[] {
    const packet = decodeControl(bytes);
    if (packet.kind === "refused") return this.#discard(source, packet.reason);
    const entry = this.#owner(source, packet);
    if (!entry) return this.#discard(source, packet.yourDiscriminator === 0 ? "unknown-neighbor" : "unknown-session");
    entry.counters.received++;
    this.#tell(entry, { kind: "packet", packet }, nowMs);
    return this.#take();
  }

  expire({ neighbor, timer }: BfdTimerKey, nowMs: number): readonly BfdOrder[] {
    const entry = this.#entries.get(neighbor);
    if (!entry) return [];
    if (timer !== "linger") this.#tell(entry, { kind: "timer", timer }, nowMs);
    else if (!entry.target) this.#forget(entry);
    return this.#take();
  }

  /** One last word to everybody, and the end. */
  stop(nowMs: number): readonly BfdOrder[] {
    for (const entry of this.#entries.values()) {
      this.#tell(entry, { kind: "disable" }, nowMs);
      this.#forget(entry);
    }
    return this.#take();
  }

  /** The session with a wanted neighbor. */
  view(neighbor: IpAddress): BfdView | undefined {
    const entry = this.#entries.get(neighbor);
    return entry?.target && viewOf(entry);
  }

  views(): ReadonlyMap<IpAddress, BfdView> {
    return new Map([...this.#entries].flatMap(([neighbor, entry]) => (entry.target ? [[neighbor, viewOf(entry)]] : [])));
  }

  #watch(target: BfdTarget, nowMs: number): void {
    const entry = this.#entries.get(target.neighbor) ?? this.#add(target, nowMs);
    const before = entry.target;
    if (before && before.local !== target.local) this.#orders.push({ kind: "close", neighbor: target.neighbor });
    if (!before) this.#orders.push({ kind: "disarm", key: { neighbor: target.neighbor, timer: "linger" } });
    entry.target = target;
    entry.local = target.local;
    if (!same(entry.session.settings, target.settings)) this.#tell(entry, { kind: "settings", settings: target.settings }, nowMs);
    if (before?.administrative !== target.administrative)
      this.#tell(entry, { kind: target.administrative === "up" ? "enable" : "disable" }, nowMs);
  }

  #add({ neighbor, local, settings }: BfdTarget, nowMs: number): Entry {
    const counters = { sent: 0, received: 0, discarded: noneDiscarded() };
    const entry: Entry = {
      neighbor,
      target: undefined,
      local,
      session: initialSession(this.#newDiscriminator(), settings),
      sinceMs: nowMs,
      counters,
    };
    this.#entries.set(neighbor, entry);
    this.#byDiscriminator.set(entry.session.localDiscriminator, entry);
    return entry;
  }

  /** Not without a word: a neighbor that hears nothing takes it for a failure (RFC 5880 §6.8.16). */
  #release(entry: Entry, nowMs: number): void {
    entry.target = undefined;
    this.#tell(entry, { kind: "disable" }, nowMs);
    const ms = entry.session.settings.multiplier * (transmitMs(entry.session) ?? 0);
    this.#orders.push({ kind: "arm", key: { neighbor: entry.neighbor, timer: "linger" }, ms, jitter: 0 });
  }

  #forget({ neighbor, session }: Entry): void {
    this.#entries.delete(neighbor);
    this.#byDiscriminator.delete(session.localDiscriminator);
    for (const timer of ["transmit", "detect", "linger"] as const)
      this.#orders.push({ kind: "disarm", key: { neighbor, timer } });
    this.#orders.push({ kind: "close", neighbor });
  }

  #tell(entry: Entry, event: BfdEvent, nowMs: number): void {
    const { session, actions } = step(entry.session, event, nowMs);
    if (session.state !== entry.session.state) entry.sinceMs = nowMs;
    entry.session = session;
    for (const action of actions) this.#orders.push(this.#orderOf(entry, action));
  }

  #orderOf(entry: Entry, action: BfdAction): BfdOrder {
    const { neighbor, local } = entry;
    switch (action.kind) {
      case "send":
        entry.counters.sent++;
        return { kind: "send", neighbor, local, bytes: encodeControl(action.packet) };
      case "arm":
        return { kind: "arm", key: { neighbor, timer: action.timer }, ms: action.ms, jitter: action.jitter };
      case "disarm":
        return { kind: "disarm", key: { neighbor, timer: action.timer } };
      case "up":
        return { kind: "up", neighbor };
      case "down":
        return { kind: "down", neighbor, because: action.because };
    }
  }

  /** Whoever has heard us names our discriminator; before that its address has to do. */
  #owner(source: IpAddress, { yourDiscriminator }: ControlPacket): Entry | undefined {
    return yourDiscriminator === 0 ? this.#entries.get(source) : this.#byDiscriminator.get(yourDiscriminator);
  }

  #discard(source: IpAddress, reason: RefusalReason): readonly BfdOrder[] {
    const discarded = this.#entries.get(source)?.counters.discarded;
    if (discarded) discarded[reason]++;
    else this.unknownPackets++;
    return [];
  }

  #newDiscriminator(): number {
    for (;;) {
      const drawn = this.#draw() >>> 0;
      if (drawn !== 0 && !this.#byDiscriminator.has(drawn)) return drawn;
    }
  }

  #take(): readonly BfdOrder[] {
    const orders = this.#orders;
    this.#orders = [];
    return orders;
  }
}

function viewOf({ session, sinceMs, counters }: Entry): BfdView {
  return {
    session,
    sinceMs,
    transmitMs: transmitMs(session),
    detectionMs: detectionMs(session),
    counters: { ...counters, discarded: { ...counters.discarded } },
  };
}

function noneDiscarded(): Record<RefusalReason, number> {
  return Object.fromEntries(REFUSALS.map((reason) => [reason, 0])) as Record<RefusalReason, number>;
}

function same(a: BfdSettings, b: BfdSettings): boolean {
  return a.intervalMs === b.intervalMs && a.multiplier === b.multiplier;
}
