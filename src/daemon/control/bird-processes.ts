/**
 * Processes called "bird" and "bird6" that do nothing: calicoctl looks for them in /proc, and says that BIRD does not run where it
 * finds none.
 * The door: child processes. Each waits at a pipe from us into which nobody writes, so it ends when we do, however we end.
 *
 * The daemon's own name stays what it is: it could have one of these (process.title), but whoever signals "bird" by name, as
 * scripts on such hosts do, would then reach it. This way a process is hit that has nothing to lose, and is replaced.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { errorCode, explain } from "../../control/text/system-error.ts";

const AGAIN_MS = 1_000;
const UNFIT_MS = 500; // who ends before that cannot be called so

export type NamesakeFact = { readonly kind: "namesake-failed"; readonly name: string; readonly reason: string };

/** What waits at a pipe. Some build cat into a program that goes by its name and then knows no "bird"; node does not, but is large. */
const PROGRAMS: readonly (readonly [program: string, ...options: string[]])[] = [["cat"], [process.execPath, "-e", "process.stdin.resume()"]];

export class BirdProcesses {
  readonly #report: (fact: NamesakeFact) => void;
  readonly #children = new Set<ChildProcess>();
  #state: "open" | "closed" = "open";

  constructor(report: (fact: NamesakeFact) => void) {
    this.#report = report;
  }

  start(names: readonly string[]): void {
    for (const name of names) this.#start(name, 0);
  }

  stop(): void {
    this.#state = "closed";
    for (const child of this.#children) child.kill("SIGKILL");
  }

  #start(name: string, which: number): void {
    const [program, ...options] = PROGRAMS[which] ?? [];
    if (this.#state === "closed") return;
    if (program === undefined) return this.#report({ kind: "namesake-failed", name, reason: "no program goes by that name" });
    const startedMs = performance.now();
    const child = spawn(program, options, { argv0: name, stdio: ["pipe", "ignore", "ignore"], detached: true }); // a terminal's ^C is for us alone
    this.#children.add(child);
    child.unref();
    child.stdin.on("error", () => {});
    child.once("error", (error) => this.#ended(child, name, which + 1, errorCode(error) === undefined ? error.message : explain(error)));
    child.once("exit", () => this.#ended(child, name, performance.now() - startedMs < UNFIT_MS ? which + 1 : which, undefined));
  }

  #ended(child: ChildProcess, name: string, next: number, reason: string | undefined): void {
    if (!this.#children.delete(child) || this.#state === "closed") return;
    if (reason !== undefined && next === PROGRAMS.length) return this.#report({ kind: "namesake-failed", name, reason });
    setTimeout(() => this.#start(name, next), AGAIN_MS).unref();
  }
}
