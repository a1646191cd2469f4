/**
 * Roles and OTC with whole speakers (RFC 9234 §5). `us`, AS 65000, has one neighbour of every kind:
 *
 *         provider 65001          rs 65002        above
 *                   \             /
 *     inside ────────── us ────────── lateral 65003, lateral2 65006
 *                   /             \
 *         customer 65004      rsClient 65005      below
 */

import { beforeEach, describe, expect, it } from "vitest";
import { Network, type TestSpeaker } from "../support/network.ts";

const US = "10.0.0.1";
const ACCEPT = { importPolicy: "accept-all", exportPolicy: "accept-all" };

/** Each neighbour, our role towards it, and its role towards us. */
const NEIGHBOURS = {
  provider: { number: 1, ours: "customer", theirs: "provider" },
  rs: { number: 2, ours: "route-server-client", theirs: "route-server" },
  lateral: { number: 3, ours: "peer", theirs: "peer" },
  lateral2: { number: 6, ours: "peer", theirs: "peer" },
  customer: { number: 4, ours: "provider", theirs: "customer" },
  rsClient: { number: 5, ours: "route-server", theirs: "route-server-client" },
} as const;

type Name = keyof typeof NEIGHBOURS;
const NAMES = Object.keys(NEIGHBOURS) as Name[];
const BELOW: readonly Name[] = ["customer", "rsClient"];

function asnOf(name: Name): number {
  return 65000 + NEIGHBOURS[name].number;
}

function networkOf(name: Name): string {
  return `10.${NEIGHBOURS[name].number}.0.0/16`;
}

function neighbour(name: Name): object {
  const { number, theirs } = NEIGHBOURS[name];
  return { router: { asn: asnOf(name), id: `10.0.1.${number}` }, networks: [networkOf(name)], peers: [{ name: "us", address: US, asn: 65000, ...ACCEPT, role: { local: theirs } }] };
}

let network: Network;
let us: TestSpeaker;
let inside: TestSpeaker;
let neighbours: { readonly [N in Name]: TestSpeaker };

beforeEach(() => {
  network = new Network();
  us = network.add(US, {
    router: { asn: 65000, id: US },
    networks: ["10.100.0.0/16"],
    peers: [
      { name: "inside", address: "10.0.0.2", asn: 65000, role: { local: "peer" } },
      ...NAMES.map((name) => ({ name, address: `10.0.1.${NEIGHBOURS[name].number}`, asn: asnOf(name), ...ACCEPT, role: { local: NEIGHBOURS[name].ours } })),
    ],
  });
  inside = network.add("10.0.0.2", { router: { asn: 65000, id: "10.0.0.2" }, peers: [{ name: "us", address: US, asn: 65000 }] });
  neighbours = Object.fromEntries(NAMES.map((name) => [name, network.add(`10.0.1.${NEIGHBOURS[name].number}`, neighbour(name))])) as typeof neighbours;
  network.run(30_000);
});

function pathsAt(speaker: TestSpeaker, prefix: string) {
  return speaker.speaker.view().routes({}).filter((route) => route.prefix === prefix);
}

describe("a route without OTC [5.7-otc]", () => {
  it.each([
    ["provider", 65001],
    ["rs", 65002],
    ["lateral", 65003],
    ["customer", undefined], // his own mark is not ours to make
    ["rsClient", undefined],
  ] as const)("from %s comes in with %s", (name, otc) => {
    expect(pathsAt(inside, networkOf(name))[0]?.attributes.otc).toBe(otc);
  });

  it("that is ours is told with our AS downwards and sideways, and without upwards", () => {
    const heard = Object.fromEntries(NAMES.map((name) => [name, us.speaker.view().toldTo(name as never, {}).find(({ prefix }) => prefix === "10.100.0.0/16")?.attributes.otc]));
    expect(heard).toEqual({ provider: undefined, rs: undefined, lateral: 65000, lateral2: 65000, customer: 65000, rsClient: 65000 });
  });
});

describe("a route that came from above or beside [5.7-otc]", () => {
  it.each(["provider", "rs", "lateral"] as const)("goes down only: %s", (teller) => {
    const hearers = NAMES.filter((name) => name !== teller && pathsAt(neighbours[name], networkOf(teller)).length > 0);
    expect(hearers).toEqual(BELOW);
  });

  it("keeps the AS that marked it first", () => {
    const [told] = us.speaker.view().toldTo("customer" as never, {}).filter(({ prefix }) => prefix === networkOf("provider"));
    expect(told?.attributes.otc).toBe(65001);
  });
});

describe("a route that came from below", () => {
  it.each(BELOW)("goes everywhere: %s", (teller) => {
    const hearers = NAMES.filter((name) => name !== teller && pathsAt(neighbours[name], networkOf(teller)).length > 0);
    expect(hearers).toEqual(NAMES.filter((name) => name !== teller));
  });
});

describe("a leak [5.7-otc]", () => {
  /** The neighbour forgets its role and passes on what it heard from somebody else. */
  function leak(name: Name, otc: number): void {
    const { number } = NEIGHBOURS[name];
    const source = network.add(`10.0.2.${number}`, {
      router: { asn: otc, id: `10.0.2.${number}` },
      networks: ["10.200.0.0/16"],
      peers: [{ name: "leaker", address: `10.0.1.${number}`, asn: asnOf(name), ...ACCEPT, role: { local: "provider" } }],
    });
    const { theirs } = NEIGHBOURS[name];
    neighbours[name].configure({
      router: { asn: asnOf(name), id: `10.0.1.${number}` },
      peers: [
        { name: "source", address: source.address, asn: otc, ...ACCEPT },
        { name: "us", address: US, asn: 65000, ...ACCEPT, role: theirs === "peer" || theirs === "customer" || theirs === "route-server-client" ? undefined : { local: theirs } },
      ],
    });
    network.run(60_000);
  }

  it.each(["customer", "rsClient", "lateral"] as const)("from %s is kept, shown as such, and used by nobody", (name) => {
    leak(name, 64999);
    const [path] = pathsAt(us, "10.200.0.0/16");
    expect(path).toMatchObject({ best: false, rejectedBy: "route-leak", attributes: { otc: 64999 } });
    expect(pathsAt(inside, "10.200.0.0/16")).toEqual([]);
  });

  it("is none when it comes from above", () => {
    leak("provider", 64999);
    expect(pathsAt(us, "10.200.0.0/16")[0]).toMatchObject({ best: true, attributes: { otc: 64999 } });
  });
});
