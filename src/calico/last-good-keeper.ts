/**
 * Keeps the file of the last good configuration up to date without writing it for every change: one write at a time, a pause
 * between two, the newest wins.
 * The door: timers; the file itself is last-good-file.ts.
 */

import type { DatastoreFact } from "./datastore-facts.ts";
import type { LastGoodFile } from "./last-good-file.ts";

const PAUSE_MS = 2_000;
const REFRESH_MS = 60_000;

export class LastGoodKeeper {
  readonly #file: LastGoodFile;
  readonly #report: (fact: DatastoreFact) => void;
  #wanted: ReadonlyMap<string, string> | undefined;
  #pause: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #refresh: NodeJS.Timeout | undefined;
  #state: "fine" | "failing" = "fine";

  constructor(file: LastGoodFile, report: (fact: DatastoreFact) => void) {
    this.#file = file;
    this.#report = report;
  }

  /** These hold now. */
  keep(entries: ReadonlyMap<string, string>): void {
    this.#wanted = entries;
    if (!this.#pause && !this.#writing) this.#write();
    this.#refresh ??= setInterval(() => this.#stillHolds(), REFRESH_MS).unref();
  }

  /** Resolves when what was kept last is on disk, or cannot be. */
  async close(): Promise<void> {
    clearInterval(this.#refresh);
    clearTimeout(this.#pause);
    await this.#writing;
    clearTimeout(this.#pause);
    if (this.#wanted) await this.#save();
    else await this.#stillHolds();
  }

  #write(): void {
    this.#writing = this.#save().then(() => {
      this.#writing = undefined;
      this.#pause = setTimeout(() => {
        this.#pause = undefined;
        if (this.#wanted) this.#write();
      }, PAUSE_MS).unref();
    });
  }

  async #save(): Promise<void> {
    const entries = this.#wanted;
    this.#wanted = undefined;
    if (!entries) return;
    try {
      await this.#file.write(entries);
      this.#state = "fine";
    } catch (error) {
      this.#failed(error);
    }
  }

  async #stillHolds(): Promise<void> {
    if (this.#writing || this.#state === "failing") return;
    await this.#file.refresh().catch((error: unknown) => this.#failed(error));
  }

  /** Said once, until it works again. */
  #failed(error: unknown): void {
    if (this.#state === "fine") this.#report({ kind: "last-good-unwritten", file: this.#file.path, reason: error instanceof Error ? error.message : String(error) });
    this.#state = "failing";
  }
}
