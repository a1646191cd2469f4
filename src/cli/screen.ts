/**
 * Standard output: how wide it is, whether it has colours, and that its reader may go away.
 * The door: process.stdout.
 */

import { once } from "node:events";
import { explain } from "../control/text/system-error.ts";
import { type Column, type Look, plainTable } from "./table.ts";

const BATCH_ROWS = 1000; // columns of a long table are measured this many rows at a time, so that it can be printed as it comes

/** No colour unless a person looks, and never against NO_COLOR (https://no-color.org is the custom). */
export function screenLook(): Look {
  const { isTTY, columns } = process.stdout;
  const wanted = isTTY && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
  return { width: isTTY ? columns : undefined, colour: wanted ? "ansi" : "none" };
}

/** A reader who has seen enough ("| head") is no failure; a full disk is one, and no defect of ours. */
export function tolerateClosedOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    process.stderr.write(`cannot write to standard output: ${explain(error)}\n`);
    process.exit(1);
  });
}

export async function print(lines: readonly string[]): Promise<void> {
  if (lines.length > 0 && !process.stdout.write(`${lines.join("\n")}\n`)) await once(process.stdout, "drain");
}

export function printJson(value: object): Promise<void> {
  return print([JSON.stringify(value, undefined, 2)]);
}

/** One JSON array, a row per line. */
export async function printJsonRows(rows: AsyncIterable<object>): Promise<void> {
  let opening = "[";
  for await (const batch of batches(rows)) {
    const text = batch.map((row) => JSON.stringify(row)).join(",\n");
    await print([`${opening}\n${text}`]);
    opening = ",";
  }
  await print([opening === "[" ? "[]" : "]"]);
}

/** Prints the rows as they come; answers how many there were. */
export async function printRows<Row extends object>(columns: readonly Column<Row>[], rows: AsyncIterable<Row> | Iterable<Row>): Promise<number> {
  let count = 0;
  for await (const batch of batches(rows)) {
    const [titles = "", ...lines] = plainTable(columns, batch, screenLook());
    await print(count === 0 ? [titles, ...lines] : lines);
    count += batch.length;
  }
  return count;
}

async function* batches<Row>(rows: AsyncIterable<Row> | Iterable<Row>): AsyncIterable<readonly Row[]> {
  let batch: Row[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
