/**
 * Tables of text that fit a terminal.
 * Pure: width and colour are arguments.
 */

import { wrapped } from "./wrapped.ts";

export type Tint = "green" | "red" | "yellow" | "dim";
export type Cell = string | { readonly text: string; readonly tint: Tint };

export interface Column<Row> {
  readonly title: string;
  readonly align?: "left" | "right";
  /** "whole": it is of no use when it is cut; numbers never are, so what is aligned right is whole too. "rows", for the last column of a plain table: more rows where it is too long. */
  readonly fit?: "cut" | "whole" | "rows";
  /** Left out where there is no room for everything; the highest first. Without it the column is always there. */
  readonly spare?: number;
  cell(row: Row): Cell;
}

export interface Look {
  /** Of the terminal; undefined: as wide as it takes. */
  readonly width: number | undefined;
  readonly colour: "ansi" | "none";
}

const SHORTEST = 8; // a column is not cut below this
const NARROWEST_TEXT = 24; // nobody reads a column of single words
const SGR: { readonly [T in Tint]: string } = { green: "\u001B[32m", red: "\u001B[31m", yellow: "\u001B[33m", dim: "\u001B[2m" };
const SGR_END = "\u001B[0m";

/** Lines in calicoctl's frame. */
export function framedTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: Look): readonly string[] {
  const { shown, widths, lines } = layOut(columns, rows, look.width, (count) => 3 * count + 1);
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`;
  const framed = (line: readonly Cell[]): string => `| ${line.map((cell, i) => paint(cell, widths[i] ?? 0, shown[i]?.align, look)).join(" | ")} |`;
  return [rule, framed(shown.map((column) => column.title)), rule, ...lines.map(framed), rule];
}

/** Lines in columns with two spaces between them. */
export function plainTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: Look): readonly string[] {
  const { shown, widths, lines } = layOut(columns, rows, look.width, (count) => 2 * (count - 1));
  const line = (texts: readonly Cell[]): string => texts.map((cell, i) => paint(cell, widths[i] ?? 0, shown[i]?.align, look)).join("  ").trimEnd();
  const broken = (texts: readonly Cell[]): readonly string[] => inRows(texts, widths.at(-1) ?? 0).map(line);
  return [line(shown.map((column) => column.title)), ...(shown.at(-1)?.fit === "rows" ? lines.flatMap(broken) : lines.map(line))];
}

/** The last cell in as many rows as it takes; the others are said once. */
function inRows(cells: readonly Cell[], width: number): readonly (readonly Cell[])[] {
  const others = cells.slice(0, -1);
  return wrapped(textOf(cells.at(-1) ?? ""), width, 0).map((row, at) => [...(at === 0 ? others : others.map(() => "")), row]);
}

interface Layout<Row> {
  readonly shown: readonly Column<Row>[];
  readonly widths: readonly number[];
  readonly lines: readonly (readonly Cell[])[];
}

/** Leaves out spare columns until the others fit when they are cut as far as may be; then cuts no further than needed. */
function layOut<Row>(columns: readonly Column<Row>[], rows: readonly Row[], available: number | undefined, framing: (columns: number) => number): Layout<Row> {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const natural = columnWidths(columns, cells);
  const least = columns.map((column, i) => (isWhole(column) ? (natural[i] ?? 0) : Math.min(natural[i] ?? 0, column.fit === "rows" ? NARROWEST_TEXT : SHORTEST)));
  let kept = columns.map((_, i) => i);
  const room = (): number => (available ?? Number.POSITIVE_INFINITY) - framing(kept.length);
  for (;;) {
    const [spare] = kept.filter((i) => columns[i]?.spare !== undefined).sort((a, b) => (columns[b]?.spare ?? 0) - (columns[a]?.spare ?? 0));
    if (spare === undefined || sum(kept.map((i) => least[i] ?? 0)) <= room()) break;
    kept = kept.filter((i) => i !== spare);
  }
  const pick = <Item>(all: readonly Item[]): readonly Item[] => kept.flatMap((i) => (all[i] === undefined ? [] : [all[i]]));
  return { shown: pick(columns), widths: fit(pick(natural), pick(least), room()), lines: cells.map(pick) };
}

function isWhole<Row>({ align, fit: kind }: Column<Row>): boolean {
  return kind === "whole" || align === "right";
}

/** One event by itself, where no table can be measured: cells at least so wide, then a text in as many rows as it takes. */
export function plainLines(cells: readonly { readonly cell: Cell; readonly width: number }[], text: string, look: Look): readonly string[] {
  const widths = cells.map(({ cell, width }) => Math.max(width, textOf(cell).length));
  const left = (look.width ?? Number.POSITIVE_INFINITY) - sum(widths.map((width) => width + 2));
  const line = (texts: readonly Cell[]): string => texts.map((cell, i) => paint(cell, widths[i] ?? textOf(cell).length, "left", look)).join("  ");
  return inRows([...cells.map(({ cell }) => cell), text], Math.max(NARROWEST_TEXT, left)).map(line);
}

function columnWidths<Row>(columns: readonly Column<Row>[], cells: readonly (readonly Cell[])[]): readonly number[] {
  return columns.map((column, i) => cells.reduce((widest, row) => Math.max(widest, textOf(row[i] ?? "").length), column.title.length));
}

/** Takes from the widest column that may be cut until everything fits, or nothing more can be taken. */
function fit(natural: readonly number[], least: readonly number[], room: number): readonly number[] {
  const fitted = [...natural];
  for (let excess = sum(fitted) - room; excess > 0; excess--) {
    let widest = -1;
    for (let i = 0; i < fitted.length; i++) if ((fitted[i] ?? 0) > (least[i] ?? 0) && (fitted[i] ?? 0) > (fitted[widest] ?? 0)) widest = i;
    if (widest < 0) break;
    fitted[widest] = (fitted[widest] ?? 0) - 1;
  }
  return fitted;
}

/** That text in that colour, where there are colours. */
export function tinted(text: string, tint: Tint, { colour }: Pick<Look, "colour">): string {
  return colour === "none" ? text : `${SGR[tint]}${text}${SGR_END}`;
}

function paint(cell: Cell, width: number, align: "left" | "right" | undefined, look: Look): string {
  const text = textOf(cell);
  const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
  const padded = align === "right" ? cut.padStart(width) : cut.padEnd(width);
  return typeof cell === "string" ? padded : tinted(padded, cell.tint, look);
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
