/**
 * Keys and values of the datastore -> resources: each value is parsed once, when it arrives.
 * Pure. What cannot be parsed is a complaint under its key and counts as absent; it costs nothing else.
 */

import { assertNever } from "../ip/assert.ts";
import type { Prefix } from "../ip/prefix.ts";
import { type ConfigFault, describeFault } from "../speaker/config/schema.ts";
import { type ResourceKey, parseKey } from "./keys.ts";
import { parseFilter, parsePeer } from "./peer-parse.ts";
import { type Written, parseAffinity, parseConfiguration, parseNode, parsePool } from "./resource-parse.ts";
import type { BgpConfiguration, BgpFilter, BgpPeer, BlockAffinity, Complaint, IpPool, Node, Resources } from "./resources.ts";
import { isRecord } from "./shapes.ts";

type Tables = {
  readonly nodes: Map<string, Node>;
  readonly configurations: Map<string, BgpConfiguration>;
  readonly peers: Map<string, BgpPeer>;
  readonly filters: Map<string, BgpFilter>;
  readonly pools: Map<string, IpPool>;
  readonly affinities: Map<Prefix, BlockAffinity>;
};

export class ResourceTable {
  readonly #tables: Tables = { nodes: new Map(), configurations: new Map(), peers: new Map(), filters: new Map(), pools: new Map(), affinities: new Map() };
  readonly #texts = new Map<string, string>();
  readonly #complaints = new Map<string, Complaint>();

  /** What stands under that key now; undefined: nothing. Answers whether that is anything new. */
  put(key: string, value: string | undefined): "changed" | "same" {
    const name = parseKey(key);
    if (!name || this.#texts.get(key) === value) return "same";
    if (value === undefined) this.#texts.delete(key);
    else this.#texts.set(key, value);
    this.#complaints.delete(key);
    this.#store(name, value === undefined ? undefined : this.#parse(key, name, value));
    return "changed";
  }

  /** Every key that holds something, with its value. */
  entries(): Iterable<readonly [key: string, value: string]> {
    return this.#texts;
  }

  /** A value that later changes leave as it is. */
  resources(): Resources {
    const { nodes, configurations, peers, filters, pools, affinities } = this.#tables;
    return { nodes: new Map(nodes), configurations: new Map(configurations), peers: new Map(peers), filters: new Map(filters), pools: new Map(pools), affinities: new Map(affinities) };
  }

  complaints(): readonly Complaint[] {
    return [...this.#complaints.values()];
  }

  #parse(key: string, name: ResourceKey, value: string): unknown {
    const faults: ConfigFault[] = [];
    const written = parseJson(value, faults, name.kind === "BlockAffinity" ? "may-be-empty" : "must-be-there");
    const parsed = written && parseResource(name, written, faults);
    if (faults.length > 0) this.#complaints.set(key, { key, reason: faults.map(describeFault).join("; ") });
    return parsed;
  }

  #store(name: ResourceKey, resource: unknown): void {
    const table: Map<string, unknown> = this.#tables[TABLE_OF[name.kind]] as Map<string, unknown>;
    const own = name.kind === "BlockAffinity" ? name.block : name.name;
    if (resource === undefined) table.delete(own);
    else table.set(own, resource);
  }
}

const TABLE_OF = {
  Node: "nodes",
  BGPConfiguration: "configurations",
  BGPPeer: "peers",
  BGPFilter: "filters",
  IPPool: "pools",
  BlockAffinity: "affinities",
} as const satisfies { readonly [K in ResourceKey["kind"]]: keyof Tables };

function parseResource(key: ResourceKey, written: Written, faults: ConfigFault[]): unknown {
  switch (key.kind) {
    case "Node":
      return parseNode(key.name, written, faults);
    case "BGPConfiguration":
      return parseConfiguration(key.name, written.spec, faults);
    case "BGPPeer":
      return parsePeer(key.name, written.spec, faults);
    case "BGPFilter":
      return parseFilter(key.name, written.spec, faults);
    case "IPPool":
      return parsePool(key.name, written.spec, faults);
    case "BlockAffinity":
      return parseAffinity(key.block, written, faults);
    default:
      return assertNever(key);
  }
}

/** Old versions of Calico left block affinities without any value. */
function parseJson(value: string, faults: ConfigFault[], emptiness: "may-be-empty" | "must-be-there"): Written | undefined {
  if (value === "" && emptiness === "may-be-empty") return {};
  try {
    const written: unknown = JSON.parse(value);
    if (isRecord(written)) return written;
  } catch {
    // said below
  }
  faults.push({ path: "", value: "...", expected: "a JSON object" });
  return undefined;
}
