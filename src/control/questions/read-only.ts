/**
 * What everybody on the host may ask, on the socket on which nobody can order anything.
 * Pure. A list of what is allowed, so that a new question is not before somebody thought of it: it has to be cheap, because
 * anybody may ask it all day. Whole tables are for those who may use the control socket.
 */

const ALLOWED: ReadonlySet<string> = new Set(["status", "peers", "peer", "routes", "why", "policy", "kernel-rules", "policy-rules", "fib", "convergence", "log-level"]);

const LISTS_A_TABLE = "ask about one prefix or address; whole tables are told on the control socket only";

/** Why not; undefined: it may be asked. */
export function whyNotAllowed(ask: string, args: object): string | undefined {
  if (!ALLOWED.has(ask)) return `${JSON.stringify(ask)} is answered on the control socket only; here may be asked: ${[...ALLOWED].join(", ")}`;
  const isAboutOne = ("prefix" in args || "covering" in args) && !("longer" in args);
  return ask === "routes" && !isAboutOne ? LISTS_A_TABLE : undefined;
}
