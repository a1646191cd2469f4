/**
 * /healthz and /readyz: what a supervisor may conclude from this process alone.
 * Pure. No answer here depends on whether some other host is alive: a node is ready although every peer is dead.
 */

import type { FibState } from "../../fib/vocabulary.ts";
import type { Look } from "../look.ts";

export interface Probe {
  readonly ok: "yes" | "no";
  /** A line each. */
  readonly says: readonly string[];
}

/** States in which restarting us would help nobody, but nothing goes into the kernel. */
const LAME: readonly FibState[] = ["starting", "relay-lost", "not-permitted", "no-carrier", "closed"];

/** That there is an answer is the answer: the loop that makes it is the one that routes. */
export function health(): Probe {
  return { ok: "yes", says: ["ok"] };
}

/** A configuration holds, best paths are told, and there is a kernel that listens. */
export function readiness({ speaker, fib }: Look): Probe {
  const { deferral, standing } = speaker.router();
  const reasons = [
    ...(standing === "unconfigured" ? ["starting: no configuration holds yet"] : []),
    ...(deferral ? [`restarting: waits for ${deferral.waitingFor.length} of ${deferral.peers} peers`] : []),
    ...(fib && LAME.includes(fib.status().state) ? [`kernel routes: ${fib.status().state}`] : []),
  ];
  return reasons.length === 0 ? { ok: "yes", says: ["ready"] } : { ok: "no", says: reasons };
}
