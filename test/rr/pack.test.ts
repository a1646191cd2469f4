/** How many frames it takes, and in which order they come. */

import { describe, expect, test } from "vitest";
import { parsePrefix, type Prefix } from "../../src/ip/prefix.ts";
import { type CodecContext, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { decodeMessage } from "../../src/bgp/wire/message.ts";
import { listNlri } from "../../src/bgp/wire/nlri.ts";
import type { Update } from "../../src/bgp/wire/message-types.ts";
import type { PrefixId, SourceId } from "../../src/bgp/rib/ids.ts";
import { PrefixTable } from "../../src/bgp/rib/prefix-table.ts";
import { Packer } from "../../src/rr/pack.ts";
import { allBut, type Audience, EVERYONE, only } from "../../src/rr/tell.ts";
import { attributeSets, UNSENDABLE_MED } from "./group-world.ts";

const CODEC: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };
const SETS = attributeSets("ipv4");
const [ONE, TWO] = [1, 2] as [SourceId, SourceId];

interface Packed {
  readonly update: Update;
  readonly audience: Audience;
  readonly bytes: number;
}

class Bench {
  readonly #prefixes = new PrefixTable();
  readonly packer: Packer;
  readonly #codec: CodecContext;

  constructor(codec: CodecContext = CODEC) {
    this.#codec = codec;
    this.packer = new Packer("ipv4", codec, this.#prefixes);
  }

  announce(number: number, set: number, audience: Audience): void {
    this.packer.add(this.#id(number), SETS[set] ?? {}, audience);
  }

  withdraw(number: number, audience: Audience): void {
    this.packer.add(this.#id(number), undefined, audience);
  }

  pack(): readonly Packed[] {
    const packed: Packed[] = [];
    this.packer.pack((frame, audience) => packed.push({ update: decodeMessage(frame, this.#codec) as Update, audience, bytes: frame.length }));
    return packed;
  }

  #id(number: number): PrefixId {
    return this.#prefixes.internPrefix(parsePrefix(`10.${number >> 8}.${number & 255}.0/24`) as Prefix);
  }
}

describe("packing", () => {
  test("routes of equal attributes for the same peers share messages, and fill them [5.8-packing]", () => {
    const bench = new Bench();
    for (let number = 0; number < 3000; number++) bench.announce(number, 0, allBut(ONE));
    const packed = bench.pack();
    expect(packed.length).toBe(3); // four octets each, a thousand to a message
    expect(packed.slice(0, -1).every(({ bytes }) => bytes > 4090)).toBe(true);
    expect(packed.flatMap(({ update }) => update.announced.flatMap(({ nlri }) => listNlri(nlri))).length).toBe(3000);
  });

  test("a session with longer messages needs fewer of them", () => {
    const bench = new Bench({ ...CODEC, maxMessageBytes: 65535 });
    for (let number = 0; number < 3000; number++) bench.announce(number, 0, allBut(ONE));
    expect(bench.pack().length).toBe(1);
  });

  test("who must not hear the same is not told in the same message", () => {
    const bench = new Bench();
    const audiences = [allBut(ONE), allBut(TWO), only(ONE), EVERYONE];
    for (let number = 0; number < 40; number++) bench.announce(number, number % 2, audiences[number % 4] ?? EVERYONE);
    const packed = bench.pack();
    expect(packed.map(({ audience }) => audience)).toEqual(expect.arrayContaining(audiences));
    expect(packed.length).toBe(4); // by the numbers chosen, each audience has one attribute set
    for (const { update } of packed) expect(update.announced.flatMap(({ nlri }) => listNlri(nlri)).length).toBe(10);
  });

  test("withdrawals come first", () => {
    const bench = new Bench();
    bench.announce(1, 0, EVERYONE);
    bench.withdraw(2, EVERYONE);
    expect(bench.pack().map(({ update }) => update.withdrawn.length)).toEqual([1, 0]);
  });

  test("attributes that fit into no message take the route back [5.5-extended-message]", () => {
    const bench = new Bench();
    bench.announce(1, UNSENDABLE_MED - 1, allBut(ONE));
    const packed = bench.pack();
    expect(packed.map(({ update, audience }) => [update.announced.length, update.withdrawn.length, audience])).toEqual([[0, 1, allBut(ONE)]]);
    expect(bench.packer.unsendable).toBe(1);
  });

  test("nothing gathered is nothing sent, and nothing is sent twice", () => {
    const bench = new Bench();
    bench.announce(1, 0, EVERYONE);
    expect(bench.pack().length).toBe(1);
    expect(bench.pack()).toEqual([]);
  });
});
