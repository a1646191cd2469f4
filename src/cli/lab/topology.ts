/**
 * What a lab consists of: hosts, addresses, blocks, containers, who peers with whom, and so which routes must appear where.
 * Pure but for a hash.
 *
 *   node-1 172.17.8.101 ──┐                      ┌── node-3 172.17.8.103
 *     192.168.1.64/26     ├── lan 172.17.8.0/24 ─┤     192.168.3.192/26
 *   node-2 172.17.8.102 ──┘                      └── reflector-1 172.17.8.201
 *     192.168.2.128/26, and one container with an address of node-3's block
 */

import { createHash } from "node:crypto";
import type { IpAddress } from "../../ip/address.ts";
import type { Prefix } from "../../ip/prefix.ts";

export const LAB_ASN = 64512;
/** All blocks are cut from this pool. */
export const POOL = "192.168.0.0/16" as Prefix;
/** The router on the link network of a lab with namespaces. */
export const GATEWAY = "172.17.8.1" as IpAddress;
/** Calico's gateway of every container: no interface has it, proxy ARP answers for it. */
export const CONTAINER_GATEWAY = "169.254.1.1" as IpAddress;

/** Whether hosts are network namespaces or processes on this host's loopback. */
export type GroundKind = "namespaces" | "loopback";

/** What an operator asks for. */
export interface LabOptions {
  readonly id: string;
  readonly ground: GroundKind;
  readonly nodes: number;
  /** 0: a full mesh. */
  readonly reflectors: number;
  readonly birds: number;
  readonly holdSec: number;
  /** "etcd": every ts-bgp is a node of a Calico cluster; reflectors join it later. */
  readonly datastore: "none" | "etcd";
  readonly port: number;
  /** Where configurations, sockets and logs live. */
  readonly directory: string;
}

export interface Lab extends LabOptions {
  readonly hosts: readonly Host[];
}

export interface Host {
  readonly name: string;
  readonly namespace: string;
  readonly address: IpAddress;
  readonly role: "node" | "reflector";
  readonly program: "ts-bgp" | "bird";
  readonly block: Prefix | undefined;
  readonly containers: readonly Container[];
  readonly peers: readonly LabPeer[];
}

export interface Container {
  readonly name: string;
  readonly namespace: string;
  readonly address: IpAddress;
  /** The host's end of its link: "cali" and a hash, as Calico names it. */
  readonly hostInterface: string;
  /** "borrowed": from another host's block, so its /32 is announced alone. */
  readonly from: "own block" | "borrowed";
}

export interface LabPeer {
  readonly name: string;
  readonly address: IpAddress;
  readonly relation: "mesh" | "our reflector" | "our client" | "fellow reflector";
}

/** A route that must stand on a host because another host announced it. */
export interface ExpectedRoute {
  readonly prefix: Prefix;
  readonly nextHop: IpAddress;
}

/** The whole lab that these options describe. */
export function planLab(options: LabOptions): Lab {
  const nodes = Array.from({ length: options.nodes }, (_, index) => planNode(options, index + 1));
  const reflectors = Array.from({ length: options.reflectors }, (_, index) => planReflector(options, index + 1));
  const hosts = [...nodes, ...reflectors];
  return { ...options, hosts: hosts.map((host) => ({ ...host, peers: peersOf(host, hosts, options) })) };
}

/** The routes that the other hosts' announcements must leave on `host`. */
export function expectedRoutes(lab: Lab, host: Host): readonly ExpectedRoute[] {
  return lab.hosts.filter((other) => other !== host).flatMap(announcedBy);
}

/** Every namespace of a lab begins with this. */
export function namespacePrefix(id: string): string {
  return `tsbgp-${id}-`;
}

export function linkNamespace(id: string): string {
  return `${namespacePrefix(id)}lan`;
}

/** Addresses that `host` announces one by one. */
export function borrowedBy(host: Host): readonly Prefix[] {
  return host.containers.filter(({ from }) => from === "borrowed").map(({ address }) => `${address}/32` as Prefix);
}

/** The node whose screen the lab shows. */
export function shownHost(lab: Lab): Host {
  return lab.hosts[0] as Host;
}

/** The node that the lab kills. */
export function doomedHost(lab: Lab): Host {
  return lab.hosts[lab.nodes - 1] as Host;
}

function announcedBy(host: Host): readonly ExpectedRoute[] {
  const prefixes = [...(host.block ? [host.block] : []), ...borrowedBy(host)];
  return prefixes.map((prefix) => ({ prefix, nextHop: host.address }));
}

function planNode(options: LabOptions, number: number): Host {
  const name = `node-${number}`;
  const namespace = `${namespacePrefix(options.id)}${name}`;
  const containers = [1, 2].map((index) => planContainer(options, namespace, number, index));
  const program = runsBird(options, number) ? "bird" : "ts-bgp";
  return {
    name,
    namespace,
    address: hostAddress(options, 100 + number),
    role: "node",
    program,
    block: blockOf(number),
    containers,
    peers: [],
  };
}

function planReflector(options: LabOptions, number: number): Host {
  const name = `reflector-${number}`;
  const namespace = `${namespacePrefix(options.id)}${name}`;
  return {
    name,
    namespace,
    address: hostAddress(options, 200 + number),
    role: "reflector",
    program: "ts-bgp",
    block: undefined,
    containers: [],
    peers: [],
  };
}

function hostAddress({ ground }: LabOptions, last: number): IpAddress {
  return (ground === "namespaces" ? `172.17.8.${last}` : `127.18.8.${last}`) as IpAddress;
}

/** BIRD comes to node 2 first and to node 1, the one that is shown, last. */
function runsBird({ nodes, birds }: LabOptions, number: number): boolean {
  const turn = number === 1 ? nodes : number - 1;
  return turn <= birds;
}

function blockOf(number: number): Prefix {
  return `192.168.${number}.${blockStart(number)}/26` as Prefix;
}

function blockStart(number: number): number {
  return (number * 64) % 256;
}

const BORROWER = 2;

/** Two containers per node; the second one of node 2 has an address of the next node's block. */
function planContainer({ id, nodes }: LabOptions, hostNamespace: string, number: number, index: number): Container {
  const borrowed = number === BORROWER && index === 2;
  const lender = borrowed ? (BORROWER % nodes) + 1 : number;
  const offset = borrowed ? 42 : 1 + index;
  const name = `container-${index}`;
  return {
    name,
    namespace: `${hostNamespace}-${name}`,
    address: `192.168.${lender}.${blockStart(lender) + offset}` as IpAddress,
    hostInterface: `cali${createHash("sha1").update(`${id}.${number}.${name}`).digest("hex").slice(0, 11)}`,
    from: borrowed ? "borrowed" : "own block",
  };
}

function peersOf(host: Host, hosts: readonly Host[], { reflectors }: LabOptions): readonly LabPeer[] {
  return hosts.flatMap((other) => {
    const relation = other === host ? undefined : relationOf(host, other, reflectors === 0 ? "mesh" : "reflected");
    return relation ? [{ name: peerName(relation, other.address), address: other.address, relation }] : [];
  });
}

function relationOf(host: Host, other: Host, shape: "mesh" | "reflected"): LabPeer["relation"] | undefined {
  if (shape === "mesh") return "mesh";
  if (host.role === "reflector") return other.role === "reflector" ? "fellow reflector" : "our client";
  return other.role === "reflector" ? "our reflector" : undefined;
}

/** Calico's names of sessions, from which the status table tells the peer's type. */
function peerName(relation: LabPeer["relation"], address: IpAddress): string {
  const kind = { mesh: "Mesh", "our reflector": "Global", "our client": "Node", "fellow reflector": "Node" }[relation];
  return `${kind}_${address.replaceAll(".", "_")}`;
}
