/**
 * A best path changed: what one group must hear, and who in it.
 * Pure. This replaces an Adj-RIB-Out per peer: a member that followed every change holds exactly the group's present path of each
 * prefix, or nothing where it is that path's owner (the peer that the path came from).
 *
 *   before    after     everybody else     owner of before    owner of after
 *   -         Y         announce Y         announce Y         -
 *   X         -         withdraw           -                  withdraw
 *   X         Y         announce Y         announce Y         withdraw (it had X)
 *   X         X'        announce X'        -                  -
 */

import type { Brand } from "../ip/brand.ts";
import type { PathAttributes } from "../bgp/wire/attribute-types.ts";
import type { SourceId } from "../bgp/rib/ids.ts";

/** A set that the RIB keeps as octets, as one identity hears it: a number that only the identity's exporter can read. */
export type PlainSet = Brand<number, "PlainSet">;

/** What is heard of a path. The same number or the same object means the same bytes. */
export type HeardSet = PathAttributes | PlainSet;

/** A path as one identity hears it. */
export interface Told {
  readonly owner: SourceId;
  readonly attributes: HeardSet;
}

/** Who in a group a frame is meant for, as EVERYONE, allBut() and only() make them. A peer who is not in the group may be named; then it is nobody. */
export type Audience =
  | { readonly kind: "everyone" }
  | { readonly kind: "all-but"; readonly peer: SourceId }
  | { readonly kind: "only"; readonly peer: SourceId };

/** Is told what an audience is to hear: those attributes, or with undefined that the path is gone. */
export type Say = (attributes: HeardSet | undefined, audience: Audience) => void;

/** Nobody hears his own path back. */
export function isFor({ owner }: Pick<Told, "owner">, peer: SourceId): boolean {
  return owner !== peer;
}

/** What turns a group that followed everything up to `before` into one that knows `after`. */
export function tell(before: Told | undefined, after: Told | undefined, say: Say): void {
  if (after === undefined) {
    if (before !== undefined) say(undefined, allBut(before.owner));
  } else if (before === undefined) say(after.attributes, allBut(after.owner));
  else if (before.owner === after.owner) {
    if (before.attributes !== after.attributes) say(after.attributes, allBut(after.owner));
  } else {
    say(undefined, only(after.owner));
    const alreadyKnown = before.attributes === after.attributes; // by all but him who told it before
    say(after.attributes, alreadyKnown ? only(before.owner) : allBut(after.owner));
  }
}

export const EVERYONE: Audience = { kind: "everyone" };

/** Each audience is one object, by peer: made once, and compared by identity. */
const ALL_BUT: Audience[] = [];
const ONLY: Audience[] = [];

export function allBut(peer: SourceId): Audience {
  return (ALL_BUT[peer] ??= { kind: "all-but", peer });
}

export function only(peer: SourceId): Audience {
  return (ONLY[peer] ??= { kind: "only", peer });
}
