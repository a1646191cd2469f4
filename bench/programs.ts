/**
 * Where the programs under test are: what --program or the environment says, else where Debian puts them.
 */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { DutName, Locate } from "./daemons/daemon.ts";
import { DAEMONS, kindOf } from "./daemons/kinds.ts";

/** Paths are seen from the project's folder, where npm runs its scripts. */
export function locator(told: ReadonlyMap<string, string>): Locate {
  return (program) => resolve(told.get(program) ?? (process.env[variableOf(program)] || DEFAULTS.get(program)) ?? program);
}

const DEFAULTS: ReadonlyMap<string, string> = new Map([...DAEMONS.values()].flatMap(({ programs }) => Object.entries(programs)));

/** What is missing for this device under test, as the end of a sentence; undefined: nothing. */
export function whatIsMissing(dut: DutName, locate: Locate): string | undefined {
  const kind = kindOf(dut.daemon);
  const programs = Object.keys(kind.programs).map((program) => (program === "node" ? `node${dut.runtime ?? ""}` : program));
  const missing = programs.find((program) => !existsSync(locate(program)));
  if (missing === undefined) return undefined;
  const origin = kind.debian === undefined ? "" : ` (Debian: ${kind.debian})`;
  return `${locate(missing)} is not there${origin}; --program ${missing}=PATH says where it is, or ${variableOf(missing)}`;
}

function variableOf(program: string): string {
  return `BENCH_${program.toUpperCase().replaceAll("-", "_")}`;
}
