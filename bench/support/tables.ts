/**
 * Seeded routing tables as the UPDATEs that carry them.
 */

import type { IpAddress } from "../../src/ip/address.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { type CodecContext, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { announceFrames } from "../../src/bgp/wire/frames.ts";
import { NlriWriter } from "../../src/bgp/wire/nlri.ts";

/** An internal session with four-octet AS numbers. */
export const INTERNAL: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };

export interface TableSize {
  readonly sets: number;
  readonly prefixesPerSet: number;
}

/** The `index`th distinct attribute set. */
export function attributesOf(index: number): PathAttributes {
  const asns = [65000, (index % 60_000) + 1, ((index * 7) % 50_000) + 1];
  return { origin: "igp", asPath: [{ kind: "sequence", asns }], med: index, localPref: 100, nextHop: { address: "10.0.0.1" as IpAddress } };
}

/** One UPDATE per attribute set, all prefixes /24 and distinct. */
export function tableFrames({ sets, prefixesPerSet }: TableSize): readonly Uint8Array[] {
  return Array.from({ length: sets }, (_, set) => frameOf(set, set * prefixesPerSet, prefixesPerSet));
}

/** `count` prefixes from the `first`th on, with that attribute set. */
export function frameOf(set: number, first: number, count: number): Uint8Array {
  const writer = new NlriWriter("ipv4", false);
  const octets = new Uint8Array(4);
  for (let n = first; n < first + count; n++) {
    octets.set([16 + (n >>> 16), (n >>> 8) & 255, n & 255]);
    writer.add(0, 24, octets, 0);
  }
  const frames = announceFrames({ nlri: writer.finish(), attributes: attributesOf(set) }, INTERNAL);
  if (typeof frames === "string" || frames[0] === undefined || frames.length > 1) throw new Error("a set and its prefixes fit one UPDATE");
  return frames[0];
}

export function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
