/**
 * How a command ends: its exit code, and one clear line where it failed.
 */

import { ControlError, RefusedError } from "../control/sockets/client.ts";
import { StartError } from "../control/text/system-error.ts";
import { ConfigFileError } from "../daemon/config/file-error.ts";

export const EXIT = { ok: 0, failed: 1, usage: 2, unhealthy: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command was asked makes no sense. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What was to be written could not be. */
export class OutputError extends Error {
  override readonly name = "OutputError";
}

/** Errors that are an answer and no defect, with the code they end in. */
const EXPECTED: readonly (readonly [kind: abstract new (...args: never[]) => Error, code: ExitCode])[] = [
  [UsageError, EXIT.usage],
  [ConfigFileError, EXIT.usage],
  [RefusedError, EXIT.usage],
  [ControlError, EXIT.failed],
  [StartError, EXIT.failed],
  [OutputError, EXIT.failed],
];

/** Runs a command to its exit code. */
export async function conclude(work: Promise<ExitCode>): Promise<void> {
  try {
    process.exitCode = await work;
  } catch (error) {
    process.exitCode = explainFailure(error);
  }
}

/** The daemon complains about asPath; whoever typed --as-path is told of that. */
export function asTyped(complaint: string, words: readonly string[]): string {
  const [, argument = ""] = /^([a-zA-Z]+): /.exec(complaint) ?? [];
  const option = `--${argument.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return argument !== "" && words.some((word) => word === option || word.startsWith(`${option}=`)) ? option + complaint.slice(argument.length) : complaint;
}

function explainFailure(error: unknown): ExitCode {
  const expected = EXPECTED.find(([kind]) => error instanceof kind);
  if (expected && error instanceof Error) process.stderr.write(`${asTyped(error.message, process.argv)}\n`);
  else process.stderr.write(`this is a defect of ts-bgp:\n${error instanceof Error ? error.stack : String(error)}\n`);
  return expected?.[1] ?? EXIT.failed;
}
