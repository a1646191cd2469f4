/**
 * What `why` says against what the peers really hold: one speaker with neighbours of every kind, any history, and sockets that take
 * as much or as little as chance has it.
 */

import fc from "fast-check";
import { expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { COMMUNITY } from "../../src/bgp/wire/code-points.ts";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { listNlri } from "../../src/bgp/wire/nlri.ts";
import { attributeRow } from "../../src/control/answers/route.ts";
import type { WhyPeer } from "../../src/control/why/answer.ts";
import type { PeerName } from "../../src/speaker/config/config.ts";
import type { ScriptedPeer } from "../support/scripted-peer.ts";
import { AS, WhyStage, sequence } from "../support/why-stage.ts";

const OURS = "10.9.0.0/16";
const PREFIXES = ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", OURS] as const;
const OUTSIDE = { importPolicy: "accept-all", exportPolicy: "accept-all" };

const PEERS = {
  client: { reflectorClient: true },
  choosy: { reflectorClient: true, exportPolicy: "choosy" },
  plain: {},
  other: {},
  tor: { asn: 65001, ...OUTSIDE },
  silent: { asn: 65002, importPolicy: "accept-all" },
  every: { reflectorClient: true, addPath: "send" },
  two: { reflectorClient: true, addPath: "send", addPathSend: 2 },
} as const;
type Name = keyof typeof PEERS;
const NAMES = Object.keys(PEERS) as Name[];
const SEVERAL: readonly Name[] = ["every", "two"];

const MORE = {
  networks: [OURS],
  prefixLists: { first: [{ prefix: PREFIXES[0] }] },
  policies: { choosy: { rules: [{ name: "not-the-first", when: [{ prefixList: "first" }], then: "reject" }, { name: "rest", then: "accept" }] } },
};

const MARKS = [[], [COMMUNITY.noExport], [COMMUNITY.noAdvertise], [COMMUNITY.llgrStale], [1]] as const;

type Move =
  | { readonly kind: "tell"; readonly who: Name; readonly prefix: number; readonly localPref: number; readonly mark: number; readonly through: number }
  | { readonly kind: "withdraw"; readonly who: Name; readonly prefix: number }
  | { readonly kind: "join" | "leave" | "ask-again" | "drink"; readonly who: Name }
  | { readonly kind: "sip"; readonly who: Name; readonly bytes: number };

const who = fc.constantFrom(...NAMES);
const prefix = fc.nat(PREFIXES.length - 2);
const anyMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("tell" as const), who, prefix, localPref: fc.constantFrom(100, 100, 200), mark: fc.nat(MARKS.length + 3), through: fc.constantFrom(65001, 65002, 65003) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("withdraw" as const), who, prefix }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("join" as const, "leave" as const, "ask-again" as const), who }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("drink" as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sip" as const), who, bytes: fc.constantFrom(1, 60, 120) }) },
);

/** A peer, and what it holds by the bytes it took. */
class Listener {
  readonly #stage: WhyStage;
  readonly #peer: ScriptedPeer;
  readonly #asn: number;
  readonly holds = new Map<string, PathAttributes>();

  constructor(stage: WhyStage, name: Name) {
    this.#stage = stage;
    const several = SEVERAL.includes(name);
    const config = PEERS[name];
    this.#asn = "asn" in config ? config.asn : AS;
    this.#peer = stage.join(name, {
      asn: this.#asn,
      window: "shut",
      capabilities: several ? [{ kind: "add-path", entries: [{ ...FAMILIES.ipv4, mode: "receive" }] }] : [],
      context: several ? { addPathReceive: new Set(["ipv4"]) } : {},
    });
  }

  tell({ prefix, localPref, mark, through }: Extract<Move, { kind: "tell" }>): void {
    const isInside = this.#asn === AS;
    const asPath = isInside ? sequence(through) : sequence(this.#asn, through);
    this.#stage.tell(this.#peer, { asPath, communities: MARKS[mark] ?? [], ...(isInside && { localPref }), nextHop: { address: "10.0.0.99" as IpAddress } }, { prefix: PREFIXES[prefix] ?? "" });
  }

  withdraw(prefix: number): void {
    this.#stage.withdraw(this.#peer, PREFIXES[prefix]);
  }

  askAgain(): void {
    this.#peer.say({ kind: "route-refresh", family: FAMILIES.ipv4, subtype: "request" });
  }

  leave(): void {
    this.#peer.vanish();
  }

  /** Takes about that much of what waits for it. */
  take(bytes: number): "some" | "none" {
    const { pieces, left } = this.#stage.us.speaker.transmit(this.#peer.link, bytes);
    for (const piece of pieces) this.#peer.hear(piece);
    for (const { withdrawn, announced } of this.#peer.take("update")) {
      for (const block of withdrawn) for (const { prefix, pathId } of listNlri(block)) this.holds.delete(`${prefix} ${pathId}`);
      for (const { nlri, attributes } of announced) for (const { prefix, pathId } of listNlri(nlri)) this.holds.set(`${prefix} ${pathId}`, attributes);
    }
    return left;
  }

}

it("says of every peer what it holds, what waits for it and what it was not told, whatever came before", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(anyMove, { minLength: 30, maxLength: 60, size: "max" }), (moves) => {
      const play = new Play();
      let turn = 0;
      for (const move of moves) {
        play.make(move);
        for (const token of play.check(PREFIXES[turn++ % PREFIXES.length])) seen.set(token, (seen.get(token) ?? 0) + 1);
      }
      play.drinkAll();
      for (const token of PREFIXES.flatMap((asked) => play.check(asked))) seen.set(token, (seen.get(token) ?? 0) + 1);
      expect(play.waiting()).toEqual([]);
    }),
    { numRuns: 16, endOnFailure: true },
  );
  for (const token of ["told", "queued", "initial-table", "split-horizon", "reflection", "export-policy", "no-export-policy", "no-export", "no-advertise", "long-lived-stale", "as-in-path", "not-selected", "no-session", "withdrawal-queued"]) {
    expect(seen.get(token) ?? 0, token).toBeGreaterThan(2);
  }
});

class Play {
  readonly #stage = new WhyStage(PEERS, MORE);
  readonly #listeners = new Map<Name, Listener>();

  constructor() {
    for (const name of NAMES) this.#join(name);
  }

  make(move: Move): void {
    const listener = this.#listeners.get(move.who);
    if (move.kind === "join") this.#join(move.who);
    if (!listener) return;
    if (move.kind === "tell") listener.tell(move);
    if (move.kind === "withdraw") listener.withdraw(move.prefix);
    if (move.kind === "ask-again") listener.askAgain();
    if (move.kind === "sip") listener.take(move.bytes);
    if (move.kind === "drink") while (listener.take(65536) === "some");
    if (move.kind === "leave") {
      listener.leave();
      this.#listeners.delete(move.who);
    }
  }

  drinkAll(): void {
    for (const listener of this.#listeners.values()) while (listener.take(65536) === "some");
  }

  /** Holds the answers against the peers; returns every reason that was given. */
  check(asked: string = PREFIXES[0]): readonly string[] {
    return NAMES.flatMap((name) => this.#checkOne(asked, name));
  }

  /** Whatever is said to wait. */
  waiting(): readonly object[] {
    return PREFIXES.flatMap((asked) => this.#stage.why({ prefix: asked }).told.filter(({ outcome, note }) => outcome === "queued" || note !== null));
  }

  #checkOne(asked: string, name: Name): readonly string[] {
    const { told } = this.#stage.why({ prefix: asked, peer: name }).peer as WhyPeer;
    const isTold = told.filter(({ outcome }) => outcome !== "not-told");
    const wanted = this.#stage.us.speaker.view().toldTo(name as string as PeerName, { prefix: asked as never });
    expect(isTold.map(({ pathId, as }) => [pathId ?? 0, as]).sort()).toEqual(wanted.map(({ pathId, attributes }) => [pathId, attributeRow(attributes)]).sort());
    const holds = this.#listeners.get(name)?.holds ?? new Map<string, PathAttributes>();
    for (const { outcome, pathId, as } of told) {
      const held = holds.get(`${asked} ${pathId ?? 0}`);
      if (outcome === "told") expect(held && attributeRow(held)).toEqual(as);
    }
    const waits = told.some(({ outcome, note }) => outcome === "queued" || note !== null);
    const held = [...holds.keys()].filter((key) => key.startsWith(`${asked} `));
    if (!waits && told.length > 0) expect(held.sort()).toEqual(isTold.map(({ pathId }) => `${asked} ${pathId ?? 0}`).sort());
    return told.flatMap(({ reason, note }) => [reason, ...(note === null ? [] : [note])]);
  }

  #join(name: Name): void {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Listener(this.#stage, name));
  }
}
