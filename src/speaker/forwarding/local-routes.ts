/**
 * What this machine announces itself: configured networks and static routes, its own blocks, and what the kernel has from
 * others: workloads outside those blocks, or, where everything is learned, all routes and connected networks.
 * Pure. Every kind is given as a whole value; what is missing in the next one is withdrawn.
 *
 * A workload's single address inside a block of ours is told to nobody: the block covers it. One that was borrowed from
 * another host's block is, because the longer prefix wins everywhere. Where everything is learned, policy says such things.
 *
 * Routes to different interfaces come from different sources: policy may ask for the interface, and what is told must
 * follow from the path alone.
 */

import type { IpAddress } from "../../ip/address.ts";
import { type Prefix, contains, prefixVersion } from "../../ip/prefix.ts";
import { matchesInterface } from "../../bgp/policy/interface-pattern.ts";
import type { RouteSource } from "../../bgp/policy/policy.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import { NO_PATH, type PathRow, type PrefixId, type SourceId } from "../../bgp/rib/ids.ts";
import type { RoutePriority, SpeakerConfig } from "../config/config.ts";
import { localPrefOf } from "./priority.ts";
import type { Tables } from "../tables/tables.ts";
import type { KernelRoute } from "../vocabulary.ts";

export type LocalKind = Exclude<RouteSource, "internal" | "external">;

/** Where a local route came from. */
export interface LocalSource {
  readonly kind: LocalKind;
  /** "" where the route has none. */
  readonly interface: string;
  /** Its own, never given to another one: what was concluded of a source is remembered. */
  readonly number: number;
}

interface LocalRoute {
  readonly prefix: Prefix;
  readonly interface: string;
  readonly nextHop: IpAddress | undefined;
  readonly metric: number | undefined;
}

/** Locally announced prefixes carry no path identifier of their own. */
const NO_PATH_ID = 0;

const NOTHING: Pick<SpeakerConfig, "networks" | "blocks" | "statics" | "directExcept"> = { networks: [], blocks: [], statics: [], directExcept: [] };

export class LocalRoutes {
  readonly #tables: Tables;
  /** What is announced by each kind: the source, and the route as text. */
  readonly #announced = new Map<LocalKind, Map<Prefix, { readonly source: SourceId; readonly text: string }>>();
  readonly #sources = new Map<string, { readonly id: SourceId; routes: number }>();
  readonly #sourceFacts = new Map<SourceId, LocalSource>();
  readonly #blockIds = new Set<PrefixId>();
  #numbered = 0;
  #config = NOTHING;
  #priority: RoutePriority | undefined;
  #workloads: readonly Prefix[] = [];
  #kernel: readonly KernelRoute[] = [];

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  configure(config: SpeakerConfig, nowMs: number): void {
    this.#config = config;
    this.#priority = config.router.routePriority;
    this.#announce("network", config.networks.map(plain), nowMs);
    this.#announce("block", config.blocks.map(plain), nowMs);
    this.#announce("static", config.statics.map(({ prefix, via }) => ({ ...plain(prefix), nextHop: via })), nowMs);
    this.#announceLearned(nowMs);
  }

  setWorkloads(workloads: readonly Prefix[], nowMs: number): void {
    this.#workloads = workloads;
    this.#announce("workload", this.#borrowed(), nowMs);
  }

  setKernelRoutes(routes: readonly KernelRoute[], nowMs: number): void {
    this.#kernel = routes;
    this.#announceLearned(nowMs);
  }

  get workloads(): readonly Prefix[] {
    return this.#workloads;
  }

  get kernelRoutes(): readonly KernelRoute[] {
    return this.#kernel;
  }

  /** undefined: a peer, or nobody any more. */
  sourceOf(source: SourceId): LocalSource | undefined {
    return this.#sourceFacts.get(source);
  }

  /** Our own path to it where it is one of our blocks, whoever else announces it and whatever path is best; else NO_PATH. */
  blockPath(prefix: PrefixId): PathRow {
    const source = this.#blockIds.has(prefix) ? this.#sources.get(keyOf("block", ""))?.id : undefined;
    return source === undefined ? NO_PATH : this.#tables.rib.paths.find(source, prefix, NO_PATH_ID);
  }

  /** The block of this host that holds the prefix, and whether a workload of this host has exactly that prefix. */
  holding(prefix: Prefix): { readonly block: Prefix | undefined; readonly workload: boolean } {
    return { block: this.#config.blocks.find((block) => contains(block, prefix)), workload: this.#workloads.includes(prefix) };
  }

  #announceLearned(nowMs: number): void {
    this.#announce("workload", this.#borrowed(), nowMs);
    const direct = this.#kernel.filter((route) => route.kind === "direct" && !matchesInterface(this.#config.directExcept, route.interface));
    this.#announce("direct", direct.map(({ prefix, interface: name }) => ({ ...plain(prefix), interface: name })), nowMs);
    const kernel = this.#kernel.filter(({ kind }) => kind === "kernel");
    this.#announce("kernel", kernel.map((route) => ({ prefix: route.prefix, interface: route.interface, nextHop: route.gateway, metric: route.metric })), nowMs);
  }

  #borrowed(): readonly LocalRoute[] {
    return this.#workloads.filter((workload) => !this.#config.blocks.some((block) => contains(block, workload))).map(plain);
  }

  #announce(kind: LocalKind, routes: readonly LocalRoute[], nowMs: number): void {
    const announced = this.#announced.get(kind) ?? new Map<Prefix, { readonly source: SourceId; readonly text: string }>();
    this.#announced.set(kind, announced);
    const wanted = new Map(routes.map((route) => [route.prefix, { route, localPref: this.#localPref(route) }]));
    for (const prefix of announced.keys()) if (!wanted.has(prefix)) this.#withdraw(kind, prefix, announced);
    for (const [prefix, { route, localPref }] of wanted) {
      const text = `${route.interface} ${route.nextHop} ${localPref}`;
      const before = announced.get(prefix);
      if (before?.text === text) continue;
      const source = this.#take(kind, route.interface);
      this.#learn(kind, source, prefix, { origin: "igp", asPath: [], ...(localPref !== undefined && { localPref }), ...(route.nextHop && { nextHop: { address: route.nextHop } }) }, nowMs);
      if (before) this.#give(kind, before, prefix, source);
      announced.set(prefix, { source, text });
    }
  }

  /** Without next hop: whoever it is told to gets ours. */
  #learn(kind: LocalKind, source: SourceId, prefix: Prefix, attributes: PathAttributes, nowMs: number): void {
    const { rib, prefixes, attributes: store, verdicts } = this.#tables;
    const set = store.intern(attributes);
    const id = prefixes.internPrefix(prefix);
    if (kind === "block") this.#blockIds.add(id); // its path keeps the number alive
    rib.learn(source, id, NO_PATH_ID, set, set, verdicts.numberOf({ kind: "accepted", spoke: undefined, packets: "forward" }), nowMs);
  }

  #withdraw(kind: LocalKind, prefix: Prefix, announced: Map<Prefix, { readonly source: SourceId }>): void {
    const before = announced.get(prefix);
    announced.delete(prefix);
    if (kind === "block") this.#blockIds.delete(this.#tables.prefixes.internPrefix(prefix));
    if (before) this.#give(kind, before, prefix, undefined);
  }

  /** The path of an earlier announcement goes, unless the new one has taken its place. */
  #give(kind: LocalKind, { source }: { readonly source: SourceId }, prefix: Prefix, next: SourceId | undefined): void {
    if (source !== next) this.#tables.rib.forget(source, this.#tables.prefixes.internPrefix(prefix), NO_PATH_ID);
    const name = this.#sourceFacts.get(source)?.interface ?? "";
    const key = keyOf(kind, name);
    const held = this.#sources.get(key);
    if (!held || --held.routes > 0 || name === "") return; // interfaces come and go; the others are one for each kind
    this.#sources.delete(key);
    this.#sourceFacts.delete(source);
    this.#tables.sources.remove(source);
  }

  #take(kind: LocalKind, name: string): SourceId {
    const key = keyOf(kind, name);
    let held = this.#sources.get(key);
    if (!held) {
      const id = this.#tables.sources.add({ kind: kind === "kernel" ? "kernel" : "local", asn: 0, routerId: 0, address: undefined });
      this.#sources.set(key, (held = { id, routes: 0 }));
      this.#sourceFacts.set(id, { kind, interface: name, number: this.#numbered++ });
    }
    held.routes++;
    return held.id;
  }

  #localPref({ prefix, metric }: LocalRoute): number | undefined {
    const normal = this.#priority?.[prefixVersion(prefix) === 4 ? "ipv4" : "ipv6"];
    return normal === undefined ? undefined : localPrefOf(metric ?? normal);
  }
}

function plain(prefix: Prefix): LocalRoute {
  return { prefix, interface: "", nextHop: undefined, metric: undefined };
}

function keyOf(kind: LocalKind, name: string): string {
  return `${kind} ${name}`;
}
