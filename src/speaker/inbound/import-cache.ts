/**
 * A cache of import outcomes: the same attribute set from the same peer is judged once.
 * Pure. The key is all that an outcome depends on: set, family, the peer's configuration, its session, the router's settings. The
 * last three are replaced as a whole and compared by identity. Numbers of sets are used again, so the life of the set counts too.
 *
 * One slot per hash: a new entry replaces the one that it finds, so the cache does not grow.
 */

import type { AttributeStore } from "../../bgp/rib/attribute-store.ts";
import { type AttrId, NO_ATTRIBUTES } from "../../bgp/rib/ids.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { PeerConfig, RouterConfig } from "../config/config.ts";
import type { Peer, Session } from "../peers/peers.ts";

/** What became of one attribute set. */
export interface ImportOutcome {
  /** After import policy; NO_ATTRIBUTES: refused. */
  readonly usable: AttrId;
  readonly verdict: number;
  /** The policy's rule that spoke; undefined: none was asked. */
  readonly rule: number | undefined;
}

interface Remembered {
  readonly received: AttrId;
  readonly family: Family;
  readonly receivedLife: number;
  readonly usableLife: number;
  readonly config: PeerConfig;
  readonly session: Session | undefined;
  readonly router: RouterConfig;
  readonly outcome: ImportOutcome;
}

const SLOTS = 4096; // a power of two
const SPREAD = 0x9e3779b1; // sources with the same sets do not meet in the same slots

export class ImportCache {
  readonly #store: AttributeStore;
  readonly #slots: (Remembered | undefined)[] = Array<Remembered | undefined>(SLOTS).fill(undefined);

  constructor(store: AttributeStore) {
    this.#store = store;
  }

  get(received: AttrId, family: Family, { source, config, session }: Peer, router: RouterConfig): ImportOutcome | undefined {
    const found = this.#slots[slotOf(received, source)];
    if (!found || found.received !== received || found.family !== family) return undefined;
    if (found.config !== config || found.session !== session || found.router !== router) return undefined;
    const { outcome } = found;
    const lives = found.receivedLife === this.#store.life(received) && found.usableLife === this.#lifeOf(outcome.usable);
    return lives ? outcome : undefined;
  }

  put(received: AttrId, family: Family, { source, config, session }: Peer, router: RouterConfig, outcome: ImportOutcome): void {
    const usableLife = this.#lifeOf(outcome.usable);
    this.#slots[slotOf(received, source)] = { received, family, receivedLife: this.#store.life(received), usableLife, config, session, router, outcome };
  }

  #lifeOf(usable: AttrId): number {
    return usable === NO_ATTRIBUTES ? NO_ATTRIBUTES : this.#store.life(usable);
  }
}

function slotOf(received: AttrId, source: number): number {
  return (received ^ Math.imul(source, SPREAD)) & (SLOTS - 1);
}
