/** The tape of frames against one plain queue per reader. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { SourceId } from "../../src/bgp/rib/ids.ts";
import { FrameRun } from "../../src/rr/frame-run.ts";
import { TransmitBuffer } from "../../src/rr/transmit-buffer.ts";
import type { Audience } from "../../src/rr/tell.ts";

const READERS = [0, 1, 2] as SourceId[];
const NOTED = [0, 1, 2, 9] as SourceId[]; // 9 never reads

const audience: fc.Arbitrary<Audience> = fc.oneof(
  fc.constant<Audience>({ kind: "everyone" }),
  fc.record({ kind: fc.constant("all-but" as const), peer: fc.constantFrom(...NOTED) }),
  fc.record({ kind: fc.constant("only" as const), peer: fc.constantFrom(...NOTED) }),
);

type Move =
  | { readonly kind: "append"; readonly length: number; readonly audience: Audience }
  | { readonly kind: "read"; readonly reader: SourceId; readonly maxBytes: number }
  | { readonly kind: "drop" };

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("append" as const), length: fc.integer({ min: 1, max: 3000 }), audience }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("read" as const), reader: fc.constantFrom(...READERS), maxBytes: fc.integer({ min: 0, max: 9000 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "drop" as const }) },
);

function hears(reader: SourceId, audience: Audience): boolean {
  return audience.kind === "everyone" || (audience.kind === "only") === (audience.peer === reader);
}

/** A frame that tells where it came from: its length and its number, repeated. */
function frameOf(number: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (number + i * 31) & 255);
}

class Model {
  readonly run = new FrameRun();
  readonly queues = new Map<SourceId, Uint8Array[]>(READERS.map((reader) => [reader, []]));
  readonly places = new Map<SourceId, number>(READERS.map((reader) => [reader, 0]));
  readonly reached = { inserts: 0, skips: 0, budgets: 0, slabs: 0, drops: 0 };

  play(move: Move): void {
    if (move.kind === "append") this.#append(frameOf(this.run.end, move.length), move.audience);
    else if (move.kind === "read") this.#read(move.reader, move.maxBytes);
    else this.#drop();
  }

  #append(frame: Uint8Array, audience: Audience): void {
    this.run.append(frame, audience);
    for (const [reader, queue] of this.queues) {
      if (hears(reader, audience)) queue.push(frame);
      else if (audience.kind === "all-but") this.reached.skips++;
      if (audience.kind === "only" && audience.peer === reader) this.reached.inserts++;
    }
  }

  #read(reader: SourceId, maxBytes: number): void {
    const queue = this.queues.get(reader) ?? [];
    const from = this.places.get(reader) ?? 0;
    expect(this.run.next(reader, from) < this.run.end).toBe(queue.length > 0);
    const buffer = new TransmitBuffer(maxBytes);
    const reachedFrame = this.run.read(reader, from, this.run.end, buffer);
    this.places.set(reader, reachedFrame);
    const wanted: Uint8Array[] = [];
    let bytes = 0;
    while (queue[0] && (bytes === 0 || bytes + queue[0].length <= maxBytes)) {
      bytes += queue[0].length;
      wanted.push(queue.shift() as Uint8Array);
    }
    expect(Buffer.concat(buffer.pieces).equals(Buffer.concat(wanted))).toBe(true);
    if (queue.length > 0) this.reached.budgets++;
    if (buffer.pieces.length > 1) this.reached.slabs++;
    expect(this.run.next(reader, reachedFrame) < this.run.end).toBe(queue.length > 0);
  }

  #drop(): void {
    const slowest = Math.min(...this.places.values());
    if (slowest > this.run.start) this.reached.drops++;
    this.run.dropBefore(slowest);
    expect(this.run.start).toBe(Math.max(this.run.start, slowest));
  }
}

test("every reader gets its own frames in order, whole, and within its budget", () => {
  const reached = { inserts: 0, skips: 0, budgets: 0, slabs: 0, drops: 0 };
  fc.assert(
    fc.property(fc.array(move, { size: "max", maxLength: 80 }), (moves) => {
      const model = new Model();
      for (const move of moves) model.play(move);
      for (const reader of READERS) model.play({ kind: "read", reader, maxBytes: Infinity });
      model.play({ kind: "drop" });
      expect(model.run.bytes).toBe(0);
      for (const key of Object.keys(reached) as (keyof typeof reached)[]) reached[key] += model.reached[key];
    }),
    { numRuns: 300 },
  );
  for (const count of Object.values(reached)) expect(count).toBeGreaterThan(200);
});

test("a long stretch that everybody hears comes as one piece per slab", () => {
  const run = new FrameRun();
  for (let i = 0; i < 20_000; i++) run.append(frameOf(i, 100), { kind: "all-but", peer: 9 as SourceId });
  const buffer = new TransmitBuffer(Infinity);
  run.read(1 as SourceId, 0, run.end, buffer);
  expect(buffer.pieces.reduce((sum, piece) => sum + piece.length, 0)).toBe(2_000_000);
  expect(buffer.pieces.length).toBeLessThan(12);
  run.dropBefore(19_990);
  const rest = new TransmitBuffer(Infinity);
  expect(run.read(1 as SourceId, 19_990, run.end, rest)).toBe(20_000);
  expect(Buffer.concat(rest.pieces).equals(Buffer.concat(Array.from({ length: 10 }, (_, i) => frameOf(19_990 + i, 100))))).toBe(true);
});
