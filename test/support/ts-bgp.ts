/** One ts-bgp with whatever configuration a test writes for it. */

import { readFileSync, writeFileSync } from "node:fs";
import { ControlError, RefusedError, askValue } from "../../src/control/sockets/client.ts";
import type { StatusAnswer } from "../../src/control/commands.ts";
import type { PeerDetail } from "../../src/control/answers/peer.ts";
import { type Background, startInBackground } from "../../src/cli/lab/background.ts";
import { TS_BGP } from "../../src/cli/lab/daemons.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import type { LanHost } from "./lan.ts";
import { until } from "./until.ts";

export class TsBgp {
  readonly #directory: string;
  readonly #daemon: Background;

  private constructor(directory: string, daemon: Background) {
    this.#directory = directory;
    this.#daemon = daemon;
  }

  /** Runs on that host as a "node" or an "rr"; answers questions when this returns. */
  static async start({ directory, namespace }: LanHost, role: "node" | "rr", config: object): Promise<TsBgp> {
    writeConfig(directory, config);
    const command = [...TS_BGP, role, "--config", `${directory}/ts-bgp.json`];
    const daemon = new TsBgp(directory, startInBackground(inNamespace(namespace, command), `${directory}/ts-bgp.log`));
    await until(() => daemon.#answers(), "ts-bgp answers");
    return daemon;
  }

  /** Applied when this returns. */
  async configure(config: object): Promise<void> {
    const before = (await this.status()).router.configuredAt;
    writeConfig(this.#directory, config);
    this.#daemon.kill("SIGHUP");
    await until(async () => (await this.status()).router.configuredAt !== before, "the configuration is applied");
  }

  status(): Promise<StatusAnswer> {
    return askValue<StatusAnswer>(this.#socket, { ask: "status" });
  }

  /** undefined: no such peer. Asked in one go: a peer of a range may be gone a moment after it was listed. */
  async peer(name: string): Promise<PeerDetail | undefined> {
    try {
      return await askValue<PeerDetail>(this.#socket, { ask: "peer", peer: name });
    } catch (error) {
      if (error instanceof RefusedError && error.message.startsWith("no such peer")) return undefined;
      throw error;
    }
  }

  get log(): string {
    return readFileSync(`${this.#directory}/ts-bgp.log`, "utf8");
  }

  get #socket(): string {
    return `${this.#directory}/ts-bgp.sock`;
  }

  async #answers(): Promise<boolean> {
    try {
      await this.status();
      return true;
    } catch (error) {
      if (error instanceof ControlError) return false;
      throw error;
    }
  }
}

function writeConfig(directory: string, config: object): void {
  writeFileSync(`${directory}/ts-bgp.json`, JSON.stringify({ control: { socket: `${directory}/ts-bgp.sock` }, log: { level: "debug" }, ...config }));
}
