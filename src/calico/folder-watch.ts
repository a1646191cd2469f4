/**
 * Tells when the files of a folder are others, or have changed; the folder need not be there yet.
 * The door: the file system and the clock. Where the kernel tells nothing, a look from time to time does.
 */

import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { join } from "node:path";

const LOOK_MS = 30_000;
const QUIET_MS = 100; // a file is written in several steps

export class FolderWatch {
  readonly #folder: string;
  readonly #changed: () => void;
  readonly #looks: NodeJS.Timeout;
  #watcher: FSWatcher | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #seen: string;

  constructor(folder: string, changed: () => void) {
    this.#folder = folder;
    this.#changed = changed;
    this.#seen = this.#signature();
    this.#looks = setInterval(() => this.#look(), LOOK_MS).unref();
    this.#listen();
  }

  close(): void {
    clearInterval(this.#looks);
    clearTimeout(this.#quiet);
    this.#watcher?.close();
  }

  #look(): void {
    if (!this.#watcher) this.#listen();
    const signature = this.#signature();
    if (signature === this.#seen) return;
    this.#seen = signature;
    this.#changed();
  }

  #listen(): void {
    try {
      this.#watcher = watch(this.#folder, { persistent: false }, () => {
        clearTimeout(this.#quiet);
        this.#quiet = setTimeout(() => this.#look(), QUIET_MS).unref();
      });
      this.#watcher.on("error", () => this.#deaf());
    } catch {
      this.#watcher = undefined; // the folder is not there
    }
  }

  #deaf(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #signature(): string {
    try {
      return readdirSync(this.#folder)
        .sort()
        .map((name) => `${name} ${statSync(join(this.#folder, name), { throwIfNoEntry: false })?.mtimeMs}`)
        .join("\n");
    } catch {
      return "";
    }
  }
}
