/** What it costs to remember best paths that changed: a table of one source, then a second one that is preferred, then both gone. */

import { bench, describe } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { AttributeStore } from "../../src/bgp/rib/attribute-store.ts";
import type { AttrId, PrefixId, SourceId } from "../../src/bgp/rib/ids.ts";
import { ALL_REACHABLE } from "../../src/bgp/rib/next-hop.ts";
import { PrefixTable } from "../../src/bgp/rib/prefix-table.ts";
import { Rib } from "../../src/bgp/rib/rib.ts";
import { SourceTable } from "../../src/bgp/rib/source-table.ts";
import { BestPathHistory } from "../../src/speaker/history/best-paths.ts";
import { LocalRoutes } from "../../src/speaker/forwarding/local-routes.ts";
import { Peers } from "../../src/speaker/peers/peers.ts";
import { RuleHits } from "../../src/speaker/tables/rule-hits.ts";
import { SourceChanges } from "../../src/speaker/tables/source-changes.ts";
import { Verdicts } from "../../src/speaker/tables/verdicts.ts";
import { attributesOf } from "../support/tables.ts";

const ROUTES = 262_144;
const SETS = 1000;
const PER_SET = 7;
const SLICE = 32_768; // as the speaker decides them
const OPTIONS = { iterations: 5, time: 0, warmupIterations: 2, warmupTime: 0 };
const BOUNDS = { maxBytes: 16 * 1024 * 1024, maxAgeMs: 600_000 };

const OCTETS = new Uint8Array(3 * ROUTES);
for (let n = 0; n < ROUTES; n++) OCTETS.set([16 + (n >>> 16), (n >>> 8) & 255, n & 255], 3 * n);

class Stage {
  /** CPU time that the journal took. */
  recordingUs = 0;
  readonly #prefixes = new PrefixTable();
  readonly #attributes = new AttributeStore();
  readonly #sources = new SourceTable();
  readonly #rib = new Rib({ nextHops: ALL_REACHABLE, sources: this.#sources, attributes: this.#attributes, prefixes: this.#prefixes });
  readonly #ids: readonly PrefixId[] = Array.from({ length: ROUTES }, (_, n) => this.#prefixes.intern("ipv4", OCTETS, 3 * n, 24));
  readonly #good = Array.from({ length: SETS }, (_, index) => this.#held(index, 100));
  readonly #better = Array.from({ length: SETS }, (_, index) => this.#held(index, 200));
  readonly #history: BestPathHistory | undefined;
  readonly #one = this.#source("10.0.0.1");
  readonly #other = this.#source("10.0.0.2");

  constructor(history: "remembered" | "forgotten") {
    const tables = { prefixes: this.#prefixes, attributes: this.#attributes, sources: this.#sources, rib: this.#rib, verdicts: new Verdicts(), hits: new RuleHits(), sourceChanges: new SourceChanges() };
    for (const id of this.#ids) this.#prefixes.retain(id);
    if (history === "remembered") this.#history = new BestPathHistory({ tables, peers: new Peers(), local: new LocalRoutes(tables) }, ALL_REACHABLE, BOUNDS, 0);
  }

  appear(): void {
    this.#learn(this.#one, this.#good);
  }

  improve(): void {
    this.#learn(this.#other, this.#better);
  }

  worsen(): void {
    for (const id of this.#ids) this.#rib.forget(this.#other, id, 0);
    this.#decide();
  }

  go(): void {
    for (const id of this.#ids) this.#rib.forget(this.#one, id, 0);
    this.#decide();
  }

  #learn(source: SourceId, sets: readonly AttrId[]): void {
    for (const [n, id] of this.#ids.entries()) {
      const set = sets[Math.floor(n / PER_SET) % SETS] as AttrId;
      this.#rib.learn(source, id, 0, set, set, 0, 1);
    }
    this.#decide();
  }

  #decide(): void {
    while (this.#rib.undecided > 0) {
      const changes = this.#rib.decide(SLICE);
      const before = process.cpuUsage().user;
      this.#history?.record(changes, 1);
      this.recordingUs += process.cpuUsage().user - before;
    }
  }

  #held(index: number, localPref: number): AttrId {
    const id = this.#attributes.intern({ ...attributesOf(index), localPref });
    this.#attributes.retain(id);
    return id;
  }

  #source(address: string): SourceId {
    return this.#sources.add({ kind: "internal", asn: 64512, routerId: 1, address: address as IpAddress });
  }
}

/** CPU nanoseconds that the journal takes for a change, when the code is warm and the journal full. */
function measured(): { readonly [phase: string]: number } {
  const stage = new Stage("remembered");
  const phases = { appear: () => stage.appear(), "get better": () => stage.improve(), "get worse": () => stage.worsen(), go: () => stage.go() };
  const round = (): { readonly [phase: string]: number } =>
    Object.fromEntries(
      Object.entries(phases).map(([name, run]) => {
        stage.recordingUs = 0;
        run();
        return [name, Math.round((stage.recordingUs * 1000) / ROUTES)];
      }),
    );
  for (let warm = 0; warm < 4; warm++) round();
  return round();
}

const NS = Object.entries(measured()).map(([phase, ns]) => `${phase} ${ns} ns`);

describe(`best paths to ${ROUTES} prefixes; remembered: ${NS.join(", ")}`, () => {
  for (const history of ["forgotten", "remembered"] as const) {
    const stage = new Stage(history);
    bench(`appear, get better, get worse, go: learned, decided and ${history}`, () => {
      stage.appear();
      stage.improve();
      stage.worsen();
      stage.go();
    }, OPTIONS);
  }
});
