/**
 * What is measured: a BGP daemon that is told routes and puts them into the kernel. One file per daemon beside this one.
 * Pure, types only.
 */

import type { Ground } from "../ground.ts";

/** "restart": its kernel routes stand, and it is to keep what is announced again. */
export type Birth = "first" | "restart";

export interface Subject {
  readonly name: string;
  /** rtm_protocol of its routes. */
  readonly protocol: number;
  /** Programs that must be installed. */
  readonly programs: readonly string[];
  start(ground: Ground, birth: Birth): Promise<RunningSubject>;
}

export interface RunningSubject {
  readonly pids: readonly number[];
  /** Throws when it ended by itself. */
  check(): void;
  /** Its kernel routes stay; gone when this returns. "SIGTERM" is for daemons with something to write down, such as a profile. */
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}
