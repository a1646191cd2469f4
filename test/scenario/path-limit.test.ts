/** A peer with add-path that tells a prefix more often than anybody can use it. */

import { expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { type CodecContext, FAMILIES } from "../../src/bgp/wire/context.ts";
import type { Update } from "../../src/bgp/wire/message-types.ts";
import { nlriOf } from "../../src/bgp/wire/nlri.ts";
import { Network } from "../support/network.ts";
import { AGREED, ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const PREFIX = "10.2.0.0/16" as Prefix;
const CONTEXT: CodecContext = { ...AGREED, internal: true, addPathSend: new Set(["ipv4"]) };

function tells(...pathIds: readonly number[]): Update {
  const nlri = nlriOf("ipv4", true, pathIds.map((pathId) => ({ prefix: PREFIX, pathId })));
  return { kind: "update", withdrawn: [], announced: [{ nlri, attributes: { origin: "igp", asPath: [], localPref: 100, nextHop: { address: "10.0.0.2" as IpAddress } } }], faults: [] };
}

it("is heard up to its limit; what is told again or after a withdrawal still counts [5.8-path-ids]", () => {
  const us = new Network().add("10.0.0.1", {
    router: { asn: AS, id: "10.0.0.1" },
    peers: [{ name: "peer", address: "10.0.0.2", asn: AS, passive: true, addPath: "receive", maxPathsPerPrefix: 3 }],
  });
  const peer = new ScriptedPeer(us, "10.0.0.2");
  const entries = [{ ...FAMILIES.ipv4, mode: "send" as const }];
  peer.establish(AS, 2, [{ kind: "multiprotocol", family: FAMILIES.ipv4 }, { kind: "four-octet-as", asn: AS }, { kind: "add-path", entries }], CONTEXT);
  const paths = (): readonly number[] => us.speaker.view().routes({}).map(({ pathId }) => pathId).sort((a, b) => a - b);

  peer.say(tells(1, 2, 3, 4, 5));
  expect(paths()).toEqual([1, 2, 3]);
  peer.say(tells(2, 3));
  expect(paths()).toEqual([1, 2, 3]);
  expect(us.peer("peer")).toMatchObject({ state: "Established", counters: { pathsIgnored: 2 } });
  expect(us.facts.filter(({ kind }) => kind === "path-limit")).toEqual([{ kind: "path-limit", peer: "peer", limit: 3 }]);

  peer.say({ kind: "update", withdrawn: [nlriOf("ipv4", true, [{ prefix: PREFIX, pathId: 1 }])], announced: [], faults: [] });
  peer.say(tells(4));
  expect(paths()).toEqual([2, 3, 4]);
});
