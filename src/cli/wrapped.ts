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
