/**
 * The last good configuration on disk, so that a restart without the datastore works: keys and values as they stood there.
 * The door: the file system. Written beside its place and then moved there, so that no crash leaves half of it. While the
 * process lives the file's time is kept fresh: its age says how long nobody has looked at the cluster.
 */

import { mkdir, open, readFile, rename, stat, utimes } from "node:fs/promises";
import { dirname } from "node:path";

const FORMAT = 1;
const MODE = 0o600;

export interface LastGood {
  readonly entries: ReadonlyMap<string, string>;
  /** Since it last held. */
  readonly ageMs: number;
}

export type LastGoodRead = { readonly kind: "found"; readonly lastGood: LastGood } | { readonly kind: "none" } | { readonly kind: "unfit"; readonly reason: string };

export class LastGoodFile {
  readonly #path: string;
  readonly #node: string;

  constructor(path: string, node: string) {
    this.#path = path;
    this.#node = node;
  }

  get path(): string {
    return this.#path;
  }

  async read(): Promise<LastGoodRead> {
    let text: string;
    let ageMs: number;
    try {
      text = await readFile(this.#path, "utf8");
      ageMs = Math.max(0, Date.now() - (await stat(this.#path)).mtimeMs);
    } catch (error) {
      return isAbsent(error) ? { kind: "none" } : { kind: "unfit", reason: reasonOf(error) };
    }
    return this.#parse(text, ageMs);
  }

  /** Rejects when the file cannot be written. */
  async write(entries: ReadonlyMap<string, string>): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    const draft = `${this.#path}.new`;
    const file = await open(draft, "w", MODE);
    try {
      await file.writeFile(JSON.stringify({ format: FORMAT, node: this.#node, entries: [...entries] }));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, this.#path);
  }

  /** It still holds. */
  async refresh(): Promise<void> {
    const now = new Date();
    await utimes(this.#path, now, now);
  }

  #parse(text: string, ageMs: number): LastGoodRead {
    try {
      const { format, node, entries } = JSON.parse(text) as { readonly format: unknown; readonly node: unknown; readonly entries: readonly (readonly [string, string])[] };
      if (format !== FORMAT) return { kind: "unfit", reason: "it has another format" };
      if (node !== this.#node) return { kind: "unfit", reason: `it is that of node ${String(node)}` };
      if (!entries.every((entry) => entry.length === 2 && entry.every((part) => typeof part === "string"))) return { kind: "unfit", reason: "it is damaged" };
      return { kind: "found", lastGood: { entries: new Map(entries), ageMs } };
    } catch {
      return { kind: "unfit", reason: "it is damaged" };
    }
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
