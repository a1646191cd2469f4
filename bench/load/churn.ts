/**
 * Changes of single routes in a reflector at rest: how long until everybody has heard, at a fixed rate; and how many per
 * second it manages when the next one is sent as soon as one has arrived everywhere.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { Changes } from "./changes.ts";
import type { Fleet } from "./fleet.ts";
import type { Work } from "./job.ts";
import { type Outcome, toldAll } from "./scene.ts";
import { Span } from "./span.ts";

export async function churn(fleet: Fleet, pid: number, work: Work & { readonly kind: "churn" }): Promise<Outcome> {
  await toldAll(fleet);
  const changes = new Changes(fleet, work.changers, () => fleet.wake());
  await sendAtRate(changes, work.perSec, work.warmupSec);
  changes.startCounting();
  const span = new Span(pid);
  await sendAtRate(changes, work.perSec, work.seconds);
  await fleet.until(() => changes.underWay === 0, () => `${changes.underWay} changes have not arrived everywhere`);
  const cost = span.end();
  return { metrics: latencies(changes), cost };
}

export async function sustain(fleet: Fleet, pid: number, work: Work & { readonly kind: "sustain" }): Promise<Outcome> {
  await toldAll(fleet);
  let going = true;
  const changes = new Changes(fleet, work.changers, () => (going ? changes.sendNext() : fleet.wake()));
  for (let sent = 0; sent < work.inFlight; sent++) changes.sendNext();
  await sleep(work.warmupSec * 1000);
  changes.startCounting();
  const span = new Span(pid);
  await sleep(work.seconds * 1000);
  const cost = span.end();
  const metrics = { changesPerSec: changes.completed / cost.wallSec, ...latencies(changes) };
  going = false;
  await fleet.until(() => changes.underWay === 0, () => `${changes.underWay} changes have not arrived everywhere`);
  return { metrics, cost };
}

function latencies({ toAll, toEach, overtaken }: Changes): Readonly<Record<string, number>> {
  return {
    p50Ms: toAll.quantileMs(0.5),
    p99Ms: toAll.quantileMs(0.99),
    mostMs: toAll.mostMs,
    eachP50Ms: toEach.quantileMs(0.5),
    eachP99Ms: toEach.quantileMs(0.99),
    overtaken,
  };
}

/** Every change at its own moment, however long the ones before took. */
export async function sendAtRate(changes: Changes, perSec: number, seconds: number): Promise<void> {
  const startMs = performance.now();
  for (let sent = 0; sent < perSec * seconds; sent++) {
    const waitMs = startMs + (sent * 1000) / perSec - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    changes.sendNext();
  }
}
