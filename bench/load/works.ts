/**
 * The scenarios, as the generator plays them: each sets its stage, lets the clock run over one thing, and says what came out.
 */

import { churn, sustain } from "./churn.ts";
import type { Fleet } from "./fleet.ts";
import type { Cost, Job } from "./job.ts";
import { type Outcome, everybody, timed, toldAll } from "./scene.ts";
import { soak } from "./soak.ts";
import { Span } from "./span.ts";

/** Has the device under test killed and started again; resolves with its new process id. */
export type Reboot = () => Promise<number>;

export function perform(fleet: Fleet, job: Job, reboot: Reboot): Promise<Outcome> {
  const { work, pid } = job;
  switch (work.kind) {
    case "converge":
      return converge(fleet, pid);
    case "announce":
      return announce(fleet, pid);
    case "restart":
      return restart(fleet, pid);
    case "reboot":
      return rebooted(fleet, reboot);
    case "join":
      return join(fleet, pid, work.joins);
    case "churn":
      return churn(fleet, pid, work);
    case "sustain":
      return sustain(fleet, pid, work);
    case "soak":
      return soak(fleet, pid, work);
  }
}

async function converge(fleet: Fleet, pid: number): Promise<Outcome> {
  const all = everybody(fleet);
  fleet.prepare(all);
  const span = new Span(pid);
  fleet.call(all, "announces");
  await fleet.untilComplete(all.length);
  return timed(span.end());
}

async function announce(fleet: Fleet, pid: number): Promise<Outcome> {
  const all = everybody(fleet);
  const announcers = all.filter((client) => !fleet.layout.setsOf(client).next().done);
  fleet.prepare(announcers);
  fleet.call(all, "listens");
  await fleet.untilEstablished(all.length);
  await fleet.untilQuiet();
  const span = new Span(pid);
  for (const client of announcers) fleet.announce(client);
  await fleet.untilComplete(all.length);
  return timed(span.end());
}

async function restart(fleet: Fleet, pid: number): Promise<Outcome> {
  const all = await toldAll(fleet);
  const span = new Span(pid);
  fleet.drop(all);
  fleet.call(all, "announces");
  await fleet.untilComplete(all.length);
  return timed(span.end());
}

async function rebooted(fleet: Fleet, reboot: Reboot): Promise<Outcome> {
  const all = await toldAll(fleet);
  const span = new Span(0, "new");
  const pid = await reboot();
  await fleet.untilComplete(all.length);
  const cost = span.end(pid);
  fleet.forgiveLosses();
  return timed(cost);
}

async function join(fleet: Fleet, pid: number, joins: number): Promise<Outcome> {
  const all = everybody(fleet);
  const joiner = all.length - 1;
  const early = all.slice(0, joiner);
  fleet.prepare(early);
  fleet.call(early, "announces");
  await fleet.untilComplete(joiner);
  const costs: Cost[] = [];
  for (let round = 0; round < joins; round++) {
    await fleet.untilQuiet();
    const span = new Span(pid);
    fleet.call([joiner], "listens");
    await fleet.untilComplete(all.length);
    costs.push(span.end());
    if (round < joins - 1) fleet.drop([joiner]);
  }
  costs.sort((a, b) => a.wallSec - b.wallSec);
  return timed(costs[Math.floor(costs.length / 2)] as Cost);
}
