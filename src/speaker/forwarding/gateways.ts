/**
 * Next hops that cannot be resolved by their address alone: a static route to a single address makes its gateway the gateway of that
 * next hop (RFC 4271 §5.1.3), and a link-local one is on the link of the peer that told it (RFC 2545 §3).
 * Pure. The kernel side resolves next hops by routes of others only and would not find ours. One step: the gateway itself must be on a link.
 */

import { type IpAddress, isLinkLocal, versionOf } from "../../ip/address.ts";
import { hostPrefix, prefixAddress } from "../../ip/prefix.ts";
import type { SourceId } from "../../bgp/rib/ids.ts";
import type { Neighbour, NextHopView } from "../../bgp/rib/next-hop.ts";
import type { NextHop } from "../../bgp/wire/attribute-types.ts";
import type { StaticRoute } from "../config/config.ts";
import type { ForwardingHop } from "../vocabulary.ts";

/** Who is behind that source; undefined: nobody on a link. */
type NeighbourOf = (source: SourceId) => Neighbour | undefined;

export class Gateways implements NextHopView {
  readonly #nextHops: NextHopView;
  readonly #neighbourOf: NeighbourOf;
  #via: ReadonlyMap<IpAddress, IpAddress> = new Map();

  constructor(nextHops: NextHopView, neighbourOf: NeighbourOf) {
    this.#nextHops = nextHops;
    this.#neighbourOf = neighbourOf;
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

  metricFrom(nextHop: IpAddress, source: SourceId): number | undefined {
    const neighbour = this.#neighbourOf(source);
    return neighbour && !this.#via.has(nextHop) ? this.#nextHops.metric(nextHop, neighbour) : this.metric(nextHop);
  }

  /** Where packets for that next hop go first, as `source` told it. */
  towards(nextHop: NextHop, source: SourceId): ForwardingHop {
    const via = this.#via.get(nextHop.address);
    if (via !== undefined) return { address: via };
    if (versionOf(nextHop.address) === 4 || !isLinkLocal(nextHop.address)) return nextHop;
    const neighbour = this.#neighbourOf(source);
    return neighbour ? { ...nextHop, neighbour } : nextHop;
  }
}
