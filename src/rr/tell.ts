/**
 * A best path changed: what one group must hear, and who in it.
 * Pure. This is what replaces an Adj-RIB-Out per peer: whoever followed every change holds exactly the group's present
 * path of each prefix, unless he is its owner; then he holds nothing.
 *
 *   before    after     everybody else     owner of before    owner of after
 *   -         Y         announce Y         announce Y         -
 *   X         -         withdraw           -                  withdraw
 *   X         Y         announce Y         announce Y         withdraw (he had X)
 *   X         X'        announce X'        -                  -
 */

import type { PathAttributes } from "../bgp/wire/attribute-types.ts";
import type { SourceId } from "../bgp/rib/ids.ts";

/** A path as one identity hears it. The same attributes object means the same bytes. */
export interface Told {
  readonly owner: SourceId;
  readonly attributes: PathAttributes;
}

/** Who in a group a frame is meant for. A peer who is not in the group may be named; then it is nobody. */
export type Audience =
  | { readonly kind: "everyone" }
  | { readonly kind: "all-but"; readonly peer: SourceId }
  | { readonly kind: "only"; readonly peer: SourceId };

export type Tell =
  | { readonly kind: "announce"; readonly attributes: PathAttributes; readonly audience: Audience }
  | { readonly kind: "withdraw"; readonly audience: Audience };

const NOTHING: readonly Tell[] = [];

/** What turns a group that followed everything up to `before` into one that knows `after`. */
export function tell(before: Told | undefined, after: Told | undefined): readonly Tell[] {
  if (after === undefined) return before === undefined ? NOTHING : [{ kind: "withdraw", audience: allBut(before.owner) }];
  if (before === undefined) return [announce(after, allBut(after.owner))];
  if (before.owner === after.owner) return before.attributes === after.attributes ? NOTHING : [announce(after, allBut(after.owner))];
  const takeBack: Tell = { kind: "withdraw", audience: only(after.owner) };
  const alreadyKnown = before.attributes === after.attributes; // by all but him who told it before
  return [takeBack, announce(after, alreadyKnown ? only(before.owner) : allBut(after.owner))];
}

function announce(told: Told, audience: Audience): Tell {
  return { kind: "announce", attributes: told.attributes, audience };
}

export function allBut(peer: SourceId): Audience {
  return { kind: "all-but", peer };
}

export function only(peer: SourceId): Audience {
  return { kind: "only", peer };
}
