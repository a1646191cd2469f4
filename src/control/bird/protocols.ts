/**
 * What BIRD would call our protocols: the kernel's four, and one per peer.
 * Pure. One socket shows one version of IP, as Calico's bird and bird6 do: a peer belongs to the version of its address.
 *
 * Row: `%-8s %-8s %-8s %-5s  %-10s  %s` of name, type, table, state, since and info (BIRD 1.6, nest/proto.c).
 */

import { versionOf } from "../../ip/address.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { PeerView } from "../../speaker/view.ts";
import type { Look } from "../look.ts";
import { type Failure, describeFailure } from "../text/reasons.ts";
import { since } from "./moments.ts";
import { CODE, type ReplyLine, line } from "./reply.ts";

export const TABLE = "master";

/** As the column "state" has it. */
export type ProtocolState = "up" | "start" | "down";

export interface Protocol {
  readonly name: string;
  readonly type: "Static" | "Kernel" | "Device" | "Direct" | "BGP";
  readonly state: ProtocolState;
  readonly sinceMs: number;
  readonly info: string;
  /** undefined: not a session. */
  readonly peer: PeerView | undefined;
}

const KERNEL_SIDE = [
  { name: "static1", type: "Static" },
  { name: "kernel1", type: "Kernel" },
  { name: "device1", type: "Device" },
  { name: "direct1", type: "Direct" },
] as const;

export function protocolsOf(look: Look, family: Family): readonly Protocol[] {
  const { startedAtMs } = look.speaker.router();
  const version = family === "ipv4" ? 4 : 6;
  return [
    ...KERNEL_SIDE.map(({ name, type }): Protocol => ({ name, type, state: "up", sinceMs: startedAtMs, info: "", peer: undefined })),
    ...look.speaker.peers().filter(({ config }) => versionOf(config.address) === version).map((peer) => protocolOf(peer, look)),
  ];
}

/** By name, or by a pattern as birdc takes it: "Mesh_*". */
export function matching(protocols: readonly Protocol[], pattern: string): readonly Protocol[] {
  const wanted = pattern.replace(/^"(.*)"$/, "$1");
  const parts = wanted.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("\\?", "."));
  const whole = new RegExp(`^${parts.join(".*")}$`);
  return protocols.filter(({ name, peer }) => whole.test(name) || peer?.name === wanted);
}

export function heading(): ReplyLine {
  return line(CODE.heading, row("name", "proto", "table", "state", "since", "info"));
}

export function protocolLine(protocol: Protocol, look: Look): ReplyLine {
  const { name, type, state, sinceMs, info } = protocol;
  return line(CODE.protocol, row(name, type, TABLE, state, since(sinceMs, look.clock), info));
}

/** BIRD's symbols have letters, digits and underscores; programs split these lines at spaces. */
export function symbolOf(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, "_");
  return /^[A-Za-z_]/.test(plain) ? plain : `bgp_${plain}`;
}

/** RFC 4271's state, and "Passive" for one who only waits. */
export function stateOf({ state, config }: PeerView): string {
  return state === "Active" && config.session.passive ? "Passive" : state;
}

/** BIRD's class of the last error and the error: "Socket: Connection refused"; empty: none. */
export function lastErrorOf(peer: PeerView, look: Look): string {
  if (peer.state === "Established") return "";
  const failure = look.failures.of(peer.name)?.failure ?? peer.lastDown?.reason;
  return failure ? `${CLASSES[failure.kind]}${capitalised(withoutDirection(failure))}` : "";
}

const CLASSES: { readonly [K in Failure["kind"]]: string } = {
  sent: "BGP Error: ",
  received: "Received: ",
  lost: "Socket: ",
  dial: "Socket: ",
  replaced: "Error: ",
  left: "Error: ",
};

function protocolOf(peer: PeerView, look: Look): Protocol {
  const state = peer.state === "Established" ? "up" : peer.config.shutdown !== undefined || peer.held ? "down" : "start";
  const error = lastErrorOf(peer, look);
  const info = state === "down" ? error : `${stateOf(peer).padEnd(14)}${error}`;
  return { name: symbolOf(peer.name), type: "BGP", state, sinceMs: peer.sinceMs, info, peer };
}

function row(name: string, type: string, table: string, state: string, moment: string, info: string): string {
  return `${name.padEnd(8)} ${type.padEnd(8)} ${table.padEnd(8)} ${state.padEnd(5)}  ${moment.padEnd(10)}  ${info}`;
}

/** The class says who said it. */
function withoutDirection(failure: Failure): string {
  return describeFailure(failure).replace(/^(sent|received) /, "");
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
