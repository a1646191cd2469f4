/**
 * The process of the load generator: reads one job from standard input, does it, prints what came out.
 * It lives in the namespace and on the core that the bench starts it on.
 */

import { once } from "node:events";
import { createInterface } from "node:readline";
import { Fleet, TookTooLong } from "./fleet.ts";
import type { Answer, Job, Report } from "./job.ts";
import { warmUp } from "./warm-up.ts";
import { perform } from "./works.ts";

const input = createInterface({ input: process.stdin });

function answer(value: Answer): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function nextLine(): Promise<string> {
  const [line] = (await once(input, "line")) as [string];
  return line;
}

async function reboot(): Promise<number> {
  const pid = nextLine();
  answer({ kind: "reboot" });
  return Number(await pid);
}

async function report(fleet: Fleet, job: Job): Promise<Report> {
  const { metrics, cost } = await perform(fleet, job, reboot);
  await fleet.untilQuiet();
  return { metrics, cost, verdict: fleet.heard.verdict(), figures: fleet.figures(), losses: fleet.losses };
}

const job = JSON.parse(await nextLine()) as Job;
warmUp(job.plan);
const fleet = new Fleet(job.plan, job.timeoutMs);
try {
  answer({ kind: "report", report: await report(fleet, job) });
} catch (error) {
  if (!(error instanceof TookTooLong)) throw error;
  answer({ kind: "unfinished", reached: error.message, losses: fleet.losses });
} finally {
  fleet.close();
  input.close();
}
