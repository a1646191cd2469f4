/** The tables under a million routes, room by room: nanoseconds by the bench, octets by what stands beside it. */

import { bench, describe } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { AttributeStore } from "../../src/bgp/rib/attribute-store.ts";
import type { AttrId, PrefixId } from "../../src/bgp/rib/ids.ts";
import { ALL_REACHABLE } from "../../src/bgp/rib/next-hop.ts";
import { PrefixTable } from "../../src/bgp/rib/prefix-table.ts";
import { Rib } from "../../src/bgp/rib/rib.ts";
import { SourceTable } from "../../src/bgp/rib/source-table.ts";
import { PlainUpdate } from "../../src/bgp/wire/plain-update.ts";
import { BenchReflector } from "../support/reflector.ts";
import { INTERNAL, attributesOf, concatenate, frameOf, tableFrames } from "../support/tables.ts";

const ROUTES = 262_144;
const SETS = 1000;
const PER_SET = 7;
const CHUNK_BYTES = 65_536;
const OPTIONS = { iterations: 5, time: 0, warmupIterations: 2, warmupTime: 0 };

/** Runs of neighbouring /24s, as tables are told. */
const OCTETS = new Uint8Array(3 * ROUTES);
for (let n = 0; n < ROUTES; n++) OCTETS.set([16 + (n >>> 16), (n >>> 8) & 255, n & 255], 3 * n);

class Tables {
  readonly prefixes = new PrefixTable();
  readonly attributes = new AttributeStore();
  readonly sources = new SourceTable();
  readonly rib = new Rib({ nextHops: ALL_REACHABLE, sources: this.sources, attributes: this.attributes, prefixes: this.prefixes });
  readonly source = this.sources.add({ kind: "internal", asn: 64512, routerId: 1, address: "10.0.0.1" as IpAddress });
  readonly #sets: readonly AttrId[] = Array.from({ length: SETS }, (_, index) => this.#held(index));

  intern(): readonly PrefixId[] {
    return Array.from({ length: ROUTES }, (_, n) => this.prefixes.intern("ipv4", OCTETS, 3 * n, 24));
  }

  learn(ids: readonly PrefixId[]): void {
    for (const [n, id] of ids.entries()) {
      const set = this.#sets[Math.floor(n / PER_SET) % SETS] as AttrId;
      this.rib.learn(this.source, id, 0, set, set, 0, 0);
    }
  }

  #held(index: number): AttrId {
    const id = this.attributes.intern(attributesOf(index));
    this.attributes.retain(id);
    return id;
  }
}

describe(`${ROUTES} routes of one source in ${SETS} sets`, () => {
  bench("prefixes interned", () => void new Tables().intern(), OPTIONS);
  bench("prefixes interned and paths learned", () => {
    const tables = new Tables();
    tables.learn(tables.intern());
  }, OPTIONS);
  bench("the same, decided in slices, forgotten, decided", () => {
    const tables = new Tables();
    tables.learn(tables.intern());
    while (tables.rib.undecided > 0) tables.rib.decide(32_768);
    tables.rib.forgetSource(tables.source);
    while (tables.rib.walks > 0) tables.rib.goOn();
    while (tables.rib.undecided > 0) tables.rib.decide(32_768);
  }, OPTIONS);

  const full = new Tables();
  const ids = full.intern();
  full.learn(ids);
  full.rib.decide();
  bench("paths told again", () => full.learn(ids), OPTIONS);
});

describe("an UPDATE with 7 prefixes", () => {
  const frames = tableFrames({ sets: 10_000, prefixesPerSet: PER_SET });
  const update = new PlainUpdate();
  let next = 0;
  bench("read where it lies", () => {
    const frame = frames[next++ % frames.length] as Uint8Array;
    update.read(frame, 0, frame.length, INTERNAL);
  });
});

/** Octets of heap and typed arrays that something adds; without --expose-gc garbage counts too. */
function octetsOf(make: () => unknown): number {
  const held = (): number => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = held();
  const made = make();
  const octets = held() - before;
  return made === undefined ? 0 : octets;
}

describe("memory", () => {
  const sets = Math.floor(ROUTES / PER_SET);
  const table = concatenate(tableFrames({ sets, prefixesPerSet: PER_SET }));
  const route = octetsOf(() => {
    const reflector = new BenchReflector(2);
    for (let at = 0; at < table.length; at += CHUNK_BYTES) reflector.receive(1, table.slice(at, at + CHUNK_BYTES));
    return reflector;
  });
  const peer = octetsOf(() => new BenchReflector(1001)) - octetsOf(() => new BenchReflector(1));
  bench(`${Math.round(route / (sets * PER_SET))} octets per route (${sets * PER_SET} in ${sets} sets), ${Math.round(peer / 1000)} per established peer`, () => void frameOf(0, 0, 1), { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0 });
});
