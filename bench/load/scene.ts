/**
 * What several scenarios begin and end with.
 */

import type { Fleet } from "./fleet.ts";
import type { Cost } from "./job.ts";

/** What a scenario found: figures with a name each, and what the measured stretch cost. */
export interface Outcome {
  readonly metrics: Readonly<Record<string, number>>;
  readonly cost: Cost;
}

/** The stage of a restart: everybody has announced and heard everything. */
export async function toldAll(fleet: Fleet): Promise<readonly number[]> {
  const all = everybody(fleet);
  fleet.prepare(all);
  fleet.call(all, "announces");
  await fleet.untilComplete(all.length);
  await fleet.untilQuiet();
  return all;
}

/** Numbers of all clients. */
export function everybody(fleet: Fleet): readonly number[] {
  return Array.from({ length: fleet.layout.plan.clients }, (_, client) => client);
}

/** A scenario whose only figure is how long it took. */
export function timed(cost: Cost): Outcome {
  return { metrics: { seconds: cost.wallSec }, cost };
}
