/** One update group through generated histories: late, slow, leaving, returning and asking members. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/bgp/wire/context.ts";
import type { PrefixId, SourceId } from "../../src/bgp/rib/ids.ts";
import type { Marks } from "../../src/rr/member.ts";
import { TransmitBuffer } from "../../src/rr/transmit-buffer.ts";
import { DEFAULT_LIMITS, type GroupLimits } from "../../src/rr/group-limits.ts";
import { World } from "./group-world.ts";

const MEMBERS = [1, 2, 3, 4] as SourceId[];
const OUTSIDER = 9 as SourceId;
const SET_COUNT = 5;

type Move =
  | { readonly kind: "announce"; readonly prefix: number; readonly owner: SourceId; readonly set: number }
  | { readonly kind: "withdraw"; readonly prefix: number }
  | { readonly kind: "flush" | "join" | "leave" | "prepare"; readonly member: SourceId }
  | { readonly kind: "take"; readonly member: SourceId; readonly maxBytes: number }
  | { readonly kind: "drain"; readonly member: SourceId }
  | { readonly kind: "resend"; readonly member: SourceId; readonly marks: Marks };

const member = fc.constantFrom(...MEMBERS);
const prefix = fc.nat(11);

function moveOf<Kind extends string>(kind: Kind): { readonly kind: fc.Arbitrary<Kind> } {
  return { kind: fc.constant(kind) };
}

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({ ...moveOf("announce"), prefix, owner: fc.constantFrom(...MEMBERS, OUTSIDER), set: fc.nat(SET_COUNT - 1) }),
  },
  { weight: 6, arbitrary: fc.record({ ...moveOf("withdraw"), prefix }) },
  { weight: 8, arbitrary: fc.record({ ...moveOf("flush"), member }) },
  { weight: 6, arbitrary: fc.record({ ...moveOf("take"), member, maxBytes: fc.integer({ min: 1, max: 300 }) }) },
  { weight: 2, arbitrary: fc.record({ ...moveOf("drain"), member }) },
  { weight: 4, arbitrary: fc.record({ ...moveOf("join"), member }) },
  { weight: 1, arbitrary: fc.record({ ...moveOf("leave"), member }) },
  { weight: 2, arbitrary: fc.record({ ...moveOf("prepare"), member }) },
  { weight: 2, arbitrary: fc.record({ ...moveOf("resend"), member, marks: fc.constantFrom<Marks>("none", "begin-and-end") }) },
);

const limits: fc.Arbitrary<GroupLimits> = fc.record({
  logBytes: fc.constantFrom(60, 200, 1000, 100_000),
  chunkPrefixes: fc.integer({ min: 1, max: 5 }),
  chunks: fc.integer({ min: 1, max: 4 }),
  snapshotBytes: fc.constantFrom(0, 100, 10_000),
  trimBytes: fc.constantFrom(0, 100, 10_000),
  preparedRoutes: fc.constant({ least: 1, most: 100 }),
});

/** Plays moves, and checks after each what must hold at any time. */
class Play {
  readonly world: World;
  readonly awake = new Set<SourceId>();
  readonly asked = new Map<SourceId, { none: number; "begin-and-end": number }>();
  readonly reached = { drained: 0, takenWhileBehind: 0, preparedInPart: 0 };

  constructor(world: World) {
    this.world = world;
  }

  play(move: Move): void {
    const { world } = this;
    switch (move.kind) {
      case "announce":
        return world.announce(move.prefix, move.owner, move.set);
      case "withdraw":
        return world.withdraw(move.prefix);
      case "flush":
        return this.flush();
      case "take":
        return this.#take(move.member, move.maxBytes);
      case "drain":
        return this.drain(move.member);
      case "join":
        return this.#join(move.member);
      case "leave":
        return this.#leave(move.member);
      case "resend":
        return this.#resend(move.member, move.marks);
      case "prepare":
        if (world.group.prepare() === "more") this.reached.preparedInPart++;
        return;
    }
  }

  flush(): void {
    for (const id of this.world.group.flush()) {
      expect(this.awake.has(id)).toBe(false);
      this.awake.add(id);
    }
    for (const id of this.world.clients.keys()) expect(!this.world.group.pending(id) || this.awake.has(id)).toBe(true);
    this.world.sweep();
  }

  drain(member: SourceId): void {
    if (!this.world.clients.has(member)) return;
    this.flush();
    this.world.drain(member);
    this.awake.delete(member);
    this.world.expectIdeal(member);
    this.#expectClosings(member);
    expect(this.world.group.lag(member)).toBe(0);
    this.reached.drained++;
  }

  #take(member: SourceId, maxBytes: number): void {
    if (this.world.group.lag(member) > 3) this.reached.takenWhileBehind++;
    const bytes = this.world.take(member, maxBytes);
    if (bytes === 0) expect(this.world.group.pending(member)).toBe(false);
    if (!this.world.group.pending(member)) this.awake.delete(member);
  }

  #join(member: SourceId): void {
    if (this.world.clients.has(member)) return;
    this.world.join(member);
    this.asked.set(member, { none: 0, "begin-and-end": 0 });
  }

  #leave(member: SourceId): void {
    this.world.leave(member);
    this.awake.delete(member);
  }

  #resend(member: SourceId, marks: Marks): void {
    this.world.resend(member, marks);
    const asked = this.asked.get(member);
    if (asked && this.world.clients.has(member)) asked[marks]++;
  }

  /** One closing for the join, and for every resend that was not answered by the one before. */
  #expectClosings(member: SourceId): void {
    const { heard } = this.world.clients.get(member) ?? expect.fail("a member has a client");
    const asked = this.asked.get(member) ?? expect.fail("a member has joined");
    expect(heard.endOfRib).toBeGreaterThanOrEqual(1 + Math.min(1, asked.none));
    expect(heard.endOfRib).toBeLessThanOrEqual(1 + asked.none);
    expect(heard.end).toBe(heard.begin);
    expect(heard.early).toBe(0);
    expect(heard.end).toBeGreaterThanOrEqual(Math.min(1, asked["begin-and-end"]));
    expect(heard.end).toBeLessThanOrEqual(asked["begin-and-end"]);
  }
}

test("once it has taken everything, every member holds exactly what RFC 4456 grants, whatever came in between", () => {
  const reached = { drained: 0, takenWhileBehind: 0, preparedInPart: 0, leftBehind: 0, shared: 0, unsendable: 0 };
  fc.assert(
    fc.property(fc.constantFrom<Family>("ipv4", "ipv6"), limits, fc.array(move, { size: "max", maxLength: 120 }), (family, limits, moves) => {
      const play = new Play(new World(family, limits));
      for (const move of moves) play.play(move);
      const { group, clients } = play.world;
      for (const id of clients.keys()) play.drain(id);
      for (const id of clients.keys()) play.world.expectIdeal(id);
      for (const id of clients.keys()) expect(group.advertised(id)).toBe(play.world.routesFor(id));
      const stats = group.stats();
      reached.leftBehind += stats.leftBehind;
      reached.unsendable += stats.unsendable;
      if (stats.members > stats.snapshotsTaken && stats.snapshotsTaken > 0) reached.shared++;
      reached.drained += play.reached.drained;
      reached.takenWhileBehind += play.reached.takenWhileBehind;
      reached.preparedInPart += play.reached.preparedInPart;
      for (const id of [...clients.keys()]) play.world.leave(id);
      for (let number = 0; number < 12; number++) play.world.withdraw(number);
      play.world.sweep();
      expect(play.world.prefixes.size).toBe(0);
    }),
    { numRuns: 1000 },
  );
  for (const count of Object.values(reached)) expect(count).toBeGreaterThan(100);
});

const [A, B, C] = MEMBERS as [SourceId, SourceId, SourceId];

/** Twelve routes of an outsider, one member up and drained. */
function settled(limits: GroupLimits = DEFAULT_LIMITS): World {
  const world = new World("ipv4", limits);
  for (let number = 0; number < 12; number++) world.announce(number, OUTSIDER, number % 4);
  world.join(A);
  world.group.flush();
  world.drain(A);
  return world;
}

describe("joining", () => {
  test("members that join between changes, while nobody is late, share one walk over the table", () => {
    const world = settled();
    const newcomers = Array.from({ length: 30 }, (_, i) => (100 + i) as SourceId);
    for (const [index, id] of newcomers.entries()) {
      world.announce(index % 11, OUTSIDER, index % 4);
      world.join(id);
      world.group.flush();
      world.drain(id);
      for (const earlier of [A, ...newcomers.slice(0, index)]) world.drain(earlier);
    }
    for (const id of newcomers) world.expectIdeal(id);
    expect(world.group.stats().snapshotsTaken).toBe(1);
  });

  test("an empty table is an End-of-RIB and nothing else", () => {
    const world = new World("ipv6", DEFAULT_LIMITS);
    const client = world.join(A);
    expect(world.group.flush()).toEqual([A]);
    world.drain(A);
    expect(client.heard).toMatchObject({ frames: 1, endOfRib: 1 });
  });

  test("End-of-RIB is not kept waiting by changes that came after the join", () => {
    const world = settled();
    const client = world.join(B);
    for (let round = 0; round < 100; round++) {
      world.announce(round % 11, OUTSIDER, round % 4);
      world.group.flush();
    }
    while (client.heard.endOfRib === 0) world.take(B, 100);
    expect(world.group.lag(B)).toBeGreaterThan(80);
  });

  test("a snapshot that the log has outgrown is let go", () => {
    const world = settled({ ...DEFAULT_LIMITS, snapshotBytes: 0 });
    expect(world.group.stats().snapshotBytes).toBeGreaterThan(0);
    for (let round = 0; round < 20; round++) {
      world.announce(round % 11, OUTSIDER, round % 4);
      world.group.flush();
    }
    expect(world.group.stats().snapshotBytes).toBe(0);
  });
});

describe("asking again", () => {
  test("each request that follows an answer, begun or finished, is answered", () => {
    const world = settled();
    const { heard } = world.clients.get(A) as NonNullable<ReturnType<typeof world.clients.get>>;
    world.resend(A, "begin-and-end");
    world.drain(A);
    expect(heard).toMatchObject({ begin: 1, end: 1, endOfRib: 1 });
    world.resend(A, "begin-and-end");
    while (heard.begin < 2) world.take(A, 1);
    world.take(A, 1);
    world.resend(A, "begin-and-end");
    world.resend(A, "none");
    world.drain(A);
    expect(heard).toMatchObject({ begin: 3, end: 3, endOfRib: 2 });
  });

  test("who asks before it was told everything once is answered behind its End-of-RIB (RFC 7313 §4)", () => {
    const world = settled();
    const { heard } = world.join(B);
    for (let i = 0; i < 3; i++) world.resend(B, "begin-and-end");
    world.drain(B);
    expect(heard).toMatchObject({ begin: 1, end: 1, endOfRib: 1, early: 0 });
    world.expectIdeal(B);
  });

  test("a flood of requests from somebody who does not read is one answer", () => {
    const world = settled();
    for (let i = 0; i < 1000; i++) world.resend(A, "begin-and-end");
    expect(world.group.lag(A)).toBeLessThan(20);
    world.drain(A);
    expect(world.clients.get(A)?.heard).toMatchObject({ begin: 1, end: 1 });
  });
});

describe("being slow", () => {
  test("a prefix that flaps a thousand times costs a member left behind one message [5.3-no-mrai, 5.8-slow-reader]", () => {
    const world = settled({ ...DEFAULT_LIMITS, logBytes: 500, snapshotBytes: 0 });
    const client = world.clients.get(A);
    const before = client?.heard.frames ?? 0;
    for (let round = 0; round < 1000; round++) {
      world.announce(3, OUTSIDER, round % 4);
      world.group.flush();
    }
    world.drain(A);
    world.expectIdeal(A);
    expect((client?.heard.frames ?? 0) - before).toBeLessThan(12);
  });

  test("who does not read costs the others nothing, and the log stays within its bound [5.8-slow-reader]", () => {
    const world = settled({ ...DEFAULT_LIMITS, logBytes: 2000 });
    world.join(B);
    world.join(C);
    world.drain(C);
    for (let round = 0; round < 500; round++) {
      world.announce(round % 11, A, round % 4);
      world.group.flush();
      world.drain(C);
      expect(world.group.stats().logBytes).toBeLessThanOrEqual(2000);
    }
    expect(world.group.stats().journalPrefixes).toBeLessThanOrEqual(12);
    world.drain(B);
    world.expectIdeal(B);
  });

  test("members left behind at the same place share what is encoded for them", () => {
    const world = settled({ ...DEFAULT_LIMITS, logBytes: 500 });
    world.join(B);
    world.drain(B);
    for (let round = 0; round < 100; round++) {
      world.announce(round % 11, OUTSIDER, round % 4);
      world.group.flush();
    }
    const [ours, theirs] = [A, B].map((id) => {
      const buffer = new TransmitBuffer(Infinity);
      world.group.take(id, buffer);
      return buffer.pieces[0];
    });
    expect(ours).toBe(theirs);
  });
});

test("a change between two paths of which the group hears nothing leaves no trace", () => {
  const { group } = settled();
  const before = group.stats();
  for (let number = 0; number < 1000; number++) group.changed(number as PrefixId, undefined, undefined);
  expect(group.stats()).toEqual(before);
  expect(group.flush()).toEqual([]);
});

describe("waking", () => {
  test("a flush names who has something now and had nothing before, once", () => {
    const world = settled();
    world.join(B);
    world.group.flush();
    world.drain(B);
    world.announce(1, B, 0);
    expect(world.group.flush()).toEqual([A, B]); // B loses what the outsider told before
    world.announce(1, B, 1);
    expect(world.group.flush()).toEqual([]);
    world.drain(B);
    world.announce(1, B, 2);
    expect(world.group.flush()).toEqual([]); // his own route, and A still sleeps on the one before
    world.drain(A);
    world.announce(1, B, 3);
    expect(world.group.flush()).toEqual([A]);
  });
});
