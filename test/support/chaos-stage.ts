/**
 * A host whose kernel holds a full table of ours, for whoever wants to break something: bench/fib times it, test/kernel
 * asserts it. What the kernel holds is asked of `ip`, not of ourselves.
 */

import { readFileSync, readdirSync } from "node:fs";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { Carrier, FibSettings } from "../../src/fib/vocabulary.ts";
import type { Ground } from "./chaos-ground.ts";
import { changes, viaEntry } from "./forwarding.ts";
import { KernelRig, type WatchedFib } from "./kernel-rig.ts";
import { kernelNextHops } from "./kernel-table.ts";
import { until } from "./until.ts";

const GATEWAYS = [2, 3, 4, 5, 6] as const; // hosts of the ground
const DEADLINE_MS = 60_000;

export class ChaosStage {
  readonly rig: KernelRig;
  readonly carrier: Carrier;
  readonly ground: Ground;
  readonly prefixes: readonly Prefix[];
  /** The daemon's side that lives now. */
  watched: WatchedFib;
  readonly #wanted = new Map<string, string>();
  #round = 0;

  private constructor(rig: KernelRig, carrier: Carrier, routes: number, ground: Ground) {
    this.rig = rig;
    this.carrier = carrier;
    this.ground = ground;
    this.prefixes = ground.prefixes(routes);
    this.watched = rig.open(carrier, { table: ground.table });
  }

  /** A host with so many routes in its kernel. */
  static async set(carrier: Carrier, routes: number, ground: Ground): Promise<ChaosStage> {
    const stage = new ChaosStage(await KernelRig.raise(), carrier, routes, ground);
    try {
      await stage.watched.fib.start();
      stage.wantAnew(routes);
      stage.watched.fib.converged();
      await stage.recovered();
      return stage;
    } catch (error) {
      await stage.rig.remove();
      throw error;
    }
  }

  /** The first so many routes are wanted through other next hops than before. */
  wantAnew(routes: number): void {
    this.#round++;
    for (const [i, prefix] of this.prefixes.slice(0, routes).entries()) this.#wanted.set(prefix, this.#gateway(i));
    this.#tell(this.prefixes.slice(0, routes));
  }

  /** Another daemon over the same kernel, which hears the same from its peers as the one before; nothing says goodbye. */
  async restart(settings: Partial<FibSettings> = {}): Promise<void> {
    await this.watched.fib.close({ routes: "keep" });
    this.watched = this.rig.open(this.carrier, { table: this.ground.table, ...settings });
    await this.watched.fib.start();
    this.#tell(this.prefixes);
    this.watched.fib.converged();
  }

  /** Many lines of `ip`, all done before this thread goes on. */
  atOnce(lines: readonly string[]): void {
    this.rig.ipAllAtOnce(lines, this.ground.version);
  }

  /** Routes that the kernel does not hold as they are wanted. */
  async differences(): Promise<number> {
    const held = await kernelNextHops(this.rig.namespace, this.ground.table);
    const wrong = [...this.#wanted].filter(([prefix, gateway]) => held.get(prefix) !== gateway).length;
    return wrong + Math.max(0, held.size - this.#wanted.size);
  }

  /** Resolves when the kernel holds every route as it is wanted, and nothing else of ours: how long that took from now on. */
  async recovered(hasNoticed: () => boolean = () => true): Promise<number> {
    const startMs = performance.now();
    for (;;) {
      const { fib } = this.watched;
      await until(() => hasNoticed() && this.#isContent(), `content after ${hasNoticed}: ${JSON.stringify(fib.status())}`, DEADLINE_MS);
      const tookMs = performance.now() - startMs;
      if ((await this.differences()) === 0) return tookMs;
      if (performance.now() - startMs > DEADLINE_MS) throw new Error(`the kernel differs, unnoticed: ${JSON.stringify(fib.status())}`);
    }
  }

  #isContent(): boolean {
    const { state, installed, wanted } = this.watched.fib.status();
    return state === "synchronised" && installed === wanted;
  }

  #tell(prefixes: readonly Prefix[]): void {
    const entries = new Map(GATEWAYS.map((n) => [this.ground.host(n) as string, viaEntry(this.ground.host(n))]));
    this.watched.fib.want(changes(prefixes.map((prefix) => ({ prefix, entry: entries.get(this.#wanted.get(prefix) as string) }))));
  }

  #gateway(i: number): string {
    return this.ground.host(GATEWAYS[(i + this.#round) % GATEWAYS.length] as number);
  }
}

/** Processes with that name that this one started. */
export function childrenNamed(name: string): readonly number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      const [, command, , parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(readStat(pid)) ?? [];
      return command === name && Number(parent) === process.pid;
    });
}

function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return ""; // it ended meanwhile
  }
}
