/**
 * Text that is broken at spaces, so that nothing of it is lost where the screen is narrow.
 * Pure.
 */

/** Rows of at most that width where words allow it; those after the first are shorter by the indent at which they stand. */
export function wrapped(text: string, width: number, indent: number): readonly string[] {
  if (text.length <= width) return [text];
  const rows: string[] = [];
  let row = "";
  for (const word of text.split(" ")) {
    const room = width - (rows.length === 0 ? 0 : indent);
    if (row !== "" && row.length + 1 + word.length > room) {
      rows.push(row);
      row = word;
    } else row = row === "" ? word : `${row} ${word}`;
  }
  return [...rows, row];
}

const NARROWEST = 24; // nobody reads a column of single words

/** The head, and behind it the text; further rows stand below the text, or so many columns from the left. No width: as wide as it takes. */
export function hanging(head: string, text: string, width: number | undefined, indent = head.length): readonly string[] {
  if (width === undefined) return [head + text];
  const room = Math.max(NARROWEST, width - head.length);
  return wrapped(text, room, indent - head.length).map((row, at) => (at === 0 ? head : " ".repeat(indent)) + row);
}
