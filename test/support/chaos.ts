/**
 * What happens to a kernel's routes and to whoever keeps them: each row breaks something, and says how it is known that
 * it was noticed. Whatever it was, in the end the kernel holds what is wanted; `recoveryMs` says how soon.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { run, whereIs } from "../../src/cli/lab/command.ts";
import type { Carrier, FibStatus } from "../../src/fib/vocabulary.ts";
import { type Ground, IPV4_MAIN } from "./chaos-ground.ts";
import { ChaosStage, childrenNamed } from "./chaos-stage.ts";
import { until } from "./until.ts";

/** Whether whoever keeps the routes knows of it; nothing is measured before. */
type Noticed = () => boolean;

export interface Disturbance {
  readonly title: string;
  /** Carriers that cannot suffer it, and why. */
  readonly notOver?: { readonly [C in Carrier]?: string };
  /** It is the same wherever the routes stand. */
  readonly groundless?: true;
  /** Breaks something; from when it resolves the time counts. */
  strike(stage: ChaosStage): Promise<Noticed>;
}

const OURS = 12; // rtm_protocol
const FLOOD = 60_000; // routes: more than eight megabytes of events
const NO_PROCESS = "its relay is a thread of ours, not a process";

export const DISTURBANCES: readonly Disturbance[] = [
  {
    title: "the relay ends in the middle of a change",
    groundless: true,
    async strike(stage) {
      const { relayRestarts, written } = stage.watched.fib.status();
      stage.wantAnew(stage.prefixes.length);
      await until(() => stage.watched.fib.status().written > written);
      killRelay(stage);
      return () => stage.watched.fib.status().relayRestarts > relayRestarts;
    },
  },
  {
    title: "the relay stands still until it is given up",
    groundless: true,
    notOver: { ffi: NO_PROCESS },
    async strike(stage) {
      const { relayRestarts } = stage.watched.fib.status();
      for (const pid of childrenNamed("perl")) process.kill(pid, "SIGSTOP");
      stage.wantAnew(100);
      return () => stage.watched.fib.status().relayRestarts > relayRestarts;
    },
  },
  {
    title: "the relay has no memory left in the middle of a change",
    groundless: true,
    notOver: { ffi: `${NO_PROCESS}, and has its memory from the start` },
    async strike(stage) {
      const { relayRestarts } = stage.watched.fib.status();
      for (const pid of childrenNamed("perl")) await run(["prlimit", "--pid", String(pid), "--as=1"]);
      stage.wantAnew(stage.prefixes.length);
      stage.watched.fib.check().catch(() => undefined);
      return () => stage.watched.fib.status().relayRestarts > relayRestarts || hasNewerResync(stage);
    },
  },
  {
    title: "another program writes more than the event socket holds",
    groundless: true,
    async strike(stage) {
      const before = stage.watched.fib.status();
      stage.atOnce([...stage.ground.addByHand(FLOOD), stage.ground.flush(OURS), stage.ground.flush("static")]);
      return () => grown(stage, before, "overruns");
    },
  },
  {
    title: "the link goes down and comes back",
    async strike(stage) {
      await stage.rig.ip("link set eth0 down");
      await until(() => stage.watched.fib.status().installed === 0);
      await stage.rig.ipAll(["link set eth0 up", ...stage.ground.afterLinkDown]);
      return () => true;
    },
  },
  {
    title: "the carrier is lost and comes back",
    async strike(stage) {
      await stage.rig.farIp("link set eth0 down");
      await until(async () => (await stage.rig.ip("link show eth0")).includes("NO-CARRIER"));
      await stage.rig.farIp("link set eth0 up");
      await until(async () => !(await stage.rig.ip("link show eth0")).includes("NO-CARRIER"));
      return () => true;
    },
  },
  {
    title: "the address moves to another network and back",
    async strike(stage) {
      const { address } = stage.ground;
      await stage.rig.ipAll([address.remove, address.addElsewhere]);
      await until(() => stage.watched.fib.status().installed === 0);
      await stage.rig.ipAll([address.removeElsewhere, address.add]);
      return () => true;
    },
  },
  {
    title: "the last address goes and is back at once, and the routes go along without a word",
    async strike(stage) {
      const before = stage.watched.fib.status();
      stage.atOnce([stage.ground.address.remove, stage.ground.address.add]);
      return () => grown(stage, before, "resyncs");
    },
  },
  {
    title: "our routes are flushed by hand",
    async strike(stage) {
      const { written } = stage.watched.fib.status();
      stage.atOnce([stage.ground.flush(OURS)]);
      return () => stage.watched.fib.status().written >= written + stage.prefixes.length;
    },
  },
  {
    title: "foreign routes take the place of ours, and go again",
    async strike(stage) {
      const taken = stage.prefixes.slice(0, 100);
      stage.atOnce(taken.map((prefix) => stage.ground.replaceByHand(prefix)));
      await until(() => stage.watched.fib.status().conflicts === taken.length);
      stage.atOnce([stage.ground.flush("static")]);
      return () => true;
    },
  },
  {
    title: "the daemon ends in the middle of a change and is started again: it writes the differences only",
    async strike(stage) {
      const { written } = stage.watched.fib.status();
      stage.wantAnew(stage.prefixes.length);
      await until(() => stage.watched.fib.status().written > written + 256);
      await stage.watched.fib.close({ routes: "keep" });
      const differences = await stage.differences();
      await stage.restart();
      return () => {
        const status = stage.watched.fib.status();
        if (status.written > differences) throw new Error(`${status.written} routes written where ${differences} differed`);
        return true;
      };
    },
  },
  {
    title: "the capability is taken away, and given back",
    groundless: true,
    notOver: { ffi: "a thread has the capabilities of the process, which keeps its own" },
    async strike(stage) {
      await withProgram("perl", 'exec setpriv --bounding-set=-net_admin "$PERL" "$@"', async () => {
        killRelay(stage);
        stage.wantAnew(stage.prefixes.length);
        await until(() => stage.watched.fib.status().state === "not-permitted");
      });
      killRelay(stage);
      return () => stage.watched.fib.status().state !== "not-permitted";
    },
  },
];

/** How long the kernel was not as it should be; undefined: this cannot happen over that carrier. */
export async function recoveryMs(disturbance: Disturbance, carrier: Carrier, routes: number, ground: Ground = IPV4_MAIN): Promise<number | undefined> {
  if (disturbance.notOver?.[carrier] !== undefined) return undefined;
  const stage = await ChaosStage.set(carrier, routes, ground);
  try {
    return await stage.recovered(await disturbance.strike(stage));
  } finally {
    await stage.rig.remove();
  }
}

function grown({ watched }: ChaosStage, before: FibStatus, counter: "overruns" | "resyncs"): boolean {
  return watched.fib.status()[counter] > before[counter];
}

function hasNewerResync({ watched }: ChaosStage): boolean {
  return watched.fib.status().lastResync?.reason === "asked";
}

function killRelay({ carrier, watched }: ChaosStage): void {
  if (carrier === "ffi") return watched.fib.restartRelay("somebody wants it to end");
  for (const pid of childrenNamed("perl")) process.kill(pid, "SIGKILL");
}

/** During `work`, that program is this shell script; the real one stands in its variable, in capitals. */
export async function withProgram(name: string, script: string, work: () => Promise<void>): Promise<void> {
  const directory = mkdtempSync(`${tmpdir()}/ts-bgp-test-`);
  const path = process.env["PATH"];
  writeFileSync(`${directory}/${name}`, `#!/bin/sh\n${name.toUpperCase()}=${whereIs(name)}\n${script}\n`, { mode: 0o755 });
  process.env["PATH"] = `${directory}:${path}`;
  try {
    await work();
  } finally {
    process.env["PATH"] = path;
    rmSync(directory, { recursive: true });
  }
}
