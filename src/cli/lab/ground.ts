/**
 * Ground: what hosts of a lab stand on. Two kinds exist, namespaces and loopback; the rest of the lab does not ask which.
 */

import type { IpAddress } from "../../ip/address.ts";
import type { Prefix } from "../../ip/prefix.ts";
import type { Host, Lab } from "./topology.ts";

/** Learned routes of one host: prefix to next hop. */
export type RouteTable = ReadonlyMap<Prefix, IpAddress>;

/** Somewhere to put hosts. Whatever `raise` made is removed by removal.ts, which needs the lab's id only. */
export interface Ground {
  /** Makes links, addresses and containers; daemons come later. */
  raise(lab: Lab): Promise<void>;
  /** The command as it is run on that host. */
  on(host: Host, command: readonly string[]): readonly string[];
  /** What the host learned from the others and uses. */
  learned(lab: Lab, host: Host): Promise<RouteTable>;
  /** Pulls the host's cable, so that its end is noticed by nobody but a hold timer. */
  unplug(lab: Lab, host: Host): Promise<void>;
  /** Puts it back. */
  plug(lab: Lab, host: Host): Promise<void>;
}
