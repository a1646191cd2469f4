/** What operators ask of single peers while everything runs. */

import { beforeEach, expect, it } from "vitest";
import type { PeerName } from "../../src/speaker/config/config.ts";
import type { PeerOrder } from "../../src/speaker/vocabulary.ts";
import { Network, type TestSpeaker } from "../support/network.ts";

const AS = 64512;
const US = "10.0.0.1";
const THEM = "10.0.0.2";
const OTHER = "10.0.0.3";

function config(id: string, ...peers: readonly string[]): object {
  return {
    router: { asn: AS, id },
    networks: [`10.${id.at(-1)}.0.0/16`],
    peers: peers.map((address) => ({ name: `to-${address}`, address, asn: AS })),
  };
}

let network: Network;
let us: TestSpeaker;
let them: TestSpeaker;

beforeEach(() => {
  network = new Network();
  us = network.add(US, config(US, THEM, OTHER));
  them = network.add(THEM, config(THEM, US));
  network.add(OTHER, config(OTHER, US));
  network.run(10_000);
});

function order(what: PeerOrder, peer = `to-${THEM}`): void {
  us.absorb({ kind: "administer", peer: peer as PeerName, order: what });
}

const states = (): readonly string[] => us.speaker.view().peers().map(({ state }) => state);
const lastDown = (): string => JSON.stringify(them.peer(`to-${US}`).lastDown?.reason);

it("a peer that is shut down hears why, and stays down through every configuration until it is enabled", () => {
  order({ kind: "shutdown", text: "back at noon" });
  network.run(10);
  expect(lastDown()).toContain('"code":6,"subcode":2');
  network.run(60_000);
  expect(states()).toEqual(["Idle", "Established"]);
  expect(us.peer(`to-${THEM}`).config.shutdown).toBe("back at noon");
  expect(them.table()).not.toHaveProperty("10.1.0.0/16");
  us.configure(config(US, THEM, OTHER));
  network.run(60_000);
  expect(states()).toEqual(["Idle", "Established"]);
  order({ kind: "enable" });
  network.run(60_000);
  expect(states()).toEqual(["Established", "Established"]);
  expect(them.table()).toHaveProperty("10.1.0.0/16");
  expect(us.peer(`to-${OTHER}`).counters.established).toBe(1);
});

it("a peer that the configuration shuts down can be enabled by hand, until the configuration says something new of it", () => {
  const shut = (text: string): object => {
    const document = config(US, THEM, OTHER) as { readonly peers: readonly object[] };
    return { ...document, peers: document.peers.map((peer, index) => (index === 0 ? { ...peer, shutdown: text } : peer)) };
  };
  us.configure(shut("for good"));
  network.run(60_000);
  expect(states()).toEqual(["Idle", "Established"]);
  order({ kind: "enable" });
  us.configure(shut("for good"));
  network.run(60_000);
  expect(states()).toEqual(["Established", "Established"]);
  us.configure(shut("once more"));
  network.run(60_000);
  expect(states()).toEqual(["Idle", "Established"]);
});

it("what was shut down by hand is forgotten with the peer", () => {
  order({ kind: "shutdown", text: "" });
  us.configure(config(US, OTHER));
  us.configure(config(US, THEM, OTHER));
  network.run(60_000);
  expect(states()).toContain("Established");
  expect(us.peer(`to-${THEM}`).state).toBe("Established");
});

it("a reset ends the session with 6/4, and it begins anew", () => {
  order({ kind: "reset" });
  network.run(60_000);
  expect(lastDown()).toContain('"code":6,"subcode":4');
  expect(states()).toEqual(["Established", "Established"]);
  expect(us.speaker.view().peers().map(({ counters }) => counters.established)).toEqual([2, 1]);
});

it("a refresh inwards asks the peer for its routes again, one outwards tells it ours; the session stays", () => {
  const counters = () => us.peer(`to-${THEM}`).counters;
  const before = counters();
  order({ kind: "refresh", direction: "in" });
  network.run(1_000);
  expect(counters().sent.routeRefresh).toBe(before.sent.routeRefresh + 1);
  expect(counters().received.update).toBeGreaterThan(before.received.update);
  const { update } = them.peer(`to-${US}`).counters.received;
  order({ kind: "refresh", direction: "out" });
  network.run(1_000);
  expect(them.peer(`to-${US}`).counters.received.update).toBeGreaterThan(update);
  expect(counters().established).toBe(1);
});

it("orders are facts for the log", () => {
  order({ kind: "reset" }, `to-${OTHER}`);
  expect(us.facts).toContainEqual({ kind: "peer-order", peer: `to-${OTHER}`, order: { kind: "reset" } });
});
