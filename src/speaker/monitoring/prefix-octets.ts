/**
 * The prefix of a path as NLRI.
 * Pure. RFC 4271 §4.3, with the path identifier of RFC 7911 where that was agreed.
 */

import type { PathRow } from "../../bgp/rib/ids.ts";
import type { CodecContext } from "../../bgp/wire/context.ts";
import { Writer } from "../../bgp/wire/cursor.ts";
import type { NlriBlock } from "../../bgp/wire/message-types.ts";
import type { Tables } from "../tables/tables.ts";

export class PrefixOctets {
  readonly #tables: Tables;
  readonly #address = new Uint8Array(16);

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Adds the prefix of this path. */
  write(row: PathRow, context: CodecContext, out: Writer): void {
    const { rib, prefixes } = this.#tables;
    const prefix = rib.paths.prefix(row);
    const bits = prefixes.bits(prefix);
    prefixes.copyAddress(prefix, this.#address, 0);
    if (context.addPathSend.has(rib.paths.family(row))) out.u32(rib.paths.pathId(row));
    out.u8(bits);
    out.bytes(this.#address, 0, Math.ceil(bits / 8));
  }

  /** That prefix alone. */
  block(row: PathRow, context: CodecContext): NlriBlock {
    const out = new Writer();
    this.write(row, context, out);
    const family = this.#tables.rib.paths.family(row);
    return { family, addPath: context.addPathSend.has(family), bytes: out.finish() };
  }
}
