/**
 * A Calico cluster as it stands in etcd: keys and values, written down by few words, and what one node makes of them.
 */

import { createHash } from "node:crypto";
import { compile } from "../../src/calico/compile.ts";
import { type ResourceKind, affinityKey, resourceKey } from "../../src/calico/keys.ts";
import { ResourceTable } from "../../src/calico/resource-table.ts";
import type { Compiled, Environment } from "../../src/calico/vocabulary.ts";
import type { IpAddress } from "../../src/ip/address.ts";
import { type Prefix, parsePrefix, prefixLength, prefixToBytes, prefixVersion } from "../../src/ip/prefix.ts";
import { type PolicyRoute, allHold, evaluate } from "../../src/bgp/policy/evaluate.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import type { PeerConfig } from "../../src/speaker/config/config.ts";

/** One key and its value. */
export type Entry = readonly [key: string, value: string];

export const ME = "node-1";
export const NORMAL = 2147483647 - 1024;

function resource(kind: ResourceKind, name: string, spec: object, more: object = {}): Entry {
  const metadata = { name, uid: "0f0e0d0c-0b0a-4908-8706-050403020100", creationTimestamp: "2026-05-03T09:12:44Z", ...more };
  return [resourceKey(kind, name), JSON.stringify({ kind, apiVersion: "projectcalico.org/v3", metadata, spec, status: {} })];
}

/** A host 10.0.0.N (and fd00::N where `bgp` says so). */
export function node(number: number, bgp: object = {}, labels: object = {}, more: object = {}): Entry {
  return resource("Node", `node-${number}`, { bgp: { ipv4Address: `10.0.0.${number}/24`, ...bgp }, ...more }, { labels });
}

export const configuration = (spec: object, name = "default"): Entry => resource("BGPConfiguration", name, spec);
export const peer = (name: string, spec: object): Entry => resource("BGPPeer", name, spec);
export const filter = (name: string, spec: object): Entry => resource("BGPFilter", name, spec);
export const pool = (cidr: string, spec: object = {}, name = `pool-${cidr.replace(/[/:]+/g, "-")}`): Entry => resource("IPPool", name, { cidr, ...spec });

export function block(cidr: string, state = "confirmed"): Entry {
  return [affinityKey(ME, cidr as Prefix), JSON.stringify({ state, deleted: false })];
}

export const NO_MESH = configuration({ nodeToNodeMeshEnabled: false });

export const ENVIRONMENT: Environment = {
  routerId: undefined,
  advertiseClusterIps: undefined,
  podCidrs: "ignore",
  secret: ({ name, key }) => (name === "bgp-secrets" ? { kind: "text", text: `secret of ${key}\n` } : { kind: "unreadable", why: "no such file" }),
  sha256: (text) => createHash("sha256").update(text).digest(),
  workloads: [],
};

export function tableOf(entries: readonly Entry[]): ResourceTable {
  const table = new ResourceTable();
  for (const [key, value] of entries) table.put(key, value);
  return table;
}

export function compiledOf(entries: readonly Entry[], environment: Partial<Environment> = {}): Compiled {
  return compile(tableOf(entries).resources(), ME, { ...ENVIRONMENT, ...environment });
}

/** What node-1 is to do; it has what it needs. */
export function configOf(entries: readonly Entry[], environment: Partial<Environment> = {}): Extract<Compiled, { kind: "compiled" }> {
  const compiled = compiledOf(entries, environment);
  if (compiled.kind === "incomplete") throw new Error(compiled.reason);
  return compiled;
}

/** The names of its sessions. */
export function sessionNames(entries: readonly Entry[], environment: Partial<Environment> = {}): readonly string[] {
  return configOf(entries, environment).speaker.peers.map(({ name }) => name);
}

export function session(entries: readonly Entry[], name: string, environment: Partial<Environment> = {}): PeerConfig {
  const { peers } = configOf(entries, environment).speaker;
  const found = peers.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no session ${name}, but ${peers.map((known) => known.name).join(", ")}`);
  return found;
}

/** A route that a policy is asked about. */
export interface Asked {
  readonly source?: PolicyRoute["source"];
  readonly interface?: string;
  /** Of a route of this host; 1024 unless given. */
  readonly metric?: number;
  readonly attributes?: PathAttributes;
}

/** What the kernel gets for a route: "leave", "program" or the tunnel, and the rule that said so. */
export function programming(entries: readonly Entry[], prefix: string, { nextHop, source = "internal" }: { readonly nextHop?: string; readonly source?: PolicyRoute["source"] } = {}): readonly [rule: string, what: string] {
  const attributes: PathAttributes = nextHop === undefined ? {} : { nextHop: { address: nextHop as IpAddress } };
  const route = routeOf(prefix, { source, attributes });
  const rule = configOf(entries).speaker.forwarding.find(({ when }) => allHold(when, route, route.attributes));
  return [rule?.name ?? "", rule ? (rule.tunnel ?? rule.then) : "program"];
}

export type Answered = { readonly rule: string; readonly accepted: PathAttributes | undefined };

function routeOf(text: string, { source = "kernel", interface: name = "", metric = 1024, attributes = {} }: Asked): PolicyRoute {
  const prefix = parsePrefix(text) as Prefix;
  const family = prefixVersion(prefix) === 4 ? "ipv4" : "ipv6";
  return { family, bytes: prefixToBytes(prefix), at: 0, bits: prefixLength(prefix), attributes: { localPref: 2147483647 - metric, ...attributes }, source, interface: name };
}

/** Does a route leave by this session, by which rule, and with what? */
export function leaving(to: PeerConfig, prefix: string, asked: Asked = {}): Answered {
  return evaluate(to.exportPolicy, routeOf(prefix, asked));
}

/** Does a route come in by this session? */
export function coming(from: PeerConfig, prefix: string, asked: Asked = {}): Answered {
  return evaluate(from.importPolicy, routeOf(prefix, { source: "internal", ...asked }));
}

/** "rule", or "not: rule". */
export function verdict({ accepted, rule }: Answered): string {
  return accepted ? rule : `not: ${rule}`;
}
