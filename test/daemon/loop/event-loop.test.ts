/** The event loop with a speaker that only remembers: what order things happen in, and that work per turn is bounded. */

import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { LinkId } from "../../../src/bgp/session/vocabulary.ts";
import { Alarms } from "../../../src/daemon/loop/alarms.ts";
import { EventLoop, type LoopPorts, type OutwardAction } from "../../../src/daemon/loop/event-loop.ts";
import type { RoutesDue, SpeakerAction, SpeakerEvent, TimerKey } from "../../../src/speaker/vocabulary.ts";
import { until } from "../../support/until.ts";

const LINK = 7 as LinkId;
const HOLD: TimerKey = { kind: "link", link: LINK, timer: "hold" };
const KEEPALIVE: TimerKey = { kind: "link", link: LINK, timer: "keepalive" };

class FakeSpeaker {
  readonly absorbed: SpeakerEvent[] = [];
  readonly flushes: number[] = [];
  /** What each flush was to do about routes. */
  readonly routes: RoutesDue[] = [];
  actions: SpeakerAction[] = [];
  costMs = 0;

  absorb(event: SpeakerEvent): void {
    const endMs = performance.now() + this.costMs;
    while (performance.now() < endMs);
    this.absorbed.push(event);
  }

  flush(_nowMs: number, routes: RoutesDue): readonly SpeakerAction[] {
    this.routes.push(routes);
    this.flushes.push(this.absorbed.length);
    return this.actions.splice(0);
  }
}

let running: EventLoop | undefined;
afterEach(() => running?.stop());

function loopOver(speaker: FakeSpeaker, overrides: Partial<LoopPorts> = {}): EventLoop {
  const ports = { speaker, perform: () => {}, absorbed: () => {}, pump: () => "done" as const, crashed: (error: unknown) => expect.fail(String(error)) };
  running = new EventLoop({ ...ports, ...overrides });
  running.start();
  return running;
}

const bytes = (size: number): SpeakerEvent => ({ kind: "bytes", link: LINK, bytes: new Uint8Array(size) });

test("what arrives together is absorbed together and flushed once", async () => {
  const speaker = new FakeSpeaker();
  const loop = loopOver(speaker);
  for (let i = 0; i < 5; i++) loop.post(bytes(i));
  await until(() => speaker.absorbed.length === 5);
  await nextTurn();
  expect(speaker.flushes).toEqual([5]);
});

test("nothing happens before the start, and nothing is lost", async () => {
  const speaker = new FakeSpeaker();
  running = new EventLoop({ speaker, perform: () => {}, absorbed: () => {}, pump: () => "done", crashed: () => {} });
  running.post(bytes(1));
  running.post(bytes(2));
  await nextTurn();
  expect(speaker.absorbed).toEqual([]);
  running.start();
  await until(() => speaker.absorbed.length === 2);
  expect(speaker.absorbed).toEqual([bytes(1), bytes(2)]);
});

test("a turn ends although more is queued, and other work gets its turn in between", async () => {
  const speaker = new FakeSpeaker();
  speaker.costMs = 3;
  const loop = loopOver(speaker);
  for (let i = 0; i < 40; i++) loop.post(bytes(i));
  let between = 0;
  while (speaker.absorbed.length < 40) {
    await nextTurn();
    between++;
  }
  expect(between).toBeGreaterThan(5);
  expect(speaker.flushes.length).toBeGreaterThan(5);
  expect(speaker.absorbed).toHaveLength(40);
});

test("actions are performed in order, after the flush that made them, and timers are the loop's own", async () => {
  const speaker = new FakeSpeaker();
  const performed: OutwardAction[] = [];
  const loop = loopOver(speaker, { perform: (action) => performed.push(action) });
  speaker.actions = [{ kind: "ready", link: LINK }, { kind: "arm", key: KEEPALIVE, ms: 30, jitter: 0 }, { kind: "hang-up", link: LINK }];
  loop.post(bytes(1));
  await until(() => speaker.absorbed.some((event) => event.kind === "timer"));
  expect(performed.map((action) => action.kind)).toEqual(["ready", "hang-up"]);
  expect(speaker.absorbed.at(-1)).toEqual({ kind: "timer", key: KEEPALIVE });
});

test("a disarmed timer is not told", async () => {
  const speaker = new FakeSpeaker();
  const loop = loopOver(speaker);
  // in one turn: between two of them a busy machine lets any time pass
  speaker.actions = [{ kind: "arm", key: KEEPALIVE, ms: 40, jitter: 0 }, { kind: "arm", key: { kind: "speaker", timer: "selection-deferral" }, ms: 80, jitter: 0 }, { kind: "disarm", key: KEEPALIVE }];
  loop.post(bytes(1));
  await until(() => speaker.absorbed.some((event) => event.kind === "timer"));
  expect(speaker.absorbed.filter((event) => event.kind === "timer")).toEqual([{ kind: "timer", key: { kind: "speaker", timer: "selection-deferral" } }]);
});

test("an action for a socket that still has bytes brings another turn", async () => {
  let left = 3;
  const loop = loopOver(new FakeSpeaker(), { pump: () => (--left > 0 ? "more" : "done") });
  loop.wake();
  await until(() => left === 0);
  await nextTurn();
  expect(left).toBe(0);
});

test("after a telling that took long routes wait, sessions do not, and what waited is told without another event", async () => {
  const speaker = new FakeSpeaker();
  /** The telling takes 100 ms, and the next event comes before it is over: in a turn of its own a busy machine may be later than the rest is long. */
  const slowly = (): "done" => {
    if (speaker.flushes.length > 1) return "done";
    const endMs = performance.now() + 100;
    while (performance.now() < endMs);
    loop.post(bytes(2));
    return "done";
  };
  const loop: EventLoop = loopOver(speaker, { pump: slowly });
  loop.post(bytes(1));
  await until(() => speaker.flushes.length > 1);
  expect(speaker.routes.slice(0, 2)).toEqual(["now", "later"]);
  await until(() => speaker.routes.lastIndexOf("now") > 1);
  expect(speaker.absorbed).toHaveLength(2);
});

test("our own mistake stops the loop and is handed on", async () => {
  const crashes: unknown[] = [];
  const speaker = { absorb: () => {}, flush: () => { throw new Error("bug"); } };
  const loop = loopOver(new FakeSpeaker(), { speaker, crashed: (error) => crashes.push(error) });
  loop.post(bytes(1));
  await until(() => crashes.length > 0);
  loop.post(bytes(1));
  await nextTurn();
  expect(crashes).toEqual([new Error("bug")]);
});

test("a hold timer is told only after everything that had arrived was absorbed", () => {
  const alarms = new Alarms(0, () => 0);
  alarms.arm(HOLD, { ms: 1000, jitter: 0 }, 0);
  alarms.arm(KEEPALIVE, { ms: 1000, jitter: 0 }, 0);
  expect(alarms.expired(5000, { turn: 1, posted: 10, absorbed: 10 })).toEqual([KEEPALIVE]);
  expect(alarms.nextAtMs(5000)).toBe(5000);
  expect(alarms.expired(5001, { turn: 2, posted: 12, absorbed: 10 })).toEqual([]); // the sockets had two more events
  expect(alarms.expired(5002, { turn: 3, posted: 20, absorbed: 11 })).toEqual([]);
  expect(alarms.expired(5003, { turn: 4, posted: 20, absorbed: 12 })).toEqual([HOLD]);
  expect(alarms.nextAtMs(5003)).toBeUndefined();
});

test("a hold timer that is re-armed by what had arrived did not expire", () => {
  const alarms = new Alarms(0, () => 0);
  alarms.arm(HOLD, { ms: 1000, jitter: 0 }, 0);
  alarms.expired(5000, { turn: 1, posted: 0, absorbed: 0 });
  alarms.expired(5001, { turn: 2, posted: 1, absorbed: 0 });
  alarms.arm(HOLD, { ms: 1000, jitter: 0 }, 5002);
  expect(alarms.expired(5003, { turn: 3, posted: 1, absorbed: 1 })).toEqual([]);
  expect(alarms.expired(6100, { turn: 4, posted: 1, absorbed: 1 })).toEqual([]);
  alarms.expired(6101, { turn: 5, posted: 1, absorbed: 1 });
  expect(alarms.expired(6102, { turn: 6, posted: 1, absorbed: 1 })).toEqual([HOLD]);
});

test("jitter shortens a delay by at most its share", () => {
  for (const chance of [0, 0.5, 0.999]) {
    const alarms = new Alarms(0, () => chance);
    alarms.arm(KEEPALIVE, { ms: 10_000, jitter: 0.25 }, 0);
    const dueMs = 10_000 * (1 - 0.25 * chance);
    expect(alarms.nextAtMs(0)).toBeGreaterThanOrEqual(dueMs);
    expect(alarms.nextAtMs(0)).toBeLessThan(dueMs + 20);
  }
});
