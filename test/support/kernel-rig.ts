/**
 * A host for tests of the real kernel: one namespace with eth0 (10.0.0.1/24, fd00::1/64), the other end of its cable in
 * a second one, and KernelFibs that work in it.
 */

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Prefix } from "../../src/ip/prefix.ts";
import { inParallel, run } from "../../src/cli/lab/command.ts";
import { addNamespace, ipBatch, namespacesNamed, removeNamespace } from "../../src/cli/lab/namespaces.ts";
import { KernelFib } from "../../src/fib/kernel.ts";
import { describeLearned } from "../../src/fib/learned.ts";
import { PREFIXES } from "./forwarding.ts";
import { hasFfi } from "../../src/system/libc.ts";
import type { Carrier, FibFact, FibSettings } from "../../src/fib/vocabulary.ts";

/** Every carrier that this Node has. */
export const CARRIERS: readonly Carrier[] = hasFfi() ? ["perl", "ffi"] : ["perl"];

/** A KernelFib and everything it told. */
export interface WatchedFib {
  readonly fib: KernelFib;
  readonly facts: FibFact[];
  readonly workloads: (readonly Prefix[])[];
  /** As texts, where everything is learned. */
  readonly kernelRoutes: (readonly string[])[];
  nextHopChanges: number;
}

export class KernelRig {
  readonly #name: string;
  readonly #fibs: KernelFib[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  static async raise(): Promise<KernelRig> {
    const rig = new KernelRig(`tsbgp-k${randomBytes(3).toString("hex")}`);
    try {
      await inParallel([rig.#name, `${rig.#name}-far`], addNamespace);
      await ipBatch(rig.#name, [
        `link add eth0 type veth peer name eth0 netns ${rig.#name}-far`,
        "addr add 10.0.0.1/24 dev eth0",
        "addr add fd00::1/64 dev eth0 nodad",
        "link set eth0 up",
      ]);
      await ipBatch(`${rig.#name}-far`, ["addr add 10.0.0.2/24 dev eth0", "link set eth0 up"]);
      return rig;
    } catch (error) {
      await rig.remove();
      throw error;
    }
  }

  get namespace(): string {
    return this.#name;
  }

  /** A second cable, "eth1" at both ends, with no addresses here but these. */
  async plugSecond(...addresses: readonly string[]): Promise<void> {
    await this.ipAll([
      `link add eth1 type veth peer name eth1 netns ${this.#name}-far`,
      "link set eth1 addrgenmode none",
      "link set eth1 up",
      ...addresses.map((address) => `addr add ${address} dev eth1`),
    ]);
    await this.farIp("link set eth1 up");
  }

  /** Runs `ip` on the host. */
  async ip(words: string): Promise<string> {
    return run(["ip", "-n", this.#name, ...words.split(" ")]);
  }

  /** Many lines of `ip` at once. */
  async ipAll(lines: readonly string[]): Promise<void> {
    await ipBatch(this.#name, lines);
  }

  /** The same, holding up this thread until it is done; of that version where a line does not say which. */
  ipAllAtOnce(lines: readonly string[], version: 4 | 6 = 4): void {
    execFileSync("ip", [`-${version}`, "-n", this.#name, "-batch", "-"], { input: `${lines.join("\n")}\n` });
  }

  /** Runs `ip` at the other end of the cable. */
  async farIp(words: string): Promise<string> {
    return run(["ip", "-n", `${this.#name}-far`, ...words.split(" ")]);
  }

  /** Settings of the host's kernel, as "net.ipv4.x=1". */
  async sysctl(...settings: readonly string[]): Promise<void> {
    await run(["ip", "netns", "exec", this.#name, "sysctl", "-qw", ...settings]);
  }

  /** The kernel's routes of that protocol, one line each as `ip` prints them, sorted. */
  async routes(family: 4 | 6 = 4, filter = "proto 12"): Promise<readonly string[]> {
    const text = await this.ip(`-${family} route show ${filter}`);
    return text.replace(/\n\s+/g, " ").split("\n").map((line) => line.trim().replace(/\s+/g, " ")).filter(Boolean).sort();
  }

  /** A KernelFib in this namespace; not started. */
  open(carrier: Carrier, settings: Partial<FibSettings> = {}): WatchedFib {
    const watched = { facts: [] as FibFact[], workloads: [] as (readonly Prefix[])[], kernelRoutes: [] as (readonly string[])[], nextHopChanges: 0 };
    const fib = new KernelFib(
      PREFIXES,
      { protocol: 12, metric: 0, table: 254, carrier, rescanMs: 60_000, workloadInterfaces: ["cali*"], families: ["ipv4", "ipv6"], namespace: `/run/netns/${this.#name}`, ...settings },
      {
        nextHopsChanged: () => void watched.nextHopChanges++,
        workloadsChanged: (prefixes) => void watched.workloads.push(prefixes),
        kernelRoutesChanged: (routes) => void watched.kernelRoutes.push(routes.map(describeLearned)),
        report: (fact) => void watched.facts.push(fact),
      },
    );
    this.#fibs.push(fib);
    return Object.assign(watched, { fib });
  }

  async remove(): Promise<void> {
    await inParallel(this.#fibs, (fib) => fib.close({ routes: "keep" }));
    await inParallel(await namespacesNamed(this.#name), removeNamespace);
  }
}
