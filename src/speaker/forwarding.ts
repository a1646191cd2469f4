/**
 * Best paths -> what the kernel is to do with packets.
 * Pure. Entries are shared: routes over the same next hops have the same entry, so that the kernel side can group them.
 */

import { compareAddresses } from "../ip/address.ts";
import type { NextHop } from "../bgp/wire/attribute-types.ts";
import { NO_PATH, type PathRow, type PrefixId } from "../bgp/rib/ids.ts";
import type { SpeakerConfig } from "./config.ts";
import { ForwardingChangeList } from "./forwarding-change-list.ts";
import { ForwardingRules, type Programming } from "./forwarding-rules.ts";
import type { Gateways } from "./gateways.ts";
import type { LocalRoutes } from "./local-routes.ts";
import type { Tables } from "./tables.ts";
import type { ForwardingChanges, ForwardingEntry } from "./vocabulary.ts";

const BLACKHOLE: ForwardingEntry = { kind: "blackhole" };

/** Entries nobody uses any more are dropped once there are this many. */
const MAX_SHARED_ENTRIES = 65536;

/** What becomes of best paths beside telling them to peers. */
export interface Forwarding {
  configure(config: Pick<SpeakerConfig, "forwarding" | "router">): void;
  /** What the last decision changed. */
  changes(multipath: number): ForwardingChanges;
  /** Every prefix anew, after a setting that concerns all of them has changed. */
  all(multipath: number): ForwardingChanges;
}

/** Of a speaker that forwards no packets: nobody asks, so nothing is compared. */
export class NoForwarding implements Forwarding {
  readonly #nothing: ForwardingChanges;

  constructor({ prefixes }: Tables) {
    this.#nothing = new ForwardingChangeList(prefixes);
  }

  configure(): void {}

  changes(): ForwardingChanges {
    return this.#nothing;
  }

  all(): ForwardingChanges {
    return this.#nothing;
  }
}

export class PacketForwarding implements Forwarding {
  readonly #tables: Tables;
  readonly #local: LocalRoutes;
  readonly #gateways: Gateways;
  readonly #rules: ForwardingRules;
  /** What was told, by PrefixId: an equal path beside the best may come and go without the entry changing. */
  readonly #told: (ForwardingEntry | undefined)[] = [];
  #shared = new Map<string, ForwardingEntry>();
  #list: ForwardingChangeList;

  constructor(tables: Tables, local: LocalRoutes, gateways: Gateways) {
    this.#tables = tables;
    this.#local = local;
    this.#list = new ForwardingChangeList(tables.prefixes);
    this.#gateways = gateways;
    this.#rules = new ForwardingRules(tables, local);
  }

  configure({ forwarding, router }: Pick<SpeakerConfig, "forwarding" | "router">): void {
    this.#rules.configure(forwarding, router.routePriority);
  }

  changes(multipath: number): ForwardingChanges {
    const changes = this.#emptyList();
    for (const prefix of this.#tables.rib.decided()) this.#compare(prefix, multipath, changes);
    return changes;
  }

  all(multipath: number): ForwardingChanges {
    const changes = this.#emptyList();
    for (const prefix of this.#tables.rib.prefixes()) this.#compare(prefix, multipath, changes);
    return changes;
  }

  /** What was told belongs to who was told; where nothing was, which is after most turns, the list serves again. */
  #emptyList(): ForwardingChangeList {
    if (this.#list.length > 0) this.#list = new ForwardingChangeList(this.#tables.prefixes);
    return this.#list;
  }

  #compare(prefix: PrefixId, multipath: number, changes: ForwardingChangeList): void {
    const entry = this.#entryFor(prefix, this.#tables.rib.best(prefix), multipath);
    if (entry === this.#told[prefix]) return;
    this.#told[prefix] = entry;
    changes.push(prefix, entry);
  }

  /**
   * Our own blocks swallow what no workload takes, whoever claims them too; so does what a peer blackholes. For our other
   * routes the kernel has its own.
   */
  #entryFor(prefix: PrefixId, best: PathRow, multipath: number): ForwardingEntry | undefined {
    const { rib, sources, verdicts } = this.#tables;
    const block = this.#local.blockPath(prefix);
    if (block !== NO_PATH) return this.#rules.programming(block) && BLACKHOLE;
    if (best === NO_PATH) return undefined;
    const source = rib.paths.source(best);
    if (sources.isLocal(source)) return this.#local.sourceOf(source)?.kind === "static" ? this.#throughGateway(best) : undefined;
    const programming = this.#rules.programming(best);
    if (!programming) return undefined;
    const verdict = verdicts.get(rib.paths.verdict(best));
    if (verdict?.kind === "accepted" && verdict.packets === "discard") return BLACKHOLE;
    const rows = multipath === 1 ? [best] : this.#alike(rib.multipath(prefix, multipath), programming);
    return this.#share(rows.flatMap((row) => this.#nextHopOf(row, programming)), programming.tunnel, this.#rules.metric(best));
  }

  #throughGateway(row: PathRow): ForwardingEntry | undefined {
    return this.#rules.programming(row) && this.#share(this.#nextHopOf(row, { tunnel: undefined }), undefined, undefined);
  }

  /** One route goes one way: through a tunnel or not. */
  #alike(rows: readonly PathRow[], { tunnel }: Programming): readonly PathRow[] {
    return rows.filter((row) => {
      const programming = this.#rules.programming(row);
      return programming !== undefined && programming.tunnel === tunnel;
    });
  }

  #nextHopOf(row: PathRow, { tunnel }: Programming): readonly NextHop[] {
    const { attributes, rib } = this.#tables;
    const nextHop = attributes.get(rib.paths.usable(row)).nextHop;
    if (!nextHop) return [];
    return [tunnel === undefined ? this.#gateways.towards(nextHop) : nextHop];
  }

  #share(nextHops: readonly NextHop[], tunnel: string | undefined, metric: number | undefined): ForwardingEntry | undefined {
    if (nextHops.length === 0) return undefined;
    const sorted = nextHops.length === 1 ? nextHops : distinct(nextHops);
    const key = `${sorted.map(keyOf).join(",")}${tunnel === undefined ? "" : ` through ${tunnel}`}${metric === undefined ? "" : ` at ${metric}`}`;
    const known = this.#shared.get(key);
    if (known) return known;
    if (this.#shared.size >= MAX_SHARED_ENTRIES) this.#shared = new Map();
    const entry: ForwardingEntry = { kind: "via", nextHops: sorted, ...(tunnel !== undefined && { tunnel }), ...(metric !== undefined && { metric }) };
    this.#shared.set(key, entry);
    return entry;
  }
}

function distinct(nextHops: readonly NextHop[]): readonly NextHop[] {
  const byKey = new Map(nextHops.map((nextHop) => [keyOf(nextHop), nextHop]));
  return [...byKey.values()].sort((a, b) => compareAddresses(a.address, b.address));
}

function keyOf({ address, linkLocal }: NextHop): string {
  return linkLocal ? `${address} ${linkLocal}` : address;
}
