/**
 * The routes of a measurement: which prefixes, through which gateways, and which of them are watched.
 * Pure.
 *
 *   link        172.30.0.0/16    .0.1 the subject, .0.2 the feed, .1.0 and up the gateways, which need not exist
 *   blocks      10.0.0.0/8       every even route: /26
 *   addresses   100.64.0.0/10    every odd one: /32
 */

import { type IpAddress, addressFromNumber } from "../../src/ip/address.ts";

/** IPv4 addresses are plain numbers here: a map of half a million strings would be measured too. */
export interface BenchRoute {
  readonly address: number;
  readonly bits: 26 | 32;
}

const FIRST_BLOCK = 0x0a000000;
const FIRST_ADDRESS = 0x64400000;
const FIRST_GATEWAY = 0xac1e0100;
const BLOCK_ADDRESSES = 64;
/** Beyond these the blocks would run out of their /8. */
export const MAX_ROUTES = 524_288;
export const MAX_GATEWAYS = 10_000;

export function routeAt(index: number): BenchRoute {
  const half = index >>> 1;
  return index % 2 === 0 ? { address: FIRST_BLOCK + half * BLOCK_ADDRESSES, bits: 26 } : { address: FIRST_ADDRESS + half, bits: 32 };
}

export function gatewayAt(index: number): number {
  return FIRST_GATEWAY + index;
}

/** Which gateway every route has: routes take the gateways in turn, and each change moves all of them on by one. */
export interface Layout {
  readonly routes: number;
  readonly gateways: number;
  readonly shift: number;
}

export function gatewayOf({ gateways, shift }: Layout, index: number): number {
  return gatewayAt((index % gateways) + shift);
}

/** Address of a route to address of its gateway. */
export type Table = Map<number, number>;

export function tableOf(layout: Layout, isIncluded: (address: number) => boolean = () => true): Table {
  const table: Table = new Map();
  for (let index = 0; index < layout.routes; index++) {
    const { address } = routeAt(index);
    if (isIncluded(address)) table.set(address, gatewayOf(layout, index));
  }
  return table;
}

/** Is this one of the 1 in 2^bits routes whose notifications the watcher lets through? watch.pl has the same sum as a filter. */
export function isSampled(address: number, bits: number): boolean {
  return (((address >>> 6) + address) & ((1 << bits) - 1)) === 0;
}

/** Few routes are all watched; of many so few that watching costs next to nothing. */
export function sampleBitsFor(routes: number): number {
  return routes <= 10_000 ? 0 : 5;
}

export function dotted(address: number): IpAddress {
  return addressFromNumber(address);
}
