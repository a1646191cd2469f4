/**
 * Groups that hear several paths to a prefix (RFC 7911), over one RIB: clients hear all paths, non-clients the best two of
 * those they may be told. Every member believes only the bytes it gets.
 *
 *   clients 1, 2 ──┐
 *                  ├── RIB ── external 5
 *   non-clients 3, 4 ┘
 */

import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { IpAddress } from "../../../src/ip/address.ts";
import { present } from "../../../src/ip/assert.ts";
import { type Prefix, parsePrefix } from "../../../src/ip/prefix.ts";
import { NO_RESTART } from "../../../src/bgp/session/restart-agreement.ts";
import { ACCEPT_ALL } from "../../../src/bgp/policy/policy.ts";
import { AttributeStore } from "../../../src/bgp/rib/attribute-store.ts";
import { NO_ATTRIBUTES, type PrefixId, type SourceId } from "../../../src/bgp/rib/ids.ts";
import { PrefixTable } from "../../../src/bgp/rib/prefix-table.ts";
import { Rib } from "../../../src/bgp/rib/rib.ts";
import { SourceTable } from "../../../src/bgp/rib/source-table.ts";
import type { PathAttributes } from "../../../src/bgp/wire/attribute-types.ts";
import { type CodecContext, INITIAL_CONTEXT } from "../../../src/bgp/wire/context.ts";
import { type PathCount, exportIdentity } from "../../../src/rr/export-identity.ts";
import { TransmitBuffer } from "../../../src/rr/transmit-buffer.ts";
import { PathSlots } from "../../../src/rr/path-slots.ts";
import { type Listener, mayTell } from "../../../src/rr/reflect.ts";
import { DEFAULT_LIMITS, type GroupLimits } from "../../../src/rr/group-limits.ts";
import { Exporter } from "../../../src/speaker/outbound/exporter.ts";
import { PathsGroup } from "../../../src/speaker/outbound/paths-group.ts";
import { RuleHits } from "../../../src/speaker/tables/rule-hits.ts";
import { SourceChanges } from "../../../src/speaker/tables/source-changes.ts";
import { Verdicts } from "../../../src/speaker/tables/verdicts.ts";
import { Client } from "../../rr/group-world.ts";
import { MovableNextHops } from "../../rib/kit.ts";

const AS = 65001;
const CODEC: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true, addPathSend: new Set(["ipv4"]), addPathReceive: new Set(["ipv4"]) };
const ROLES = ["client", "client", "non-client", "non-client", "external"] as const;
const MOST: { readonly [L in "client" | "non-client"]: PathCount } = { client: "all", "non-client": 2 };
const NEXT_HOPS = [1, 2, 3].map((number) => `10.0.0.${number}` as IpAddress);
const UNSENDABLE_MED = 9;

/** Told apart by MED; the last fits into no message. */
const SETS: readonly PathAttributes[] = [
  ...[100, 200, 100, 300].map((localPref, med): PathAttributes => ({ origin: "igp", asPath: [], localPref, med, nextHop: { address: NEXT_HOPS[med % 3] as IpAddress } })),
  { origin: "igp", asPath: [], localPref: 150, med: UNSENDABLE_MED, nextHop: { address: "10.0.0.1" as IpAddress }, communities: Array.from({ length: 1500 }, (_, i) => i) },
];

function prefixOf(number: number): Prefix {
  return parsePrefix(`10.1.${number}.0/24`) as Prefix;
}

class World {
  readonly nextHops = new MovableNextHops();
  readonly prefixes = new PrefixTable();
  readonly attributes = new AttributeStore();
  readonly sources = new SourceTable();
  readonly slots = new PathSlots(this.prefixes);
  readonly rib: Rib;
  readonly peers: readonly SourceId[];
  readonly groups: { readonly [L in "client" | "non-client"]: PathsGroup };
  readonly clients = new Map<SourceId, Client>();

  constructor(limits: GroupLimits = DEFAULT_LIMITS) {
    this.rib = new Rib({ nextHops: this.nextHops, sources: this.sources, attributes: this.attributes, prefixes: this.prefixes });
    this.peers = ROLES.map((role, index) => this.sources.add({ kind: role === "external" ? "external" : "internal", asn: AS, routerId: index + 1, address: `10.9.0.${index + 1}` as IpAddress }));
    this.rib.rankAll();
    this.groups = { client: this.#groupOf("client", limits), "non-client": this.#groupOf("non-client", limits) };
  }

  roleOf(source: SourceId): (typeof ROLES)[number] {
    return present(ROLES[this.peers.indexOf(source)], "every source has a role");
  }

  groupOf(member: SourceId): PathsGroup {
    return this.groups[this.roleOf(member) as Exclude<Listener, "external">];
  }

  /** `set` undefined: refused on the way in. */
  learn(source: SourceId, number: number, pathId: number, set: number | undefined): void {
    const received = this.attributes.intern(present(SETS[set ?? 0], "sets are numbered"));
    this.rib.learn(source, this.prefixes.internPrefix(prefixOf(number)), pathId, received, set === undefined ? NO_ATTRIBUTES : received, 0, 0);
  }

  forget(source: SourceId, number: number, pathId: number): void {
    const prefix = this.prefixes.findPrefix(prefixOf(number));
    if (prefix !== undefined) this.rib.forget(source, prefix, pathId);
  }

  /** One turn of the speaker. */
  flush(): void {
    this.rib.decide();
    this.slots.sweep();
    for (const group of Object.values(this.groups)) group.changed();
    for (const group of Object.values(this.groups)) group.updates.flush();
  }

  join(member: SourceId): Client {
    const client = new Client(CODEC);
    this.clients.set(member, client);
    this.groupOf(member).updates.join(member);
    return client;
  }

  leave(member: SourceId): void {
    this.clients.delete(member);
    this.groupOf(member).updates.leave(member);
  }

  take(member: SourceId, maxBytes: number): number {
    const buffer = new TransmitBuffer(maxBytes);
    this.groupOf(member).updates.take(member, buffer);
    this.clients.get(member)?.hear(buffer.pieces);
    return buffer.bytes;
  }

  drain(member: SourceId): void {
    this.flush();
    while (this.take(member, 300) > 0);
  }

  /** "prefix identifier" -> MED of what this member must hold: the first paths it may be told, without its own. */
  ideal(member: SourceId): Map<string, number | undefined> {
    const to = this.roleOf(member) as Listener;
    const most = MOST[to as "client" | "non-client"];
    return new Map([...this.rib.prefixes()].flatMap((prefix) => this.#granted(prefix, member, to).slice(0, most === "all" ? Infinity : most).flatMap(({ own, key, med }) => (own || med === UNSENDABLE_MED ? [] : [[key, med] as const]))));
  }

  expectIdeal(member: SourceId): void {
    const paths = this.clients.get(member)?.paths ?? new Map<string, PathAttributes>();
    expect(new Map([...paths].map(([key, { med }]) => [key, med]))).toEqual(this.ideal(member));
  }

  #granted(prefix: PrefixId, member: SourceId, to: Listener) {
    const { paths } = this.rib;
    const rows = this.rib.ranked(prefix).filter((row) => this.rib.isEligible(row) && mayTell(this.roleOf(paths.source(row)), to));
    return rows.map((row) => ({ own: paths.source(row) === member, key: `${this.prefixes.prefix(prefix)} ${paths.ordinal(row)}`, med: this.attributes.get(paths.usable(row)).med }));
  }

  #groupOf(listener: "client" | "non-client", limits: GroupLimits): PathsGroup {
    const settings = { localAs: AS, clusterId: 1, reflectorClient: listener === "client", nextHop: "auto", self: undefined, policy: { name: "accept-all", version: 0 }, role: undefined, draining: "no", addPathSend: MOST[listener] } as const;
    const tables = { prefixes: this.prefixes, attributes: this.attributes, sources: this.sources, rib: this.rib, verdicts: new Verdicts(), hits: new RuleHits(), sourceChanges: new SourceChanges() };
    const identity = exportIdentity("ipv4", settings, { remoteAs: AS, restart: NO_RESTART, codec: CODEC });
    const exporter = new Exporter(identity, ACCEPT_ALL, tables, (source) => ({ path: { kind: this.roleOf(source), routerId: source + 1 }, policy: "internal", interface: "", key: source }));
    return new PathsGroup(exporter, tables, this.slots, limits);
  }
}

const source = fc.nat(4);
const member = fc.nat(3);
const number = fc.nat(3);
const pathId = fc.nat(1);

const move = fc.oneof(
  { weight: 14, arbitrary: fc.record({ kind: fc.constant("learn" as const), source, number, pathId, set: fc.option(fc.nat(SETS.length - 1), { nil: undefined, freq: 8 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("forget" as const), source, number, pathId }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("session-lost" as const), source }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("next-hop" as const), which: fc.nat(2), cost: fc.constantFrom(undefined, 1, 5) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("join" as const), member }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), member }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("take" as const), member, maxBytes: fc.integer({ min: 1, max: 200 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("drain" as const), member }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("resend" as const), member }) },
);

const limits: fc.Arbitrary<GroupLimits> = fc.record({
  logBytes: fc.constantFrom(60, 200, 1000, 100_000),
  chunkPrefixes: fc.integer({ min: 1, max: 5 }),
  chunks: fc.integer({ min: 1, max: 4 }),
  snapshotBytes: fc.constantFrom(0, 100, 10_000),
  trimBytes: fc.constantFrom(0, 100, 10_000),
  preparedRoutes: fc.constant({ least: 1, most: 100 }),
});

type Move = typeof move extends fc.Arbitrary<infer M> ? M : never;

function play(world: World, step: Move): void {
  const peer = (index: number): SourceId => present(world.peers[index], "peers are numbered");
  switch (step.kind) {
    case "learn":
      return world.learn(peer(step.source), step.number, step.pathId, step.set);
    case "forget":
      return world.forget(peer(step.source), step.number, step.pathId);
    case "session-lost":
      return world.rib.forgetSource(peer(step.source));
    case "next-hop":
      world.nextHops.costs.set(present(NEXT_HOPS[step.which], "next hops are numbered"), step.cost);
      return world.rib.reconsiderNextHops();
    case "flush":
      return world.flush();
    case "join":
      return void (world.clients.has(peer(step.member)) || world.join(peer(step.member)));
    case "leave":
      return world.leave(peer(step.member));
    case "take":
      return void world.take(peer(step.member), step.maxBytes);
    case "drain":
      if (!world.clients.has(peer(step.member))) return;
      world.drain(peer(step.member));
      return world.expectIdeal(peer(step.member));
    case "resend":
      return world.groupOf(peer(step.member)).updates.resend(peer(step.member), "none");
  }
}

test("once it has taken everything, every member holds exactly the paths it is to hear, under their identifiers, whatever came in between [5.5-add-path-send]", () => {
  const reached = { several: 0, cut: 0, empty: 0, leftBehind: 0 };
  fc.assert(
    fc.property(limits, fc.array(move, { size: "max", maxLength: 120 }), (limits, moves) => {
      const world = new World(limits);
      for (const step of moves) play(world, step);
      for (const member of world.clients.keys()) {
        world.drain(member);
        world.expectIdeal(member);
        const held = world.ideal(member).size;
        if (held > 4) reached.several++;
        if (held === 0) reached.empty++;
        if (world.roleOf(member) === "non-client" && [...world.rib.prefixes()].some((prefix) => world.rib.ranked(prefix).length > 3)) reached.cut++;
      }
      for (const { updates } of Object.values(world.groups)) reached.leftBehind += updates.stats().leftBehind;
      for (const member of [...world.clients.keys()]) world.leave(member);
      for (const peer of world.peers) world.rib.forgetSource(peer);
      for (let turn = 0; turn < 4; turn++) world.flush();
      expect({ prefixes: world.prefixes.size, slots: world.slots.size, attributes: world.attributes.size }).toEqual({ prefixes: 0, slots: 0, attributes: 0 });
    }),
    { numRuns: 600 },
  );
  for (const count of Object.values(reached)) expect(count).toBeGreaterThan(20);
});

describe("a member that hears all paths", () => {
  let world: World;
  let client: Client;
  let one: SourceId;
  let others: readonly SourceId[];

  beforeEach(() => {
    world = new World();
    [one, ...others] = world.peers as [SourceId, ...SourceId[]];
    client = world.join(one);
    for (const [index, peer] of others.entries()) world.learn(peer, 0, 0, index);
    world.drain(one);
    Object.assign(client.heard, { announced: 0, withdrawn: 0 });
  });

  test("hears of one path that changed by one announcement under its old identifier", () => {
    const before = [...client.paths.keys()];
    world.learn(others[1] as SourceId, 0, 0, 0);
    world.drain(one);
    expect(client.heard).toMatchObject({ announced: 1, withdrawn: 0 });
    expect([...client.paths.keys()].sort()).toEqual(before.sort());
  });

  test("hears of one path that went by one withdrawal, though it was the best", () => {
    world.forget(others[3] as SourceId, 0, 0);
    world.drain(one);
    expect(client.heard).toMatchObject({ announced: 0, withdrawn: 1 });
    expect(client.paths.size).toBe(3);
  });

  test("hears nothing of its own path, however good", () => {
    world.learn(one, 0, 0, 3);
    world.drain(one);
    expect(client.heard).toMatchObject({ announced: 0, withdrawn: 0 });
  });

  test("hears two paths of one source that tells two", () => {
    world.learn(others[0] as SourceId, 0, 7, 1);
    world.drain(one);
    expect(client.heard).toMatchObject({ announced: 1, withdrawn: 0 });
    expect(client.paths.size).toBe(5);
  });
});
