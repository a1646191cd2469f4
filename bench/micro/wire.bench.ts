/** Bytes to messages and back, one UPDATE at a time. */

import { bench, describe } from "vitest";
import { Framer } from "../../src/bgp/wire/framer.ts";
import { decodeMessage } from "../../src/bgp/wire/message.ts";
import { INTERNAL, concatenate, frameOf, tableFrames } from "../support/tables.ts";

const DISTINCT = tableFrames({ sets: 10_000, prefixesPerSet: 7 });
const STREAM = concatenate(DISTINCT);
let next = 0;

describe("an UPDATE with 7 prefixes", () => {
  bench("decode, an attribute set seen before", () => {
    decodeMessage(DISTINCT[0] as Uint8Array, INTERNAL);
  });

  bench("decode, one of 10 000 attribute sets", () => {
    decodeMessage(DISTINCT[next++ % DISTINCT.length] as Uint8Array, INTERNAL);
  });

  bench("encode, one of 10 000 attribute sets", () => {
    frameOf(next++ % 10_000, 0, 7);
  });
});

describe("a stream of 10 000 UPDATEs", () => {
  bench("cut into messages", () => {
    const framer = new Framer();
    framer.push(STREAM);
    while (framer.next(4096));
  });
});
