/**
 * Next hops that are reached through a gateway somebody wrote down: a static route to one address.
 * Pure. RFC 4271 §5.1.3: such a next hop is resolved through our own static route, of which whoever knows the kernel's routes
 * knows nothing. One step only: a gateway is on a link.
 */

import type { IpAddress } from "../../ip/address.ts";
import { hostPrefix, prefixAddress } from "../../ip/prefix.ts";
import type { NextHopView } from "../../bgp/rib/next-hop.ts";
import type { NextHop } from "../../bgp/wire/attribute-types.ts";
import type { StaticRoute } from "../config/config.ts";

export class Gateways implements NextHopView {
  readonly #nextHops: NextHopView;
  #via: ReadonlyMap<IpAddress, IpAddress> = new Map();

  constructor(nextHops: NextHopView) {
    this.#nextHops = nextHops;
  }

  /** Answers whether some next hop may be reached another way now. */
  configure(statics: readonly StaticRoute[]): "changed" | "same" {
    const toHosts = statics.filter(({ prefix }) => prefix === hostPrefix(prefixAddress(prefix)));
    const via = new Map(toHosts.map(({ prefix, via: gateway }) => [prefixAddress(prefix), gateway]));
    const isSame = via.size === this.#via.size && [...via].every(([to, gateway]) => this.#via.get(to) === gateway);
    this.#via = via;
    return isSame ? "same" : "changed";
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
