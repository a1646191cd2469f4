/**
 * The Adj-RIB-In so far, refused paths included, as UPDATEs: for a monitoring station that connects later.
 * Pure. RFC 7854 §5: the table, then End-of-RIB for every family. The walk goes by PrefixId and holds no path between two turns: a
 * path is sent as it is when its turn comes, and never one that is stale.
 */

import { NO_PATH, type AttrId, type PathRow, type PrefixId, type SourceId } from "../../bgp/rib/ids.ts";
import type { CodecContext, Family } from "../../bgp/wire/context.ts";
import { Writer } from "../../bgp/wire/cursor.ts";
import { endOfRibFrame } from "../../bgp/wire/frames.ts";
import type { PeerName } from "../config/config.ts";
import type { Peer, Session } from "../peers/peers.ts";
import { PrefixOctets } from "./prefix-octets.ts";
import { announcing, retelling } from "./retelling.ts";
import type { Tables } from "../tables/tables.ts";

const NLRI_BYTES = 2_048; // of one UPDATE: beside the attributes of nearly any set it fits 4096
const PREFIXES_PER_PART = 4_096; // looked at, told or not: a few milliseconds

/** One UPDATE, and since when it holds; undefined: it is about no moment. */
export type Tell = (peer: PeerName, update: Uint8Array, atMs: number | undefined) => void;

/** Paths of one peer that share one attribute set, as long as they follow one another. */
interface Block {
  readonly attributes: AttrId;
  readonly family: Family;
  readonly sinceMs: number;
}

interface Teller {
  readonly peer: Peer;
  readonly session: Session;
  readonly context: CodecContext;
  readonly nlri: Writer;
  block: Block | undefined;
}

export class AdjRibInDump {
  readonly #tables: Tables;
  readonly #octets: PrefixOctets;
  readonly #tellers = new Map<SourceId, Teller>();
  #next = 0 as PrefixId;

  constructor(tables: Tables, peers: readonly Peer[]) {
    this.#tables = tables;
    this.#octets = new PrefixOctets(tables);
    for (const peer of peers) {
      const { session, source } = peer;
      if (session) this.#tellers.set(source, { peer, session, context: retelling(session.negotiated.codec), nlri: new Writer(), block: undefined });
    }
  }

  /** Tells a part, about as many octets; "done": that was the last one, with End-of-RIB for every family of every peer. */
  part(mostBytes: number, tell: Tell): "more" | "done" {
    const { prefixes } = this.#tables;
    const until = Math.min(prefixes.end, this.#next + PREFIXES_PER_PART);
    let told = 0;
    const counting: Tell = (peer, update, atMs) => {
      told += update.length;
      tell(peer, update, atMs);
    };
    for (; this.#next < until && told < mostBytes; this.#next = (this.#next + 1) as PrefixId) this.#tellPrefix(this.#next, counting);
    for (const teller of this.#tellers.values()) this.#close(teller, counting);
    if (this.#next < prefixes.end) return "more";
    for (const teller of this.#tellers.values()) tellEnd(teller, tell);
    return "done";
  }

  #tellPrefix(prefix: PrefixId, tell: Tell): void {
    const { paths } = this.#tables.rib;
    for (let row = paths.firstOfPrefix(prefix); row !== NO_PATH; row = paths.nextOfPrefix(row)) {
      const teller = this.#tellers.get(paths.source(row));
      if (teller && isUp(teller) && !paths.isStale(row)) this.#add(teller, row, tell);
    }
  }

  #add(teller: Teller, row: PathRow, tell: Tell): void {
    const { paths } = this.#tables.rib;
    const attributes = paths.received(row);
    const family = paths.family(row);
    const sinceMs = paths.sinceMs(row);
    const { block } = teller;
    const fits = block && block.attributes === attributes && block.family === family && block.sinceMs === sinceMs && teller.nlri.length < NLRI_BYTES;
    if (!fits) {
      this.#close(teller, tell);
      teller.block = { attributes, family, sinceMs };
    }
    this.#octets.write(row, teller.context, teller.nlri);
  }

  #close(teller: Teller, tell: Tell): void {
    const { block, context, nlri, peer } = teller;
    if (!block) return;
    teller.block = undefined;
    const { family, sinceMs } = block;
    const attributes = this.#tables.attributes.get(block.attributes);
    const told = { nlri: { family, addPath: context.addPathSend.has(family), bytes: nlri.finish() }, attributes };
    for (const update of announcing(told, context)) tell(peer.name, update, sinceMs);
  }
}

/** Another session of the same peer is told as it goes. */
function isUp({ peer, session }: Teller): boolean {
  return peer.session === session;
}

function tellEnd(teller: Teller, tell: Tell): void {
  if (!isUp(teller)) return;
  for (const family of teller.session.negotiated.families) tell(teller.peer.name, endOfRibFrame(family, teller.context), undefined);
}
