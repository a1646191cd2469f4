/**
 * What the RIB asks about next hops; somebody above knows the answer (the kernel's links and routes).
 * Pure. RFC 4271 §9.1.2.1.
 */

import type { IpAddress } from "../../ip/address.ts";
import type { SourceId } from "./ids.ts";

/** Whoever told a next hop, as far as that says on which link a link-local one is (RFC 2545 §3). */
export interface Neighbour {
  readonly address: IpAddress;
  /** Ours in the session with it. */
  readonly localAddress: IpAddress | undefined;
  /** The link that the session is bound to. */
  readonly device: string | undefined;
}

export interface NextHopView {
  /** The interior cost of reaching it; undefined: unreachable. `neighbour`: who told it, where it is a link-local address. */
  metric(nextHop: IpAddress, neighbour?: Neighbour): number | undefined;
  /** The same for whoever knows the teller by its number only. Absent: who told it makes no difference. */
  metricFrom?(nextHop: IpAddress, source: SourceId): number | undefined;
}

/** For a speaker that forwards no packets itself (a reflector): every next hop is as good as any other. */
export const ALL_REACHABLE: NextHopView = { metric: () => 0 };
