/**
 * BFD as a thread beside the event loop: selecting among a million routes may take seconds, longer than any detection time.
 * The door: a worker thread, started with the first neighbor that is watched. The sessions are in bfd.ts, on its side.
 *
 *   main thread   watch ──►  worker.ts ─► bfd.ts ─► udp.ts
 *                 ◄── liveness-up, liveness-lost, facts, and what there is to look at
 */

import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { IpAddress } from "../../ip/address.ts";
import type { BfdView } from "../../bfd/session-table.ts";
import type { LivenessTarget } from "../../speaker/vocabulary.ts";
import type { BfdPorts, LivenessEvent } from "./bfd.ts";
import type { UdpFact } from "./udp.ts";

/** dist/ has JavaScript, src/ has TypeScript; the worker beside this file has the same ending. */
const WORKER = new URL(`./worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** To the thread. */
export type BfdCommand = { readonly kind: "watch"; readonly targets: readonly LivenessTarget[] } | { readonly kind: "stop" };

/** From the thread; what is to be looked at comes before the news about it. */
export type BfdNews =
  | { readonly kind: "event"; readonly event: LivenessEvent }
  | { readonly kind: "fact"; readonly fact: UdpFact }
  /** Every session; `originMs` is when the thread's clock started. */
  | {
      readonly kind: "views";
      readonly views: ReadonlyMap<IpAddress, BfdView>;
      readonly unknownPackets: number;
      readonly originMs: number;
    };

export interface BfdThreadPorts extends BfdPorts {
  /** Our own mistake: the thread is gone. */
  crashed(error: unknown): void;
}

export class BfdThread {
  readonly #ports: BfdThreadPorts;
  #worker: Worker | undefined;
  #views: ReadonlyMap<IpAddress, BfdView> = new Map();
  #clockAheadMs = 0;
  unknownPackets = 0;

  constructor(ports: BfdThreadPorts) {
    this.#ports = ports;
  }

  watch(targets: readonly LivenessTarget[]): void {
    if (targets.length > 0) this.#worker ??= this.#start();
    this.#command({ kind: "watch", targets });
  }

  /** As of a second ago; states are as of the last event. */
  view(neighbor: IpAddress): BfdView | undefined {
    const view = this.#views.get(neighbor);
    return view && { ...view, sinceMs: view.sinceMs + this.#clockAheadMs };
  }

  /** Neighbors are told that this is no failure. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    this.#worker = undefined;
    await new Promise<void>((resolve) => {
      worker.ref();
      worker.once("exit", () => resolve());
      worker.postMessage({ kind: "stop" } satisfies BfdCommand);
    });
  }

  #start(): Worker {
    const worker = new Worker(fileURLToPath(WORKER));
    worker.unref(); // it must not keep a process alive that has nothing else to do
    worker.on("message", (news: BfdNews) => this.#hear(news));
    worker.on("error", (error) => {
      this.#worker = undefined;
      this.#ports.crashed(error);
    });
    return worker;
  }

  #command(command: BfdCommand): void {
    this.#worker?.postMessage(command);
  }

  #hear(news: BfdNews): void {
    switch (news.kind) {
      case "event":
        return this.#ports.post(news.event);
      case "fact":
        return this.#ports.report(news.fact);
      case "views":
        this.#views = news.views;
        this.unknownPackets = news.unknownPackets;
        this.#clockAheadMs = news.originMs - performance.timeOrigin;
    }
  }
}
