/**
 * Paths from a small world, so that they tie often and the late rules get their turn: four neighbouring ASes, few values
 * per attribute, several sessions to one router.
 */

import fc from "fast-check";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import type { Source } from "../../src/bgp/rib/source-table.ts";
import { KERNEL, LOCAL, address, external, internal } from "./kit.ts";

export const SOURCES: readonly Source[] = [
  external("10.1.0.1", { asn: 65001, routerId: 30 }),
  external("10.1.0.2", { asn: 65001, routerId: 10 }),
  external("10.2.0.1", { asn: 65002, routerId: 20 }),
  external("10.3.0.1", { asn: 65003, routerId: 20 }),
  internal("10.9.0.2", { routerId: 15 }),
  internal("10.9.0.1", { routerId: 25 }),
  internal("10.9.0.10", { routerId: 25 }),
  LOCAL,
  LOCAL,
  KERNEL,
];

const isOwn = ({ kind }: Source): boolean => kind === "local" || kind === "kernel";

const LLGR_STALE = 0xffff0006; // RFC 9494 §3.3

export const NEXT_HOPS = ["10.0.0.1", "10.0.0.2", "10.0.0.3"] as const;

const often = <T>(usual: T, ...others: readonly T[]) => fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(usual, ...others) });

const asPathOf = (source: Source) => {
  const neighbours = source.kind === "external" ? fc.constant(source.asn) : fc.constantFrom(undefined, 65001, 65001, 65002);
  return fc.tuple(neighbours, often([65009], [65008], [65008, 65009])).map(([neighbour, behind]) => {
    return neighbour === undefined ? [] : [{ kind: "sequence" as const, asns: [neighbour, ...behind] }];
  });
};

/** What `source` may have to say about a prefix. */
export function attributesFrom(source: Source): fc.Arbitrary<PathAttributes> {
  const told = {
    origin: often("igp" as const, "incomplete" as const),
    asPath: isOwn(source) ? fc.constant([]) : asPathOf(source),
    med: fc.constantFrom(undefined, 5, 10, 20),
    localPref: often(undefined, 90, 200),
    nextHop: isOwn(source) ? fc.constant(undefined) : fc.constantFrom(...NEXT_HOPS),
    originatorId: source.kind === "internal" ? often(undefined, 15, 20, 40) : fc.constant(undefined),
    communities: often(undefined, [LLGR_STALE]),
    clusterList: source.kind === "internal" ? often(undefined, [1], [1, 2]) : fc.constant(undefined),
  };
  return fc.record(told).map(({ nextHop, ...rest }) => withoutUndefined({ ...rest, nextHop: nextHop && { address: address(nextHop) } }));
}

/** Paths to one prefix, each (source, path id) once. */
export function pathsToOnePrefix(max: number) {
  const one = fc.nat({ max: SOURCES.length - 1 }).chain((sourceNumber) =>
    fc.record({
      sourceNumber: fc.constant(sourceNumber),
      pathId: often(0, 1, 2),
      attributes: attributesFrom(SOURCES[sourceNumber] as Source),
      stale: often(false, true),
    }),
  );
  const paths = fc.uniqueArray(one, { minLength: 1, maxLength: max, size: "max", selector: ({ sourceNumber, pathId }) => `${sourceNumber} ${pathId}` });
  return fc.oneof(paths, paths.map((some) => some.filter(({ sourceNumber }) => SOURCES[sourceNumber]?.kind !== "local").map(rival)));
}

/** The same path made equal to its rivals up to MED: that is where the order of arrival tempts. */
function rival<Path extends { readonly attributes: PathAttributes }>(path: Path): Path {
  const { localPref: _, asPath = [], ...rest } = path.attributes;
  const neighbour = asPath[0]?.asns[0] ?? 65002;
  return { ...path, stale: false, attributes: { ...rest, origin: "igp", asPath: [{ kind: "sequence", asns: [neighbour, 65009] }] } };
}

function withoutUndefined(attributes: { readonly [Field in keyof PathAttributes]: PathAttributes[Field] | undefined }): PathAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
