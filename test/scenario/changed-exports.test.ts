/**
 * What peers are to hear is another thing after a reload, and their sessions stay: whatever happens before the table is walked
 * to its end, every one of them holds in the end what the last configuration says.
 *
 *   a, b: clients   n: none   x: external   s, t: hear several paths        each with a socket that takes as much as chance has it
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { ALL_REACHABLE } from "../../src/bgp/rib/next-hop.ts";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import type { Capability } from "../../src/bgp/wire/message-types.ts";
import { listNlri, nlriOf } from "../../src/bgp/wire/nlri.ts";
import { attributeRow } from "../../src/control/answers/route.ts";
import type { PeerName } from "../../src/speaker/config/config.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { sequence } from "../support/why-stage.ts";
import { AGREED, ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const US = "10.0.0.1";
const SHORT_TURN = { decided: 2, walked: 1 };
const PREFIXES = ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16", "10.5.0.0/16", "10.6.0.0/16"] as const;

const PEERS = {
  a: { asn: AS, reflectorClient: true },
  b: { asn: AS, reflectorClient: true },
  n: { asn: AS },
  x: { asn: 65001, importPolicy: "accept-all", exportPolicy: "accept-all" },
  s: { asn: AS, reflectorClient: true, addPath: "send" },
  t: { asn: AS, reflectorClient: true, addPath: "send", addPathSend: 2 },
} as const;
type Name = keyof typeof PEERS;
const NAMES = Object.keys(PEERS) as Name[];

/** What a reload may make of a peer without ending its session. */
const EXPORTS = [{}, { exportPolicy: "no-first" }, { exportPolicy: "no-heavy" }, { exportPolicy: "marks" }, { exportPolicy: "reject-all" }, { nextHop: "self" }, { drain: true }, { addPathSend: 1 }] as const;

const POLICIES = {
  prefixLists: { first: PREFIXES.slice(0, 3).map((prefix) => ({ prefix })) },
  policies: {
    "no-first": { rules: [{ when: [{ prefixList: "first" }], then: "reject" }], otherwise: "accept" },
    "no-heavy": { rules: [{ when: [{ community: ["64512:1"] }], then: "reject" }], otherwise: "accept" },
    marks: { rules: [{ set: [{ addCommunities: ["64512:9"] }], then: "accept" }] },
  },
};

type Exports = Partial<Record<Name, number>>;

function document(exports: Exports): object {
  const peers = NAMES.map((name) => {
    const options = EXPORTS[exports[name] ?? 0] ?? {};
    const { addPathSend, ...rest } = "addPathSend" in options ? options : { ...options, addPathSend: undefined };
    const isSeveral = "addPath" in PEERS[name];
    return { name, address: addressOf(name), passive: true, gracefulRestart: { enabled: false }, ...PEERS[name], ...rest, ...(isSeveral && addPathSend !== undefined && { addPathSend }) };
  });
  return { router: { asn: AS, id: US }, peers, ...POLICIES };
}

function addressOf(name: Name): string {
  return `10.0.0.${NAMES.indexOf(name) + 2}`;
}

/** A peer, and what it holds by what it took. */
class Listener {
  readonly holds = new Map<string, object>();
  readonly #us: TestSpeaker;
  readonly #name: Name;
  readonly #peer: ScriptedPeer;

  constructor(us: TestSpeaker, name: Name) {
    this.#us = us;
    this.#name = name;
    const { asn } = PEERS[name];
    const isSeveral = "addPath" in PEERS[name];
    this.#peer = new ScriptedPeer(us, addressOf(name));
    this.#peer.window = "shut";
    const capabilities: Capability[] = [{ kind: "multiprotocol", family: FAMILIES.ipv4 }, { kind: "four-octet-as", asn }, { kind: "route-refresh" }];
    if (isSeveral) capabilities.push({ kind: "add-path", entries: [{ ...FAMILIES.ipv4, mode: "receive" }] });
    this.#peer.establish(asn, 0x0a000002 + NAMES.indexOf(name), capabilities, { ...AGREED, internal: asn === AS, ...(isSeveral && { addPathReceive: new Set(["ipv4"]) }) });
  }

  tell(prefix: number, localPref: number, heavy: boolean): void {
    const isInside = PEERS[this.#name].asn === AS;
    const attributes = { origin: "igp", asPath: isInside ? [] : sequence(PEERS[this.#name].asn), nextHop: { address: "10.0.0.99" as IpAddress }, ...(isInside && { localPref }), communities: heavy ? [0xfc000001] : [] } as const;
    this.#peer.say({ kind: "update", withdrawn: [], announced: [{ nlri: blockOf(prefix), attributes }], faults: [] });
  }

  withdraw(prefix: number): void {
    this.#peer.say({ kind: "update", withdrawn: [blockOf(prefix)], announced: [], faults: [] });
  }

  askAgain(): void {
    this.#peer.say({ kind: "route-refresh", family: FAMILIES.ipv4, subtype: "request" });
  }

  leave(): void {
    this.#peer.vanish();
  }

  take(bytes: number): "some" | "none" {
    const { pieces, left } = this.#us.speaker.transmit(this.#peer.link, bytes);
    for (const piece of pieces) this.#peer.hear(piece);
    for (const { withdrawn, announced } of this.#peer.take("update")) {
      for (const block of withdrawn) for (const { prefix, pathId } of listNlri(block)) this.holds.delete(`${prefix} ${pathId}`);
      for (const { nlri, attributes } of announced) for (const { prefix, pathId } of listNlri(nlri)) this.holds.set(`${prefix} ${pathId}`, attributeRow(attributes));
    }
    return left;
  }
}

function blockOf(prefix: number): ReturnType<typeof nlriOf> {
  return nlriOf("ipv4", false, [{ prefix: (PREFIXES[prefix] ?? "") as Prefix, pathId: 0 }]);
}

type Step =
  | { readonly kind: "tell"; readonly who: Name; readonly prefix: number; readonly localPref: number; readonly heavy: boolean }
  | { readonly kind: "withdraw"; readonly who: Name; readonly prefix: number }
  | { readonly kind: "join" | "leave" | "ask-again" | "drink"; readonly who: Name }
  | { readonly kind: "sip"; readonly who: Name; readonly bytes: number }
  | { readonly kind: "reload"; readonly exports: Exports }
  | { readonly kind: "turn" };

const who = fc.constantFrom(...NAMES);
const prefix = fc.nat(PREFIXES.length - 1);
const reload = fc.array(fc.tuple(who, fc.nat(EXPORTS.length - 1)), { minLength: 1, maxLength: 6 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("tell" as const), who, prefix, localPref: fc.constantFrom(100, 200, 300), heavy: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("withdraw" as const), who, prefix }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("join" as const, "leave" as const, "ask-again" as const), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("drink" as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sip" as const), who, bytes: fc.constantFrom(1, 60, 120) }) },
  { weight: 3, arbitrary: reload.map((changes) => ({ kind: "reload" as const, exports: Object.fromEntries(changes) })) },
  { weight: 3, arbitrary: fc.constant({ kind: "turn" as const }) },
);

class Play {
  readonly us: TestSpeaker;
  readonly #listeners = new Map<Name, Listener>();
  #exports: Exports = {};

  constructor() {
    this.us = new Network().add(US, document({}), ALL_REACHABLE, { turn: SHORT_TURN, packets: "not-ours" });
    for (const name of NAMES) this.#join(name);
    this.us.nextTurn = "later";
  }

  make(step: Step): void {
    if (step.kind === "turn") return this.us.flush();
    if (step.kind === "reload") return this.us.configure(document((this.#exports = { ...this.#exports, ...step.exports })));
    if (step.kind === "join") this.#join(step.who);
    const listener = this.#listeners.get(step.who);
    if (!listener) return;
    if (step.kind === "tell") listener.tell(step.prefix, step.localPref, step.heavy);
    if (step.kind === "withdraw") listener.withdraw(step.prefix);
    if (step.kind === "ask-again") listener.askAgain();
    if (step.kind === "sip") listener.take(step.bytes);
    if (step.kind === "drink") while (listener.take(65536) === "some");
    if (step.kind === "leave") {
      listener.leave();
      this.#listeners.delete(step.who);
    }
  }

  settle(): void {
    do this.us.flush();
    while (this.us.unfinished);
    for (const listener of this.#listeners.values()) while (listener.take(65536) === "some");
  }

  /** What every peer holds, and what it is to hold. */
  holdings(): readonly (readonly [string, object, object])[] {
    return [...this.#listeners].map(([name, { holds }]) => {
      const routes = PREFIXES.flatMap((asked) => this.us.speaker.view().toldTo(name as string as PeerName, { prefix: asked as never }).map(({ pathId, attributes }) => [`${asked} ${pathId ?? 0}`, attributeRow(attributes)] as const));
      return [name, Object.fromEntries([...holds].sort(byKey)), Object.fromEntries(routes.sort(byKey))];
    });
  }

  #join(name: Name): void {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Listener(this.us, name));
  }
}

function byKey(a: readonly [string, object], b: readonly [string, object]): number {
  return a[0] < b[0] ? -1 : 1;
}

describe("peers that are to hear something else after a reload", () => {
  it("hold in the end what the last configuration says, whatever came in between", () => {
    const reached = { withinAMove: 0, reloadWithinAMove: 0 };
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 40, maxLength: 80, size: "max" }), (steps) => {
        const play = new Play();
        let moving = false;
        for (const step of steps) {
          if (moving && (step.kind === "tell" || step.kind === "withdraw")) reached.withinAMove++;
          if (moving && step.kind === "reload") reached.reloadWithinAMove++;
          if (step.kind === "reload") moving = true;
          play.make(step);
          if (!play.us.unfinished) moving = false;
        }
        play.settle();
        for (const [name, holds, wanted] of play.holdings()) expect([name, holds]).toEqual([name, wanted]);
      }),
      { numRuns: 200 },
    );
    for (const [what, times] of Object.entries(reached)) expect([what, times > 100]).toEqual([what, true]);
  });
});
