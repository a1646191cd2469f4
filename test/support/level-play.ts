/** Plays on the stage of level-stage.ts: what may happen, in any order, and what can be seen in the end. */

import fc from "fast-check";
import type { IpAddress } from "../../src/ip/address.ts";
import { Actor, AS, CAST, MARKS, NAMES, NEXT_HOPS, type Name, PREFIXES, type Telling, US } from "./level-stage.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { PeerName } from "../../src/speaker/config/config.ts";
import type { KernelRoute, PeerOrder } from "../../src/speaker/vocabulary.ts";
import { Network, type TestSpeaker } from "./network.ts";

export const SHORT_TURN = { decided: 2, walked: 1, joined: 1 };
const LONG_MS = 3 * 3600_000; // beyond every restart and stale time

/** What a reload may make of a peer. */
const WAYS_IN = [{}, { importPolicy: "no-first" }, { importPolicy: "weighs" }, { importPolicy: "reject-all" }, { allowOwnAs: 1 }, { gracefulShutdown: "honour" }, { drain: true }] as const;
const WAYS_OUT = [{}, { exportPolicy: "no-first" }, { exportPolicy: "edited" }, { exportPolicy: "no-heavy" }, { exportPolicy: "no-eth" }, { exportPolicy: "reject-all" }, { nextHop: "self" }, { nextHop: "unchanged" }, { addPathSend: 1 }] as const;
const KINDS = [{}, { reflectorClient: "other" }, { absent: true }, { shutdown: "away" }, { gracefulRestart: { enabled: false } }, { holdTimeSec: 0, hops: 2 }, { role: { local: "provider" } }, { role: { local: "customer" } }, { role: { local: "peer" } }] as const;
const ROUTERS = [{}, { clusterId: "9.9.9.9" }, { id: "10.0.0.200" }, { drain: true }, { ipv4: "10.0.0.50" }] as const;

/** What the kernel has from others. */
const KERNEL: readonly KernelRoute[] = [
  { prefix: PREFIXES[2] as Prefix, kind: "kernel", interface: "eth0", gateway: "10.0.0.98" as IpAddress, metric: 5 },
  { prefix: "10.88.0.0/16" as Prefix, kind: "direct", interface: "eth1", gateway: undefined, metric: 0 },
  { prefix: "10.89.0.0/16" as Prefix, kind: "kernel", interface: "eth1", gateway: undefined, metric: 7 },
];

interface Peering {
  readonly wayIn: number;
  readonly wayOut: number;
  readonly kind: number;
}

interface Wanted {
  readonly peerings: { readonly [N in Name]: Peering };
  readonly router: number;
  readonly edit: number;
  readonly networks: readonly string[];
}

const ORDINARY: Peering = { wayIn: 0, wayOut: 0, kind: 0 };
export const AT_FIRST: Wanted = { peerings: Object.fromEntries(NAMES.map((name) => [name, ORDINARY])) as Wanted["peerings"], router: 0, edit: 0, networks: [] };

function document({ peerings, router, edit, networks }: Wanted): object {
  const drawn = NAMES.flatMap((name) => peerOf(name, peerings[name]));
  return {
    router: { asn: AS, id: US, ipv6: "fd00::1", multipath: 2, ...ROUTERS[router] },
    networks,
    peers: drawn.filter(({ address }) => address !== CAST.r.address),
    ranges: drawn.filter(({ address }) => address === CAST.r.address).map(({ name, address: _, passive: __, ...member }) => ({ name, prefix: "10.0.9.0/24", ...member })),
    prefixLists: { first: [{ prefix: "10.0.0.0/8", ge: 8, le: 16 }] },
    policies: {
      "no-first": { rules: [{ when: [{ prefixList: "first" }], then: "reject" }], otherwise: "accept" },
      "no-heavy": { rules: [{ when: [{ community: ["64512:1"] }], then: "reject" }], otherwise: "accept" },
      "no-eth": { rules: [{ when: [{ interface: ["eth1"] }], then: "reject" }], otherwise: "accept" },
      weighs: { rules: [{ when: [{ community: ["64512:1"] }], set: [{ localPref: 400 }, { removeCommunities: ["65535:6"] }], then: "accept" }], otherwise: "accept" },
      edited: { rules: [edit === 0 ? { set: [{ addCommunities: ["64512:9"] }], then: "accept" } : { when: [{ prefixList: "first" }], set: [{ med: 77 }, { prepend: { asn: AS, times: 2 } }, { replaceCommunities: [] }], then: "accept" }], otherwise: "accept" },
    },
  };
}

interface PeerDocument {
  readonly name: string;
  readonly address: string;
  readonly passive: boolean;
  readonly [option: string]: unknown;
}

function peerOf(name: Name, { wayIn, wayOut, kind }: Peering): readonly PeerDocument[] {
  const { address, asn, families } = CAST[name];
  const isInside = asn === AS;
  const { reflectorClient, absent, role, shutdown, hops, ...rest } = { reflectorClient: undefined, absent: undefined, role: undefined, shutdown: undefined, hops: undefined, ...KINDS[kind] };
  const isSeveral = "takesPaths" in CAST[name];
  const { addPathSend, ...out } = { addPathSend: undefined, ...WAYS_OUT[wayOut] };
  const { gracefulRestart } = { gracefulRestart: { longLivedSec: { ipv4: 600, ipv6: 600 } }, ...rest };
  if (absent) return [];
  return [{
    name,
    address,
    passive: name !== "a" && name !== "x",
    asn,
    families,
    holdTimeSec: 0,
    ...(isInside ? { reflectorClient: (name !== "n") === (reflectorClient === undefined) } : { importPolicy: "accept-all", exportPolicy: "accept-all", enforceFirstAs: false }),
    ...(isSeveral && { addPath: "both", addPathSend: addPathSend ?? (name === "t" ? 2 : "all") }),
    gracefulRestart,
    extendedNextHop: true,
    ...(role && !isInside && { role }),
    ...(shutdown !== undefined && name !== "r" && { shutdown }),
    ...(hops !== undefined && { ttlSecurity: { hops } }),
    ...WAYS_IN[wayIn],
    ...out,
  }];
}

/** Next hops that nobody can reach, and those that are far. */
type Ways = { readonly [address: string]: number | undefined };

export type Step =
  | ({ readonly kind: "tell"; readonly who: Name } & Telling)
  | { readonly kind: "take-back"; readonly who: Name; readonly prefix: number; readonly path: number }
  | { readonly kind: "join"; readonly who: Name; readonly life: number }
  | { readonly kind: "leave" | "vanish" | "finish" | "ask-again" | "begin-round" | "end-round" | "drink"; readonly who: Name }
  | { readonly kind: "sip"; readonly who: Name; readonly bytes: number }
  | { readonly kind: "reload"; readonly wanted: Partial<Wanted>; readonly peerings: Partial<Wanted["peerings"]> }
  | { readonly kind: "ways"; readonly ways: Ways }
  | { readonly kind: "kernel"; readonly routes: readonly KernelRoute[] }
  | { readonly kind: "order"; readonly who: Name; readonly order: PeerOrder }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "turn" };

const who = fc.constantFrom(...NAMES);
const prefix = fc.nat(PREFIXES.length - 1);
const path = fc.nat(1);
const telling = fc.record({
  prefix, path, nextHop: fc.nat(2), localPref: fc.constantFrom(100, 200, 300),
  through: fc.constantFrom([], [], [65010], [65010, 65011], [65001], [65002], [AS], [70_000]),
  mark: fc.oneof(fc.constant(0), fc.nat(MARKS.length - 1)), isOdd: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});
const peering: fc.Arbitrary<Peering> = fc.record({
  wayIn: fc.oneof(fc.constant(0), fc.nat(WAYS_IN.length - 1)), wayOut: fc.oneof(fc.constant(0), fc.nat(WAYS_OUT.length - 1)),
  kind: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(KINDS.length - 1) }),
});
const wanted: fc.Arbitrary<Partial<Wanted>> = fc.record({ router: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(ROUTERS.length - 1) }), edit: fc.nat(1), networks: fc.subarray([PREFIXES[0] as string, "10.77.0.0/16", PREFIXES[5] as string]) }, { requiredKeys: [] });
const ways = fc.array(fc.tuple(fc.constantFrom<string>(...NEXT_HOPS.ipv4, ...NEXT_HOPS.ipv6), fc.constantFrom(undefined, 0, 5)), { maxLength: 3 }).map((list) => Object.fromEntries(list) as Ways);
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(who, telling).map(([name, what]) => ({ kind: "tell" as const, who: name, ...what })) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("take-back" as const), who, prefix, path }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("join" as const), who, life: fc.constantFrom(0, 0, 0, 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), who }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("vanish" as const), who }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom("finish" as const, "ask-again" as const, "begin-round" as const, "end-round" as const), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("drink" as const), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("sip" as const), who, bytes: fc.constantFrom(1, 60, 120) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("reload" as const), wanted, peerings: fc.dictionary(who, peering, { maxKeys: 3 }) }) as fc.Arbitrary<Step> },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("ways" as const), ways }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("kernel" as const), routes: fc.subarray([...KERNEL]) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("order" as const), who, order: fc.constantFrom<PeerOrder>({ kind: "reset" }, { kind: "refresh", direction: "in" }, { kind: "refresh", direction: "out" }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1_000, 70_000, 130_000) }) },
  { weight: 4, arbitrary: fc.constant({ kind: "turn" as const }) },
);

/** Who went away and left routes that are kept. */
interface Absentee {
  readonly actor: Actor;
  readonly sinceMs: number;
}

export class Play {
  readonly us: TestSpeaker;
  readonly network = new Network();
  readonly actors = new Map<Name, Actor>();
  readonly absent = new Map<Name, Absentee>();
  /** What is kept of somebody depends on more than is written down here. */
  isMurky = false;
  kernel: readonly KernelRoute[] = [];
  wanted: Wanted;
  ways: Ways;

  /** "restart": packets have been forwarded since an earlier life (RFC 4724 §4.1). */
  constructor(setting: Wanted, knownWays: Ways, turn: object, begin: "anew" | "restart" = "anew") {
    this.wanted = setting;
    this.ways = knownWays;
    const nextHops = { metric: (address: IpAddress) => (address in this.ways ? this.ways[address] : 1) };
    this.us = this.network.add(US, document(setting), nextHops, turn);
    if (begin === "restart") this.us.absorb({ kind: "restarted", preserved: ["ipv4"] });
  }

  join(name: Name, life: number): void {
    if (this.actors.has(name)) return;
    const actor = new Actor(this.us, name, life);
    if (actor.isGone) return actor.vanish();
    this.actors.set(name, actor);
    actor.isBack = this.absent.delete(name);
  }

  make(step: Step): void {
    this.#partFromTheGone();
    switch (step.kind) {
      case "turn":
        return this.us.flush();
      case "wait":
        for (const actor of this.actors.values()) actor.endRound();
        return this.network.run(step.ms);
      case "kernel":
        this.kernel = step.routes;
        return this.us.absorb({ kind: "kernel-routes", routes: this.kernel });
      case "order": {
        const peer = step.who === "r" ? "r_10_0_9_1" : step.who;
        if (step.who === "r" && step.order.kind === "reset") this.absent.delete("r"); // sent away with its routes
        return this.us.absorb({ kind: "administer", peer: peer as string as PeerName, order: step.order });
      }
      case "reload":
        for (const name of this.absent.keys()) if (!isSameNeighbour(name, this.wanted.peerings[name], { ...this.wanted.peerings, ...step.peerings }[name])) this.absent.delete(name);
        this.wanted = { ...this.wanted, ...step.wanted, peerings: { ...this.wanted.peerings, ...step.peerings } };
        return this.us.configure(document(this.wanted));
      case "ways":
        this.ways = { ...this.ways, ...step.ways };
        return this.us.absorb({ kind: "next-hops-changed" });
      case "join":
        return this.join(step.who, step.life);
    }
    const actor = this.actors.get(step.who);
    if (actor) this.#act(actor, step);
  }

  /** Whoever is there has told everything; of the others something is kept, or after a long time nothing. */
  settle(absent: "kept" | "forgotten"): void {
    this.#partFromTheGone();
    for (const actor of this.actors.values()) {
      actor.finishTelling();
      actor.endRound();
    }
    this.us.nextTurn = "at-once";
    this.us.flush();
    if (absent === "forgotten") this.network.run(LONG_MS);
    for (const actor of this.actors.values()) actor.takeAll();
  }

  /** Everything that can be seen of it from outside. */
  get outcome(): object {
    return {
      holds: Object.fromEntries(NAMES.map((name) => [name, this.actors.get(name)?.holds()])),
      forwards: Object.fromEntries([...this.us.forwarding].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  /** We hung up on them. */
  #partFromTheGone(): void {
    for (const [name, actor] of [...this.actors]) {
      if (!actor.isGone) continue;
      this.actors.delete(name);
      actor.vanish();
    }
  }

  vanish(actor: Actor): void {
    this.actors.delete(actor.name);
    actor.vanish();
    if (!actor.character.restartSec || "gracefulRestart" in (KINDS[this.wanted.peerings[actor.name].kind] as object)) return;
    this.absent.set(actor.name, { actor, sinceMs: this.network.nowMs });
    if (actor.isBack && !actor.hasToldAll) this.isMurky = true;
  }

  /** Somebody tells what not everybody can be told. */
  get hasOdd(): boolean {
    return [...this.actors.values(), ...[...this.absent.values()].map(({ actor }) => actor)].some(({ told }) => [...told.values()].some(({ isOdd }) => isOdd));
  }

  #act(actor: Actor, step: Exclude<Step, { kind: "turn" | "wait" | "reload" | "ways" | "join" | "kernel" | "order" }>): void {
    switch (step.kind) {
      case "tell":
        return actor.tell(step);
      case "take-back":
        return actor.takeBack(step.prefix, step.path);
      case "finish":
        return actor.finishTelling();
      case "ask-again":
        return actor.askAgain();
      case "begin-round":
        return actor.beginRound();
      case "end-round":
        return actor.endRound();
      case "drink":
        return actor.takeAll();
      case "sip":
        return void actor.take(step.bytes);
      case "leave":
        actor.leave();
        return void this.actors.delete(actor.name);
      case "vanish":
        return this.vanish(actor);
    }
  }
}

/** Whether routes that are kept of a peer are those of the peer that it is now. */
function isSameNeighbour(name: Name, before: Peering, after: Peering): boolean {
  const [was, is] = [before, after].map(({ kind }) => KINDS[kind] as object) as [object, object];
  const isOther = CAST[name].asn === AS && "reflectorClient" in was !== "reflectorClient" in is;
  return !isOther && !("absent" in is) && (!("shutdown" in is) || name === "r") && !("gracefulRestart" in is);
}

/** The same peers tell the same to a speaker that has just begun; who went away goes away after the same time. */
export function anew(played: Play, absent: "kept" | "forgotten"): Play {
  const play = new Play(played.wanted, played.ways, {});
  play.us.absorb({ kind: "kernel-routes", routes: played.kernel });
  const absentees = absent === "kept" ? [...played.absent.values()].sort((a, b) => a.sinceMs - b.sinceMs) : [];
  for (const [at, { actor, sinceMs }] of absentees.entries()) {
    const next = absentees[at + 1]?.sinceMs ?? played.network.nowMs;
    const double = repeat(play, actor);
    if (!double) continue;
    double.finishTelling();
    play.vanish(double);
    play.network.run(next - sinceMs);
  }
  for (const actor of played.actors.values()) repeat(play, actor);
  play.settle(absent);
  return play;
}

function repeat(play: Play, { name, routerId, told }: Actor): Actor | undefined {
  play.join(name, (routerId - 0x0a000002) >> 8);
  const double = play.actors.get(name);
  for (const each of told.values()) double?.tell(each);
  return double;
}

export function advertised(us: TestSpeaker, { character }: Actor): number {
  const view = us.speaker.view().peers().find(({ config }) => config.address === character.address);
  return (view?.families ?? []).reduce((sum, family) => sum + family.advertised, 0);
}
