/**
 * Best paths -> what the kernel is to do with packets.
 * Pure. Entries are shared: routes over the same next hops have the same entry, so that the kernel side can group them.
 */

import { compareAddresses, versionOf } from "../../ip/address.ts";
import type { NextHop } from "../../bgp/wire/attribute-types.ts";
import { NO_NEXT_HOP } from "../../bgp/rib/next-hop-table.ts";
import { NO_PATH, type PathRow, type PrefixId } from "../../bgp/rib/ids.ts";
import type { SpeakerConfig } from "../config/config.ts";
import { ForwardingChangeList } from "./change-list.ts";
import { ForwardingRules, type Programming } from "./rules.ts";
import type { Gateways } from "./gateways.ts";
import type { LocalRoutes } from "./local-routes.ts";
import { Comparison } from "../config/same.ts";
import type { Tables } from "../tables/tables.ts";
import type { ForwardingChanges, ForwardingEntry, ForwardingHop } from "../vocabulary.ts";

const BLACKHOLE: ForwardingEntry = { kind: "blackhole" };

/** Entries nobody uses any more are dropped once there are this many. */
const MAX_SHARED_ENTRIES = 65536;

const COMPARED_PER_TURN = 16_384; // prefixes: some ten milliseconds

const PLAIN: Programming = { tunnel: undefined };

interface PlainEntry {
  readonly nextHop: NextHop;
  readonly entry: ForwardingEntry;
}

/** Why the kernel is to have no route of ours. */
export type Unforwarded = "no-usable-path" | "own-route" | "forwarding-rule" | "not-forwarding";

/** What is wanted in the kernel for a prefix, or why nothing is. */
export interface ForwardingCase {
  readonly entry: ForwardingEntry | Unforwarded;
  /** What the entry is for: the best path, a static route, or that packets are swallowed. */
  readonly purpose: "best-path" | "static-route" | "own-block" | "blackhole-community";
  /** The forwarding rule that decided; undefined: none did. */
  readonly rule: string | undefined;
}

export type ForwardingSettings = Pick<SpeakerConfig, "forwarding" | "blocks" | "router">;

/** What becomes of best paths beside telling them to peers. */
export interface Forwarding {
  /** Why the kernel is asked for what it is asked for. */
  explain(prefix: PrefixId, multipath: number): ForwardingCase;
  /** Answers whether it concerns routes that are otherwise as they were: then all() is due. */
  configure(config: ForwardingSettings): "changed" | "same";
  /** What the last decision changed, and some more of all(), where that is not at its end. */
  changes(multipath: number): ForwardingChanges;
  /**
   * Every prefix anew, after a setting that concerns all of them has changed: as many at once as a turn may take. Where it is
   * under way it goes on from there, once around.
   */
  all(multipath: number): ForwardingChanges;
  /** "unfinished": there is more of all(). */
  readonly standing: "settled" | "unfinished";
}

/** Of a speaker that forwards no packets: nobody asks, so nothing is compared. */
export class NoForwarding implements Forwarding {
  readonly standing = "settled";
  readonly #nothing: ForwardingChanges = new ForwardingChangeList();

  configure(): "same" {
    return "same";
  }

  explain(): ForwardingCase {
    return { entry: "not-forwarding", purpose: "best-path", rule: undefined };
  }

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
  /** Entries of single IPv4 next hops, by NextHopId: what nearly every route has. An IPv6 one may come with a link-local address. */
  #plain: (PlainEntry | undefined)[] = [];
  #list = new ForwardingChangeList();
  /** What concerns every route, as it was configured last. */
  #settings: object | undefined;
  /** Where all() goes on, how many are left, and after which the first one is next. */
  #next = 0;
  #left = 0;
  #end = 0;

  constructor(tables: Tables, local: LocalRoutes, gateways: Gateways) {
    this.#tables = tables;
    this.#local = local;
    this.#gateways = gateways;
    this.#rules = new ForwardingRules(tables, local);
  }

  configure({ forwarding, blocks, router: { routePriority, multipath } }: ForwardingSettings): "changed" | "same" {
    const before = this.#settings;
    this.#settings = { forwarding, blocks, routePriority, multipath };
    this.#rules.configure(forwarding, routePriority);
    return new Comparison().isSame(before, this.#settings) ? "same" : "changed";
  }

  changes(multipath: number): ForwardingChanges {
    const changes = this.#emptyList();
    const { rib } = this.#tables;
    for (let at = 0; at < rib.decidedCount; at++) this.#compare(rib.decided(at), multipath, changes);
    this.#goOn(multipath, changes);
    return changes;
  }

  all(multipath: number): ForwardingChanges {
    const changes = this.#emptyList();
    if (this.#left === 0) this.#next = 0; // else not from the first one: with a change in every turn the last ones would never be compared
    this.#end = this.#tables.prefixes.end;
    this.#left = this.#end;
    this.#goOn(multipath, changes);
    return changes;
  }

  explain(prefix: PrefixId, multipath: number): ForwardingCase {
    const { rib } = this.#tables;
    const block = this.#local.blockPath(prefix);
    const row = block === NO_PATH ? rib.best(prefix) : block;
    const entry = this.#entryFor(prefix, rib.best(prefix), multipath);
    const isStatic = row !== NO_PATH && this.#local.sourceOf(rib.paths.source(row))?.kind === "static";
    const swallows = block === NO_PATH ? "blackhole-community" : "own-block";
    const purpose = entry === BLACKHOLE ? swallows : isStatic ? "static-route" : "best-path";
    return { entry, purpose, rule: row === NO_PATH ? undefined : this.#rules.ruleFor(row)?.name };
  }

  get standing(): "settled" | "unfinished" {
    return this.#left === 0 ? "settled" : "unfinished";
  }

  #goOn(multipath: number, changes: ForwardingChangeList): void {
    const { paths } = this.#tables.rib;
    for (let steps = Math.min(this.#left, COMPARED_PER_TURN); steps > 0; steps--) {
      if (this.#next >= this.#end) this.#next = 0;
      const id = this.#next as PrefixId;
      if (paths.firstOfPrefix(id) !== NO_PATH) this.#compare(id, multipath, changes);
      this.#next++;
      this.#left--;
    }
  }

  /** What was told belongs to who was told; where nothing was, which is after most turns, the list serves again. */
  #emptyList(): ForwardingChangeList {
    if (this.#list.length > 0) this.#list = new ForwardingChangeList();
    return this.#list;
  }

  #compare(prefix: PrefixId, multipath: number, changes: ForwardingChangeList): void {
    const decided = this.#entryFor(prefix, this.#tables.rib.best(prefix), multipath);
    const entry = typeof decided === "string" ? undefined : decided;
    if (entry === this.#told[prefix]) return;
    this.#told[prefix] = entry;
    changes.push(prefix, entry);
  }

  /**
   * Our own blocks swallow what no workload takes, whoever claims them too; so does what a peer blackholes. For our other
   * routes the kernel has its own.
   */
  #entryFor(prefix: PrefixId, best: PathRow, multipath: number): ForwardingEntry | Unforwarded {
    const { rib, sources, verdicts } = this.#tables;
    const block = this.#local.blockPath(prefix);
    if (block !== NO_PATH) return this.#rules.programming(block) ? BLACKHOLE : "forwarding-rule";
    if (best === NO_PATH) return "no-usable-path";
    const source = rib.paths.source(best);
    if (sources.isLocal(source)) return this.#local.sourceOf(source)?.kind === "static" ? this.#throughGateway(best) : "own-route";
    const programming = this.#rules.programming(best);
    if (!programming) return "forwarding-rule";
    const verdict = verdicts.get(rib.paths.verdict(best));
    if (verdict?.kind === "accepted" && verdict.packets === "discard") return BLACKHOLE;
    const metric = this.#rules.metric(best);
    const isAlone = multipath === 1 || rib.paths.isOnly(best);
    const others = isAlone ? undefined : rib.multipath(prefix, multipath);
    const isPlain = programming.tunnel === undefined && metric === undefined;
    if (isPlain && (others === undefined || others.length === 1)) return this.#plainEntry(best) ?? "no-usable-path"; // two reflectors tell of one next hop
    const rows = others ? this.#alike(others, programming) : [best];
    return this.#share(rows.flatMap((row) => this.#nextHopOf(row, programming)), programming.tunnel, metric) ?? "no-usable-path";
  }

  /** The entry of one path about which nothing is special. */
  #plainEntry(row: PathRow): ForwardingEntry | undefined {
    const { attributes, rib } = this.#tables;
    const number = attributes.ranking.nextHop(rib.paths.usable(row));
    if (number === NO_NEXT_HOP) return undefined;
    const address = attributes.nextHops.address(number);
    const known = this.#plain[number];
    // a number may have become that of another next hop, and a next hop may have got a gateway
    if (known?.nextHop.address === address && this.#gateways.towards(known.nextHop, rib.paths.source(row)) === known.nextHop) return known.entry;
    const [nextHop] = this.#nextHopOf(row, PLAIN);
    const entry = nextHop && this.#share([nextHop], undefined, undefined);
    if (entry && nextHop.address === address && versionOf(address) === 4) this.#plain[number] = { nextHop, entry };
    return entry;
  }

  #throughGateway(row: PathRow): ForwardingEntry | Unforwarded {
    if (!this.#rules.programming(row)) return "forwarding-rule";
    return this.#share(this.#nextHopOf(row, PLAIN), undefined, undefined) ?? "no-usable-path";
  }

  /** One route goes one way: through a tunnel or not. */
  #alike(rows: readonly PathRow[], { tunnel }: Programming): readonly PathRow[] {
    return rows.filter((row) => {
      const programming = this.#rules.programming(row);
      return programming !== undefined && programming.tunnel === tunnel;
    });
  }

  #nextHopOf(row: PathRow, { tunnel }: Programming): readonly ForwardingHop[] {
    const { attributes, rib } = this.#tables;
    const nextHop = attributes.get(rib.paths.usable(row)).nextHop;
    if (!nextHop) return [];
    return [tunnel === undefined ? this.#gateways.towards(nextHop, rib.paths.source(row)) : nextHop];
  }

  #share(nextHops: readonly ForwardingHop[], tunnel: string | undefined, metric: number | undefined): ForwardingEntry | undefined {
    if (nextHops.length === 0) return undefined;
    const sorted = nextHops.length === 1 ? nextHops : distinct(nextHops);
    const key = `${sorted.map(keyOf).join(",")}${tunnel === undefined ? "" : ` through ${tunnel}`}${metric === undefined ? "" : ` at ${metric}`}`;
    const known = this.#shared.get(key);
    if (known) return known;
    if (this.#shared.size >= MAX_SHARED_ENTRIES) this.#forgetShared();
    const entry: ForwardingEntry = { kind: "via", nextHops: sorted, ...(tunnel !== undefined && { tunnel }), ...(metric !== undefined && { metric }) };
    this.#shared.set(key, entry);
    return entry;
  }

  #forgetShared(): void {
    this.#shared = new Map();
    this.#plain = [];
  }
}

function distinct(nextHops: readonly ForwardingHop[]): readonly ForwardingHop[] {
  const byKey = new Map(nextHops.map((nextHop) => [keyOf(nextHop), nextHop]));
  return [...byKey.values()].sort((a, b) => compareAddresses(a.address, b.address));
}

function keyOf({ address, linkLocal, neighbour }: ForwardingHop): string {
  if (neighbour) return `${address} beside ${neighbour.address} ${neighbour.localAddress} ${neighbour.device}`;
  return linkLocal ? `${address} ${linkLocal}` : address;
}
