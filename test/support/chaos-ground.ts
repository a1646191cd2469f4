/**
 * Where the routes stand that something befalls: an IP version and a table. The words of `ip` and the addresses are a
 * ground's to say, so that each disturbance is written once.
 */

import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { MAIN_TABLE } from "../../src/fib/rtnetlink-route.ts";
import { hostPrefixes } from "./forwarding.ts";

/** The addresses of one IP version on the cable of a KernelRig. */
interface Addresses {
  readonly own: string;
  /** The same host in another network. */
  readonly elsewhere: string;
  /** What else `ip addr add` is to be told. */
  readonly addWords: string;
  host(n: number): IpAddress;
  /** So many prefixes of ours, and of somebody else's. */
  ours(count: number): readonly Prefix[];
  foreign(count: number): readonly string[];
}

const ADDRESSES: { readonly [V in 4 | 6]: Addresses } = {
  4: {
    own: "10.0.0.1/24",
    elsewhere: "10.7.0.1/24",
    addWords: "",
    host: (n) => `10.0.0.${n}` as IpAddress,
    ours: hostPrefixes,
    foreign: (count) => hostPrefixes(count).map((prefix) => prefix.replace("10.1", "11.1")),
  },
  6: {
    own: "fd00::1/64",
    elsewhere: "fd07::1/64",
    addWords: " nodad",
    host: (n) => `fd00::${n}` as IpAddress,
    ours: (count) => networks(count, "2001:db8:1"),
    foreign: (count) => networks(count, "2001:db8:f"),
  },
};

export class Ground {
  readonly version: 4 | 6;
  readonly table: number;

  constructor(version: 4 | 6, table: number) {
    this.version = version;
    this.table = table;
  }

  get title(): string {
    return `IPv${this.version}${this.table === MAIN_TABLE ? "" : `, table ${this.table}`}`;
  }

  /** A host on the cable. */
  host(n: number): IpAddress {
    return ADDRESSES[this.version].host(n);
  }

  prefixes(count: number): readonly Prefix[] {
    return ADDRESSES[this.version].ours(count);
  }

  /** `ip` lines that put, remove and move this host's address. */
  get address(): { readonly add: string; readonly remove: string; readonly addElsewhere: string; readonly removeElsewhere: string } {
    const { own, elsewhere, addWords } = ADDRESSES[this.version];
    return {
      add: `addr add ${own} dev eth0${addWords}`,
      remove: `addr del ${own} dev eth0`,
      addElsewhere: `addr add ${elsewhere} dev eth0${addWords}`,
      removeElsewhere: `addr del ${elsewhere} dev eth0`,
    };
  }

  /** What is gone when the link has been down, and nobody but the host puts back. */
  get afterLinkDown(): readonly string[] {
    return this.version === 6 ? [this.address.add] : []; // the kernel takes IPv6 addresses away with the link
  }

  /** `ip` lines of somebody who makes routes by hand: in the place of ours, beside them, and gone again. */
  replaceByHand(prefix: string): string {
    return `route replace ${prefix} via ${this.host(9)} proto static table ${this.table}`;
  }

  addByHand(count: number): readonly string[] {
    const { foreign } = ADDRESSES[this.version];
    return foreign(count).map((prefix) => `route add ${prefix} via ${this.host(9)} proto static table ${this.table}`);
  }

  flush(protocol: number | "static"): string {
    return `route flush proto ${protocol} table ${this.table}`;
  }
}

export const IPV4_MAIN = new Ground(4, MAIN_TABLE);

/** Where a kernel behaves otherwise. */
export const OTHER_GROUNDS: readonly Ground[] = [new Ground(6, MAIN_TABLE), new Ground(4, 100)];

/** At most 65 535, so that each is written as `ip` writes it. */
function networks(count: number, under: string): readonly Prefix[] {
  return Array.from({ length: count }, (_, i) => `${under}:${(i + 1).toString(16)}::/64` as Prefix);
}
