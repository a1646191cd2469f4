/**
 * What the kernel's side is told about single paths, from UPDATEs on: routes through one next hop share one entry, whatever else
 * they carry, and a next hop that is gone leaves nothing to the one that takes its number.
 */

import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../../src/ip/address.ts";
import type { Prefix } from "../../../src/ip/prefix.ts";
import { ALL_REACHABLE } from "../../../src/bgp/rib/next-hop.ts";
import { PrefixTable } from "../../../src/bgp/rib/prefix-table.ts";
import type { LinkId } from "../../../src/bgp/session/vocabulary.ts";
import { FAMILIES, INITIAL_CONTEXT } from "../../../src/bgp/wire/context.ts";
import { announceFrames, withdrawFrames } from "../../../src/bgp/wire/frames.ts";
import { encodeMessage } from "../../../src/bgp/wire/message.ts";
import { nlriOf } from "../../../src/bgp/wire/nlri.ts";
import { parseSpeakerConfig } from "../../../src/speaker/config/parse.ts";
import { metricOf } from "../../../src/speaker/forwarding/priority.ts";
import { Speaker } from "../../../src/speaker/speaker.ts";
import type { ForwardingChanges, ForwardingEntry } from "../../../src/speaker/vocabulary.ts";

const AS = 64512;
const LINK = 1 as LinkId;
const CONTEXT = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };
const CONFIG = { router: { asn: AS, id: "1.1.1.1" }, peers: [{ address: "10.0.0.2", asn: AS, passive: true }] };
const A = "10.1.0.0/26" as Prefix;
const B = "10.2.0.0/26" as Prefix;

/** A speaker and one internal peer of it. */
class Rig {
  #unfinished = false;
  readonly #prefixes = new PrefixTable();
  readonly #speaker = new Speaker(ALL_REACHABLE, { nowMs: 0, prefixes: this.#prefixes });

  constructor() {
    this.configure({});
    this.#speaker.absorb({ kind: "accepted", link: LINK, remote: { address: "10.0.0.2" as IpAddress, port: 40_000 }, local: { address: "10.0.0.1" as IpAddress, port: 179 } }, 0);
    const capabilities = [{ kind: "multiprotocol", family: FAMILIES.ipv4 }, { kind: "four-octet-as", asn: AS }] as const;
    this.#receive(encodeMessage({ kind: "open", version: 4, asn: AS, holdTimeSec: 90, routerId: 2, capabilities }, INITIAL_CONTEXT));
    this.#receive(encodeMessage({ kind: "keepalive" }, INITIAL_CONTEXT));
    this.turn();
  }

  configure(beside: object): void {
    this.#speaker.absorb({ kind: "configure", config: parseSpeakerConfig({ ...CONFIG, ...beside }) }, 0);
  }

  announce(prefix: Prefix, nextHop: string, med: number): void {
    this.announceAll([prefix], nextHop, med);
  }

  announceAll(prefixes: readonly Prefix[], nextHop: string, med: number): void {
    const nlri = nlriOf("ipv4", false, prefixes.map((prefix) => ({ prefix, pathId: 0 })));
    const frames = announceFrames({ nlri, attributes: { origin: "igp", asPath: [], localPref: 100, med, nextHop: { address: nextHop as IpAddress } } }, CONTEXT);
    for (const frame of frames) this.#receive(frame as Uint8Array);
  }

  /** Did the last turn leave something for the next? */
  isUnfinished(): boolean {
    return this.#unfinished;
  }

  withdraw(prefix: Prefix): void {
    for (const frame of withdrawFrames(nlriOf("ipv4", false, [{ prefix, pathId: 0 }]), CONTEXT)) this.#receive(frame);
  }

  /** What is to become of packets, as far as this turn changed it. */
  turn(): ReadonlyMap<Prefix, ForwardingEntry | undefined> {
    const told = new Map<Prefix, ForwardingEntry | undefined>();
    this.#unfinished = false;
    for (const action of this.#speaker.flush(0)) {
      if (action.kind === "unfinished") this.#unfinished = true;
      if (action.kind !== "forward") continue;
      for (const [prefix, entry] of pairsOf(action.changes, this.#prefixes)) told.set(prefix, entry);
    }
    return told;
  }

  #receive(bytes: Uint8Array): void {
    this.#speaker.absorb({ kind: "bytes", link: LINK, bytes }, 0);
  }
}

function pairsOf(changes: ForwardingChanges, prefixes: PrefixTable): readonly (readonly [Prefix, ForwardingEntry | undefined])[] {
  return Array.from({ length: changes.length }, (_, at) => [prefixes.prefix(changes.prefix(at)), changes.entry(at)]);
}

function via(address: string): ForwardingEntry {
  return { kind: "via", nextHops: [{ address: address as IpAddress }] };
}

describe("a setting that concerns every route", () => {
  const PREFIXES = Array.from({ length: 40_000 }, (_, n) => `10.${n >> 8}.${n & 255}.0/24` as Prefix);

  it("is followed over several turns where there are many, to the last route, with what changes meanwhile", () => {
    const rig = new Rig();
    rig.announceAll(PREFIXES, "10.0.0.7", 1);
    const before = new Map(rig.turn());
    while (rig.isUnfinished()) for (const [prefix, entry] of rig.turn()) before.set(prefix, entry);
    expect(before.size).toBe(PREFIXES.length);
    rig.configure({ router: { ...CONFIG.router, routePriority: {} } });
    const after = new Map(rig.turn());
    expect([after.size < PREFIXES.length, rig.isUnfinished()]).toEqual([true, true]);
    const late = PREFIXES[PREFIXES.length - 1] as Prefix;
    rig.announce(late, "10.0.0.8", 1);
    while (rig.isUnfinished()) for (const [prefix, entry] of rig.turn()) after.set(prefix, entry);
    expect(after.size).toBe(PREFIXES.length);
    for (const [prefix, entry] of after) {
      if (entry?.kind !== "via" || entry.metric !== metricOf(100) || entry.nextHops[0]?.address !== (prefix === late ? "10.0.0.8" : "10.0.0.7")) throw new Error(`${prefix}: ${JSON.stringify(entry)}`);
    }
    expect([...rig.turn()]).toEqual([]);
  });

  const PRIORITY = { router: { ...CONFIG.router, routePriority: {} } };
  const [FIRST, LAST] = [PREFIXES[0] as Prefix, PREFIXES[PREFIXES.length - 1] as Prefix];

  function told(): Rig {
    const rig = new Rig();
    rig.announceAll(PREFIXES, "10.0.0.7", 1);
    rig.turn();
    while (rig.isUnfinished()) rig.turn();
    return rig;
  }

  /** Another document before each of so many turns, as long as there is more to do. */
  function reloading(rig: Rig, turns: number, documentOf: (turn: number) => object): ReadonlyMap<Prefix, ForwardingEntry | undefined> {
    const after = new Map<Prefix, ForwardingEntry | undefined>();
    for (let turn = 0; turn < turns && (turn === 0 || rig.isUnfinished()); turn++) {
      rig.configure(documentOf(turn));
      for (const [prefix, entry] of rig.turn()) after.set(prefix, entry);
    }
    return after;
  }

  it("is followed to the last route although the configuration changes in every turn, in nothing that concerns the kernel", () => {
    const rig = told();
    const after = reloading(rig, 5, (turn) => ({ ...PRIORITY, networks: [`172.16.${turn}.0/24`] }));
    expect([PREFIXES.every((prefix) => after.has(prefix)), rig.isUnfinished()]).toEqual([true, false]);
  });

  it("is followed to the last route although it changes again in every turn, and the last change is to the first", () => {
    const rig = told();
    const leaving = (turn: number): object => ({ name: `${turn}`, when: [{ prefixList: "first" }], then: turn === 5 ? "leave" : "program" });
    const after = new Map(reloading(rig, 6, (turn) => ({ ...PRIORITY, prefixLists: { first: [{ prefix: FIRST }] }, forwarding: [leaving(turn)] })));
    expect(PREFIXES.filter((prefix) => !after.has(prefix))).toEqual([]);
    expect(after.get(LAST)).toMatchObject({ metric: metricOf(100) });
    expect(rig.isUnfinished()).toBe(true);
    while (rig.isUnfinished()) for (const [prefix, entry] of rig.turn()) after.set(prefix, entry);
    expect(after.get(FIRST)).toBeUndefined();
  });

  it("is followed where it came while another one was, by every route", () => {
    const rig = told();
    rig.configure(PRIORITY);
    const after = new Map(rig.turn());
    expect(rig.isUnfinished()).toBe(true);
    rig.configure({});
    do for (const [prefix, entry] of rig.turn()) after.set(prefix, entry);
    while (rig.isUnfinished());
    expect([...after.values()].filter((entry) => entry?.kind !== "via" || entry.metric !== undefined)).toEqual([]);
  });
});

it("a block of ours that comes with a reload swallows packets at once, although nothing is decided yet after a restart", () => {
  const prefixes = new PrefixTable();
  const speaker = new Speaker(ALL_REACHABLE, { nowMs: 0, prefixes });
  const configure = (beside: object): void => speaker.absorb({ kind: "configure", config: parseSpeakerConfig({ ...CONFIG, ...beside }) }, 0);
  const told = (): readonly object[] => speaker.flush(0).flatMap((action) => (action.kind === "forward" ? pairsOf(action.changes, prefixes) : []));
  configure({});
  speaker.absorb({ kind: "restarted", preserved: ["ipv4"] }, 0);
  expect([told(), speaker.view().router().deferral?.peers]).toEqual([[], 1]);
  configure({ blocks: [A] });
  expect(told()).toEqual([[A, { kind: "blackhole" }]]);
});

describe("the entries of single paths", () => {
  it("are one for all routes through a next hop, whatever else they carry", () => {
    const rig = new Rig();
    rig.announce(A, "10.0.0.7", 1);
    rig.announce(B, "10.0.0.7", 2);
    const told = rig.turn();
    expect(told.get(A)).toEqual(via("10.0.0.7"));
    expect(told.get(B)).toBe(told.get(A));
  });

  it("are not told again when only other attributes change", () => {
    const rig = new Rig();
    rig.announce(A, "10.0.0.7", 1);
    rig.turn();
    rig.announce(A, "10.0.0.7", 2);
    expect([...rig.turn()]).toEqual([]);
  });

  it("are not those of a next hop whose number another one has now", () => {
    const rig = new Rig();
    rig.announce(A, "10.0.0.7", 1);
    rig.turn();
    rig.withdraw(A);
    expect([...rig.turn()]).toEqual([[A, undefined]]);
    rig.turn();
    for (const [number, next] of ["10.0.0.8", "10.0.0.9", "10.0.0.10"].entries()) {
      rig.announce(B, next, number);
      expect([...rig.turn()]).toEqual([[B, via(next)]]);
    }
  });

  it("go through a gateway as soon as their next hop has one, and no longer than it has", () => {
    const rig = new Rig();
    rig.announce(A, "10.0.0.7", 1);
    expect(rig.turn().get(A)).toEqual(via("10.0.0.7"));
    rig.configure({ statics: [{ prefix: "10.0.0.7/32", via: "10.0.0.9" }] });
    expect(rig.turn().get(A)).toEqual(via("10.0.0.9"));
    rig.configure({});
    expect(rig.turn().get(A)).toEqual(via("10.0.0.7"));
  });
});
