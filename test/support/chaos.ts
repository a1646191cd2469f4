/**
 * What happens to a kernel's routes and to whoever keeps them: each row breaks something, and says how it is known that
 * it was noticed. Whatever it was, in the end the kernel holds what is wanted; `recoveryMs` says how soon.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { run, whereIs } from "../../src/cli/lab/command.ts";
import type { Carrier, FibStatus } from "../../src/fib/vocabulary.ts";
import { ChaosStage, childrenNamed } from "./chaos-stage.ts";
import { hostPrefixes } from "./forwarding.ts";
import { until } from "./until.ts";

/** Whether whoever keeps the routes knows of it; nothing is measured before. */
type Noticed = () => boolean;

export interface Disturbance {
  readonly title: string;
  /** Carriers that cannot suffer it, and why. */
  readonly notOver?: { readonly [C in Carrier]?: string };
  /** Breaks something; from when it resolves the time counts. */
  strike(stage: ChaosStage): Promise<Noticed>;
}

const ADDRESS = "10.0.0.1/24";
const NO_PROCESS = "its relay is a thread of ours, not a process";

export const DISTURBANCES: readonly Disturbance[] = [
  {
    title: "the relay ends in the middle of a change",
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
    async strike(stage) {
      const before = stage.watched.fib.status();
      const foreign = hostPrefixes(60_000).map((prefix) => prefix.replace("10.1", "11.1"));
      stage.rig.ipAllAtOnce([...foreign.map((prefix) => `route add ${prefix} via 10.0.0.9 proto static`), "route flush proto 12", "route flush proto static"]);
      return () => grown(stage, before, "overruns");
    },
  },
  {
    title: "the link goes down and comes back",
    async strike(stage) {
      await stage.rig.ip("link set eth0 down");
      await until(() => stage.watched.fib.status().installed === 0);
      await stage.rig.ip("link set eth0 up");
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
      await stage.rig.ip(`addr del ${ADDRESS} dev eth0`);
      await stage.rig.ip("addr add 10.7.0.1/24 dev eth0");
      await until(() => stage.watched.fib.status().installed === 0);
      await stage.rig.ipAll(["addr del 10.7.0.1/24 dev eth0", `addr add ${ADDRESS} dev eth0`]);
      return () => true;
    },
  },
  {
    title: "the last address goes and is back at once, and the routes go along without a word",
    async strike(stage) {
      const before = stage.watched.fib.status();
      stage.rig.ipAllAtOnce([`addr del ${ADDRESS} dev eth0`, `addr add ${ADDRESS} dev eth0`]);
      return () => grown(stage, before, "resyncs");
    },
  },
  {
    title: "our routes are flushed by hand",
    async strike(stage) {
      const { written } = stage.watched.fib.status();
      stage.rig.ipAllAtOnce(["route flush proto 12"]);
      return () => stage.watched.fib.status().written >= written + stage.prefixes.length;
    },
  },
  {
    title: "foreign routes take the place of ours, and go again",
    async strike(stage) {
      const taken = stage.prefixes.slice(0, 100);
      stage.rig.ipAllAtOnce(taken.map((prefix) => `route replace ${prefix} via 10.0.0.9 proto static`));
      await until(() => stage.watched.fib.status().conflicts === taken.length);
      stage.rig.ipAllAtOnce(["route flush proto static"]);
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
export async function recoveryMs(disturbance: Disturbance, carrier: Carrier, routes: number): Promise<number | undefined> {
  if (disturbance.notOver?.[carrier] !== undefined) return undefined;
  const stage = await ChaosStage.set(carrier, routes);
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
