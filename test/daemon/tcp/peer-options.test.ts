/** What operators decide about a peer's connections, as options of sockets: when we dial, when we are called, and who has to sign. */

import { expect, test } from "vitest";
import type { IpAddress } from "../../../src/ip/address.ts";
import type { TransportSettings } from "../../../src/speaker/config/config.ts";
import { parseSpeakerConfig } from "../../../src/speaker/config/parse.ts";
import { type Wish, acceptWishes, dialWishes, keysOf, listenWishes } from "../../../src/daemon/tcp/peer-options.ts";

const INTERNAL = { asn: 64512 };
const EXTERNAL = { asn: 65001 };
const REMOTE = "10.0.0.2" as IpAddress;

function transportOf(peer: object): TransportSettings {
  const [config] = parseSpeakerConfig({ router: { asn: 64512, id: "10.0.0.1" }, peers: [{ address: REMOTE, ...peer }] }).peers;
  return config?.transport ?? expect.fail("no peer");
}

function names(wishes: readonly Wish[], need: Wish["need"]): readonly string[] {
  return wishes.filter((wish) => wish.need === need).map(({ option }) => option.name);
}

test.each([
  { title: "an internal peer", peer: INTERNAL, must: [], may: ["DSCP 48", "TTL 255"] },
  { title: "an external peer", peer: EXTERNAL, must: [], may: ["DSCP 48", "TTL 1"] },
  { title: "an external peer some hops away", peer: { ...EXTERNAL, multihop: 4, dscp: 0 }, must: [], may: ["DSCP 0", "TTL 4"] },
  { title: "a peer with TTL security", peer: { ...EXTERNAL, ttlSecurity: { hops: 2 } }, must: ["TTL 255", "lowest TTL 254"], may: ["DSCP 48"] },
  { title: "a peer on a device, impatient, signed", peer: { ...INTERNAL, device: "eth0", tcpUserTimeoutSec: 30, password: "geheim" }, must: ["device eth0", "TCP MD5 key for 10.0.0.2/32"], may: ["DSCP 48", "TTL 255", "TCP user timeout 30000 ms"] },
])("$title is dialled with what it needs", ({ peer, must, may }) => {
  const wishes = dialWishes(transportOf(peer), REMOTE);
  expect([names(wishes, "must"), names(wishes, "may")]).toEqual([must, may]);
});

test.each([
  { title: "an internal peer", peer: { ...INTERNAL, password: "geheim" }, wishes: [] },
  { title: "an external peer", peer: EXTERNAL, wishes: ["TTL 1"] },
  { title: "a peer with another DSCP", peer: { ...INTERNAL, dscp: 46 }, wishes: ["DSCP 46"] },
  { title: "a peer with TTL security", peer: { ...EXTERNAL, ttlSecurity: {} }, wishes: ["TTL 255", "lowest TTL 255"] },
  { title: "a peer on a device", peer: { ...INTERNAL, device: "eth0" }, wishes: ["device eth0"] },
])("a call from $title needs only what the listener did not hand down", ({ peer, wishes }) => {
  expect(acceptWishes(transportOf(peer), REMOTE).map(({ option }) => option.name)).toEqual(wishes);
});

test("a socket that listens on both IP versions hands down the options of both", () => {
  expect(listenWishes([4, 6]).map(({ option }) => [option.name, option.level])).toEqual([["DSCP 48", 0], ["TTL 255", 0], ["DSCP 48", 41], ["TTL 255", 41]]);
});

test("peers and ranges with a password have to sign, each with its own", () => {
  const config = parseSpeakerConfig({
    router: { asn: 64512, id: "10.0.0.1" },
    peers: [{ address: "10.1.0.1", ...INTERNAL, password: "one" }, { address: "fd00::1", ...INTERNAL, password: "six" }, { address: "10.2.0.1", ...INTERNAL }],
    ranges: [{ name: "rack", prefix: "10.1.0.0/16", ...INTERNAL, password: "rack" }, { name: "free", prefix: "10.3.0.0/16", ...INTERNAL }],
  });
  expect([...keysOf(config)].map(([prefix, password]) => [prefix, password.reveal()])).toEqual([["10.1.0.0/16", "rack"], ["10.1.0.1/32", "one"], ["fd00::1/128", "six"]]);
});
