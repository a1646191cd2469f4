/**
 * What this machine announces itself: configured networks, its own blocks, and workloads outside those blocks.
 * Pure. Every kind is given as a whole value; what is missing in the next one is withdrawn.
 *
 * A workload's single address inside a block of ours is told to nobody: the block covers it. One that was borrowed from
 * another host's block is, because the longer prefix wins everywhere.
 */

import { type Prefix, contains } from "../ip/prefix.ts";
import type { PathAttributes } from "../bgp/wire/attribute-types.ts";
import type { PrefixId, SourceId } from "../bgp/rib/ids.ts";
import type { Tables } from "./tables.ts";

export const LOCAL_KINDS = ["network", "block", "workload"] as const;
export type LocalKind = (typeof LOCAL_KINDS)[number];

/** Without next hop: whoever it is told to gets ours. */
const LOCAL_ATTRIBUTES: PathAttributes = { origin: "igp", asPath: [] };

/** Locally announced prefixes carry no path identifier of their own. */
const NO_PATH_ID = 0;

export class LocalRoutes {
  readonly #tables: Tables;
  readonly #sources: { readonly [K in LocalKind]: SourceId };
  readonly #announced: { readonly [K in LocalKind]: Set<Prefix> } = { network: new Set(), block: new Set(), workload: new Set() };
  readonly #blockIds = new Set<PrefixId>();
  #workloads: readonly Prefix[] = [];

  constructor(tables: Tables) {
    this.#tables = tables;
    const source = (): SourceId => tables.sources.add({ kind: "local", asn: 0, routerId: 0, address: undefined });
    this.#sources = { network: source(), block: source(), workload: source() };
  }

  configure(networks: readonly Prefix[], blocks: readonly Prefix[], nowMs: number): void {
    this.#announce("network", networks, nowMs);
    this.#announce("block", blocks, nowMs);
    this.#announce("workload", this.#borrowed(), nowMs);
  }

  setWorkloads(workloads: readonly Prefix[], nowMs: number): void {
    this.#workloads = workloads;
    this.#announce("workload", this.#borrowed(), nowMs);
  }

  kindOf(source: SourceId): LocalKind | undefined {
    return LOCAL_KINDS.find((kind) => this.#sources[kind] === source);
  }

  /** Is it one of our blocks, whoever else announces it and whatever path to it is best? */
  isBlock(prefix: PrefixId): boolean {
    return this.#blockIds.has(prefix);
  }

  #borrowed(): readonly Prefix[] {
    const blocks = [...this.#announced.block];
    return this.#workloads.filter((workload) => !blocks.some((block) => contains(block, workload)));
  }

  #announce(kind: LocalKind, prefixes: readonly Prefix[], nowMs: number): void {
    const { rib, prefixes: table, attributes, verdicts } = this.#tables;
    const announced = this.#announced[kind];
    const wanted = new Set(prefixes);
    for (const prefix of announced) {
      if (wanted.has(prefix)) continue;
      announced.delete(prefix);
      const id = table.internPrefix(prefix);
      if (kind === "block") this.#blockIds.delete(id);
      rib.forget(this.#sources[kind], id, NO_PATH_ID);
    }
    const set = attributes.intern(LOCAL_ATTRIBUTES);
    const verdict = verdicts.numberOf({ kind: "accepted", rule: kind, packets: "forward" });
    for (const prefix of wanted) {
      if (announced.has(prefix)) continue;
      announced.add(prefix);
      const id = table.internPrefix(prefix);
      if (kind === "block") this.#blockIds.add(id); // its path keeps the number alive
      rib.learn(this.#sources[kind], id, NO_PATH_ID, set, set, verdict, nowMs);
    }
  }
}
