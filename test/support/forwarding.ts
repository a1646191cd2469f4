/** Forwarding changes, short to write. */

import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { ForwardingChange, ForwardingEntry } from "../../src/speaker/vocabulary.ts";

/** A route wanted through these next hops. */
export function via(prefix: string, ...nextHops: readonly string[]): ForwardingChange {
  return { prefix: prefix as Prefix, entry: viaEntry(...nextHops) };
}

export function viaEntry(...nextHops: readonly string[]): ForwardingEntry {
  return { kind: "via", nextHops: nextHops.map((address) => ({ address: address as IpAddress })) };
}

export function blackhole(prefix: string): ForwardingChange {
  return { prefix: prefix as Prefix, entry: { kind: "blackhole" } };
}

export function nothing(prefix: string): ForwardingChange {
  return { prefix: prefix as Prefix, entry: undefined };
}

/** `count` different /32s. */
export function hostPrefixes(count: number): readonly Prefix[] {
  return Array.from({ length: count }, (_, i) => `10.${100 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}/32` as Prefix);
}
