/**
 * The listening ports over the life of the process: they follow the configuration, and one that cannot be opened is tried again.
 * The door: the clock; the ports themselves are transport.ts. An address may be configured before the host has it.
 */

import type { Endpoint } from "../../speaker/vocabulary.ts";
import { StartError } from "../../control/text/system-error.ts";
import type { DaemonFact } from "../facts.ts";

const RETRY_MS = 2_000;

export interface ListeningPorts {
  /** Opens every new one, or none of them: throws StartError. */
  listen(endpoints: readonly Endpoint[]): Promise<void>;
  listening(): readonly Endpoint[];
  report(fact: DaemonFact): void;
}

export class Listening {
  readonly #ports: ListeningPorts;
  readonly #retryMs: number;
  #wanted: readonly Endpoint[] = [];
  #last: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #told = "";

  constructor(ports: ListeningPorts, { retryMs } = { retryMs: RETRY_MS }) {
    this.#ports = ports;
    this.#retryMs = retryMs;
  }

  /** Throws StartError. */
  async begin(endpoints: readonly Endpoint[]): Promise<void> {
    this.#wanted = endpoints;
    await this.#ports.listen(endpoints);
    this.#tell();
  }

  /** Resolves when they are open, or will be tried again. */
  change(endpoints: readonly Endpoint[]): Promise<void> {
    const isSame = JSON.stringify(endpoints) === JSON.stringify(this.#wanted);
    this.#wanted = endpoints;
    if (!isSame) this.#last = this.#last.then(() => this.#open());
    return this.#last;
  }

  stop(): void {
    this.#wanted = [];
    clearTimeout(this.#retry);
  }

  async #open(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      await this.#ports.listen(this.#wanted);
      this.#told = "";
      this.#tell();
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      if (this.#told !== error.message) this.#ports.report({ kind: "listen-failed", reason: error.message, retryMs: this.#retryMs });
      this.#told = error.message;
      this.#retry = setTimeout(() => (this.#last = this.#last.then(() => this.#open())), this.#retryMs);
    }
  }

  #tell(): void {
    for (const endpoint of this.#ports.listening()) this.#ports.report({ kind: "listening", endpoint });
  }
}
