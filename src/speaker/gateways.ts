/**
 * Next hops that are reached through a gateway somebody wrote down: a static route to one address.
 * Pure. RFC 4271 §5.1.3: such a next hop is resolved through our own static route, of which whoever knows the kernel's routes
 * knows nothing. One step only: a gateway is on a link.
 */

import type { IpAddress } from "../ip/address.ts";
import { hostPrefix, prefixAddress } from "../ip/prefix.ts";
import type { NextHopView } from "../bgp/rib/next-hop.ts";
import type { NextHop } from "../bgp/wire/attribute-types.ts";
import type { StaticRoute } from "./config.ts";

export class Gateways implements NextHopView {
  readonly #nextHops: NextHopView;
  #via: ReadonlyMap<IpAddress, IpAddress> = new Map();

  constructor(nextHops: NextHopView) {
    this.#nextHops = nextHops;
  }

  configure(statics: readonly StaticRoute[]): void {
    const toHosts = statics.filter(({ prefix }) => prefix === hostPrefix(prefixAddress(prefix)));
    this.#via = new Map(toHosts.map(({ prefix, via }) => [prefixAddress(prefix), via]));
  }

  metric(nextHop: IpAddress): number | undefined {
    return this.#nextHops.metric(this.#via.get(nextHop) ?? nextHop);
  }

  /** Where packets for that next hop go first. */
  towards(nextHop: NextHop): NextHop {
    const via = this.#via.get(nextHop.address);
    return via === undefined ? nextHop : { address: via };
  }
}
