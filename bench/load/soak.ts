/**
 * Hours in little: routes change all the time, a client goes and comes back every second, and the reflector's memory is looked at.
 */

import { residentBytesOf, withChildren } from "../stage/process-figures.ts";
import { sendAtRate } from "./churn.ts";
import { Changes } from "./changes.ts";
import type { Fleet } from "./fleet.ts";
import type { Work } from "./job.ts";
import { type Outcome, toldAll } from "./scene.ts";
import { Span } from "./span.ts";

const ROUND_SEC = 1;

export async function soak(fleet: Fleet, pid: number, work: Work & { readonly kind: "soak" }): Promise<Outcome> {
  const all = await toldAll(fleet);
  const changes = new Changes(fleet, all.length);
  const residentBytes: number[] = [];
  const span = new Span(pid);
  for (let second = 0; second < work.seconds; second += ROUND_SEC) {
    const client = second % all.length;
    fleet.drop([client]);
    fleet.forgetChanges(client);
    await sendAtRate(changes, work.perSec, ROUND_SEC);
    fleet.call([client], "announces");
    residentBytes.push(residentBytesOf(withChildren(pid)));
  }
  await fleet.untilComplete(all.length);
  return { metrics: growth(residentBytes), cost: span.end() };
}

/** What was resident in the second quarter of the time, and how much more in the last: the first one is for getting warm. */
function growth(samples: readonly number[]): Readonly<Record<string, number>> {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const early = median(samples.slice(quarter, 2 * quarter));
  const late = median(samples.slice(-quarter));
  return { earlyBytes: early, lateBytes: late, growthBytes: late - early };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
