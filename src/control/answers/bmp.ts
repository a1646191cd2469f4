/**
 * The monitoring stations (BMP) as status --json has them.
 * Pure.
 */

import { type Clock, wallTime } from "../look.ts";
import type { StationView } from "./station.ts";

export interface StationAnswer {
  readonly station: string;
  readonly state: StationView["state"];
  readonly since: string;
  readonly lastError: string | null;
  readonly connections: number;
  readonly sentBytes: number;
  readonly backlogBytes: number;
  readonly dropped: number;
}

/** What status --json says of a station. */
export function stationAnswer({ name, state, sinceMs, lastError, connections, sentBytes, backlogBytes, dropped }: StationView, clock: Clock): StationAnswer {
  return { station: name, state, since: wallTime(sinceMs, clock), lastError: lastError ?? null, connections, sentBytes, backlogBytes, dropped };
}
