/**
 * Forwarding changes as they are collected: a column of prefixes, a column of entries.
 * Pure.
 */

import { Worklist } from "../../bgp/rib/columns.ts";
import type { PrefixId } from "../../bgp/rib/ids.ts";
import type { ForwardingChanges, ForwardingEntry } from "../vocabulary.ts";

export class ForwardingChangeList implements ForwardingChanges {
  readonly #prefixes = new Worklist();
  readonly #entries: (ForwardingEntry | undefined)[] = [];

  push(prefix: PrefixId, entry: ForwardingEntry | undefined): void {
    this.#prefixes.push(prefix);
    this.#entries.push(entry);
  }

  get length(): number {
    return this.#prefixes.length;
  }

  prefix(at: number): PrefixId {
    return this.#prefixes.at(at) as PrefixId;
  }

  entry(at: number): ForwardingEntry | undefined {
    return this.#entries[at];
  }
}
