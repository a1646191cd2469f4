/**
 * A peer with everything it inherits: its own fields, then its group's, then the defaults.
 * Pure. The one place where inheritance happens; whoever finds a contradiction later asks here where a field was written.
 */

import { type GroupDocument, PEER_FIELDS, type PeerDocument, RANGE_FIELDS, type RangeDocument, type WrittenPeer, type WrittenRange } from "./document.ts";
import { type ConfigFault, complete, fault } from "./schema.ts";
import type { Slices } from "../slices.ts";

const PEERS_PER_SLICE = 128;

export interface Whole<Document> {
  /** "peers[0]". */
  readonly path: string;
  readonly document: Document;
  /** "peers[0].importPolicy", or "groups.rack.importPolicy" where the group says it. */
  pathOf(field: keyof PeerDocument): string;
}

export type WholePeer = Whole<PeerDocument>;
export type WholeRange = Whole<RangeDocument>;

type Groups = ReadonlyMap<string, GroupDocument>;

/** The peers in their order; one that cannot be completed is left out, its faults are in the list. */
export function* wholePeers({ peers, groups }: { readonly peers: readonly WrittenPeer[]; readonly groups: Groups }, faults: ConfigFault[]): Slices<readonly WholePeer[]> {
  const whole: WholePeer[] = [];
  for (const [index, written] of peers.entries()) {
    if (index % PEERS_PER_SLICE === PEERS_PER_SLICE - 1) yield;
    const path = `peers[${index}]`;
    const group = groupOf(written, groups, path, faults);
    const document = complete(PEER_FIELDS, group ? [written, group] : [written], path, faults);
    if (document) whole.push({ path, document, pathOf: pathsOf(written, group, path) });
  }
  return whole;
}

/** The ranges likewise; AS numbers of its own stand instead of its group's one. */
export function wholeRanges({ ranges, groups }: { readonly ranges: readonly WrittenRange[]; readonly groups: Groups }, faults: ConfigFault[]): readonly WholeRange[] {
  return ranges.flatMap((written, index) => {
    const path = `ranges[${index}]`;
    const group = groupOf(written, groups, path, faults);
    const document = complete(RANGE_FIELDS, group ? [written, group] : [written], path, faults);
    const asn = written.asns ? written.asn : document?.asn;
    return document ? [{ path, document: { ...document, asn }, pathOf: pathsOf(written, group, path) }] : [];
  });
}

function groupOf({ group: name }: { readonly group: string | undefined }, groups: Groups, path: string, faults: ConfigFault[]): GroupDocument | undefined {
  const group = name === undefined ? undefined : groups.get(name);
  if (name !== undefined && !group) fault(faults, `${path}.group`, name, `the name of a group (known: ${[...groups.keys()].join(", ") || "none"})`);
  return group;
}

function pathsOf(written: WrittenPeer | WrittenRange, group: GroupDocument | undefined, path: string): Whole<unknown>["pathOf"] {
  const fields: { readonly [field: string]: unknown } = written;
  return (field) => {
    const inherits = fields[field] === undefined && group?.[field as keyof GroupDocument] !== undefined;
    return `${inherits ? `groups.${written.group}` : path}.${field}`;
  };
}
