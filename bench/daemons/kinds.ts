/**
 * The devices under test by name, and how their names are read: daemon[@runtime][+option[=value]]...
 * Pure.
 */

import { bird1, bird2 } from "./bird.ts";
import type { DaemonKind, DutName } from "./daemon.ts";
import { forwarder } from "./forwarder.ts";
import { frr } from "./frr.ts";
import { gobgp } from "./gobgp.ts";
import { openbgpd } from "./openbgpd.ts";
import { tsBgp } from "./ts-bgp.ts";

export const DAEMONS: ReadonlyMap<string, DaemonKind> = new Map(Object.entries({ "ts-bgp": tsBgp, bird1, bird2, frr, gobgp, openbgpd, forwarder }));

/** A name that no device under test has; its message is for the user. */
export class UnknownDut extends Error {
  override readonly name = "UnknownDut";
}

export function parseDut(text: string): DutName {
  const [head = "", ...words] = text.split("+");
  const [daemon = "", runtime] = head.split("@");
  const kind = kindOf(daemon);
  if (runtime !== undefined && !kind.runsOnNode) throw new UnknownDut(`${text}: ${kind.title} does not run on Node.js`);
  const options = new Map(words.map((word) => [word.split("=")[0] ?? "", word.split("=")[1] ?? ""]));
  for (const option of options.keys()) {
    const known = Object.keys(kind.options ?? {});
    if (!known.includes(option)) throw new UnknownDut(`${text}: ${daemon} has no option ${option}${known.length === 0 ? "" : `, only ${known.join(", ")}`}`);
  }
  return { text, daemon, runtime, options };
}

export function kindOf(daemon: string): DaemonKind {
  const kind = DAEMONS.get(daemon);
  if (!kind) throw new UnknownDut(`${daemon}: no such device under test; there are ${[...DAEMONS.keys()].join(", ")}`);
  return kind;
}
