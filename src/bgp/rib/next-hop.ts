/**
 * What the RIB asks about next hops; somebody above knows the answer (the kernel's links and routes).
 * Pure. RFC 4271 §9.1.2.1.
 */

import type { IpAddress } from "../../ip/address.ts";

export interface NextHopView {
  /** The interior cost of reaching it; undefined: unreachable. */
  metric(nextHop: IpAddress): number | undefined;
}

/** For a speaker that forwards no packets itself (a reflector): every next hop is as good as any other. */
export const ALL_REACHABLE: NextHopView = { metric: () => 0 };
