/**
 * The nexthop objects of others: where a route leads that says nothing but the number of one, as routes do under
 * `net.ipv4.nexthop_compat_mode=0`.
 * Pure. A mirror, as kernel-mirror.ts is; whoever asks gets the answer of now, so that a changed object needs no word about its routes.
 */

import type { NextHopObject, ObjectTarget } from "./rtnetlink-object.ts";
import type { Hop, RouteTarget } from "./rtnetlink-route.ts";

interface Known {
  readonly leads: ObjectTarget;
  readonly generation: number;
}

export class NextHopObjects {
  readonly #objects = new Map<number, Known>();

  /** "new": no route that was told before can lead there. */
  put({ id, leads }: NextHopObject, generation: number): "new" | "changed" | "same" {
    const before = this.#objects.get(id);
    this.#objects.set(id, { leads, generation });
    if (!before) return "new";
    return JSON.stringify(before.leads) === JSON.stringify(leads) ? "same" : "changed";
  }

  drop(id: number): void {
    this.#objects.delete(id);
  }

  /** The kernel takes them away with their link, and groups with their last member, without a word: answers which. */
  dropThrough(device: number): ReadonlySet<number> {
    const gone = new Set<number>();
    for (const [id, { leads }] of this.#objects) if (leads.kind === "hop" && leads.hop.device === device) gone.add(id);
    if (gone.size === 0) return gone;
    for (const [id, { leads }] of this.#objects) if (leads.kind === "group" && leads.members.every((member) => gone.has(member))) gone.add(id);
    for (const id of gone) this.#objects.delete(id);
    return gone;
  }

  /** What a dump of that generation did not show is gone; answers how many. */
  endDump(generation: number): number {
    const gone = [...this.#objects].filter(([, known]) => known.generation !== generation);
    for (const [id] of gone) this.#objects.delete(id);
    return gone.length;
  }

  /** Where a route through that object leads; no hops: the object is not known, or leads nowhere now. */
  target(id: number, source: Extract<RouteTarget, { readonly kind: "via" }>["source"]): RouteTarget {
    const leads = this.#objects.get(id)?.leads;
    if (leads?.kind === "blackhole") return { kind: "blackhole" };
    return { kind: "via", hops: this.#hops(leads), source };
  }

  #hops(leads: ObjectTarget | undefined): readonly Hop[] {
    if (leads?.kind === "hop") return [leads.hop];
    if (leads?.kind !== "group") return [];
    return leads.members.flatMap((member) => {
      const one = this.#objects.get(member)?.leads;
      return one?.kind === "hop" ? [one.hop] : [];
    });
  }
}
