/**
 * The workloads of this host: host routes that somebody else (Felix) put on the interfaces of containers.
 * Pure. A whole value every time something changed; what is missing in it is gone.
 */

import { type Prefix, comparePrefixes } from "../ip/prefix.ts";
import type { KernelMirror } from "./kernel-mirror.ts";

const HOST_BITS = { ipv4: 32, ipv6: 128 } as const;

/** Does an interface name match one of these globs ("cali*", "veth-?")? */
export function interfaceMatcher(globs: readonly string[]): (name: string) => boolean {
  const patterns = globs.map((glob) => new RegExp(`^${glob.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`));
  return (name) => patterns.some((pattern) => pattern.test(name));
}

export interface WorkloadSource {
  readonly table: number;
  readonly isWorkload: (linkName: string) => boolean;
}

/** All workload prefixes, in the order of a printed table. */
export function workloadPrefixes(mirror: KernelMirror, { table, isWorkload }: WorkloadSource): readonly Prefix[] {
  const devices = new Set([...mirror.links()].filter((link) => isWorkload(link.name)).map((link) => link.index));
  if (devices.size === 0) return [];
  const found: Prefix[] = [];
  for (const { prefix, bits, route } of mirror.routes()) {
    if (bits !== HOST_BITS[route.family] || route.table !== table || route.target.kind !== "via") continue;
    if (route.target.hops.some((hop) => hop.gateway === undefined && devices.has(hop.device))) found.push(prefix());
  }
  return [...new Set(found)].sort(comparePrefixes);
}
