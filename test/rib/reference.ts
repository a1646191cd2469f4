/**
 * RFC 4271 §9.1.2.2 and RFC 9494 §4.4 as literally as it can be written: plain objects, one filter per sentence, no tables. What the RIB
 * is measured against.
 */

import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import type { Source } from "../../src/bgp/rib/source-table.ts";

export interface PlainPath {
  readonly source: Source;
  /** Sources are told apart by it where nothing else differs. */
  readonly sourceNumber: number;
  readonly pathId: number;
  readonly attributes: PathAttributes;
  readonly stale: boolean;
}

const LLGR_STALE = 0xffff0006; // RFC 9494 §3.3

export type Cost = (nextHop: string) => number | undefined;

export function plainWinner<Path extends PlainPath>(paths: readonly Path[], cost: Cost): Path | undefined {
  return pick(paths.filter((path) => costOf(path, cost) !== undefined), cost);
}

/** One after the other: the winner, the winner among the rest, ...; paths that cannot be reached behind the others. */
export function plainRanking<Path extends PlainPath>(paths: readonly Path[], cost: Cost): readonly Path[] {
  const best = plainWinner(paths, cost) ?? pick(paths, () => 0);
  return best === undefined ? [] : [best, ...plainRanking(paths.filter((path) => path !== best), cost)];
}

function pick<Path extends PlainPath>(paths: readonly Path[], cost: Cost): Path | undefined {
  let left = paths;
  left = least(left, ({ source }) => (source.kind === "kernel" ? 1 : 0));
  left = least(left, ({ attributes }) => Number(attributes.communities?.includes(LLGR_STALE) ?? false));
  left = least(left, ({ attributes }) => -(attributes.localPref ?? 100));
  left = least(left, ({ source }) => (source.kind === "local" || source.kind === "kernel" ? 0 : 1));
  left = least(left, ({ attributes }) => lengthOf(attributes));
  left = least(left, ({ attributes }) => ["igp", "egp", "incomplete"].indexOf(attributes.origin ?? "incomplete"));
  left = left.filter((path) => !left.some((other) => neighbourOf(other) === neighbourOf(path) && medOf(other) < medOf(path)));
  left = least(left, ({ source }) => (source.kind === "external" ? 0 : 1));
  left = least(left, (path) => costOf(path, cost) ?? 0);
  left = least(left, ({ attributes, source }) => attributes.originatorId ?? source.routerId);
  left = least(left, ({ attributes }) => attributes.clusterList?.length ?? 0);
  left = least(left, ({ source }) => addressOrder(source));
  left = least(left, ({ pathId }) => pathId);
  left = least(left, ({ sourceNumber }) => sourceNumber);
  return left[0];
}

function least<Path>(paths: readonly Path[], by: (path: Path) => number): readonly Path[] {
  const lowest = Math.min(...paths.map(by));
  return paths.filter((path) => by(path) === lowest);
}

function lengthOf({ asPath = [] }: PathAttributes): number {
  return asPath.map(({ kind, asns }) => (kind === "sequence" ? asns.length : kind === "set" ? 1 : 0)).reduce((a, b) => a + b, 0);
}

export function neighbourOf({ attributes }: PlainPath): number {
  return attributes.asPath?.[0]?.asns[0] ?? 0;
}

export function medOf({ attributes }: PlainPath): number {
  return attributes.med ?? 0;
}

function costOf({ attributes }: PlainPath, cost: Cost): number | undefined {
  return attributes.nextHop ? cost(attributes.nextHop.address) : 0;
}

/** The tests use IPv4 peers only. */
function addressOrder({ address }: Source): number {
  return address === undefined ? -1 : address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}
