/**
 * Is this a change, or a loss? A configuration that takes away most of what a node has is more often a broken datastore, an
 * upgrade that removed a label or a wrong selector than somebody's intention; it is held back until somebody says that it is one.
 * Pure. What went within the last minutes counts together: a thousand nodes that are deleted one by one are a loss, too. What had
 * only come within as short a time does not: somebody is trying something out.
 */

import type { IpAddress } from "../ip/address.ts";
import type { CompiledConfig } from "./vocabulary.ts";
import type { Resources } from "./resources.ts";

export interface GuardSettings {
  /** More than this share of what there was may not go at once; 100: everything may. */
  readonly maxLossPercent: number;
  /** What went within this time counts together. */
  readonly windowMs: number;
}

/** What a configuration is measured by. */
export interface Inventory {
  readonly goods: { readonly [K in Goods]: ReadonlySet<string> };
  readonly peerAddresses: ReadonlyMap<string, IpAddress>;
  readonly nodeAddresses: ReadonlySet<IpAddress>;
  /** "left": this node has no mesh sessions because somebody said so. */
  readonly mesh: "part" | "left";
}

const GOODS = ["peers", "blocks", "pools"] as const;
type Goods = (typeof GOODS)[number];

const FEWEST = 2; // one at a time is no mass

export function inventoryOf({ speaker }: CompiledConfig, resources: Resources, nodeName: string): Inventory {
  const nodes = [...resources.nodes.values()];
  const hasLeft = resources.nodes.get(nodeName)?.routeReflectorClusterId !== undefined || resources.configurations.get("default")?.nodeToNodeMeshEnabled === false;
  return {
    goods: { peers: new Set(speaker.peers.map(({ name }) => name)), blocks: new Set(speaker.blocks), pools: new Set(resources.pools.keys()) },
    peerAddresses: new Map(speaker.peers.map(({ name, address }) => [name, address])),
    nodeAddresses: new Set(nodes.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].flatMap((own) => own?.address ?? []))),
    mesh: hasLeft ? "left" : "part",
  };
}

export class LossGuard {
  readonly #settings: GuardSettings;
  #current: Inventory | undefined;
  /** Since when each is there; what was there at the start has always been. */
  readonly #arrived = perGoods();
  /** What went lately, and when. */
  readonly #departed = perGoods();

  constructor(settings: GuardSettings) {
    this.#settings = settings;
  }

  /** Why this would be a loss, in words; nothing: it is a change like any other. */
  judge(next: Inventory, nowMs: number): readonly string[] {
    const current = this.#current;
    if (!current) return [];
    const { maxLossPercent } = this.#settings;
    const losses = GOODS.flatMap((goods) => {
      const { lost, of } = this.#lost(goods, current, next, nowMs);
      return lost.length >= FEWEST && lost.length * 100 > of * maxLossPercent ? [`${lost.length} of ${of} ${goods} would go`] : [];
    });
    if (maxLossPercent === 100) return losses;
    return [
      ...losses,
      ...(isAbandoned(current, next) ? ["no peer would remain, though their nodes do"] : []),
      ...(current.goods.pools.size > 0 && next.goods.pools.size === 0 ? ["no pool would remain"] : []),
    ];
  }

  /** This is what holds now. */
  applied(next: Inventory, nowMs: number): void {
    const { windowMs } = this.#settings;
    for (const goods of GOODS) {
      const arrived = this.#arrived[goods];
      const departed = this.#departed[goods];
      for (const [name, atMs] of arrived) {
        if (next.goods[goods].has(name)) continue;
        arrived.delete(name);
        if (nowMs - atMs >= windowMs) departed.set(name, nowMs);
      }
      for (const name of next.goods[goods]) if (!arrived.has(name)) arrived.set(name, this.#current ? nowMs : -Infinity);
      for (const [name, atMs] of departed) if (next.goods[goods].has(name) || nowMs - atMs > windowMs) departed.delete(name);
    }
    this.#current = next;
  }

  /** Somebody wants it so: what went is forgotten. */
  accepted(next: Inventory, nowMs: number): void {
    this.applied(next, nowMs);
    for (const goods of GOODS) this.#departed[goods].clear();
  }

  #lost(goods: Goods, current: Inventory, next: Inventory, nowMs: number): { readonly lost: readonly string[]; readonly of: number } {
    const lately = [...this.#departed[goods]].filter(([, atMs]) => nowMs - atMs <= this.#settings.windowMs).map(([name]) => name);
    const before = new Set([...current.goods[goods], ...lately].filter((name) => !isExcused(goods, name, next)));
    return { lost: [...before].filter((name) => !next.goods[goods].has(name)), of: before.size };
  }
}

function perGoods(): { readonly [K in Goods]: Map<string, number> } {
  return { peers: new Map(), blocks: new Map(), pools: new Map() };
}

/** Sessions of the mesh go with it when somebody turns it off, as long as there are others. */
function isExcused(goods: Goods, name: string, next: Inventory): boolean {
  return goods === "peers" && name.startsWith("Mesh_") && next.mesh === "left" && next.goods.peers.size > 0;
}

/** Whoever deletes the last node means it; a node without a session to nodes that are there is cut off. */
function isAbandoned(current: Inventory, next: Inventory): boolean {
  if (next.goods.peers.size > 0) return false;
  return [...current.peerAddresses.values()].some((address) => next.nodeAddresses.has(address));
}
