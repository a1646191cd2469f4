/**
 * What the journal says of best paths, with a whole speaker on a virtual clock:
 *
 *      x 10.0.0.2 ──┐
 *                   us 10.0.0.1        one AS; x and y say what the test tells them
 *      y 10.0.0.3 ──┘
 */

import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { NextHopView } from "../../src/bgp/rib/next-hop.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import type { Capability, RouteRefresh } from "../../src/bgp/wire/message-types.ts";
import { nlriOf } from "../../src/bgp/wire/nlri.ts";
import { CAUSE_NAMES, type Cause, type PathDigest, type RouteChange } from "../../src/history/change.ts";
import type { RouteOrigin } from "../../src/speaker/view.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const US = "10.0.0.1";
const ADDRESSES = { x: "10.0.0.2", y: "10.0.0.3" } as const;
type Name = keyof typeof ADDRESSES;
const PREFIX = "192.0.2.0/24" as Prefix;
const RESTART_SEC = 60;

let network: Network;
let us: TestSpeaker;
let peers: Record<Name, ScriptedPeer>;
let unreachable: Set<IpAddress>;
let capabilities: readonly Capability[];

function configuration(given: { readonly peer?: object; readonly rest?: object } = {}): object {
  const common = { asn: AS, passive: true, holdTimeSec: 0, gracefulRestart: { staleTimeSec: 30, longLivedSec: { ipv4: 1000 } }, ...given.peer };
  return { router: { asn: AS, id: US }, peers: Object.entries(ADDRESSES).map(([name, address]) => ({ name, address, ...common })), ...given.rest };
}

function offering(longLivedSec: number, restarting = false): readonly Capability[] {
  return [
    { kind: "multiprotocol", family: FAMILIES.ipv4 },
    { kind: "four-octet-as", asn: AS },
    { kind: "route-refresh" },
    { kind: "enhanced-route-refresh" },
    { kind: "graceful-restart", restarting, notification: false, restartTimeSec: RESTART_SEC, entries: [{ ...FAMILIES.ipv4, forwarding: true }] },
    ...(longLivedSec > 0 ? [{ kind: "long-lived-graceful-restart", entries: [{ ...FAMILIES.ipv4, forwarding: true, staleTimeSec: longLivedSec }] } as const] : []),
  ];
}

function call(name: Name): void {
  peers[name] = new ScriptedPeer(us, ADDRESSES[name]);
  peers[name].establish(AS, 0x0a000002 + Object.keys(ADDRESSES).indexOf(name), capabilities);
}

function begin(longLivedSec = 0): void {
  network = new Network();
  unreachable = new Set();
  capabilities = offering(longLivedSec);
  const nextHops: NextHopView = { metric: (address) => (unreachable.has(address) ? undefined : 10) };
  us = network.add(US, configuration(), nextHops);
  network.run(60_000); // initial convergence is over
  peers = {} as Record<Name, ScriptedPeer>;
  for (const name of ["x", "y"] as const) call(name);
  network.run(1_000);
}

function tell(name: Name, attributes: PathAttributes = {}, prefix = PREFIX): void {
  const announced = [{ nlri: nlriOf("ipv4", false, [{ prefix, pathId: 0 }]), attributes: { origin: "igp", asPath: [], localPref: 100, nextHop: { address: ADDRESSES[name] as IpAddress }, ...attributes } as const }];
  peers[name].say({ kind: "update", withdrawn: [], announced, faults: [] });
  network.run(1_000);
}

function takeBack(name: Name, prefix = PREFIX): void {
  peers[name].say({ kind: "update", withdrawn: [nlriOf("ipv4", false, [{ prefix, pathId: 0 }])], announced: [], faults: [] });
  network.run(1_000);
}

function endOfRib(name: Name): void {
  peers[name].say({ kind: "update", withdrawn: [], announced: [], faults: [], endOfRib: "ipv4" });
  network.run(1_000);
}

function mark(name: Name, subtype: RouteRefresh["subtype"]): void {
  peers[name].say({ kind: "route-refresh", family: FAMILIES.ipv4, subtype });
  network.run(1_000);
}

function reach(address: string, reachable: "yes" | "no"): void {
  if (reachable === "yes") unreachable.delete(address as IpAddress);
  else unreachable.add(address as IpAddress);
  us.absorb({ kind: "next-hops-changed" });
  network.run(1_000);
}

function journal(node: TestSpeaker = us): readonly RouteChange<RouteOrigin>[] {
  const reader = node.speaker.history?.read("oldest");
  const changes: RouteChange<RouteOrigin>[] = [];
  while (reader?.next()) changes.push(reader.toObject());
  return changes;
}

/** "x > y: better-path (local-pref)" of every change. */
function story(): readonly string[] {
  const name = (origin: RouteOrigin | undefined): string => (origin ? (origin.kind === "peer" ? origin.peer : origin.kind) : "none");
  return journal().map(({ before, after, cause, decidedBy }) => `${name(before)} > ${name(after)}: ${cause}${decidedBy === undefined ? "" : ` (${decidedBy})`}`);
}

interface Episode {
  readonly cause: Cause;
  readonly title: string;
  readonly longLivedSec?: number;
  readonly told: readonly string[];
  happens(): void;
}

const EPISODES: readonly Episode[] = [
  { cause: "announced", title: "the first path to a prefix", told: ["none > x: announced"], happens: () => tell("x") },
  {
    cause: "better-path",
    title: "a path that is preferred, with the rule",
    told: ["none > x: announced", "x > y: better-path (local-pref)"],
    happens: () => {
      tell("x");
      tell("y", { localPref: 200 });
    },
  },
  {
    cause: "updated",
    title: "a path told anew, whoever is best then",
    told: ["none > x: announced", "x > x: updated", "x > y: updated"],
    happens: () => {
      tell("x", { localPref: 300 });
      tell("x", { localPref: 200, med: 7 });
      tell("y", { localPref: 100 });
      tell("x", { localPref: 50 });
    },
  },
  {
    cause: "refused",
    title: "a path told anew that cannot be used so",
    told: ["none > x: announced", "x > none: refused"],
    happens: () => {
      tell("x");
      tell("x", { originatorId: 0x0a000001 });
    },
  },
  {
    cause: "withdrawn",
    title: "a path taken back, with or without another one",
    told: ["none > x: announced", "x > y: withdrawn", "y > none: withdrawn"],
    happens: () => {
      tell("x");
      tell("y");
      takeBack("x");
      takeBack("y");
    },
  },
  {
    cause: "session-down",
    title: "a session that ends with a NOTIFICATION",
    told: ["none > x: announced", "x > none: session-down"],
    happens: () => {
      tell("x");
      peers.x.say({ kind: "notification", notification: { code: 6, subcode: 2, data: new Uint8Array() } });
      network.run(1_000);
    },
  },
  {
    cause: "session-down",
    title: "a peer that leaves the configuration",
    told: ["none > x: announced", "x > none: session-down"],
    happens: () => {
      tell("x");
      us.configure({ ...configuration(), peers: [] });
    },
  },
  {
    cause: "kept-too-long",
    title: "a peer that went away and has not come back",
    told: ["none > x: announced", "x > none: kept-too-long"],
    happens: () => {
      tell("x");
      peers.x.vanish();
      network.run((RESTART_SEC + 2) * 1000);
    },
  },
  {
    cause: "not-told-again",
    title: "a peer that is back and tells less",
    told: ["none > x: announced", "x > none: not-told-again"],
    happens: () => {
      tell("x");
      peers.x.vanish();
      capabilities = offering(0, true);
      call("x");
      endOfRib("x");
    },
  },
  {
    cause: "not-told-again",
    title: "a refresh that ends without the path",
    told: ["none > x: announced", "x > none: not-told-again"],
    happens: () => {
      tell("x");
      endOfRib("x");
      mark("x", "begin");
      mark("x", "end");
    },
  },
  {
    cause: "stale",
    title: "a peer that has been away for long: its path is the last choice",
    longLivedSec: 500,
    told: ["none > x: announced", "x > x: stale", "x > none: kept-too-long"],
    happens: () => {
      tell("x");
      peers.x.vanish();
      network.run((RESTART_SEC + 502) * 1000);
    },
  },
  {
    cause: "policy",
    title: "another import policy, to and fro",
    told: ["none > x: announced", "x > none: policy", "none > x: policy"],
    happens: () => {
      tell("x");
      us.configure(configuration({ peer: { importPolicy: "none" }, rest: { policies: { none: { rules: [{ then: "reject" }] } } } }));
      network.run(1_000);
      us.configure(configuration());
    },
  },
  {
    cause: "next-hop-lost",
    title: "a next hop that cannot be reached any more",
    told: ["none > x: announced", "x > none: next-hop-lost"],
    happens: () => {
      tell("x");
      reach(ADDRESSES.x, "no");
    },
  },
  {
    cause: "next-hop-found",
    title: "a next hop that can be reached again",
    told: ["none > x: announced", "x > none: next-hop-lost", "none > x: next-hop-found"],
    happens: () => {
      tell("x");
      reach(ADDRESSES.x, "no");
      reach(ADDRESSES.x, "yes");
    },
  },
];

describe("the journal names the cause", () => {
  it.each(EPISODES)("$cause: $title", ({ longLivedSec, told, happens }) => {
    begin(longLivedSec);
    happens();
    expect(story()).toEqual(told);
  });

  it("of every kind there is", () => {
    expect([...new Set(EPISODES.map(({ cause }) => cause))].sort()).toEqual([...CAUSE_NAMES].sort());
  });
});

describe("a change in the journal", () => {
  beforeEach(() => begin());

  it("says what the new path has other than the old one, and what matters of it", () => {
    tell("x", { asPath: [{ kind: "sequence", asns: [65001, 65002] }], med: 5 });
    const nextHop = { address: "10.0.0.77" as IpAddress };
    tell("x", { asPath: [{ kind: "sequence", asns: [65001, 65002] }], med: 6, nextHop });
    tell("x", { asPath: [{ kind: "sequence", asns: [65001, 65002] }], med: 6, nextHop, communities: [1] });
    expect(journal().map(({ differs }) => differs)).toEqual([[], ["next-hop", "med"], ["attributes"]]);
    expect(journal().at(-1)).toMatchObject({
      prefix: PREFIX,
      change: "changed",
      before: { kind: "peer", peer: "x", address: ADDRESSES.x },
      after: { kind: "peer", peer: "x", address: ADDRESSES.x },
      path: { nextHop: "10.0.0.77", localPref: 100, med: 6, asPathLength: 2, neighbourAs: 65001, origin: "igp" },
    });
  });

  it("keeps the name of a peer that is gone, also when another one has its number", () => {
    tell("x");
    const without = { ...configuration(), peers: [] };
    us.configure(without);
    us.configure({ ...without, networks: ["10.9.0.0/16"] }); // decides once more, after which the number of x is free
    us.configure({ ...without, peers: ["10.0.0.9", "10.0.0.10"].map((address, at) => ({ name: "zv"[at], address, asn: AS, passive: true })) });
    network.run(1_000);
    const z = new ScriptedPeer(us, "10.0.0.9");
    z.establish(AS, 0x0a000009, capabilities);
    peers.x = z;
    tell("x", { localPref: 7 });
    const v = new ScriptedPeer(us, "10.0.0.10");
    v.establish(AS, 0x0a00000a, capabilities);
    peers.y = v;
    tell("y", { localPref: 9 });
    expect(story().filter((line) => !line.includes("network"))).toEqual(["none > x: announced", "x > none: session-down", "none > z: announced", "z > v: better-path (local-pref)"]);
  });

  it("names what this machine announces by its kind", () => {
    us.configure(configuration({ rest: { networks: ["10.9.0.0/16"], blocks: ["10.8.0.0/26"] } }));
    us.configure(configuration({ rest: { blocks: ["10.8.0.0/26"] } }));
    expect(story()).toEqual(["none > network: announced", "none > block: announced", "network > none: withdrawn"]);
  });

  it("of what was held back after a restart tells when it was chosen", () => {
    const late = network.add("10.0.0.50", { router: { asn: AS, id: "10.0.0.50" }, networks: ["10.5.0.0/16"], peers: [{ name: "nobody", address: "10.0.0.51", asn: AS, passive: true }] });
    late.absorb({ kind: "restarted", preserved: ["ipv4"] });
    network.run(5_000);
    late.configure({ router: { asn: AS, id: "10.0.0.50" }, networks: ["10.5.0.0/16", "10.6.0.0/16"], peers: [{ name: "nobody", address: "10.0.0.51", asn: AS, passive: true }] });
    network.run(60_000);
    expect(journal(late).map(({ prefix, cause }) => [prefix, cause])).toEqual([["10.5.0.0/16", "announced"], ["10.6.0.0/16", "announced"]]);
  });
});

/** One thing that a peer or the network does. */
type Move =
  | { readonly kind: "tell"; readonly peer: Name; readonly prefix: Prefix; readonly attributes: PathAttributes }
  | { readonly kind: "take-back"; readonly peer: Name; readonly prefix: Prefix }
  | { readonly kind: "vanish" | "call" | "end-of-rib"; readonly peer: Name }
  | { readonly kind: "reach"; readonly address: string; readonly reachable: "yes" | "no" }
  | { readonly kind: "policy"; readonly name: "none" | undefined }
  | { readonly kind: "wait"; readonly sec: number };

const peer = fc.constantFrom<Name>("x", "y");
const prefix = fc.constantFrom(...["192.0.2.0/24", "192.0.2.0/25", "198.51.100.0/24"].map((text) => text as Prefix));
const attributes = fc.record({
  localPref: fc.constantFrom(100, 200),
  med: fc.constantFrom(0, 5),
  asPath: fc.constantFrom<PathAttributes["asPath"]>([], [{ kind: "sequence", asns: [65001] }], [{ kind: "sequence", asns: [65002, 65003] }]),
  nextHop: fc.constantFrom(...Object.values(ADDRESSES)).map((address) => ({ address: address as IpAddress })),
}) as fc.Arbitrary<PathAttributes>;
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("tell" as const), peer, prefix, attributes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("take-back" as const), peer, prefix }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("vanish" as const, "call" as const, "end-of-rib" as const), peer }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("reach" as const), address: fc.constantFrom(...Object.values(ADDRESSES)), reachable: fc.constantFrom("yes" as const, "no" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("policy" as const), name: fc.constantFrom("none" as const, undefined) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), sec: fc.constantFrom(1, 40, 90) }) },
);

function play(step: Move): void {
  switch (step.kind) {
    case "tell":
      return isUp(step.peer) ? tell(step.peer, step.attributes, step.prefix) : undefined;
    case "take-back":
      return isUp(step.peer) ? takeBack(step.peer, step.prefix) : undefined;
    case "vanish":
      return isUp(step.peer) ? peers[step.peer].vanish() : undefined;
    case "call":
      return isUp(step.peer) ? undefined : call(step.peer);
    case "end-of-rib":
      return isUp(step.peer) ? endOfRib(step.peer) : undefined;
    case "reach":
      return reach(step.address, step.reachable);
    case "policy":
      return us.configure(configuration(step.name === undefined ? {} : { peer: { importPolicy: "none" }, rest: { policies: { none: { rules: [{ then: "reject" }] } } } }));
    case "wait":
      return network.run(step.sec * 1000);
  }
}

function isUp(name: Name): boolean {
  return us.peer(name).state === "Established";
}

/** Best paths now, as the journal describes one. */
function table(): ReadonlyMap<Prefix, object> {
  return new Map(
    us.best().map(({ prefix: key, origin, attributes: set }) => {
      const path = { nextHop: set.nextHop?.address, localPref: set.localPref ?? 100, med: set.med ?? 0, asPathLength: set.asPath?.[0]?.asns.length ?? 0, neighbourAs: set.asPath?.[0]?.asns[0], origin: set.origin };
      return [key, { after: origin, path }];
    }),
  );
}

function differences(a: PathDigest, b: PathDigest): readonly string[] {
  const isOther: readonly (readonly [name: string, differs: boolean])[] = [
    ["next-hop", a.nextHop !== b.nextHop],
    ["local-pref", a.localPref !== b.localPref],
    ["med", a.med !== b.med],
    ["as-path", a.asPathLength !== b.asPathLength || a.neighbourAs !== b.neighbourAs],
  ];
  return isOther.flatMap(([name, differs]) => (differs ? name : []));
}

describe("the journal of any play", () => {
  it("is the table: what it says, one change after the other, from what there was, is what there is; and time does not go back", () => {
    const causes = new Set<Cause>();
    fc.assert(
      fc.property(fc.array(move, { size: "max", maxLength: 60 }), fc.nat({ max: 30 }), (moves, early) => {
        begin(20);
        for (const step of moves.slice(0, early)) play(step);
        const replayed = new Map(table());
        const reader = us.speaker.history?.read("next");
        for (const step of moves.slice(early)) play(step);
        let lastMs = 0;
        while (reader?.next()) {
          const { atMs, prefix: key, change, cause, before, after, path, differs } = reader.toObject();
          causes.add(cause);
          expect(atMs).toBeGreaterThanOrEqual(lastMs);
          lastMs = atMs;
          expect((replayed.get(key) as { after: RouteOrigin } | undefined)?.after).toEqual(before);
          if (before && path) expect(differs.filter((name) => name !== "attributes")).toEqual(differences((replayed.get(key) as { path: PathDigest }).path, path));
          expect(change).toBe(before === undefined ? "appeared" : after === undefined ? "went" : "changed");
          if (change === "went") replayed.delete(key);
          else replayed.set(key, { after, path });
        }
        expect(replayed).toEqual(table());
      }),
      { numRuns: 150 },
    );
    expect(causes.size, `causes seen: ${[...causes].join(", ")}`).toBeGreaterThanOrEqual(9);
  });
});
