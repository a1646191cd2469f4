/** Forwarding changes, short to write. */

import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { PrefixTable } from "../../src/bgp/rib/prefix-table.ts";
import { ForwardingChangeList } from "../../src/speaker/forwarding/change-list.ts";
import type { ForwardingChanges, ForwardingEntry } from "../../src/speaker/vocabulary.ts";

/** One change, with its prefix as text. */
export interface ForwardingChange {
  readonly prefix: Prefix;
  readonly entry: ForwardingEntry | undefined;
}

/** The numbers of all tests' prefixes; none is ever given back. */
export const PREFIXES = new PrefixTable();

/** As the speaker tells them. */
export function changes(list: readonly ForwardingChange[], prefixes = PREFIXES): ForwardingChanges {
  const told = new ForwardingChangeList();
  for (const { prefix, entry } of list) told.push(prefixes.internPrefix(prefix), entry);
  return told;
}

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
