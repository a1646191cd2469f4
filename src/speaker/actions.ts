/**
 * The list of SpeakerActions that one flush() returns, in the order in which they were asked for.
 * Pure.
 */

import type { Fact, SpeakerAction } from "./vocabulary.ts";

export class Actions {
  #list: SpeakerAction[] = [];

  add(action: SpeakerAction): void {
    this.#list.push(action);
  }

  report(fact: Fact): void {
    this.#list.push({ kind: "report", fact });
  }

  /** Everything since the last call. */
  take(): readonly SpeakerAction[] {
    const list = this.#list;
    this.#list = [];
    return list;
  }
}
