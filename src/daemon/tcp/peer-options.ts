/**
 * A peer's transport settings as socket options.
 * Pure. RFC 2385 (MD5), RFC 5082 (GTSM), RFC 2474 (DSCP).
 *
 * A listener hands its options down to every connection it accepts, so only what differs is set on those.
 */

import { type IpAddress, type IpVersion, versionOf } from "../../ip/address.ts";
import { type Prefix, hostPrefix } from "../../ip/prefix.ts";
import type { SpeakerConfig, TransportSettings } from "../../speaker/config/config.ts";
import type { Secret } from "../../speaker/config/secret.ts";
import { type SocketOption, device, dscp, md5Key, minTtl, ttl, userTimeout } from "../../system/socket-options.ts";

/** "must": rather no connection than one without it. */
export interface WantedOption {
  readonly option: SocketOption;
  readonly need: "must" | "may";
}

/** TCP MD5 keys by who has to sign. */
export type Keys = ReadonlyMap<Prefix, Secret>;

const LISTENER_DSCP = 48; // CS6
const LISTENER_TTL = 255; // a peer with TTL security checks our SYN-ACK too
const MAX_TTL = 255;

/** For the socket that dials this address. */
export function dialOptions(transport: TransportSettings, remote: IpAddress): readonly WantedOption[] {
  const version = versionOf(remote);
  const { password } = transport;
  return [
    may(dscp(version, transport.dscp)),
    ...reachOptions(transport, version),
    ...commonOptions(transport),
    ...(password ? [must(md5Key(version, hostPrefix(remote), keyOf(password)))] : []),
  ];
}

/** For a connection that this address made to us: what the listener did not hand down. The key it did. */
export function acceptOptions(transport: TransportSettings, remote: IpAddress): readonly WantedOption[] {
  const version = versionOf(remote);
  const { reach } = transport;
  return [
    ...(transport.dscp === LISTENER_DSCP ? [] : [may(dscp(version, transport.dscp))]),
    ...(reach.kind === "hops" && reach.hops === LISTENER_TTL ? [] : reachOptions(transport, version)),
    ...commonOptions(transport),
  ];
}

/** For a socket that listens on these IP versions. */
export function listenOptions(versions: readonly IpVersion[]): readonly WantedOption[] {
  return versions.flatMap((version) => [may(dscp(version, LISTENER_DSCP)), may(ttl(version, LISTENER_TTL))]);
}

/** Who has to sign, by configuration. */
export function keysOf({ peers, ranges }: SpeakerConfig): Keys {
  const all = [
    ...ranges.map(({ prefix, member }) => [prefix, member.transport.password] as const),
    ...peers.map(({ address, transport }) => [hostPrefix(address), transport.password] as const),
  ];
  return new Map(all.flatMap(([prefix, password]) => (password ? [[prefix, password] as const] : [])));
}

export function keyOf(password: Secret): Uint8Array {
  return new TextEncoder().encode(password.reveal());
}

function reachOptions({ reach }: TransportSettings, version: IpVersion): readonly WantedOption[] {
  if (reach.kind === "hops") return [may(ttl(version, reach.hops))];
  return [must(ttl(version, MAX_TTL)), must(minTtl(version, MAX_TTL - reach.hops + 1))]; // RFC 5082 §3
}

function commonOptions({ device: name, userTimeoutMs }: TransportSettings): readonly WantedOption[] {
  return [...(name === undefined ? [] : [must(device(name))]), ...(userTimeoutMs === undefined ? [] : [may(userTimeout(userTimeoutMs))])];
}

function must(option: SocketOption): WantedOption {
  return { option, need: "must" };
}

function may(option: SocketOption): WantedOption {
  return { option, need: "may" };
}
