/**
 * Addresses and ports as Node gives them -> as the speaker writes them.
 * Pure.
 */

import { type IpAddress, parseAddress } from "../../ip/address.ts";
import type { Endpoint } from "../../speaker/vocabulary.ts";

/** IPv4 that came over an IPv6 socket is IPv4, zones are not part of an address. */
export function endpointOf(address: string | undefined, port: number | undefined): Endpoint | undefined {
  const parsed: IpAddress | undefined = parseAddress((address ?? "").replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, ""));
  return parsed && port !== undefined ? { address: parsed, port } : undefined;
}
