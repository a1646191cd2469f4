/**
 * Growable typed columns and the row numbers that index them.
 * Pure. A table of this room is one RowNumbers and a column per field: a million routes are a few large arrays that the
 * garbage collector never looks into.
 *
 * Large arrays of zeros cost no memory until they are written, so a column that is full grows to four times its length: what is
 * copied on the way to a million rows is a third of them. For the same reason every column begins with zeros whatever it reads
 * as, and what it would read as anyway is not written beyond its end: a column of which nobody makes use costs nothing.
 *
 * Each kind of cell has a class of its own on purpose: one shared class would see several array kinds in one place, and
 * every access of every table would pay for it.
 */

const FIRST_CAPACITY = 1024;
const GROWTH = 4;

/** Signed 32 bit; cells never written read as `initial`. */
export class Int32Column {
  readonly #initial: number;
  /** Each cell stands here as what differs from the initial one. */
  #cells = new Int32Array(FIRST_CAPACITY);

  constructor(initial = 0) {
    this.#initial = initial;
  }

  get(row: number): number {
    return row < this.#cells.length ? (this.#cells[row] as number) ^ this.#initial : this.#initial;
  }

  set(row: number, value: number): void {
    if (row < this.#cells.length) this.#cells[row] = value ^ this.#initial;
    else if (value !== this.#initial) this.#setBeyond(row, value);
  }

  /** One step for what is counted with every route. */
  add(row: number, by: number): void {
    if (row < this.#cells.length) this.#cells[row] = (((this.#cells[row] as number) ^ this.#initial) + by) ^ this.#initial;
    else this.#setBeyond(row, this.#initial + by);
  }

  #setBeyond(row: number, value: number): void {
    const old = this.#cells;
    this.#cells = new Int32Array(capacityFor(row, old.length));
    this.#cells.set(old);
    this.#cells[row] = value ^ this.#initial;
  }
}

/** Unsigned 32 bit, initially zero: addresses, AS numbers, router ids. */
export class Uint32Column {
  #cells = new Uint32Array(FIRST_CAPACITY);

  get(row: number): number {
    return row < this.#cells.length ? (this.#cells[row] as number) : 0;
  }

  set(row: number, value: number): void {
    if (row < this.#cells.length) this.#cells[row] = value;
    else if (value !== 0) this.#setBeyond(row, value);
  }

  #setBeyond(row: number, value: number): void {
    const old = this.#cells;
    this.#cells = new Uint32Array(capacityFor(row, old.length));
    this.#cells.set(old);
    this.#cells[row] = value;
  }
}

/** Unsigned 8 bit, initially zero: lengths, flags, small codes. */
export class Uint8Column {
  #cells = new Uint8Array(FIRST_CAPACITY);

  get(row: number): number {
    return row < this.#cells.length ? (this.#cells[row] as number) : 0;
  }

  set(row: number, value: number): void {
    if (row < this.#cells.length) this.#cells[row] = value;
    else if (value !== 0) this.#setBeyond(row, value);
  }

  #setBeyond(row: number, value: number): void {
    const old = this.#cells;
    this.#cells = new Uint8Array(capacityFor(row, old.length));
    this.#cells.set(old);
    this.#cells[row] = value;
  }
}

/** Double precision, initially zero: points in time. */
export class Float64Column {
  #cells = new Float64Array(FIRST_CAPACITY);

  get(row: number): number {
    return row < this.#cells.length ? (this.#cells[row] as number) : 0;
  }

  set(row: number, value: number): void {
    if (row < this.#cells.length) this.#cells[row] = value;
    else if (value !== 0) this.#setBeyond(row, value);
  }

  #setBeyond(row: number, value: number): void {
    const old = this.#cells;
    this.#cells = new Float64Array(capacityFor(row, old.length));
    this.#cells.set(old);
    this.#cells[row] = value;
  }
}

/** Which rows are in use: dense, the row freed last is taken first. */
export class RowNumbers {
  readonly #free = new Int32Column();
  #freeCount = 0;
  #end = 0;

  take(): number {
    return this.#freeCount > 0 ? this.#free.get(--this.#freeCount) : this.#end++;
  }

  give(row: number): void {
    this.#free.set(this.#freeCount++, row);
  }

  /** Rows in use. */
  get size(): number {
    return this.#end - this.#freeCount;
  }

  /** One beyond the highest row ever in use. */
  get end(): number {
    return this.#end;
  }
}

/** Numbers waiting to be looked at, kept between rounds so that a round allocates nothing. */
export class Worklist {
  readonly #items = new Int32Column();
  #length = 0;

  push(item: number): void {
    this.#items.set(this.#length++, item);
  }

  at(index: number): number {
    return this.#items.get(index);
  }

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }
}

/** How long an array of that length has to become for the row to have a place in it. */
function capacityFor(row: number, length: number): number {
  let capacity = length * GROWTH;
  while (row >= capacity) capacity *= GROWTH;
  return capacity;
}
