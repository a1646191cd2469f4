/** Routes that wait while telling is dear: sessions go on, nothing is lost, and the kernel is not told to tidy up too early. */

import { beforeEach, expect, it } from "vitest";
import { Network, type TestSpeaker } from "../support/network.ts";

const AS = 64512;
const OURS = "10.0.0.1";
const THEIRS = "10.0.0.2";

function config(id: string, peer: string, blocks: readonly string[]): object {
  return { router: { asn: AS, id }, blocks, peers: [{ name: "Other", address: peer, asn: AS }] };
}

let network: Network;
let us: TestSpeaker;
let them: TestSpeaker;

beforeEach(() => {
  network = new Network();
  us = network.add(OURS, config(OURS, THEIRS, ["192.168.1.0/26"]));
  them = network.add(THEIRS, config(THEIRS, OURS, ["192.168.2.0/26"]));
});

it("keeps sessions alive while routes wait, and tells them when they are due", () => {
  network.run(20_000);
  us.routes = "later";
  us.configure(config(OURS, THEIRS, ["192.168.1.0/26", "192.168.3.0/26"]));
  network.run(200_000);
  expect(us.peer("Other")).toMatchObject({ state: "Established", counters: { established: 1 } });
  expect(them.table()).not.toHaveProperty("192.168.3.0/26");
  us.routes = "now";
  us.flush();
  network.run(0);
  expect(them.table()).toHaveProperty("192.168.3.0/26", OURS);
});

it("tells only the last of what changed meanwhile", () => {
  network.run(20_000);
  us.routes = "later";
  const sentBefore = us.peer("Other").counters.sent.update;
  for (let round = 0; round < 10; round++) us.configure(config(OURS, THEIRS, round % 2 === 0 ? ["192.168.3.0/26"] : ["192.168.1.0/26"]));
  us.routes = "now";
  us.flush();
  network.run(0);
  expect(us.peer("Other").counters.sent.update).toBe(sentBefore);
  expect(them.table()).toHaveProperty("192.168.1.0/26", OURS);
});

it("forwards by what the peers have told before leftovers of an earlier life may go, whenever routes are due", () => {
  us.routes = "later";
  network.run(20_000);
  expect(us.converged).toBe(false);
  us.routes = "now";
  us.flush();
  expect(us.converged).toBe(true);
  expect(us.forwardedAtConvergence).toBeGreaterThanOrEqual(2); // our block and theirs
});
