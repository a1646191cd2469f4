/**
 * A route too long for 4096 octets (RFC 8654 §4): who agreed on long messages has it, who did not loses what he had, and
 * nobody's session suffers.
 *
 *   teller (65535) ── rr ── long (65535)
 *                      ├─── short1 (4096)
 *                      └─── short2 (4096)
 */

import { beforeEach, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { Capability, Update } from "../../src/bgp/wire/message-types.ts";
import { listNlri, nlriOf } from "../../src/bgp/wire/nlri.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { AGREED, ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const PREFIX = "10.2.0.0/16" as Prefix;
const OTHER = "10.3.0.0/16" as Prefix;
const SHORT: readonly Capability[] = [
  { kind: "multiprotocol", family: { afi: 1, safi: 1 } },
  { kind: "four-octet-as", asn: AS },
];
const LONG: readonly Capability[] = [...SHORT, { kind: "extended-message" }];
const NAMES = ["teller", "long", "short1", "short2"] as const;
const MANY = Array.from({ length: 3000 }, (_, i) => 0x00010000 + i); // 12000 octets of communities

let rr: TestSpeaker;
let peers: { readonly [N in (typeof NAMES)[number]]: ScriptedPeer };

beforeEach(() => {
  rr = new Network().add("10.0.0.1", {
    router: { asn: AS, id: "10.0.0.1" },
    peers: NAMES.map((name, index) => ({ name, address: `10.0.0.${11 + index}`, asn: AS, passive: true, reflectorClient: true })),
  });
  peers = Object.fromEntries(
    NAMES.map((name, index) => {
      const peer = new ScriptedPeer(rr, `10.0.0.${11 + index}`);
      const isLong = !name.startsWith("short");
      peer.establish(AS, 0x0a00000b + index, isLong ? LONG : SHORT, { ...AGREED, internal: true, maxMessageBytes: isLong ? 65535 : 4096 });
      return [name, peer];
    }),
  ) as unknown as typeof peers;
  announce(PREFIX);
  announce(OTHER);
  for (const name of NAMES) peers[name].take("update");
});

function announce(prefix: Prefix, communities?: readonly number[]): void {
  const attributes = { origin: "igp", asPath: [], localPref: 100, nextHop: { address: "10.0.0.11" as IpAddress }, ...(communities && { communities }) } as const;
  peers.teller.say({ kind: "update", withdrawn: [], announced: [{ nlri: nlriOf("ipv4", false, [{ prefix, pathId: 0 }]), attributes }], faults: [] });
}

function told(updates: readonly Update[]): readonly string[] {
  return updates.flatMap(({ withdrawn, announced }) => [
    ...withdrawn.flatMap((block) => listNlri(block).map(({ prefix }) => `-${prefix}`)),
    ...announced.flatMap(({ nlri, attributes }) => listNlri(nlri).map(({ prefix }) => `${prefix} with ${attributes.communities?.length ?? 0}`)),
  ]);
}

function heard() {
  return Object.fromEntries(NAMES.map((name) => [name, told(peers[name].take("update"))]));
}

it("is told to those who can read it and withdrawn from the others, whose sessions and other routes stay", () => {
  announce(PREFIX, MANY);
  expect(heard()).toEqual({ teller: [], long: [`${PREFIX} with 3000`], short1: [`-${PREFIX}`], short2: [`-${PREFIX}`] });
  expect(NAMES.map((name) => rr.peer(name).state)).toEqual(NAMES.map(() => "Established"));
  announce(OTHER, [1]);
  expect(heard()).toMatchObject({ long: [`${OTHER} with 1`], short1: [`${OTHER} with 1`] });
});

it("comes back to everybody when it is short again", () => {
  announce(PREFIX, MANY);
  heard();
  announce(PREFIX, [7]);
  expect(heard()).toEqual({ teller: [], long: [`${PREFIX} with 1`], short1: [`${PREFIX} with 1`], short2: [`${PREFIX} with 1`] });
});
