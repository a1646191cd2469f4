/**
 * What somebody may have meant who mistyped a name.
 * Pure.
 */

const MOST = 3;
const LONGEST = 80; // nobody mistypes more, and the work grows with it
const SLIPS = 1 / 4; // of the letters may be others

/** Names that contain it, or are a few slips of the finger away; the nearest first. */
export function nearestOf(asked: string, names: readonly string[]): readonly string[] {
  const wanted = asked.toLowerCase().slice(0, LONGEST);
  if (wanted === "") return [];
  const most = Math.max(1, wanted.length * SLIPS);
  const distances = names.flatMap((name) => {
    const lower = name.toLowerCase();
    if (lower.includes(wanted)) return [{ name, distance: (lower.length - wanted.length) / LONGEST }];
    if (Math.abs(lower.length - wanted.length) > most) return []; // each letter too many is a slip: not worth the work, with thousands of names
    const distance = slips(wanted, lower);
    return distance <= most ? [{ name, distance }] : [];
  });
  return distances.sort((a, b) => a.distance - b.distance).slice(0, MOST).map(({ name }) => name);
}

/** Letters to be put in, taken out or replaced, and neighbours to be swapped (Levenshtein, Damerau). */
function slips(a: string, b: string): number {
  let before: readonly number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const other = a[i - 1] === b[j - 1] ? 0 : 1;
      const areSwapped = other === 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = areSwapped ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + other, swapped));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
