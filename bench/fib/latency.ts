/**
 * The way of a single route, again and again: from the octets handed to the socket until the kernel has (or has not) the route.
 * The subject holds a table meanwhile, and nothing else happens: what a container that starts or ends waits for.
 */

import type { Ground } from "./ground.ts";
import { gatewayAt, routeAt } from "./routes.ts";
import type { RunningSubject, Subject } from "./subjects/subject.ts";
import { Feed } from "./feed.ts";
import { END_OF_RIB, announcement, announcements, withdrawal } from "./updates.ts";
import { Watcher } from "./watcher.ts";
import { PROBE, wantedTable } from "./steps.ts";

export interface LatencyPlan {
  readonly routes: number;
  readonly gateways: number;
  /** Routes announced and withdrawn one by one; fewer where a subject takes its time. */
  readonly singles: number;
  readonly atMostMs: number;
}

/** Milliseconds, one per route. */
export interface Latencies {
  readonly announced: readonly number[];
  readonly withdrawn: readonly number[];
}

const FIRST_SINGLE = 100_001; // an odd one is a /32; beyond those of the table
const PREFIXES_PER_UPDATE = 20;
const NS_PER_MS = 1e6;

export async function measureLatency(ground: Ground, subject: Subject, plan: LatencyPlan): Promise<Latencies> {
  const watcher = await Watcher.begin(ground.subject, 0);
  let running: RunningSubject | undefined;
  try {
    running = await subject.start(ground, "first");
    const feed = await Feed.establish();
    await load(feed, watcher, plan);
    const latencies = await oneByOne(feed, watcher, plan);
    feed.close();
    return latencies;
  } finally {
    await running?.kill("SIGTERM");
    watcher.end();
  }
}

async function load(feed: Feed, watcher: Watcher, plan: LatencyPlan): Promise<void> {
  const layout = { ...plan, shift: 0 };
  const seen = watcher.expect(wantedTable(layout, "probe", 0));
  feed.send(Buffer.concat([...announcement(gatewayAt(0), [PROBE]), announcements(layout, PREFIXES_PER_UPDATE, "mixed"), END_OF_RIB]));
  await seen;
}

async function oneByOne(feed: Feed, watcher: Watcher, plan: LatencyPlan): Promise<Latencies> {
  const announced: number[] = [];
  const withdrawn: number[] = [];
  const deadlineMs = performance.now() + plan.atMostMs;
  for (let i = 0; i < plan.singles && performance.now() < deadlineMs; i++) {
    const route = routeAt(FIRST_SINGLE + 2 * i);
    const gateway = gatewayAt(i % plan.gateways);
    announced.push(await timed(feed, watcher.expectOne(route.address, gateway), announcement(gateway, [route])));
    withdrawn.push(await timed(feed, watcher.expectOne(route.address, undefined), withdrawal([route])));
  }
  return { announced, withdrawn };
}

async function timed(feed: Feed, seen: Promise<bigint>, [update = END_OF_RIB]: readonly Uint8Array[]): Promise<number> {
  const fromNs = feed.send(update);
  return Number((await seen) - fromNs) / NS_PER_MS;
}
