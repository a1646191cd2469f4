/**
 * BGP messages written octet by octet, right or wrong, for a peer that shares no code with the encoder under test.
 * RFC 4271 §4, RFC 5492 §4 (capabilities), RFC 9072 (long parameters), RFC 2918 (ROUTE-REFRESH).
 */

import { rawMessage, u16 } from "../wire/raw.ts";

export const TYPE = { open: 1, update: 2, notification: 3, keepalive: 4, routeRefresh: 5 } as const;

export const KEEPALIVE = rawMessage(TYPE.keepalive, []);

/** What stands in an OPEN; what is left out is as a plain peer says it. */
export interface RawOpen {
  readonly version?: number;
  /** The two-octet field as it stands. */
  readonly shortAs: number;
  readonly holdTimeSec?: number;
  readonly routerId: string;
  /** Everything from the length octet of the parameters on. */
  readonly parameters?: readonly number[];
}

export function open({ version = 4, shortAs, holdTimeSec = 90, routerId, parameters = [0] }: RawOpen): Uint8Array {
  return rawMessage(TYPE.open, [version, ...u16(shortAs), ...u16(holdTimeSec), ...ipv4(routerId), ...parameters]);
}

/** All capabilities in one parameter, with the length octet before it. */
export function inOneParameter(...capabilities: readonly (readonly number[])[]): readonly number[] {
  const parameter = capabilityParameter(capabilities.flat());
  return [parameter.length, ...parameter];
}

/** Each capability in a parameter of its own. */
export function inParameters(...capabilities: readonly (readonly number[])[]): readonly number[] {
  const parameters = capabilities.flatMap(capabilityParameter);
  return [parameters.length, ...parameters];
}

/** The form of RFC 9072: `first` is the octet that the short form would have its length in. */
export function inLongForm(first: number, ...capabilities: readonly (readonly number[])[]): readonly number[] {
  const value = capabilities.flat();
  return [first, 255, ...u16(value.length + 3), 2, ...u16(value.length), ...value];
}

export function capabilityParameter(capabilities: readonly number[]): readonly number[] {
  return [2, capabilities.length, ...capabilities];
}

export function capability(code: number, value: readonly number[] = []): readonly number[] {
  return [code, value.length, ...value];
}

export const IPV4_UNICAST = capability(1, [0, 1, 0, 1]);
export const IPV6_UNICAST = capability(1, [0, 2, 0, 1]);
export const ROUTE_REFRESH = capability(2);
export const EXTENDED_MESSAGE = capability(6);
export const ENHANCED_REFRESH = capability(70);

export function fourOctetAs(asn: number): readonly number[] {
  return capability(65, u32(asn));
}

export function routeRefresh(afi: number, subtype: number, safi: number, ...rest: readonly number[]): Uint8Array {
  return rawMessage(TYPE.routeRefresh, [...u16(afi), subtype, safi, ...rest]);
}

/** A message with a length field that says something else than its length. */
export function withLength(message: Uint8Array, length: number): Uint8Array {
  const changed = message.slice();
  changed.set(u16(length), 16);
  return changed;
}

export function ipv4(text: string): readonly number[] {
  return text.split(".").map(Number);
}

export function u32(value: number): readonly number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}
