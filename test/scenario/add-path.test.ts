/**
 * Several paths to one prefix (RFC 7911) through a reflector, with whole speakers: two exits announce the same network, and
 * a client that wants all paths has both.
 */

import { beforeEach, describe, expect, it } from "vitest";
import { Network, type TestSpeaker } from "../support/network.ts";

const AS = 64512;
const RR = "10.0.0.1";
const ANYCAST = "10.200.0.0/16";

const EXITS = ["exit1", "exit2", "exit3"] as const;

function leaf(number: number, networks: readonly string[], addPath = "off"): object {
  return { router: { asn: AS, id: `10.0.0.${number}` }, networks, peers: [{ name: "rr", address: RR, asn: AS, addPath }] };
}

function reflector(clientOptions: object = { addPath: "both" }): object {
  return {
    router: { asn: AS, id: RR },
    peers: [
      ...EXITS.map((name, index) => ({ name, address: `10.0.0.${11 + index}`, asn: AS, reflectorClient: true })),
      { name: "client", address: "10.0.0.20", asn: AS, reflectorClient: true, ...clientOptions },
      { name: "plain", address: "10.0.0.21", asn: AS, reflectorClient: true },
    ],
  };
}

let network: Network;
let rr: TestSpeaker;
let exits: readonly TestSpeaker[];
let client: TestSpeaker;
let plain: TestSpeaker;

beforeEach(() => {
  network = new Network();
  rr = network.add(RR, reflector());
  exits = EXITS.map((_, index) => network.add(`10.0.0.${11 + index}`, leaf(11 + index, [ANYCAST])));
  client = network.add("10.0.0.20", leaf(20, [], "receive"));
  plain = network.add("10.0.0.21", leaf(21, []));
  network.run(30_000);
});

/** Next hop -> path identifier of every path to the shared network. */
function pathsAt(speaker: TestSpeaker): Readonly<Record<string, number>> {
  const routes = speaker.speaker.view().routes({}).filter(({ prefix, origin }) => prefix === ANYCAST && origin.kind === "peer");
  return Object.fromEntries(routes.map(({ attributes, pathId }) => [attributes.nextHop?.address ?? "none", pathId]));
}

describe("a client that takes several paths", () => {
  it("has every path with an identifier of its own, where others have the best alone [5.5-add-path-send]", () => {
    expect(Object.keys(pathsAt(client)).sort()).toEqual(["10.0.0.11", "10.0.0.12", "10.0.0.13"]);
    expect(new Set(Object.values(pathsAt(client))).size).toBe(3);
    expect(pathsAt(plain)).toEqual({ "10.0.0.11": 0 });
    expect(client.forwarding.get(ANYCAST as never)).toMatchObject({ kind: "via", nextHops: [{ address: "10.0.0.11" }, { address: "10.0.0.12" }, { address: "10.0.0.13" }] });
  });

  it("loses the one path that goes, and the others keep their identifiers [5.5-add-path-send]", () => {
    const before = pathsAt(client);
    exits[0]?.absorb({ kind: "shutdown", until: "further-notice", text: "" });
    network.run(1_000);
    const { "10.0.0.11": _gone, ...left } = before;
    expect(pathsAt(client)).toEqual(left);
    expect(pathsAt(plain)).toEqual({ "10.0.0.12": 0 });
  });

  it("is shown with what it was told", () => {
    const told = rr.speaker.view().toldTo("client" as never, {}).filter(({ prefix }) => prefix === ANYCAST);
    expect(Object.fromEntries(told.map(({ attributes, pathId }) => [attributes.nextHop?.address, pathId]))).toEqual(pathsAt(client));
    expect(rr.peer("client").families[0]?.advertised).toBe(3);
    expect(rr.peer("plain").families[0]?.advertised).toBe(1);
  });

  it("hears no more than it is to, and the change of that number costs no session", () => {
    rr.configure(reflector({ addPath: "both", addPathSend: 2 }));
    network.run(1_000);
    expect(Object.keys(pathsAt(client)).sort()).toEqual(["10.0.0.11", "10.0.0.12"]);
    rr.configure(reflector({ addPath: "both", addPathSend: "all" }));
    network.run(1_000);
    expect(Object.keys(pathsAt(client))).toHaveLength(3);
    expect(client.peer("rr").counters.flaps).toBe(0);
  });

  it("never hears its own path, and its path is told to the others beside theirs", () => {
    client.configure(leaf(20, [ANYCAST], "receive"));
    network.run(1_000);
    expect(Object.keys(pathsAt(client)).sort()).toEqual(["10.0.0.11", "10.0.0.12", "10.0.0.13"]);
    expect(rr.speaker.view().routes({}).filter(({ prefix }) => prefix === ANYCAST)).toHaveLength(4);
  });
});
