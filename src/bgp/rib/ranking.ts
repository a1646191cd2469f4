/**
 * What the decision process reads of an attribute set, as numbers in columns.
 * Pure. RFC 4271 §9.1.2.2, RFC 4456 §9, RFC 9494 §4.4. Filled once when a set is interned, so that a rule compares two integers.
 */

import type { Origin, PathAttributes } from "../wire/attribute-types.ts";
import { asPathLength, firstAs } from "../wire/as-path.ts";
import { COMMUNITY } from "../wire/code-points.ts";
import type { PlainSection } from "../wire/plain-section.ts";
import { Int32Column, Uint32Column, Uint8Column } from "./columns.ts";
import type { AttrId } from "./ids.ts";
import { NO_NEXT_HOP, type NextHopId } from "./next-hop-table.ts";

export interface RankingDefaults {
  /** LOCAL_PREF of a path that has none. */
  readonly localPref: number;
  /** A missing MED counts as the best (RFC 4271 §9.1.2.2 c) or as the worst there is. */
  readonly missingMed: "best" | "worst";
}

export const RANKING_DEFAULTS: RankingDefaults = { localPref: 100, missingMed: "best" };

const WORST_MED = 0xffffffff;

const ORIGIN_RANK: { readonly [O in Origin]: number } = { igp: 0, egp: 1, incomplete: 2 };

export class RankingColumns {
  /** 1 with the community LLGR_STALE, whoever attached it. */
  readonly longLivedStale = new Uint8Column();
  readonly localPref = new Uint32Column();
  readonly pathLength = new Int32Column();
  readonly origin = new Uint8Column();
  readonly med = new Uint32Column();
  /** Zero, which is no AS, where the path is from inside our own. */
  readonly neighbourAs = new Uint32Column();
  /** Zero, which is no router, where there is none. */
  readonly originatorId = new Uint32Column();
  readonly clusterLength = new Int32Column();
  readonly #nextHop = new Int32Column(NO_NEXT_HOP);
  readonly #defaults: RankingDefaults;

  constructor(defaults: RankingDefaults) {
    this.#defaults = defaults;
  }

  fill(id: AttrId, attributes: PathAttributes, nextHop: NextHopId): void {
    const asPath = attributes.asPath ?? [];
    this.longLivedStale.set(id, attributes.communities?.includes(COMMUNITY.llgrStale) ? 1 : 0);
    this.localPref.set(id, attributes.localPref ?? this.#defaults.localPref);
    this.pathLength.set(id, asPathLength(asPath));
    this.origin.set(id, ORIGIN_RANK[attributes.origin ?? "incomplete"]);
    this.med.set(id, attributes.med ?? (this.#defaults.missingMed === "best" ? 0 : WORST_MED));
    this.neighbourAs.set(id, firstAs(asPath) ?? 0);
    this.originatorId.set(id, attributes.originatorId ?? 0);
    this.clusterLength.set(id, attributes.clusterList?.length ?? 0);
    this.#nextHop.set(id, nextHop);
  }

  /** fill() for a set that came as a plain section. */
  fillPlain(id: AttrId, section: PlainSection, nextHop: NextHopId): void {
    this.longLivedStale.set(id, section.wellKnownCommunity === "some" && section.hasCommunity(COMMUNITY.llgrStale) ? 1 : 0);
    this.localPref.set(id, section.localPref ?? this.#defaults.localPref);
    this.pathLength.set(id, section.pathLength);
    this.origin.set(id, section.origin);
    this.med.set(id, section.med ?? (this.#defaults.missingMed === "best" ? 0 : WORST_MED));
    this.neighbourAs.set(id, section.firstAs ?? 0);
    this.originatorId.set(id, section.originatorId ?? 0);
    this.clusterLength.set(id, section.clusterLength);
    this.#nextHop.set(id, nextHop);
  }

  nextHop(id: AttrId): NextHopId {
    return this.#nextHop.get(id) as NextHopId;
  }
}
