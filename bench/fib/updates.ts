/**
 * The routes of a measurement as UPDATEs, encoded before the clock starts.
 * Pure. As a reflector passes them on that hears all hosts at once: each UPDATE has some prefixes of one host, the hosts take turns.
 */

import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { type CodecContext, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { announceFrames, endOfRibFrame, withdrawFrames } from "../../src/bgp/wire/frames.ts";
import type { NlriBlock } from "../../src/bgp/wire/message-types.ts";
import { NlriWriter } from "../../src/bgp/wire/nlri.ts";
import { type BenchRoute, type Layout, dotted, gatewayOf, routeAt } from "./routes.ts";

const CONTEXT: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };
const CLUSTER_ID = 0xac1e0002;

/** "mixed": the hosts take turns; "grouped": everything of one host, then everything of the next. */
export type Order = "mixed" | "grouped";

export const END_OF_RIB = endOfRibFrame("ipv4", CONTEXT);

export function announcements(layout: Layout, prefixesPerUpdate: number, order: Order): Uint8Array {
  return Buffer.concat(
    runs(layout, prefixesPerUpdate, order).flatMap((indexes) => {
      const [first = 0] = indexes;
      return announcement(gatewayOf(layout, first), indexes.map(routeAt));
    }),
  );
}

export function withdrawals(layout: Layout, prefixesPerUpdate: number, order: Order): Uint8Array {
  return Buffer.concat(runs(layout, prefixesPerUpdate, order).flatMap((indexes) => withdrawFrames(nlriOf(indexes.map(routeAt)), CONTEXT)));
}

export function announcement(gateway: number, routes: readonly BenchRoute[]): readonly Uint8Array[] {
  const frames = announceFrames({ nlri: nlriOf(routes), attributes: attributesOf(gateway) }, CONTEXT);
  if (typeof frames === "string") throw new Error(`these routes cannot be announced: ${frames}`);
  return frames;
}

export function withdrawal(routes: readonly BenchRoute[]): readonly Uint8Array[] {
  return withdrawFrames(nlriOf(routes), CONTEXT);
}

/** What a reflector passes on: the host that announced it is its next hop and its ORIGINATOR_ID (RFC 4456 §8). */
function attributesOf(gateway: number): PathAttributes {
  return { origin: "igp", asPath: [], localPref: 100, nextHop: { address: dotted(gateway) }, originatorId: gateway, clusterList: [CLUSTER_ID] };
}

function nlriOf(routes: readonly BenchRoute[]): NlriBlock {
  const writer = new NlriWriter("ipv4", false);
  const octets = new Uint8Array(4);
  for (const { address, bits } of routes) {
    octets.set([address >>> 24, address >>> 16, address >>> 8, address]);
    writer.add(0, bits, octets, 0);
  }
  return writer.finish();
}

/** Indexes of the routes that share an UPDATE. */
function runs({ routes, gateways }: Layout, length: number, order: Order): readonly (readonly number[])[] {
  const perGateway = Array.from({ length: Math.min(gateways, routes) }, (_, gateway) => {
    const own = Array.from({ length: Math.ceil((routes - gateway) / gateways) }, (_, turn) => gateway + turn * gateways);
    return Array.from({ length: Math.ceil(own.length / length) }, (_, run) => own.slice(run * length, (run + 1) * length));
  });
  if (order === "grouped") return perGateway.flat();
  const rounds = Math.max(0, ...perGateway.map((own) => own.length));
  return Array.from({ length: rounds }, (_, round) => perGateway.flatMap((own) => (own[round] ? [own[round]] : []))).flat();
}
