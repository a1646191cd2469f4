/** `why` about a prefix that nobody has walks the table for those inside it: with breaths for others, at every door. */

import { describe, expect, it } from "vitest";
import type { WhyAnswer } from "../../src/control/why/answer.ts";
import { replyTo } from "../../src/control/sockets/json.ts";
import { TurnQueue } from "../../src/control/sockets/turn-queue.ts";
import { askedBy } from "../../src/control/web/ask.ts";
import { quietLook } from "../support/quiet-look.ts";
import { AS, WhyStage } from "../support/why-stage.ts";

const COUNT = 20_000; // of which no two walks go without a breath
const NETWORKS = Array.from({ length: COUNT }, (_, at) => `10.${at >> 8}.${at & 255}.0/24`);
const router = { asn: AS, id: "10.0.0.1" };

function stageOf(networks: readonly string[]): WhyStage {
  return new WhyStage({}, { networks });
}

/** Breaths, and the answer. */
function taken(steps: Generator<undefined, object>): { readonly breaths: number; readonly answer: WhyAnswer } {
  for (let breaths = 0; ; breaths++) {
    const step = steps.next();
    if (step.done) return { breaths, answer: step.value as WhyAnswer };
  }
}

class CountingTurnQueue extends TurnQueue {
  waited = 0;

  override wait(): Promise<void> {
    this.waited++;
    return super.wait();
  }
}

describe("a prefix that nobody has", () => {
  const stage = stageOf(NETWORKS);

  it("is looked for with breaths, whether anything is inside it or nothing", () => {
    const [all, none] = ["0.0.0.0/0", "192.0.2.0/24"].map((prefix) => taken(stage.whySteps({ prefix })));
    expect([all?.breaths, none?.breaths]).toEqual([2, 2]);
    expect(all?.answer.longer).toEqual({ count: COUNT, first: NETWORKS.slice(0, 20) });
    expect(none?.answer.longer).toEqual({ count: 0, first: [] });
  });

  it("is not walked for where it is one that somebody has, or a single address", () => {
    expect([{ prefix: NETWORKS[0] }, { covering: "192.0.2.1" }, { prefix: "2001:db8::1/128" }].map((args) => taken(stage.whySteps(args)).breaths)).toEqual([0, 0, 0]);
  });

  it("is looked for with breaths at the control socket and at the page", async () => {
    const look = quietLook(stage.us.speaker.view());
    const lines = [...(replyTo('{"ask":"why","prefix":"10.0.0.0/8"}', look) as Iterable<string>)];
    expect([lines.slice(0, -1), JSON.parse(lines.at(-1) ?? "").value.longer.count]).toEqual([["", ""], COUNT]);
    const turnQueue = new CountingTurnQueue();
    const { body } = await askedBy(new URL("http://here/api/why?prefix=10.0.0.0/8"), look, turnQueue);
    expect([turnQueue.waited, (body as { readonly value: WhyAnswer }).value.longer.count]).toEqual([2, COUNT]);
  });
});

describe("what happens while others have their turn", () => {
  it("makes the answer that of the moment of its end", () => {
    const stage = stageOf(NETWORKS);
    const steps = stage.whySteps({ prefix: "10.0.0.0/8" });
    expect(steps.next().done).toBe(false);
    stage.us.configure({ router, networks: [...NETWORKS, "10.0.0.0/8"], peers: [] });
    stage.network.run(1_000);
    expect(taken(steps).answer).toMatchObject({ known: true, longer: { count: 0, first: [] } });
  });

  it("names no prefix for the one whose number it has now", () => {
    const [first = "", ...others] = NETWORKS;
    const stage = stageOf([first, ...others]);
    const steps = stage.whySteps({ prefix: "10.0.0.0/23" });
    expect(steps.next().done).toBe(false);
    for (let count = 0; count < 8; count++) {
      stage.us.configure({ router, networks: [...others, ...Array.from({ length: count }, (_, at) => `2001:db8:${at}::/48`)], peers: [] });
      stage.network.run(1_000);
    }
    expect(taken(steps).answer.longer.first).toEqual(["10.0.0.0/24", "10.0.1.0/24"]);
  });
});
