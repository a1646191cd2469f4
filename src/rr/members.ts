/**
 * The members of a group, and which of them rest: those that had nothing to take when they were last looked at.
 * Pure. A change wakes nearly everybody who rests, and soon they rest again; so that is a mark on each, and no list.
 */

import type { SourceId } from "../bgp/rib/ids.ts";
import { invariant, present } from "../ip/assert.ts";
import type { Member } from "./member.ts";

interface Entry {
  readonly member: Member;
  /** Where it stands in the order. */
  at: number;
  resting: boolean;
}

const NOBODY: readonly SourceId[] = [];

export class Members {
  readonly #entries = new Map<SourceId, Entry>();
  readonly #order: Entry[] = [];
  #resting = 0;

  get size(): number {
    return this.#order.length;
  }

  get allRest(): boolean {
    return this.#resting === this.#order.length;
  }

  has(id: SourceId): boolean {
    return this.#entries.has(id);
  }

  get(id: SourceId): Member | undefined {
    return this.#entries.get(id)?.member;
  }

  /** It rests until it is woken. */
  add(member: Member): void {
    invariant(!this.#entries.has(member.id), "a peer joins a group once");
    const entry: Entry = { member, at: this.#order.length, resting: true };
    this.#entries.set(member.id, entry);
    this.#order.push(entry);
    this.#resting++;
  }

  remove(id: SourceId): "removed" | "unknown" {
    const entry = this.#entries.get(id);
    if (!entry) return "unknown";
    this.#entries.delete(id);
    if (entry.resting) this.#resting--;
    const last = present(this.#order.pop(), "a member stands in the order");
    if (last === entry) return "removed";
    this.#order[entry.at] = last;
    last.at = entry.at;
    return "removed";
  }

  rest(id: SourceId): void {
    const entry = this.#entries.get(id);
    if (!entry || entry.resting) return;
    entry.resting = true;
    this.#resting++;
  }

  /** Of those who rest, who has something to take now rests no longer. */
  wake(hasMore: (member: Member) => boolean): readonly SourceId[] {
    if (this.#resting === 0) return NOBODY;
    const woken: SourceId[] = [];
    for (const entry of this.#order) {
      if (!entry.resting || !hasMore(entry.member)) continue;
      entry.resting = false;
      woken.push(entry.member.id);
    }
    this.#resting -= woken.length;
    return woken;
  }

  each(visit: (member: Member) => void): void {
    for (const { member } of this.#order) visit(member);
  }
}
