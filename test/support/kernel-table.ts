/** What stands in a namespace's kernel, and a witness of every change to it. */

import { readFileSync } from "node:fs";
import { type Background, startInBackground } from "../../src/cli/lab/background.ts";
import { attempt, run } from "../../src/cli/lab/command.ts";
import { MAIN_TABLE } from "../../src/fib/rtnetlink-route.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import { until } from "./until.ts";

/** Routes of BGP daemons (protocol 12) in both families, each with all that `ip` tells of it, as text. */
export async function kernelTable(namespace: string): Promise<readonly string[]> {
  const show = (version: "-4" | "-6"): Promise<string> =>
    run(["ip", version, "-n", namespace, "-details", "route", "show", "proto", "12"]);
  const text = (await show("-4")) + (await show("-6"));
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .sort();
}

/** Prefix to next hop, both families, of one table; blackholes are left out. */
export async function kernelNextHops(namespace: string, table = MAIN_TABLE): Promise<ReadonlyMap<string, string>> {
  const show = async (version: "-4" | "-6"): Promise<readonly KernelRoute[]> =>
    JSON.parse((await run(["ip", version, "-n", namespace, "-json", "route", "show", "proto", "12", "table", "all"])) || "[]") as KernelRoute[];
  const routes = [...(await show("-4")), ...(await show("-6"))].filter((route) => route.gateway !== undefined && (route.table ?? String(MAIN_TABLE)) === String(table));
  return new Map(routes.map(({ dst, gateway = "" }) => [withLength(dst), gateway]));
}

interface KernelRoute {
  readonly dst: string;
  readonly gateway?: string;
  /** Absent: main. */
  readonly table?: string;
}

/** `ip` leaves the length of a single address away. */
function withLength(dst: string): string {
  if (dst.includes("/")) return dst;
  return dst.includes(":") ? `${dst}/128` : `${dst}/32`;
}

/** Watches a kernel's routing tables from `begin` on. */
export class RouteWitness {
  readonly #namespace: string;
  readonly #log: string;
  readonly #monitor: Background;

  constructor(namespace: string, log: string, monitor: Background) {
    this.#namespace = namespace;
    this.#log = log;
    this.#monitor = monitor;
  }

  /** Returns once changes are being seen. */
  static async begin(namespace: string, log: string): Promise<RouteWitness> {
    const witness = new RouteWitness(
      namespace,
      log,
      startInBackground(inNamespace(namespace, ["ip", "-o", "monitor", "route"]), log),
    );
    await until(() => witness.#sees(BEGIN), "ip monitor has begun");
    return witness;
  }

  /** Every change of a route of protocol 12 between the beginning and now. */
  async testimony(): Promise<readonly string[]> {
    await until(() => this.#sees(END), "ip monitor has seen the end");
    this.#monitor.kill("SIGTERM");
    await this.#monitor.end;
    return readFileSync(this.#log, "utf8")
      .split("\n")
      .filter((line) => line.includes("proto bird"));
  }

  /** Makes a harmless change of our own and looks whether it was noted down: what happened before it was noted down too. */
  async #sees(marker: string): Promise<boolean> {
    await attempt(["ip", "-n", this.#namespace, "route", "del", marker]);
    await run(["ip", "-n", this.#namespace, "route", "add", marker, "dev", "lo", "proto", "static"]);
    return readFileSync(this.#log, "utf8").includes(marker);
  }
}

const BEGIN = "198.51.100.1";
const END = "198.51.100.2";
