/**
 * What a test needs of the machine, and what happens without it: skipped by name with the reason, failed where CI promised it.
 */

import { describe, it } from "vitest";
import { whereIs } from "../../src/cli/lab/command.ts";
import { whyNoNamespaces } from "../../src/cli/lab/namespaces.ts";

/** Runs the suite where namespaces and these programs are there; otherwise one test says what is missing. */
export async function describeWith(programs: readonly string[], title: string, suite: () => void): Promise<void> {
  describeUnless((await whyNoNamespaces()) ?? missingProgram(programs), title, suite);
}

/** Runs the suite where these programs are there; it needs neither root nor namespaces. */
export function describeWithPrograms(programs: readonly string[], title: string, suite: () => void): void {
  describeUnless(missingProgram(programs), title, suite);
}

function describeUnless(obstacle: string | undefined, title: string, suite: () => void): void {
  if (obstacle === undefined) describe(title, suite);
  else if (process.env["CI"] === "true")
    describe(title, () => it("has what it needs", () => Promise.reject(new Error(obstacle))));
  else describe(`${title} (skipped: ${obstacle})`, () => it.skip("needs more than this machine has", () => undefined));
}

function missingProgram(programs: readonly string[]): string | undefined {
  const missing = programs.filter((program) => !whereIs(program));
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}; test/install-peers.sh installs it`;
}
