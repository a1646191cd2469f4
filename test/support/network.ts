/**
 * Whole speakers on a virtual clock and in-memory links: what happens on a network, without a network.
 * Deterministic: events are taken in order, timers fire at their time, nothing waits.
 */

import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { ALL_REACHABLE, type NextHopView } from "../../src/bgp/rib/next-hop.ts";
import { PrefixTable } from "../../src/bgp/rib/prefix-table.ts";
import type { LinkId } from "../../src/bgp/session/vocabulary.ts";
import { parseSpeakerConfig } from "../../src/speaker/config/parse.ts";
import type { PeerName } from "../../src/speaker/config/config.ts";
import { Speaker, type SpeakerOptions } from "../../src/speaker/speaker.ts";
import type { PeerView, RouteView } from "../../src/speaker/view.ts";
import type { Fact, ForwardingChanges, ForwardingEntry, LivenessTarget, RoutesDue, SpeakerAction, SpeakerEvent, TimerKey } from "../../src/speaker/vocabulary.ts";

const DIALLED_PORT = 179;
const CHUNK_BYTES = 65536;
const HISTORY = { maxBytes: 1024 * 1024, maxAgeMs: 600_000 };

interface Pipe {
  readonly ends: readonly [End, End];
  /** A cut pipe swallows bytes without a word, as a dead host does. */
  cut: boolean;
}

interface End {
  readonly node: TestSpeaker;
  readonly link: LinkId;
  open: boolean;
}

/** In what a speaker is not the usual one. */
export type Character = Pick<SpeakerOptions, "decision" | "packets" | "turn">;

export class Network {
  nowMs = 1_000;
  readonly #nodes = new Map<IpAddress, TestSpeaker>();
  readonly #pipes = new Map<LinkId, Pipe>();
  readonly #events: (() => void)[] = [];
  #links = 0;

  /** A speaker at `address` with that configuration document. */
  add(address: string, document: object, nextHops: NextHopView = ALL_REACHABLE, character: Character = {}): TestSpeaker {
    const node = new TestSpeaker(this, address as IpAddress, nextHops, character);
    this.#nodes.set(node.address, node);
    node.configure(document);
    return node;
  }

  /** The host is gone: it answers nothing and its links stay silent. */
  unplug(node: TestSpeaker): void {
    this.#nodes.delete(node.address);
    node.dead = true;
    for (const pipe of this.#pipes.values()) if (pipe.ends.some((end) => end.node === node)) pipe.cut = true;
  }

  /** The process is gone: its host closes every connection. */
  kill(node: TestSpeaker): void {
    this.#nodes.delete(node.address);
    node.dead = true;
    for (const pipe of this.#pipes.values()) for (const end of pipe.ends) if (end.node === node) this.close(end.link);
  }

  /** Lets `ms` pass; everything due happens in its order. */
  run(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      this.#settle();
      const next = Math.min(...[...this.#nodes.values()].map((node) => node.nextTimerMs()));
      if (next > untilMs) break;
      this.nowMs = Math.max(this.nowMs, next);
      for (const node of this.#nodes.values()) node.fireDue();
    }
    this.nowMs = untilMs;
  }

  soon(event: () => void): void {
    this.#events.push(event);
  }

  dial(from: TestSpeaker, peer: PeerName, to: IpAddress): void {
    this.#events.push(() => {
      if (!from.dialling.delete(peer)) return;
      const target = this.#nodes.get(to);
      if (!target) return from.absorb({ kind: "dial-failed", peer, reason: "nobody there" });
      const ends: [End, End] = [this.#end(from), this.#end(target)];
      const pipe = { ends, cut: false };
      for (const end of ends) this.#pipes.set(end.link, pipe);
      const near = { address: from.address, port: 40_000 + this.#links };
      const far = { address: to, port: DIALLED_PORT };
      from.absorb({ kind: "dialled", peer, link: ends[0].link, remote: far, local: near });
      target.absorb({ kind: "accepted", link: ends[1].link, remote: near, local: far });
    });
  }

  carry(from: LinkId, bytes: Uint8Array): void {
    const pipe = this.#pipes.get(from);
    const other = pipe?.ends.find((end) => end.link !== from);
    if (!pipe || pipe.cut || !other?.open) return;
    this.#events.push(() => other.open && !pipe.cut && other.node.absorb({ kind: "bytes", link: other.link, bytes: bytes.slice() }));
  }

  close(link: LinkId): void {
    const pipe = this.#pipes.get(link);
    if (!pipe) return;
    for (const end of pipe.ends) {
      this.#events.push(() => {
        if (!end.open || (pipe.cut && end.link !== link)) return;
        end.open = false;
        end.node.absorb({ kind: "closed", link: end.link });
      });
    }
  }

  #end(node: TestSpeaker): End {
    return { node, link: ++this.#links as LinkId, open: true };
  }

  #settle(): void {
    for (let i = 0; ; i++) {
      if (i > 1_000_000) throw new Error("the network does not come to rest");
      const event = this.#events.shift();
      if (!event) return;
      event();
    }
  }
}

/** The test's own end of a link. */
export interface Outlet {
  hungUp: boolean;
  /** "clings": it keeps its end open, so we do not hear that the connection is gone. */
  readonly whenHungUp?: "closes" | "clings";
  /** "shut": its socket takes nothing for the time being. */
  readonly window?: "open" | "shut";
  hear(bytes: Uint8Array): void;
}

/** One speaker, its timers, and what it told the outside. */
export class TestSpeaker {
  readonly address: IpAddress;
  readonly facts: Fact[] = [];
  readonly forwarding = new Map<Prefix, ForwardingEntry>();
  converged = false;
  /** What is forwarded when leftovers of an earlier life are told to go. */
  forwardedAtConvergence = 0;
  /** What the loop says about routes after each event. */
  routes: RoutesDue = "now";
  /** When there is the turn that an unfinished one asks for; "later": when the test says flush(). */
  nextTurn: "at-once" | "later" = "at-once";
  /** The last turn left something. */
  unfinished = false;
  /** Whom BFD is to watch. */
  watched: readonly LivenessTarget[] = [];
  dead = false;
  /** Dials that are neither answered nor called off. */
  readonly dialling = new Set<PeerName>();
  readonly #prefixes = new PrefixTable();
  readonly speaker: Speaker;
  readonly #network: Network;
  readonly #outlets = new Map<LinkId, Outlet>();
  readonly #timers = new Map<string, { readonly atMs: number; readonly event: SpeakerEvent }>();

  constructor(network: Network, address: IpAddress, nextHops: NextHopView, character: Character) {
    this.#network = network;
    this.address = address;
    this.speaker = new Speaker(nextHops, { nowMs: network.nowMs, history: HISTORY, prefixes: this.#prefixes, ...character });
  }

  /** A link of this speaker that ends in the test itself. */
  attach(link: LinkId, outlet: Outlet): void {
    this.#outlets.set(link, outlet);
  }

  configure(document: object): void {
    this.absorb({ kind: "configure", config: parseSpeakerConfig(document) });
  }

  absorb(event: SpeakerEvent): void {
    if (this.dead) return;
    this.speaker.absorb(event, this.#network.nowMs);
    this.flush();
  }

  flush(): void {
    const actions = this.speaker.flush(this.#network.nowMs, this.routes);
    this.unfinished = false;
    for (const action of actions) this.#perform(action);
    if (actions.some(({ kind }) => kind === "converged")) this.forwardedAtConvergence = this.forwarding.size;
  }

  peer(name: string): PeerView {
    const found = this.speaker.view().peers().find((peer) => peer.name === name);
    if (!found) throw new Error(`no peer ${name}`);
    return found;
  }

  best(): readonly RouteView[] {
    return this.speaker.view().routes({}).filter((route) => route.best);
  }

  /** Prefix -> next hop of every best route; "local" for our own. */
  table(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.best().map((route) => [route.prefix, route.origin.kind === "peer" ? (route.attributes.nextHop?.address ?? "none") : "local"]));
  }

  nextTimerMs(): number {
    return Math.min(Infinity, ...[...this.#timers.values()].map(({ atMs }) => atMs));
  }

  /** Every timer that is armed. */
  armed(): readonly TimerKey[] {
    return [...this.#timers.values()].flatMap(({ event }) => (event.kind === "timer" ? [event.key] : []));
  }

  fireDue(): void {
    const due = [...this.#timers].filter(([, { atMs }]) => atMs <= this.#network.nowMs).sort((a, b) => a[1].atMs - b[1].atMs);
    for (const [key, timer] of due) if (this.#timers.get(key) === timer && this.#timers.delete(key)) this.absorb(timer.event);
  }

  /** In time as long as the dial has not come through. */
  #callOff(peer: PeerName): void {
    if (this.dialling.delete(peer)) this.#network.soon(() => this.absorb({ kind: "dial-called-off", peer }));
  }

  #perform(action: SpeakerAction): void {
    switch (action.kind) {
      case "call-off":
        return this.#callOff(action.peer);
      case "dial":
        this.dialling.add(action.peer);
        return this.#network.dial(this, action.peer, action.remote.address);
      case "ready":
        return this.#drain(action.link);
      case "hang-up":
        this.#drain(action.link);
        return this.#hangUp(action.link);
      case "arm": {
        const atMs = this.#network.nowMs + action.ms * (1 - action.jitter / 2);
        this.#timers.set(JSON.stringify(action.key), { atMs, event: { kind: "timer", key: action.key } });
        return;
      }
      case "disarm":
        this.#timers.delete(JSON.stringify(action.key));
        return;
      case "forward":
        return this.#forward(action.changes);
      case "watch":
        this.watched = action.targets;
        return;
      case "converged":
        this.converged = true;
        return;
      case "tune":
        return;
      case "unfinished":
        this.unfinished = true;
        return this.nextTurn === "later" ? undefined : this.flush();
      case "report":
        this.facts.push(action.fact);
    }
  }

  #forward(changes: ForwardingChanges): void {
    for (let at = 0; at < changes.length; at++) {
      const prefix = this.#prefixes.prefix(changes.prefix(at));
      const entry = changes.entry(at);
      entry ? this.forwarding.set(prefix, entry) : this.forwarding.delete(prefix);
    }
  }

  #drain(link: LinkId): void {
    if (this.#outlets.get(link)?.window === "shut") return;
    for (let left = "some"; left === "some"; ) {
      const transmission = this.speaker.transmit(link, CHUNK_BYTES);
      const outlet = this.#outlets.get(link);
      for (const piece of transmission.pieces) outlet ? outlet.hear(piece) : this.#network.carry(link, piece);
      left = transmission.left;
    }
  }

  #hangUp(link: LinkId): void {
    const outlet = this.#outlets.get(link);
    if (!outlet) return this.#network.close(link);
    outlet.hungUp = true;
    if (outlet.whenHungUp !== "clings") this.absorb({ kind: "closed", link });
  }
}
