/**
 * The worker's side of thread.ts: passes commands to bfd.ts, and its events back.
 * The door: the port to the main thread.
 */

import { performance } from "node:perf_hooks";
import { parentPort } from "node:worker_threads";
import { Bfd } from "./bfd.ts";
import type { BfdCommand, BfdNews } from "./thread.ts";

const VIEWS_MS = 1_000; // counters move with every packet; nobody looks more often than this

const tell = (news: BfdNews): void => parentPort?.postMessage(news);
const tellViews = (): void =>
  tell({ kind: "views", views: bfd.views(), unknownPackets: bfd.unknownPackets, originMs: performance.timeOrigin });

const bfd = new Bfd({
  post: (event) => {
    tellViews();
    tell({ kind: "event", event });
  },
  report: (fact) => tell({ kind: "fact", fact }),
});
const rounds = setInterval(tellViews, VIEWS_MS);

parentPort?.on("message", (command: BfdCommand) => {
  switch (command.kind) {
    case "watch":
      bfd.watch(command.targets);
      return tellViews();
    case "stop":
      clearInterval(rounds);
      bfd.stop();
      return parentPort?.close();
  }
});
