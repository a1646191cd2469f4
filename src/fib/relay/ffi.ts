/**
 * The relay as a worker thread of this process: nothing to install, nothing to fork; needs node:ffi (Node >= 26).
 * Guards the worker and this side of its stream.
 */

import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Relay, RelayLife, RelayOptions } from "./relay.ts";

/** dist/ has JavaScript, src/ has TypeScript; the worker beside this file has the same ending. */
const WORKER = new URL(`./worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

export function startFfi(options: RelayOptions, life: RelayLife): Relay {
  const worker = new Worker(fileURLToPath(WORKER), { workerData: options, execArgv: ["--disable-warning=ExperimentalWarning"] });
  let socket: Socket | undefined;
  let hasEnded = false;
  const hangUp = (): void => void socket?.destroy(); // the thread sees the end of its stream and leaves
  const end = (reason: string): void => {
    if (hasEnded) return;
    hasEnded = true;
    process.off("exit", hangUp);
    hangUp();
    life.ended(reason);
  };
  process.on("exit", hangUp);
  worker.on("message", ({ stream }: { readonly stream: number }) => {
    socket = new Socket({ fd: stream, readable: true, writable: true });
    socket.on("data", (chunk: Buffer) => life.bytes(chunk));
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => end("the worker hung up"));
    if (hasEnded) hangUp();
  });
  worker.on("error", (error: Error) => end(error.message));
  worker.on("exit", (code) => end(`the worker ended with code ${code}`));
  return {
    send(frames, taken) {
      socket?.write(frames, taken);
    },
    end() {
      end("ended");
    },
  };
}
