/**
 * Tables of text that fit a terminal.
 * Pure: width and colour are arguments.
 */

export type Tint = "green" | "red" | "yellow" | "dim";
export type Cell = string | { readonly text: string; readonly tint: Tint };

export interface Column<Row> {
  readonly title: string;
  readonly align?: "left" | "right";
  cell(row: Row): Cell;
}

export interface Look {
  /** Of the terminal; undefined: as wide as it takes. */
  readonly width: number | undefined;
  readonly colour: "ansi" | "none";
}

const SHORTEST = 8; // a column is not cut below this
const SGR: { readonly [T in Tint]: string } = { green: "\u001B[32m", red: "\u001B[31m", yellow: "\u001B[33m", dim: "\u001B[2m" };
const SGR_END = "\u001B[0m";

/** Lines in calicoctl's frame. */
export function framedTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: Look): readonly string[] {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = fit(columnWidths(columns, cells), look.width, 3 * columns.length + 1);
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`;
  const framed = (line: readonly Cell[]): string => `| ${line.map((cell, i) => paint(cell, widths[i] ?? 0, columns[i]?.align, look)).join(" | ")} |`;
  return [rule, framed(columns.map((column) => column.title)), rule, ...cells.map(framed), rule];
}

/** Lines in columns with two spaces between them. */
export function plainTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: Look): readonly string[] {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = fit(columnWidths(columns, cells), look.width, 2 * (columns.length - 1));
  const line = (texts: readonly Cell[]): string => texts.map((cell, i) => paint(cell, widths[i] ?? 0, columns[i]?.align, look)).join("  ").trimEnd();
  return [line(columns.map((column) => column.title)), ...cells.map(line)];
}

/** One line by itself, where no table can be measured: cells at least so wide, then a text that takes what is left. */
export function plainLine(cells: readonly { readonly cell: Cell; readonly width: number }[], text: string, look: Look): string {
  const columns = cells.map(({ cell, width }) => ({ cell, width: Math.max(width, textOf(cell).length) }));
  const left = (look.width ?? Number.POSITIVE_INFINITY) - sum(columns.map(({ width }) => width + 2));
  const rest = text.length > left ? paint(text, Math.max(SHORTEST, left), "left", look) : text;
  return [...columns.map(({ cell, width }) => paint(cell, width, "left", look)), rest].join("  ");
}

function columnWidths<Row>(columns: readonly Column<Row>[], cells: readonly (readonly Cell[])[]): readonly number[] {
  return columns.map((column, i) => cells.reduce((widest, row) => Math.max(widest, textOf(row[i] ?? "").length), column.title.length));
}

/** Takes from the widest column until everything fits, or nothing more can be taken. */
function fit(widths: readonly number[], available: number | undefined, framing: number): readonly number[] {
  const fitted = [...widths];
  for (let excess = sum(fitted) + framing - (available ?? Number.POSITIVE_INFINITY); excess > 0; excess--) {
    const widest = fitted.indexOf(Math.max(...fitted));
    if ((fitted[widest] ?? 0) <= SHORTEST) break;
    fitted[widest] = (fitted[widest] ?? 0) - 1;
  }
  return fitted;
}

function paint(cell: Cell, width: number, align: "left" | "right" | undefined, look: Look): string {
  const text = textOf(cell);
  const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
  const padded = align === "right" ? cut.padStart(width) : cut.padEnd(width);
  return typeof cell === "string" || look.colour === "none" ? padded : `${SGR[cell.tint]}${padded}${SGR_END}`;
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
