/**
 * The simulated peers of a warm-up, and what they say, as Node would hand it over.
 * No door is here. Addresses are those for documentation (RFC 5737), blocks those for benchmarks (RFC 2544).
 */

import type { IpAddress } from "../../ip/address.ts";
import { present } from "../../ip/assert.ts";
import { type CodecContext, INITIAL_CONTEXT } from "../../bgp/wire/context.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import { announceFrames, endOfRibFrame, withdrawFrames } from "../../bgp/wire/frames.ts";
import { encodeMessage } from "../../bgp/wire/message.ts";
import type { NlriBlock } from "../../bgp/wire/message-types.ts";
import { NlriWriter } from "../../bgp/wire/nlri.ts";
import { openFor } from "../../bgp/session/negotiate.ts";
import type { PeerConfig } from "../../speaker/config/config.ts";
import type { Endpoint } from "../../speaker/vocabulary.ts";

export const AS = 64512;
export const ROUTER_ID = "192.0.2.254" as IpAddress;
export const LOCAL: Endpoint = { address: ROUTER_ID, port: 179 };
/** 192.0.2.1, the first of the peers. */
export const FIRST_PEER = 0xc0000201;
export const FIRST_BLOCK = 0xc6120000; // 198.18.0.0/15
export const BLOCK_BITS = 26; // a Calico host's block

const INTERNAL: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };

/** What a peer says until it is established: OPEN, KEEPALIVE, and that it has no more routes. */
export function greetingOf({ session }: PeerConfig, index: number): readonly Buffer[] {
  const open = openFor({ ...session, localRouterId: FIRST_PEER + index });
  return [encodeMessage(open, INITIAL_CONTEXT), encodeMessage({ kind: "keepalive" }, INITIAL_CONTEXT), endOfRibFrame("ipv4", INTERNAL)].map(received);
}

/** Blocks number `from` and on, each as a prefix of that length. */
export function blocks(from: number, count: number, bits: (block: number) => number): NlriBlock {
  const writer = new NlriWriter("ipv4", false);
  const octets = new Uint8Array(4);
  const view = new DataView(octets.buffer);
  for (let block = from; block < from + count; block++) {
    view.setUint32(0, FIRST_BLOCK + (block << (32 - BLOCK_BITS)));
    writer.add(0, bits(block), octets, 0);
  }
  return writer.finish();
}

/** One UPDATE: so few prefixes fit. */
export function announcementOf(nlri: NlriBlock, attributes: PathAttributes): Buffer {
  const [frame] = announceFrames({ nlri, attributes }, INTERNAL);
  return received(present(frame as Uint8Array | undefined, "a few prefixes fit one message"));
}

export function withdrawalOf(nlri: NlriBlock): Buffer {
  return received(present(withdrawFrames(nlri, INTERNAL)[0], "a few prefixes fit one message"));
}

function received(message: Uint8Array): Buffer {
  return Buffer.from(message);
}
