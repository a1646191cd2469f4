/** UPDATEs by the thousand, written once and sent as one run of bytes. */

import type { IpAddress } from "../../src/ip/address.ts";
import type { CodecContext } from "../../src/bgp/wire/context.ts";
import { INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import type { NlriBlock } from "../../src/bgp/wire/message-types.ts";
import { encodeMessage } from "../../src/bgp/wire/message.ts";

const FIRST_HOST = 0x0b000000; // 11.0.0.0
const HOST_BYTES = 5; // length octet and a /32
const NEXT_HOP = { address: "127.0.2.99" as IpAddress };

export interface ManyRoutes {
  /** Of the first, counted from 11.0.0.0. */
  readonly from: number;
  readonly count: number;
  readonly med: number;
  /** 4096, or more where that was agreed (RFC 8654). */
  readonly maxMessageBytes: CodecContext["maxMessageBytes"];
}

/** Announces that many host routes, as few messages as they fit into, a hundred different AS_PATHs. */
export function announceMany({ from, count, med, maxMessageBytes }: ManyRoutes): Uint8Array {
  const perMessage = Math.floor((maxMessageBytes - 100) / HOST_BYTES);
  const context: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true, maxMessageBytes };
  const messages: Uint8Array[] = [];
  for (let at = 0; at < count; at += perMessage) {
    const nlri = hosts(from + at, Math.min(perMessage, count - at));
    const asPath = [{ kind: "sequence" as const, asns: [65000 + (messages.length % 100)] }];
    messages.push(encodeMessage({ kind: "update", withdrawn: [], announced: [{ nlri, attributes: { origin: "igp", asPath, nextHop: NEXT_HOP, localPref: 100, med } }], faults: [] }, context));
  }
  return Buffer.concat(messages);
}

/** One message with that many paths to 0.0.0.0/0 (RFC 7911). */
export function announcePaths(firstPathId: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count * HOST_BYTES);
  for (let i = 0; i < count; i++) new DataView(bytes.buffer).setUint32(i * HOST_BYTES, firstPathId + i);
  const nlri: NlriBlock = { family: "ipv4", addPath: true, bytes };
  const context: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true, maxMessageBytes: 65535, addPathSend: new Set(["ipv4"]) };
  return encodeMessage({ kind: "update", withdrawn: [], announced: [{ nlri, attributes: { origin: "igp", asPath: [], nextHop: NEXT_HOP, localPref: 100 } }], faults: [] }, context);
}

function hosts(from: number, count: number): NlriBlock {
  const bytes = new Uint8Array(count * HOST_BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) {
    bytes[i * HOST_BYTES] = 32;
    view.setUint32(i * HOST_BYTES + 1, FIRST_HOST + from + i);
  }
  return { family: "ipv4", addPath: false, bytes };
}
