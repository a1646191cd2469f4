/** One BIRD 2 with whatever configuration a test writes for it. */

import { writeFileSync } from "node:fs";
import { type Background, startInBackground, tail } from "../../src/cli/lab/background.ts";
import { run } from "../../src/cli/lab/command.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import type { LanHost } from "./lan.ts";
import { type EndSignal, killNow, succeeds } from "./peers.ts";
import { until } from "./until.ts";

export class Bird {
  readonly #directory: string;
  readonly #daemon: Background;

  private constructor(directory: string, daemon: Background) {
    this.#directory = directory;
    this.#daemon = daemon;
  }

  /** Runs on that host with those further options ("-R": a start is a restart); answers birdc when this returns. */
  static async start({ directory, namespace }: LanHost, config: string, options: readonly string[] = []): Promise<Bird> {
    writeFileSync(`${directory}/bird.conf`, config);
    const command = ["bird", "-f", ...options, "-c", `${directory}/bird.conf`, "-s", `${directory}/bird.ctl`];
    const bird = new Bird(directory, startInBackground(inNamespace(namespace, command), `${directory}/bird.log`));
    await until(() => bird.#answers(), "birdc answers");
    return bird;
  }

  async configure(config: string): Promise<void> {
    writeFileSync(`${this.#directory}/bird.conf`, config);
    await this.ask("configure");
  }

  /** What birdc says. */
  ask(...words: readonly string[]): Promise<string> {
    return run(["birdc", "-s", `${this.#directory}/bird.ctl`, ...words]);
  }

  async #answers(): Promise<boolean> {
    const ended = this.#daemon.ended();
    if (ended !== undefined) throw new Error(`bird: ${ended}: ${tail(`${this.#directory}/bird.log`).join("; ")}`);
    return succeeds(this.ask("show", "status"));
  }

  kill(signal?: EndSignal): Promise<void> {
    return killNow(this.#daemon, signal);
  }
}
