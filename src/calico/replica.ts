/**
 * Our copy of what stands in the datastore below some prefixes, and up to which revision it is true.
 * Pure. Whatever way a change is learned (told by a watch, or found by comparing a list with what was known), it comes out as one.
 */

/** One key's new value; undefined: it is gone. */
export type Changes = ReadonlyMap<string, string | undefined>;

interface Shelf {
  /** Up to here every change is in; undefined: it has to be listed (again). */
  revision: number | undefined;
  isListed: boolean;
  readonly values: Map<string, string>;
}

export class Replica {
  readonly #shelves: ReadonlyMap<string, Shelf>;
  #changes = new Map<string, string | undefined>();
  #cluster: string | undefined;

  constructor(prefixes: readonly string[]) {
    this.#shelves = new Map(prefixes.map((prefix) => [prefix, { revision: undefined, isListed: false, values: new Map() }]));
  }

  /** Every prefix has been listed once: from now on an absent key is one that does not exist. */
  get isComplete(): boolean {
    return [...this.#shelves.values()].every(({ isListed }) => isListed);
  }

  get size(): number {
    return [...this.#shelves.values()].reduce((sum, { values }) => sum + values.size, 0);
  }

  /** Where to go on, prefix by prefix. */
  places(): ReadonlyMap<string, number | undefined> {
    return new Map([...this.#shelves].map(([prefix, { revision }]) => [prefix, revision]));
  }

  /**
   * An answer of the datastore names its cluster and where its history stands. Another cluster, or a history that has not yet
   * reached what we know (restored from a backup), makes every revision of ours meaningless.
   */
  recognise(cluster: string, revision: number): "same" | "another" {
    const isOther = this.#cluster !== undefined && this.#cluster !== cluster;
    const isOlder = [...this.#shelves.values()].some((shelf) => shelf.revision !== undefined && revision < shelf.revision);
    this.#cluster = cluster;
    if (!isOther && !isOlder) return "same";
    for (const shelf of this.#shelves.values()) shelf.revision = undefined;
    return "another";
  }

  /** What we know of this prefix can no longer be continued. */
  mustList(prefix: string): void {
    this.#shelf(prefix).revision = undefined;
  }

  /** All there is below the prefix, at that revision; says how many keys had gone without our being told. */
  listed(prefix: string, found: ReadonlyMap<string, string>, revision: number): number {
    const shelf = this.#shelf(prefix);
    const gone = [...shelf.values.keys()].filter((key) => !found.has(key));
    for (const key of gone) this.#put(shelf, key, undefined);
    for (const [key, value] of found) this.#put(shelf, key, value);
    shelf.revision = revision;
    shelf.isListed = true;
    return gone.length;
  }

  /** What a watch told, in order, up to that revision. */
  told(prefix: string, changes: Iterable<readonly [key: string, value: string | undefined]>, revision: number): void {
    const shelf = this.#shelf(prefix);
    for (const [key, value] of changes) this.#put(shelf, key, value);
    if (shelf.revision !== undefined) shelf.revision = Math.max(shelf.revision, revision);
  }

  /** What is different since the last time. */
  takeChanges(): Changes {
    const changes = this.#changes;
    this.#changes = new Map();
    return changes;
  }

  get hasChanges(): boolean {
    return this.#changes.size > 0;
  }

  #put(shelf: Shelf, key: string, value: string | undefined): void {
    if (shelf.values.get(key) === value) return;
    if (value === undefined) shelf.values.delete(key);
    else shelf.values.set(key, value);
    this.#changes.set(key, value);
  }

  #shelf(prefix: string): Shelf {
    const shelf = this.#shelves.get(prefix);
    if (!shelf) throw new Error(`${prefix} is not followed`);
    return shelf;
  }
}
