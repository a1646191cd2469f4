/** Tables of tests by their titles: `it.each(titled(ROWS))("%s", …)`. "$title" would be quoted, and cut after forty characters. */

export function titled<Row extends { readonly title: string }>(
  rows: readonly Row[],
): readonly (readonly [title: string, row: Row])[] {
  return rows.map((row) => [row.title, row] as const);
}
