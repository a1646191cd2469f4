/**
 * The speaker under attack, between healthy ones, and what must hold whatever the others do to it.
 *
 *    healthy (client) ──── us ──── outside (another AS)
 *                        /    \
 *           hostile peers      thorough (client; hears every path of a prefix, RFC 7911)
 */

import { attributeKey } from "../../src/bgp/wire/attribute.ts";
import type { PeerName } from "../../src/speaker/config/config.ts";
import type { RouteView } from "../../src/speaker/view.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { hex } from "./figures.ts";
import { OUR_AS, PASSWORD, PROFILES } from "./profiles.ts";

const US = "10.0.0.1";
const BOTH = { families: ["ipv4", "ipv6"] };
const ACCEPT_ALL = { importPolicy: "accept-all", exportPolicy: "accept-all" };

/** A healthy peer: what it announces, and what both ends say about their session. */
interface Friend {
  readonly name: string;
  readonly address: string;
  readonly asn: number;
  readonly networks: readonly string[];
  readonly here: object;
  readonly there: object;
}

const FRIENDS: readonly Friend[] = [
  { name: "healthy", address: "10.0.0.2", asn: OUR_AS, networks: ["203.0.113.0/25", "203.0.113.128/25", "fd77:1::/64"], here: { reflectorClient: true }, there: {} },
  { name: "outside", address: "10.0.0.3", asn: 65003, networks: ["198.51.100.0/24", "fd77:2::/64"], here: ACCEPT_ALL, there: ACCEPT_ALL },
  { name: "thorough", address: "10.0.0.4", asn: OUR_AS, networks: ["192.0.2.128/25"], here: { reflectorClient: true, addPath: "send" }, there: { addPath: "receive" } },
];

const OUR_NETWORKS = ["10.10.0.0/24", "fd10::/64"];
/** Hostile peers announce these too; who says it better wins, and a healthy peer may take its own word back for it. */
const CONTESTED = ["10.1.0.0/16", "fd31::/64"];

const SETTLING_MS = 5_000_000; // longer than any rest, than a hold time, and than routes are kept for who spoiled his restart time to the longest there is

/** What a speaker holds, as long as only the healthy ones are there. */
interface Holdings {
  readonly paths: number;
  readonly attributeSets: number;
  readonly linkTimers: number;
  readonly pendingConnections: number;
}

export class Stage {
  readonly network = new Network();
  readonly us: TestSpeaker;
  readonly #friends: ReadonlyMap<string, TestSpeaker>;
  readonly #holdings: ReadonlyMap<TestSpeaker, Holdings>;
  readonly #friendly: ReadonlyMap<string, string>;

  constructor() {
    const { network } = this;
    this.us = network.add(US, {
      router: { asn: OUR_AS, id: US, ipv6: "fd00::1" },
      networks: OUR_NETWORKS,
      peers: [
        ...FRIENDS.map(({ name, address, asn, here }) => ({ name, address, asn, ...BOTH, ...here })),
        ...hostile("peers"),
      ],
      ranges: hostile("ranges"),
    });
    this.#friends = new Map(FRIENDS.map((friend) => [friend.name, network.add(friend.address, friendly(friend))]));
    network.run(30_000);
    this.#holdings = new Map([this.us, ...this.#friends.values()].map((node) => [node, holdingsOf(node)]));
    this.#friendly = this.#friendlyRoutes();
    this.check();
  }

  /** No healthy session suffered, every healthy route is there, and who listens to us knows what we think it knows. */
  check(): void {
    for (const name of this.#friends.keys()) {
      const { state, counters } = this.us.peer(name);
      if (state !== "Established" || counters.flaps > 0) throw new Error(`the session with ${name} was lost`);
    }
    for (const node of this.#friends.values()) {
      const complaint = node.facts.find(({ kind }) => kind === "attribute-fault" || kind === "peer-down");
      if (complaint) throw new Error(`${node.address} complains: ${JSON.stringify(complaint)}`);
    }
    if (JSON.stringify(this.us.facts).includes(PASSWORD)) throw new Error("a password came out");
    same(this.#friendlyRoutes(), this.#friendly, "routes of the healthy peers");
    for (const [name, node] of this.#friends) same(heard(node), told(this.us, name), `what ${name} was told`);
  }

  /**
   * All hostile connections are gone: nothing of theirs is left, here or with those who listened. A journal may still
   * hold a prefix for readers who have it behind them, so prefixes are counted when nobody listens any more.
   */
  checkNothingLeft(): void {
    this.network.run(SETTLING_MS);
    this.check();
    this.#checkHoldings();
    for (const { name, peers } of this.us.speaker.view().ranges()) if (peers > 0) throw new Error(`${peers} callers are left in ${name}`);
    for (const node of this.#friends.values()) node.absorb({ kind: "shutdown", until: "further-notice", text: "" });
    this.network.run(0);
    for (let turns = 0; turns < 2; turns++) this.us.absorb({ kind: "next-hops-changed" });
    const { prefixes, paths } = this.us.speaker.view().router();
    if (prefixes !== OUR_NETWORKS.length || paths !== OUR_NETWORKS.length) throw new Error(`${prefixes} prefixes and ${paths} paths are left of ${OUR_NETWORKS.length}`);
  }

  #checkHoldings(): void {
    for (const [node, before] of this.#holdings) {
      const after = holdingsOf(node);
      if (JSON.stringify(after) !== JSON.stringify(before)) throw new Error(`${node.address} holds ${JSON.stringify(after)} instead of ${JSON.stringify(before)}`);
    }
  }

  #friendlyRoutes(): ReadonlyMap<string, string> {
    const routesOf = (name: string): readonly RouteView[] => this.us.speaker.view().routes({ from: name as PeerName });
    return new Map(FRIENDS.flatMap(({ name }) => [...keyed(routesOf(name).filter(({ prefix }) => !CONTESTED.includes(prefix)), name)]));
  }
}

function hostile(list: "peers" | "ranges"): readonly object[] {
  return PROFILES.flatMap(({ config }) => (config.list === list ? [config.entry] : []));
}

function friendly({ address, asn, networks, there }: Friend): object {
  const ipv6 = address.replace(/^.*\./, "fd00::");
  return { router: { asn, id: address, ipv6 }, networks: [...networks, ...CONTESTED], peers: [{ name: "us", address: US, asn: OUR_AS, ...BOTH, ...there }] };
}

/** Two turns: numbers that nobody holds any more are given back one decision later. */
function holdingsOf(node: TestSpeaker): Holdings {
  for (let turns = 0; turns < 2; turns++) node.absorb({ kind: "next-hops-changed" });
  const { paths, attributeSets, pendingConnections } = node.speaker.view().router();
  return { paths, attributeSets, linkTimers: node.armed().filter(({ kind }) => kind === "link").length, pendingConnections };
}

function heard(node: TestSpeaker): ReadonlyMap<string, string> {
  return keyed(node.speaker.view().routes({ from: "us" as PeerName }), "");
}

function told(us: TestSpeaker, peer: string): ReadonlyMap<string, string> {
  return keyed(us.speaker.view().toldTo(peer as PeerName, {}), "");
}

function keyed(routes: readonly RouteView[], from: string): ReadonlyMap<string, string> {
  return new Map(routes.map((route) => [`${from} ${route.prefix} ${route.pathId}`, hex(attributeKey(route.attributes))]));
}

function same(found: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>, what: string): void {
  const missing = [...wanted].filter(([route, attributes]) => found.get(route) !== attributes);
  const extra = [...found].filter(([route]) => !wanted.has(route));
  if (missing.length + extra.length === 0) return;
  const differences = [...missing.map(([route, attributes]) => `${route}: ${found.get(route) ?? "nothing"} instead of ${attributes}`), ...extra.map(([route]) => `${route}: too many`)];
  throw new Error(`${what}:\n${differences.join("\n")}`);
}
