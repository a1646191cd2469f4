/** What `ts-bgp peers ADDRESS` prints about BFD, and about a peer that is shut down. */

import { expect, test } from "vitest";
import { peerDetailLines } from "../../src/cli/peer-detail.ts";
import type { BfdAnswer } from "../../src/control/answers/bfd.ts";
import { peerDetail } from "../../src/control/answers/peer.ts";
import { REFUSALS } from "../../src/bfd/packet.ts";
import { quietLook } from "../support/quiet-look.ts";
import { FakeView } from "../support/fake-view.ts";

const NONE = Object.fromEntries(REFUSALS.map((reason) => [reason, 0])) as BfdAnswer["counters"]["discarded"];

const UP: BfdAnswer = {
  state: "up",
  since: "2025-11-21T09:00:00.000Z",
  diagnostic: null,
  strict: false,
  configuredIntervalMs: 300,
  multiplier: 3,
  transmitIntervalMs: 300,
  detectionTimeMs: 900,
  localDiscriminator: 1,
  neighbor: { state: "up", diagnostic: null, discriminator: 2, multiplier: 3, desiredMinTxMs: 300, requiredMinRxMs: 300 },
  counters: { sent: 12, received: 11, discarded: NONE },
};

function linesFor(bfd: BfdAnswer | null): readonly string[] {
  const view = new FakeView();
  const peer = view.addPeer({ address: "10.0.0.1" });
  const look = quietLook(view);
  return peerDetailLines({ ...peerDetail(peer, look), bfd }).flatMap((line) =>
    /^ +BFD/.test(line) ? line.trim().replace(/ +/g, " ") : [],
  );
}

test("a path that works: state, detection time, packets", () => {
  expect(linesFor(UP)).toEqual([
    expect.stringMatching(/^BFD up since /),
    "BFD neighbor says up, given up after 900 ms of silence",
    "BFD packets sent every 300 ms; 12 sent, 11 received, none discarded",
  ]);
});

test("a path that does not: why, and what was discarded", () => {
  const lost: BfdAnswer = {
    ...UP,
    state: "down",
    diagnostic: "control detection time expired",
    strict: true,
    transmitIntervalMs: 1_000,
    detectionTimeMs: null,
    neighbor: null,
    counters: { sent: 1, received: 0, discarded: { ...NONE, version: 2, length: 1 } },
  };
  expect(linesFor(lost)).toEqual([
    expect.stringMatching(/^BFD down \(control detection time expired\) since .*, strict$/),
    "BFD neighbor says nothing",
    "BFD packets sent every 1000 ms; 1 sent, 0 received, discarded 1 for length, 2 for version",
  ]);
});

test.each([["back at noon", /^  State +shut down \(back at noon\) since /], ["", /^  State +shut down since /]])("a peer shut down with %j says so", (shutdown, words) => {
  const view = new FakeView();
  const peer = view.addPeer({ address: "10.0.0.1" });
  expect(peerDetailLines({ ...peerDetail(peer, quietLook(view)), shutdown })).toContainEqual(expect.stringMatching(words));
});

test("a neighbour of another AS without a policy is told why nothing passes, one of ours is not", () => {
  const view = new FakeView();
  const external = view.addPeer({ address: "10.0.0.1", asn: 65001 });
  const internal = view.addPeer({ address: "10.0.0.2", asn: 64512, importPolicy: "reject-all" });
  const policiesOf = (peer: typeof external): readonly string[] => peerDetailLines(peerDetail(peer, quietLook(view))).filter((line) => line.includes("policy"));
  expect(policiesOf(external)).toEqual([
    "  Import policy          reject-all: without importPolicy nothing passes from another AS (RFC 8212)",
    "  Export policy          reject-all: without exportPolicy nothing passes to another AS (RFC 8212)",
  ]);
  expect(policiesOf(internal)).toEqual(["  Import policy          reject-all", "  Export policy          accept-all"]);
});

test.each([80, 40, 10])("on a screen of %i columns values go on below where they began, and nothing is lost", (width) => {
  const view = new FakeView();
  const detail = peerDetail(view.addPeer({ address: "10.0.0.1", asn: 65001 }), quietLook(view));
  const [, ...lines] = peerDetailLines(detail, width);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(width, 25 + 24));
  expect(lines.join(" ").replace(/ +/g, " ")).toBe(peerDetailLines(detail).slice(1).join(" ").replace(/ +/g, " "));
  const at = lines.findIndex((line) => line.includes("Import policy"));
  expect(lines[at + 1]).toMatch(/^ {25}\S/);
});

test("nothing where BFD does not watch", () => {
  expect(linesFor(null)).toEqual([]);
});
