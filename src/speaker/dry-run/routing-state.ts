/**
 * The routing state of a shadow speaker at one moment: best paths, the Adj-RIB-Out of every group, the kernel's entries.
 * Pure. Columns by PrefixId. Prefixes, sources and attribute sets that stand in it are retained, so that their numbers keep their
 * meaning for as long as the shadow speaker lives.
 */

import type { IpAddress } from "../../ip/address.ts";
import { present } from "../../ip/assert.ts";
import { Int32Column } from "../../bgp/rib/columns.ts";
import { type AttrId, NO_PATH, type PathRow, type PrefixId, type SourceId } from "../../bgp/rib/ids.ts";
import { ALL_FAMILIES } from "../../bgp/wire/context.ts";
import type { PeerName } from "../config/config.ts";
import type { ExportGroup } from "../outbound/export-group.ts";
import { originOf } from "../history/route-origin.ts";
import type { Slices } from "../slices.ts";
import type { RouteOrigin } from "../view.ts";
import type { ForwardingEntry } from "../vocabulary.ts";
import type { HeardSetId, HeardSets } from "./heard-sets.ts";
import type { ShadowSpeaker } from "./shadow-speaker.ts";

/** A path that a group hears; its owner does not. */
export interface Heard {
  readonly owner: SourceId;
  readonly set: HeardSetId;
}

const PER_SLICE = 2048; // prefixes
const NOBODY = -1;

/** What one group hears: nearly always one path to a prefix. */
export class AdjRibOut {
  readonly #owner = new Int32Column(NOBODY);
  readonly #set = new Int32Column();
  readonly #further = new Map<PrefixId, Heard[]>();
  #end = 0;

  add(prefix: PrefixId, { owner, set }: Heard): void {
    if (this.#owner.get(prefix) !== NOBODY) {
      this.#further.set(prefix, [...(this.#further.get(prefix) ?? []), { owner, set }]);
      return;
    }
    this.#owner.set(prefix, owner);
    this.#set.set(prefix, set);
    this.#end = Math.max(this.#end, prefix + 1);
  }

  at(prefix: PrefixId): readonly Heard[] {
    const owner = this.#owner.get(prefix);
    if (owner === NOBODY) return [];
    return [{ owner: owner as SourceId, set: this.#set.get(prefix) as HeardSetId }, ...(this.#further.get(prefix) ?? [])];
  }

  /** One beyond the highest prefix. */
  get end(): number {
    return this.#end;
  }
}

/** A best path; equal sets have equal numbers. */
export interface BestPath {
  readonly origin: RouteOrigin;
  readonly set: AttrId;
}

export interface RoutingState {
  /** One beyond the highest prefix. */
  readonly end: number;
  best(prefix: PrefixId): BestPath | undefined;
  readonly kernel: readonly (ForwardingEntry | undefined)[];
  /** What each peer hears, by family; nothing where there is no session. */
  readonly told: ReadonlyMap<PeerName, readonly AdjRibOut[]>;
  readonly sources: ReadonlyMap<PeerName, SourceId>;
  readonly addresses: ReadonlyMap<PeerName, IpAddress>;
  readonly up: ReadonlySet<PeerName>;
}

/** Captures it. `sets` is shared by those that are compared. */
export function* routingStateOf(shadow: ShadowSpeaker, sets: HeardSets): Slices<RoutingState> {
  const { tables, peers, outbound } = shadow.internals;
  const { rib, prefixes } = tables;
  const source = new Int32Column(NOBODY);
  const set = new Int32Column();
  const origins = new Map<SourceId, RouteOrigin>();
  const end = prefixes.end;
  for (let id = 0 as PrefixId; id < end; id = (id + 1) as PrefixId) {
    if (id % PER_SLICE === PER_SLICE - 1) yield;
    const best = rib.best(id);
    if (best === NO_PATH) continue;
    const from = rib.paths.source(best);
    if (!origins.has(from)) origins.set(from, originOf(from, shadow.internals));
    hold(shadow, best);
    source.set(id, from);
    set.set(id, rib.paths.usable(best));
  }
  const adjRibsOut = new Map<ExportGroup, AdjRibOut>();
  const told = new Map<PeerName, readonly AdjRibOut[]>();
  for (const peer of [...peers.all()]) {
    yield;
    const groups = [...outbound.groupsOf(peer.source)].sort((a, b) => ALL_FAMILIES.indexOf(a.identity.family) - ALL_FAMILIES.indexOf(b.identity.family));
    for (const group of groups) if (!adjRibsOut.has(group)) adjRibsOut.set(group, yield* adjRibOutOf(group, shadow, sets));
    told.set(peer.name, groups.map((group) => present(adjRibsOut.get(group), "it was just captured")));
  }
  const best = (id: PrefixId): BestPath | undefined => {
    const from = source.get(id) as SourceId;
    return (from as number) === NOBODY ? undefined : { origin: present(origins.get(from), "a path has an origin"), set: set.get(id) as AttrId };
  };
  const everyone = [...peers.all()];
  return {
    end,
    best,
    kernel: [...shadow.kernel],
    told,
    sources: new Map(everyone.map((peer) => [peer.name, peer.source])),
    addresses: new Map(everyone.map((peer) => [peer.name, peer.config.address])),
    up: new Set(everyone.flatMap((peer) => (peer.session ? [peer.name] : []))),
  };
}

function* adjRibOutOf(group: ExportGroup, shadow: ShadowSpeaker, sets: HeardSets): Slices<AdjRibOut> {
  const adjRibOut = new AdjRibOut();
  const { paths } = shadow.internals.tables.rib;
  const hear = sets.of(group);
  for (let from: number | undefined = 0; from !== undefined; ) {
    from = group.walkFrom(from, PER_SLICE, (_, told, row) => {
      hold(shadow, row);
      adjRibOut.add(paths.prefix(row), { owner: told.owner, set: hear(told) });
    });
    yield;
  }
  return adjRibOut;
}

/** The numbers of this path's prefix, source and attributes stay theirs. */
function hold({ internals }: ShadowSpeaker, row: PathRow): void {
  const { rib, prefixes, sources, attributes } = internals.tables;
  prefixes.retain(rib.paths.prefix(row));
  sources.retain(rib.paths.source(row));
  attributes.retain(rib.paths.usable(row));
}

/** Are they the same to whoever forwards or tells them? A neighbour under another name is the same neighbour. */
export function isSameBest(a: BestPath, b: BestPath): boolean {
  const isSameOrigin = a.origin.kind === "peer" && b.origin.kind === "peer" ? a.origin.address === b.origin.address : a.origin.kind === b.origin.kind;
  return isSameOrigin && a.set === b.set;
}
