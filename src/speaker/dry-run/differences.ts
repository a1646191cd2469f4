/**
 * Two routing states of one shadow speaker -> what differs, prefix by prefix: best paths, kernel entries, Adj-RIBs-Out.
 * Pure. Peers that share an update group before and after share one comparison. A peer never hears its own path, so where one is
 * the owner of a path that differs, its count is corrected.
 */

import type { PrefixId, SourceId } from "../../bgp/rib/ids.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import type { PeerName } from "../config/config.ts";
import type { ForwardingEntry } from "../vocabulary.ts";
import type { HeardSetId, HeardSets } from "./heard-sets.ts";
import type { ChangeCounts } from "./plan.ts";
import { NO_CHANGES } from "./plan.ts";
import { type Heard, type RoutingState, AdjRibOut, isSameBest } from "./routing-state.ts";
import type { Slices } from "../slices.ts";

const PER_SLICE = 2048; // prefixes

/** Prefixes whose best path, or whose entry in the kernel, is another one. */
export interface Differing {
  readonly prefixes: readonly PrefixId[];
  readonly counts: ChangeCounts;
}

export function* differingBest(before: RoutingState, after: RoutingState): Slices<Differing> {
  return yield* differing(Math.max(before.end, after.end), (id) => [before.best(id), after.best(id)], isSameBest);
}

export function* differingKernel(before: RoutingState, after: RoutingState): Slices<Differing> {
  const end = Math.max(before.kernel.length, after.kernel.length);
  return yield* differing<ForwardingEntry>(end, (id) => [before.kernel[id], after.kernel[id]], (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b));
}

function* differing<Value>(end: number, look: (id: PrefixId) => readonly [Value | undefined, Value | undefined], isSame: (a: Value, b: Value) => boolean): Slices<Differing> {
  const prefixes: PrefixId[] = [];
  let counts = NO_CHANGES;
  for (let id = 0 as PrefixId; id < end; id = (id + 1) as PrefixId) {
    if (id % PER_SLICE === PER_SLICE - 1) yield;
    const [before, after] = look(id);
    if (before === undefined && after === undefined) continue;
    if (before !== undefined && after !== undefined && isSame(before, after)) continue;
    prefixes.push(id);
    counts = counted(counts, before, after, 1);
  }
  return { prefixes, counts };
}

/** What one peer hears otherwise. */
export interface ToldChange {
  readonly prefix: PrefixId;
  readonly before: PathAttributes | undefined;
  readonly after: PathAttributes | undefined;
}

/** A prefix of which a group hears otherwise, or from somebody else. */
interface GroupChange {
  readonly prefix: PrefixId;
  readonly before: readonly Heard[];
  readonly after: readonly Heard[];
}

interface GroupDifference {
  readonly changes: readonly GroupChange[];
  /** For a peer that told none of these paths. */
  readonly counts: ChangeCounts;
  /** For those who did. */
  readonly corrections: ReadonlyMap<SourceId, ChangeCounts>;
}

const NOTHING = new AdjRibOut();

/** What every peer hears before and after. */
export class ToldDifferences {
  readonly #before: RoutingState;
  readonly #after: RoutingState;
  readonly #sets: HeardSets;
  readonly #known = new Map<AdjRibOut, Map<AdjRibOut, GroupDifference>>();

  constructor(before: RoutingState, after: RoutingState, sets: HeardSets) {
    this.#before = before;
    this.#after = after;
    this.#sets = sets;
  }

  /** Compares whatever that peer's answers need; then counts() and of() know. */
  *compare(peer: PeerName): Slices {
    for (const [before, after] of this.#pairs(peer)) {
      let known = this.#known.get(before);
      if (!known) this.#known.set(before, (known = new Map()));
      if (!known.has(after)) known.set(after, yield* this.#difference(before, after));
    }
  }

  counts(peer: PeerName): ChangeCounts {
    let counts = NO_CHANGES;
    for (const difference of this.#differences(peer)) {
      counts = sum(counts, difference.counts, 1);
      for (const source of this.#sourcesOf(peer)) counts = sum(counts, difference.corrections.get(source) ?? NO_CHANGES, 1);
    }
    return counts;
  }

  *of(peer: PeerName): Generator<ToldChange> {
    const own = this.#sourcesOf(peer);
    for (const { changes } of this.#differences(peer)) for (const change of changes) yield* this.#heardBy(own, change);
  }

  #pairs(peer: PeerName): readonly (readonly [AdjRibOut, AdjRibOut])[] {
    const before = this.#before.told.get(peer) ?? [];
    const after = this.#after.told.get(peer) ?? [];
    return Array.from({ length: Math.max(before.length, after.length) }, (_, at) => [before[at] ?? NOTHING, after[at] ?? NOTHING]);
  }

  #differences(peer: PeerName): readonly GroupDifference[] {
    return this.#pairs(peer).flatMap(([before, after]) => this.#known.get(before)?.get(after) ?? []);
  }

  /** One number, or two where the peer is another one now under its old name. */
  #sourcesOf(peer: PeerName): ReadonlySet<SourceId> {
    return new Set([this.#before.sources.get(peer), this.#after.sources.get(peer)].filter((source) => source !== undefined));
  }

  *#difference(before: AdjRibOut, after: AdjRibOut): Slices<GroupDifference> {
    const changes: GroupChange[] = [];
    const corrections = new Map<SourceId, ChangeCounts>();
    let counts = NO_CHANGES;
    const end = Math.max(before.end, after.end);
    for (let id = 0 as PrefixId; id < end; id = (id + 1) as PrefixId) {
      if (id % PER_SLICE === PER_SLICE - 1) yield;
      const change = { prefix: id, before: before.at(id), after: after.at(id) };
      if (this.#isIdle(change)) continue;
      changes.push(change);
      const general = this.#countOf(new Set(), change);
      counts = sum(counts, general, 1);
      for (const owner of new Set([...change.before, ...change.after].map((heard) => heard.owner))) {
        corrections.set(owner, sum(sum(corrections.get(owner) ?? NO_CHANGES, this.#countOf(new Set([owner]), change), 1), general, -1));
      }
    }
    return { changes, counts, corrections };
  }

  /** Nobody hears anything else, the owners neither. */
  #isIdle({ before, after }: GroupChange): boolean {
    return before.length === after.length && before.every(({ owner, set }, at) => owner === after[at]?.owner && this.#sets.isSame(set, after[at].set));
  }

  #countOf(own: ReadonlySet<SourceId>, change: GroupChange): ChangeCounts {
    let counts = NO_CHANGES;
    for (const { before, after } of this.#heardBy(own, change)) counts = counted(counts, before, after, 1);
    return counts;
  }

  /** Paths that stay are set off against one another; of the others, one that goes and one that comes are a change. */
  *#heardBy(own: ReadonlySet<SourceId>, { prefix, before, after }: GroupChange): Generator<ToldChange> {
    const others = (heard: readonly Heard[]): HeardSetId[] => heard.flatMap(({ owner, set }) => (own.has(owner) ? [] : [set]));
    const comes = others(after);
    const goes = others(before).filter((set) => {
      const at = comes.findIndex((candidate) => this.#sets.isSame(candidate, set));
      if (at >= 0) comes.splice(at, 1);
      return at < 0;
    });
    const attributes = (set: HeardSetId | undefined): PathAttributes | undefined => (set === undefined ? undefined : this.#sets.attributes(set));
    for (let at = 0; at < Math.max(goes.length, comes.length); at++) yield { prefix, before: attributes(goes[at]), after: attributes(comes[at]) };
  }
}

function counted(counts: ChangeCounts, before: unknown, after: unknown, by: number): ChangeCounts {
  const kind = before === undefined ? "gained" : after === undefined ? "lost" : "changed";
  return { ...counts, [kind]: counts[kind] + by };
}

function sum(a: ChangeCounts, b: ChangeCounts, sign: 1 | -1): ChangeCounts {
  return { gained: a.gained + sign * b.gained, lost: a.lost + sign * b.lost, changed: a.changed + sign * b.changed };
}
