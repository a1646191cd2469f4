/**
 * What BIRD calls "Route change stats", against what really went over the wire, in random plays.
 *
 *   client a ──┐
 *   client b ──┼── us (reflector) ── n, no client: it hears the clients' routes, and nothing of another such peer
 *              └── x, no client either; its import policy refuses 10.7.0.0/16
 */

import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import type { Capability, Message, Update } from "../../src/bgp/wire/message-types.ts";
import { listNlri, nlriOf } from "../../src/bgp/wire/nlri.ts";
import type { PeerName } from "../../src/speaker/config/config.ts";
import type { RouteChanges } from "../../src/speaker/peers/route-changes.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const US = "10.0.0.1";
const NAMES = ["a", "b", "n", "x"] as const;
type Name = (typeof NAMES)[number];
const CAPABILITIES: readonly Capability[] = [{ kind: "multiprotocol", family: FAMILIES.ipv4 }, { kind: "four-octet-as", asn: AS }, { kind: "route-refresh" }];
const PREFIXES = ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.7.0.0/16"] as const;
const OUR_CLUSTER = 0x0a000001;

const CONFIG = {
  router: { asn: AS, id: US },
  networks: ["192.0.2.0/24"],
  prefixLists: { seven: [{ prefix: "10.7.0.0/16" }] },
  policies: { "no-seven": { rules: [{ when: [{ prefixList: "seven" }], then: "reject" }], otherwise: "accept" } },
  peers: NAMES.map((name, at) => ({
    name,
    address: addressOf(at),
    asn: AS,
    passive: true,
    reflectorClient: name === "a" || name === "b",
    ...(name === "x" && { importPolicy: "no-seven" }),
    ...(name === "b" && { exportPolicy: "no-seven" }),
  })),
};

function addressOf(at: number): string {
  return `10.0.0.${at + 2}`;
}

/** A peer and what it has heard: nothing that it heard is forgotten. */
class Listener {
  readonly peer: ScriptedPeer;
  told = 0;
  takenBack = 0;

  constructor(us: TestSpeaker, name: Name) {
    const at = NAMES.indexOf(name);
    this.peer = new ScriptedPeer(us, addressOf(at));
    this.peer.establish(AS, 0x0a000002 + at, CAPABILITIES);
    this.count();
  }

  count(): void {
    for (const update of this.peer.take("update")) {
      this.told += update.announced.reduce((sum, { nlri }) => sum + listNlri(nlri).length, 0);
      this.takenBack += update.withdrawn.reduce((sum, block) => sum + listNlri(block).length, 0);
    }
  }
}

let us: TestSpeaker;
let listeners: Map<Name, Listener>;

/** With the first of them in; the others come later, or never. */
function raise(): void {
  us = new Network().add(US, CONFIG);
  listeners = new Map();
}

function join(name: Name): void {
  if (!listeners.has(name)) listeners.set(name, new Listener(us, name));
}

function say(name: Name, message: Message): void {
  listeners.get(name)?.peer.say(message);
  for (const listener of listeners.values()) listener.count();
}

function announce(prefixes: readonly string[], med: number, loops: "no" | "loops" = "no"): Update {
  const nlri = nlriOf("ipv4", false, prefixes.map((prefix) => ({ prefix: prefix as Prefix, pathId: 0 })));
  const clusterList = loops === "loops" ? { clusterList: [OUR_CLUSTER] } : {};
  return { kind: "update", withdrawn: [], announced: [{ nlri, attributes: { origin: "igp", asPath: [], localPref: 100, med, nextHop: { address: "10.0.0.99" as IpAddress }, ...clusterList } }], faults: [] };
}

function withdraw(prefixes: readonly string[]): Update {
  return { kind: "update", withdrawn: [nlriOf("ipv4", false, prefixes.map((prefix) => ({ prefix: prefix as Prefix, pathId: 0 })))], announced: [], faults: [] };
}

function changes(name: Name): RouteChanges {
  return us.speaker.view().routeChanges(name as string as PeerName, "ipv4") as RouteChanges;
}

describe("paths that a peer tells", () => {
  beforeEach(() => {
    raise();
    join("x");
  });

  it("are counted by their fate: new, told again as they were, refused by policy, refused as a loop", () => {
    say("x", announce(["10.1.0.0/16", "10.2.0.0/16"], 1));
    say("x", announce(["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"], 1));
    say("x", announce(["10.1.0.0/16"], 2));
    say("x", announce(["10.7.0.0/16", "10.3.0.0/16"], 1));
    say("x", announce(["10.1.0.0/16"], 3, "loops"));
    expect(changes("x").importUpdates).toEqual({ received: 9, rejected: 1, filtered: 1, ignored: 3, accepted: 4 });
  });

  it("and takes back are counted, those that nobody had told too", () => {
    say("x", announce(["10.1.0.0/16"], 1));
    say("x", withdraw(["10.1.0.0/16", "10.2.0.0/16"]));
    expect(changes("x").importWithdraws).toEqual({ received: 2, rejected: 0, filtered: 0, ignored: 1, accepted: 1 });
  });

  it("are counted on when the session went down and came back", () => {
    say("x", announce(["10.1.0.0/16"], 1));
    listeners.get("x")?.peer.vanish();
    listeners.delete("x");
    join("x");
    say("x", announce(["10.1.0.0/16"], 1));
    expect(changes("x").importUpdates).toMatchObject({ received: 2 });
  });
});

describe("paths that a peer is told", () => {
  it("are those it hears; its own, those that reflection keeps from it, and those its policy refuses are counted apart", () => {
    raise();
    for (const name of NAMES) join(name);
    say("n", announce(["10.1.0.0/16"], 1)); // not for x
    say("x", announce(["10.2.0.0/16"], 1)); // its own
    say("a", announce(["10.3.0.0/16", "10.7.0.0/16"], 1)); // 10.7 not for b
    say("a", withdraw(["10.3.0.0/16"]));
    expect(changes("x").exportUpdates).toEqual({ received: 5, rejected: 2, filtered: 0, accepted: 3 });
    expect(changes("b").exportUpdates).toEqual({ received: 5, rejected: 0, filtered: 1, accepted: 4 });
    expect(changes("b").exportWithdraws).toEqual({ received: 1, rejected: 0, filtered: 0, accepted: 1 });
  });
});

it("a table that is heard late, or again, counts route by route", () => {
  raise();
  join("a");
  say("a", announce(["10.1.0.0/16", "10.2.0.0/16"], 1));
  say("a", withdraw(["10.2.0.0/16"]));
  join("n");
  expect(changes("n").exportUpdates).toMatchObject({ received: 2, accepted: 2 }); // our own network, and 10.1
  say("a", announce(["10.3.0.0/16"], 1));
  say("n", { kind: "route-refresh", family: FAMILIES.ipv4, subtype: "request" });
  expect(changes("n").exportUpdates).toMatchObject({ received: 6, accepted: 6 });
  listeners.get("n")?.peer.vanish();
  say("a", announce(["10.2.0.0/16"], 1));
  expect(changes("n").exportUpdates).toMatchObject({ received: 6, accepted: 6 });
});

const aMove = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("tell" as const), who: fc.constantFrom(...NAMES), prefixes: fc.subarray([...PREFIXES], { minLength: 1 }), med: fc.integer({ min: 1, max: 3 }), loops: fc.constantFrom("no", "no", "no", "loops" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("withdraw" as const), who: fc.constantFrom(...NAMES), prefixes: fc.subarray([...PREFIXES], { minLength: 1 }) }) },
);

it("every announcement and withdrawal that a peer hears is counted, and every path that it tells has one fate", () => {
  let heard = 0;
  fc.assert(
    fc.property(fc.subarray([...NAMES], { minLength: 1 }), fc.array(aMove, { size: "max", maxLength: 50 }), (present, moves) => {
      raise();
      for (const name of present) join(name);
      const told = new Map(NAMES.map((name) => [name, { updates: 0, withdraws: 0 }]));
      for (const move of moves) {
        if (!listeners.has(move.who)) continue;
        const count = told.get(move.who) ?? { updates: 0, withdraws: 0 };
        if (move.kind === "tell") {
          count.updates += move.prefixes.length;
          say(move.who, announce(move.prefixes, move.med * 10 + NAMES.indexOf(move.who), move.loops));
        } else {
          count.withdraws += move.prefixes.length;
          say(move.who, withdraw(move.prefixes));
        }
      }
      for (const [name, listener] of listeners) {
        const { importUpdates, importWithdraws, exportUpdates, exportWithdraws } = changes(name);
        expect({ name, told: exportUpdates.accepted, takenBack: exportWithdraws.accepted }).toEqual({ name, told: listener.told, takenBack: listener.takenBack });
        expect([importUpdates.received, importWithdraws.received]).toEqual([told.get(name)?.updates, told.get(name)?.withdraws]);
        for (const { received, rejected, filtered, ignored, accepted } of [importUpdates, importWithdraws]) {
          expect(Math.min(rejected, filtered, ignored, accepted)).toBeGreaterThanOrEqual(0);
          expect(rejected + filtered + ignored + accepted).toBe(received);
        }
        expect(exportUpdates.received).toBeGreaterThanOrEqual(exportUpdates.accepted + exportUpdates.filtered);
        heard += listener.told + listener.takenBack;
      }
    }),
    { numRuns: 150 },
  );
  expect(heard).toBeGreaterThan(2000);
});
