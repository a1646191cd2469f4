/**
 * Lists of paths: all, those to a prefix, those received from a peer, those sent to a peer.
 * Pure. Produced while they are read: what comes or goes meanwhile may be in a list or not. Makes objects freely, for it runs when
 * somebody asks, not when routes move.
 */

import { type IpAddress, addressToBytes, versionOf } from "../../ip/address.ts";
import { type Prefix, agreeOnBits, prefixLength, prefixToBytes } from "../../ip/prefix.ts";
import { NO_PATH, type PathRow, type PrefixId, type SourceId } from "../../bgp/rib/ids.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import { isFor } from "../../rr/tell.ts";
import type { LocalRoutes } from "../forwarding/local-routes.ts";
import type { Peer } from "../peers/peers.ts";
import { inOrder } from "./prefix-order.ts";
import type { Rooms } from "../sessions/route-exchange.ts";
import { originOf } from "../history/route-origin.ts";
import type { RouteQuery, RouteView } from "../view.ts";

const LOOKED_AT_PER_BREATH = 256; // prefixes, and paths of theirs

export interface ListingRooms extends Pick<Rooms, "tables" | "peers" | "outbound"> {
  readonly local: LocalRoutes;
}

export class RouteListing {
  readonly #rooms: ListingRooms;

  constructor(rooms: ListingRooms) {
    this.#rooms = rooms;
  }

  /** undefined in between: a breath, for whoever has others waiting. */
  *each(query: RouteQuery): Generator<RouteView | undefined> {
    const name = query.from ?? query.sentBy ?? query.toldTo;
    const peer = name === undefined ? undefined : this.#rooms.peers.named(name);
    if (name !== undefined && !peer) return;
    const pace = new Pace();
    for (const prefix of this.#prefixes(query)) {
      if (prefix !== undefined) {
        pace.looked(1);
        for (const view of this.#paths(prefix, query, peer, pace)) {
          yield view;
          pace.looked(1);
          if (pace.takeBreath()) yield undefined;
        }
      }
      if (prefix === undefined || pace.takeBreath()) yield undefined;
    }
  }

  *#paths(prefix: PrefixId, query: RouteQuery, peer: Peer | undefined, pace: Pace): Generator<RouteView> {
    if (peer && query.toldTo !== undefined) yield* this.#told(prefix, peer);
    else yield* this.#known(prefix, peer?.source, query.sentBy === undefined ? "used" : "received", pace);
  }

  /** Between two paths others may have had their turn: a row may be that of another prefix by then, or nobody's. */
  *#known(prefix: PrefixId, source: SourceId | undefined, as: "used" | "received", pace: Pace): Generator<RouteView> {
    const { rib, attributes } = this.#rooms.tables;
    const { known, asked } = this.#count(prefix, source);
    pace.looked(known);
    if (asked === 0) return;
    const family = rib.paths.family(rib.paths.firstOfPrefix(prefix));
    const isAsked = (row: PathRow): boolean => rib.paths.isLinked(row) && rib.paths.prefix(row) === prefix && rib.paths.family(row) === family && (source === undefined || rib.paths.source(row) === source);
    const ranked = [...rib.explain(prefix), ...rib.refused(prefix).map((row) => ({ row, lostBy: undefined }))];
    for (const { row, lostBy } of ranked) {
      if (isAsked(row)) yield this.#view(prefix, row, lostBy, attributes.get(as === "received" || rib.paths.isRefused(row) ? rib.paths.received(row) : rib.paths.usable(row)));
    }
  }

  /** As it was told; the path identifier is zero where it hears none. */
  *#told(prefix: PrefixId, { source }: Peer): Generator<RouteView> {
    const views: RouteView[] = [];
    for (const group of this.#rooms.outbound.groupsOf(source)) {
      if (group.identity.family !== this.#rooms.tables.prefixes.family(prefix)) continue;
      group.heardOf(prefix, (nlri, told, row) => {
        if (!isFor(told, source)) return;
        views.push({ ...this.#view(prefix, row, undefined, group.attributesOf(told)), pathId: group.keys.pathId?.(nlri) ?? 0 });
      });
    }
    yield* views;
  }

  #view(prefix: PrefixId, row: PathRow, lostBy: string | undefined, attributes: PathAttributes): RouteView {
    const { rib, prefixes } = this.#rooms.tables;
    const { paths } = rib;
    return {
      prefix: prefixes.prefix(prefix),
      family: prefixes.family(prefix),
      origin: originOf(paths.source(row), this.#rooms),
      pathId: paths.pathId(row),
      attributes,
      best: rib.best(prefix) === row,
      stale: paths.isStale(row),
      lostBy,
      rejectedBy: this.#rejectedBy(row),
      sinceMs: paths.sinceMs(row),
    };
  }

  #rejectedBy(row: PathRow): string | undefined {
    const { rib, verdicts } = this.#rooms.tables;
    if (!rib.paths.isRefused(row)) return rib.isEligible(row) ? undefined : "unreachable-next-hop";
    const verdict = verdicts.get(rib.paths.verdict(row));
    if (verdict?.kind !== "refused") return undefined;
    const { by, spoke } = verdict;
    return spoke ? `${by} ${spoke.policy}/${spoke.rule}` : by;
  }

  #prefixes(query: RouteQuery): Iterable<PrefixId | undefined> {
    if (query.prefix) return this.#exactly(query.prefix);
    if (query.covering) return this.covering(query.covering);
    const { rib, prefixes } = this.#rooms.tables;
    const ordered = inOrder(rib.prefixes(query.family), prefixes);
    return query.within === undefined ? ordered : this.#inside(query.within, ordered);
  }

  *#inside(outer: Prefix, ids: Iterable<PrefixId | undefined>): Generator<PrefixId | undefined> {
    const { prefixes } = this.#rooms.tables;
    const wanted = prefixToBytes(outer);
    const bits = prefixLength(outer);
    const octets = new Uint8Array(16);
    const pace = new Pace();
    for (const id of ids) {
      if (id === undefined || pace.takeBreath()) yield undefined;
      if (id === undefined) continue;
      pace.looked(1);
      if (prefixes.bits(id) < bits || prefixes.copyAddress(id, octets, 0) !== wanted.length) continue;
      if (agreeOnBits(octets, wanted, bits)) yield id;
    }
  }

  #exactly(prefix: Prefix): readonly PrefixId[] {
    const id = this.#rooms.tables.prefixes.findPrefix(prefix);
    return id !== undefined && this.#hasPaths(id) ? [id] : [];
  }

  /** The longest prefix that holds the address and that packets would follow; failing that, the longest known one. */
  covering(address: IpAddress): readonly PrefixId[] {
    const { prefixes, rib } = this.#rooms.tables;
    const known = prefixes.covering(versionOf(address) === 4 ? "ipv4" : "ipv6", addressToBytes(address)).filter((id) => this.#hasPaths(id));
    const longest = known.find((id) => rib.best(id) !== NO_PATH) ?? known[0];
    return longest === undefined ? [] : [longest];
  }

  #hasPaths(prefix: PrefixId): boolean {
    return this.#rooms.tables.rib.paths.firstOfPrefix(prefix) !== NO_PATH;
  }

  /** Its paths, and those of the source. Cheaper than to rank a million prefixes of which the peer told ten. */
  #count(prefix: PrefixId, source: SourceId | undefined): { readonly known: number; readonly asked: number } {
    const { paths } = this.#rooms.tables.rib;
    let [known, asked] = [0, 0];
    for (let row = paths.firstOfPrefix(prefix); row !== NO_PATH; row = paths.nextOfPrefix(row)) {
      known++;
      if (source === undefined || paths.source(row) === source) asked++;
    }
    return { known, asked };
  }
}

/** How much was looked at since the last breath: also what is not shown in the end took its time. */
class Pace {
  #looked = 0;

  looked(count: number): void {
    this.#looked += count;
  }

  /** Is it time for one? */
  takeBreath(): boolean {
    if (this.#looked < LOOKED_AT_PER_BREATH) return false;
    this.#looked = 0;
    return true;
  }
}
