/**
 * ROUTE-REFRESH: "send me that again".
 * Pure. RFC 2918; begin and end markers of RFC 7313. Filters of RFC 5291 behind the body are not read: we never offer them.
 *
 *   0        2      3      4
 *   +--------+------+------+
 *   |  AFI   |subtyp| SAFI |
 *   +--------+------+------+
 */

import { HEADER_BYTES, REFRESH_SUBTYPE } from "./code-points.ts";
import { Reader, type Writer, copyOf } from "./cursor.ts";
import { ProtocolError } from "./error.ts";
import { badRefreshLength } from "./notification.ts";
import type { RouteRefresh } from "./message-types.ts";

const SUBTYPE_OF_CODE: { readonly [code: number]: RouteRefresh["subtype"] } = {
  [REFRESH_SUBTYPE.request]: "request",
  [REFRESH_SUBTYPE.begin]: "begin",
  [REFRESH_SUBTYPE.end]: "end",
};

/** Decodes a whole ROUTE-REFRESH whose header has been checked. */
export function decodeRouteRefresh(message: Uint8Array): RouteRefresh {
  const wrongLength = (reason: string): ProtocolError => new ProtocolError(badRefreshLength(copyOf(message)), reason);
  const reader = new Reader(message, HEADER_BYTES, message.length, wrongLength);
  const afi = reader.u16();
  const subtype = SUBTYPE_OF_CODE[reader.u8()] ?? "unknown";
  const safi = reader.u8();
  const isMarker = subtype === "begin" || subtype === "end";
  if (isMarker && reader.remaining > 0) throw wrongLength(`${reader.remaining} octets behind a marker`); // RFC 7313 §5
  return { kind: "route-refresh", family: { afi, safi }, subtype };
}

export function writeRouteRefresh({ family, subtype }: RouteRefresh, out: Writer): void {
  out.u16(family.afi);
  out.u8(REFRESH_SUBTYPE[subtype]);
  out.u8(family.safi);
}
