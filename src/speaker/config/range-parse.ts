/**
 * A range of neighbours in the document -> RangeConfig, and what ranges and peers may not have in common.
 * Pure.
 */

import type { IpAddress } from "../../ip/address.ts";
import { type Prefix, contains, containsAddress, hostPrefix, prefixAddress, prefixLength } from "../../ip/prefix.ts";
import type { PeerConfig, PeerName, RangeConfig } from "./config.ts";
import type { PeerDocument, RangeDocument } from "./document.ts";
import type { WholePeer, WholeRange } from "./peer-groups.ts";
import { type ConfigFault, fault } from "./schema.ts";

/** `asPeer` reads what a member has in common with every other peer. */
export function rangeOf({ document: range, path, pathOf }: WholeRange, localAs: number, faults: ConfigFault[], asPeer: (member: WholePeer) => PeerConfig): RangeConfig {
  const asns = asnsOf(range, pathOf, localAs, faults);
  if (range.bfd?.strict) fault(faults, `${pathOf("bfd")}.strict`, true, "false: BFD watches a caller only once it is a peer");
  const document: PeerDocument = {
    ...range,
    address: prefixAddress(range.prefix),
    asn: asns[0],
    localAsn: undefined,
    port: 179,
    localAddress: undefined,
    shutdown: undefined,
    passive: true,
    connectRetrySec: 5,
    idleHoldMaxSec: 30,
  };
  const { name: _name, address: _address, ...member } = asPeer({ path, document, pathOf });
  const session = { ...member.session, otherRemoteAses: asns.slice(1) };
  return { name: range.name, prefix: range.prefix, asns, limit: range.limit, member: { ...member, session } };
}

/** The peer that calls from this address. */
export function memberOf(range: RangeConfig, address: IpAddress): PeerConfig {
  return { ...range.member, name: memberName(range.name, address), address };
}

export function memberName(range: string, address: IpAddress): PeerName {
  return `${range}_${address.replaceAll(/[.:]/g, "_")}` as PeerName;
}

/** The longest range that holds the address. */
export function longestRange(ranges: readonly RangeConfig[], address: IpAddress): RangeConfig | undefined {
  const holding = ranges.filter(({ prefix }) => containsAddress(prefix, address));
  return holding.reduce<RangeConfig | undefined>((longest, range) => (longest && prefixLength(longest.prefix) >= prefixLength(range.prefix) ? longest : range), undefined);
}

/** Policies, TTL and reflection differ between internal and external peers, and the first OPEN comes too late for them. */
function asnsOf({ asn, asns }: RangeDocument, pathOf: WholeRange["pathOf"], localAs: number, faults: ConfigFault[]): readonly [number, ...number[]] {
  if (asn !== undefined && asns !== undefined) fault(faults, pathOf("asn"), asn, "nothing: there are asns already");
  const [first, ...others] = new Set(asns ?? (asn === undefined ? [] : [asn]));
  if (first === undefined) {
    fault(faults, pathOf("asn"), undefined, "the AS number of the callers, or asns");
    return [localAs];
  }
  if (others.length > 0 && [first, ...others].includes(localAs)) fault(faults, pathOf("asn"), asns, `either AS ${localAs}, which is ours, or others`);
  return [first, ...others];
}

/** With where it stands in the document: what could not be read before it is not among the values. */
export interface Located<Value> {
  readonly value: Value;
  readonly path: string;
}

/** Whoever is meant by an address or a name, it is one range or one peer. */
export function rejectClashes(ranges: readonly Located<RangeConfig>[], peers: readonly Located<PeerConfig>[], faults: ConfigFault[]): void {
  for (const [index, { value: range, path }] of ranges.entries()) {
    for (const field of ["name", "prefix"] as const) {
      const first = ranges.slice(0, index).find((other) => other.value[field] === range[field]);
      if (first) fault(faults, `${path}.${field}`, range[field], `one of its own: ${first.path} has it too`);
    }
    if (!range.member.transport.password) rejectUnsigned(range.prefix, path, ranges, faults);
  }
  for (const { value: peer, path } of peers) {
    const range = ranges.find(({ value }) => peer.name.startsWith(`${value.name}_`))?.value;
    if (range) fault(faults, `${path}.name`, peer.name, `a name that no peer of the range ${range.name} can have`);
    if (!peer.transport.password) rejectUnsigned(hostPrefix(peer.address), path, ranges, faults);
  }
}

/** The kernel asks for signatures by prefix and knows no exception within one. */
function rejectUnsigned(prefix: Prefix, path: string, ranges: readonly Located<RangeConfig>[], faults: ConfigFault[]): void {
  const signed = ranges.find(({ value }) => value.member.transport.password && contains(value.prefix, prefix))?.value;
  if (signed) fault(faults, `${path}.password`, undefined, `a password: ${prefix} lies in ${signed.prefix}, and whoever calls from there has to sign`);
}
