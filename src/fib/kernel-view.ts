/**
 * KernelView: what the kernel has beside our routes, for operators; links, the routes of others, how a next hop is reached.
 * Pure. Reads the mirror; nothing is asked of the kernel for it.
 */

import type { IpAddress } from "../ip/address.ts";
import type { Prefix } from "../ip/prefix.ts";
import type { Family } from "../bgp/wire/context.ts";
import type { NextHops } from "./next-hops.ts";
import type { RouteTarget } from "./rtnetlink-route.ts";
import type { KernelMirror } from "./kernel-mirror.ts";
import type { FibSettings } from "./vocabulary.ts";

export interface KernelLook {
  /** The name of the device by which packets for this next hop leave; undefined: it cannot be reached. */
  deviceTowards(nextHop: IpAddress): string | undefined;
  /** Routes that others have put into our table. */
  others(family: Family): Iterable<OtherRoute>;
  links(): Iterable<LinkLook>;
}

export interface OtherRoute {
  readonly prefix: Prefix;
  readonly target: OtherTarget;
  /** rtm_protocol; 2 is the kernel itself, for the subnets of its own addresses. */
  readonly protocol: number;
  readonly metric: number;
}

export type OtherTarget =
  | { readonly kind: "via"; readonly gateway: IpAddress | undefined; readonly device: string }
  | { readonly kind: "blackhole" | "unreachable" | "prohibit" | "other" };

export interface LinkLook {
  readonly name: string;
  readonly index: number;
  readonly state: "up" | "no-carrier" | "down";
  readonly loopback: boolean;
  readonly addresses: readonly IpAddress[];
}

export class KernelView implements KernelLook {
  readonly #mirror: KernelMirror;
  readonly #nextHops: NextHops;
  readonly #settings: Pick<FibSettings, "table" | "overlayDevice">;

  constructor(mirror: KernelMirror, nextHops: NextHops, settings: Pick<FibSettings, "table" | "overlayDevice">) {
    this.#mirror = mirror;
    this.#nextHops = nextHops;
    this.#settings = settings;
  }

  deviceTowards(nextHop: IpAddress): string | undefined {
    const [hop] = this.#nextHops.hopsTo({ address: nextHop }, this.#settings.overlayDevice);
    return hop && this.#mirror.linkName(hop.device);
  }

  *others(family: Family): Iterable<OtherRoute> {
    for (const { prefix, route } of this.#mirror.routes()) {
      if (route.family !== family || route.table !== this.#settings.table) continue;
      yield { prefix: prefix(), target: this.#targetOf(route.target), protocol: route.protocol, metric: route.metric };
    }
  }

  *links(): Iterable<LinkLook> {
    for (const { index, name, state, loopback } of this.#mirror.links()) {
      yield { index, name, state, loopback, addresses: this.#mirror.addressesOn(index) };
    }
  }

  #targetOf(target: RouteTarget): OtherTarget {
    if (target.kind !== "via") return { kind: target.kind };
    const [hop] = target.hops;
    return hop ? { kind: "via", gateway: hop.gateway, device: this.#mirror.linkName(hop.device) } : { kind: "other" };
  }
}
