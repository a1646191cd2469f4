/**
 * A speaker that lives through the same year over and over: what it holds, and the memory it takes, do not grow.
 * Tables are counted; the heap is measured after the garbage collector was asked to run.
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import type { Capability, Update } from "../../src/bgp/wire/message-types.ts";
import { nlriOf } from "../../src/bgp/wire/nlri.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const US = "10.0.0.1";
const PEERS = ["10.0.0.2", "10.0.0.3", "10.0.0.4"];
const CAPABILITIES: readonly Capability[] = [{ kind: "multiprotocol", family: FAMILIES.ipv4 }, { kind: "four-octet-as", asn: AS }];
const ROUTES = 2000;
const PER_UPDATE = 200;
const WARM_UP = 6; // seasons until every table has its size
const SEASONS = 40;
const MEASURED = 10; // seasons at either end; the least of each is compared, for garbage comes and goes
const GROWTH_KIB = 1024; // a path that is never freed would be more than twice that

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function prefixes(from: number): readonly { readonly prefix: Prefix; readonly pathId: number }[] {
  return Array.from({ length: PER_UPDATE }, (_, i) => ({ prefix: `11.${(from + i) >> 8}.${(from + i) & 255}.0/24` as Prefix, pathId: 0 }));
}

/** Other attributes for every message, and again from the third season on: the codec remembers some of what it has seen. */
function announces(from: number, season: number): Update {
  const asPath = [{ kind: "sequence" as const, asns: [1 + (season % 60_000), 1 + (from % 60_000)] }];
  const attributes = { origin: "igp" as const, asPath, localPref: 100, med: season * ROUTES + from, nextHop: { address: `10.9.${season & 255}.9` as IpAddress } };
  return { kind: "update", withdrawn: [], announced: [{ nlri: nlriOf("ipv4", false, prefixes(from)), attributes }], faults: [] };
}

function withdraws(from: number): Update {
  return { kind: "update", withdrawn: [nlriOf("ipv4", false, prefixes(from))], announced: [], faults: [] };
}

/** Every peer comes, tells a table twice, takes half of it back, and goes; the last one without a word. */
function season(us: TestSpeaker, network: Network, number: number): void {
  const peers = PEERS.map((address, index) => {
    const peer = new ScriptedPeer(us, address);
    peer.establish(AS, index + 2, CAPABILITIES);
    return peer;
  });
  for (let from = 0; from < ROUTES; from += PER_UPDATE) {
    for (const [index, peer] of peers.entries()) {
      peer.say(announces(from, number * 2 + index));
      peer.say(announces(from, number * 2 + index + 1));
      if (from % (2 * PER_UPDATE) === 0) peer.say(withdraws(from));
      peer.take("update");
    }
  }
  network.run(1000);
  for (const peer of peers.slice(1)) peer.say({ kind: "notification", notification: { code: 6, subcode: 2, data: new Uint8Array(0) } });
  peers[0]?.vanish();
  network.run(120_000);
  us.facts.splice(0);
}

/** Heap and typed arrays, in KiB, when nothing is garbage any more. */
function memoryKib(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1024;
}

it("announce, withdraw and flap leave nothing: tables as before, memory flat [5.8-flaps]", () => {
  const network = new Network();
  const us = network.add(US, { router: { asn: AS, id: US }, networks: ["10.1.0.0/16"], peers: PEERS.map((address) => ({ name: address, address, asn: AS, passive: true, reflectorClient: true })) });
  const memory: number[] = [];
  for (let number = 0; number < SEASONS; number++) {
    season(us, network, number % 3);
    memory.push(memoryKib());
  }
  for (let turns = 0; turns < 2; turns++) us.absorb({ kind: "next-hops-changed" });
  expect(us.speaker.view().router()).toMatchObject({ prefixes: 1, paths: 1, attributeSets: 1, pendingConnections: 0 });
  expect(us.armed()).toEqual([]);
  const early = Math.min(...memory.slice(WARM_UP, WARM_UP + MEASURED));
  const late = Math.min(...memory.slice(-MEASURED));
  expect(late - early).toBeLessThan(GROWTH_KIB);
});
