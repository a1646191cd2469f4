/**
 * The members of a group, and which of them are idle: had nothing to take when they were last looked at.
 * Pure. A change wakes nearly all idle members, and soon they are idle again; so idleness is a mark on each, not a list.
 */

import type { SourceId } from "../bgp/rib/ids.ts";
import { invariant, present } from "../ip/assert.ts";
import type { Member } from "./member.ts";

const NOBODY: readonly SourceId[] = [];

export class Members {
  readonly #byId = new Map<SourceId, Member>();
  readonly #order: Member[] = [];
  #resting = 0;

  get size(): number {
    return this.#order.length;
  }

  get allRest(): boolean {
    return this.#resting === this.#order.length;
  }

  has(id: SourceId): boolean {
    return this.#byId.has(id);
  }

  get(id: SourceId): Member | undefined {
    return this.#byId.get(id);
  }

  /** It rests until it is woken. */
  add(member: Member): void {
    invariant(!this.#byId.has(member.id), "a peer joins a group once");
    this.#byId.set(member.id, member);
    member.standing = this.#order.length;
    this.#order.push(member);
    this.rest(member);
  }

  remove(id: SourceId): "removed" | "unknown" {
    const member = this.#byId.get(id);
    if (!member) return "unknown";
    this.#byId.delete(id);
    if (member.isResting) this.#resting--;
    const last = present(this.#order.pop(), "a member stands in the order");
    if (last === member) return "removed";
    this.#order[member.standing] = last;
    last.standing = member.standing;
    return "removed";
  }

  rest(member: Member): void {
    if (member.isResting) return;
    member.isResting = true;
    this.#resting++;
  }

  /** Of those who rest, who has something to take now rests no longer. */
  wake(hasMore: (member: Member) => boolean): readonly SourceId[] {
    if (this.#resting === 0) return NOBODY;
    const woken: SourceId[] = [];
    for (const member of this.#order) {
      if (!member.isResting || !hasMore(member)) continue;
      member.isResting = false;
      woken.push(member.id);
    }
    this.#resting -= woken.length;
    return woken;
  }

  each(visit: (member: Member) => void): void {
    for (const member of this.#order) visit(member);
  }
}
