/** One bgpd of FRR, alone, without zebra, with whatever configuration a test writes for it. */

import { mkdirSync, writeFileSync } from "node:fs";
import { type Background, startInBackground } from "../../src/cli/lab/background.ts";
import { run } from "../../src/cli/lab/command.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import type { LanHost } from "./lan.ts";
import { type EndSignal, killNow, succeeds } from "./peers.ts";
import { until } from "./until.ts";

export const BGPD = "/usr/lib/frr/bgpd";
/** Without zebra, without another user, without a vty on TCP. */
const ALONE = [BGPD, "-Z", "-S", "-P", "0"];

export class Frr {
  readonly #directory: string;
  readonly #daemon: Background;

  private constructor(directory: string, daemon: Background) {
    this.#directory = directory;
    this.#daemon = daemon;
  }

  /** Runs on that host; answers vtysh when this returns. */
  static async start({ directory, namespace }: LanHost, config: string): Promise<Frr> {
    mkdirSync(`${directory}/vty`, { recursive: true });
    writeFileSync(`${directory}/bgpd.conf`, config);
    const files = ["-f", `${directory}/bgpd.conf`, "-i", `${directory}/bgpd.pid`, "--vty_socket", `${directory}/vty`];
    const frr = new Frr(directory, startInBackground(inNamespace(namespace, [...ALONE, ...files]), `${directory}/bgpd.log`));
    await until(() => succeeds(frr.vtysh("show version")), "vtysh answers");
    return frr;
  }

  /** What vtysh says to these lines. */
  vtysh(...lines: readonly string[]): Promise<string> {
    return run(["vtysh", "--vty_socket", `${this.#directory}/vty`, ...lines.flatMap((line) => ["-c", line])]);
  }

  kill(signal?: EndSignal): Promise<void> {
    return killNow(this.#daemon, signal);
  }
}
