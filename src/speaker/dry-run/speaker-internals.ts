/**
 * What a dry run reads of a speaker: its rooms themselves, not the views made of them.
 * Pure, types only.
 */

import type { NextHopView } from "../../bgp/rib/next-hop.ts";
import type { Administration } from "../orders/administration.ts";
import type { LocalRoutes } from "../forwarding/local-routes.ts";
import type { Rooms, RouteExchange } from "../sessions/route-exchange.ts";

export interface SpeakerInternals extends Pick<Rooms, "tables" | "peers" | "outbound"> {
  readonly local: LocalRoutes;
  readonly exchange: RouteExchange;
  readonly administration: Administration;
  /** As it was given to the speaker. */
  readonly nextHops: NextHopView;
  readonly packets: "forwarded" | "not-ours";
}
