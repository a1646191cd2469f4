/** What operators decide about a peer's connections, as options of sockets: when we dial, when we are called, and who has to sign. */

import { expect, test } from "vitest";
import type { IpAddress } from "../../../src/ip/address.ts";
import type { TransportSettings } from "../../../src/speaker/config/config.ts";
import { parseSpeakerConfig } from "../../../src/speaker/config/parse.ts";
import { type WantedOption, acceptOptions, dialOptions, keysOf, listenOptions } from "../../../src/daemon/tcp/peer-options.ts";

const INTERNAL = { asn: 64512 };
const EXTERNAL = { asn: 65001 };
const REMOTE = "10.0.0.2" as IpAddress;

function transportOf(peer: object): TransportSettings {
  const [config] = parseSpeakerConfig({ router: { asn: 64512, id: "10.0.0.1" }, peers: [{ address: REMOTE, ...peer }] }).peers;
  return config?.transport ?? expect.fail("no peer");
}

function names(wanted: readonly WantedOption[], need: WantedOption["need"]): readonly string[] {
  return wanted.filter((option) => option.need === need).map(({ option }) => option.name);
}

test.each([
  { title: "an internal peer", peer: INTERNAL, must: [], may: ["DSCP 48", "TTL 255"] },
  { title: "an external peer", peer: EXTERNAL, must: [], may: ["DSCP 48", "TTL 1"] },
  { title: "an external peer some hops away", peer: { ...EXTERNAL, multihop: 4, dscp: 0 }, must: [], may: ["DSCP 0", "TTL 4"] },
  { title: "a peer with TTL security", peer: { ...EXTERNAL, ttlSecurity: { hops: 2 } }, must: ["TTL 255", "lowest TTL 254"], may: ["DSCP 48"] },
  { title: "a peer on a device, impatient, signed", peer: { ...INTERNAL, device: "eth0", tcpUserTimeoutSec: 30, password: "geheim" }, must: ["device eth0", "TCP MD5 key for 10.0.0.2/32"], may: ["DSCP 48", "TTL 255", "TCP user timeout 30000 ms"] },
])("$title is dialled with what it needs", ({ peer, must, may }) => {
  const wanted = dialOptions(transportOf(peer), REMOTE);
  expect([names(wanted, "must"), names(wanted, "may")]).toEqual([must, may]);
});

test.each([
  { title: "an internal peer", peer: { ...INTERNAL, password: "geheim" }, wanted: [] },
  { title: "an external peer", peer: EXTERNAL, wanted: ["TTL 1"] },
  { title: "a peer with another DSCP", peer: { ...INTERNAL, dscp: 46 }, wanted: ["DSCP 46"] },
  { title: "a peer with TTL security", peer: { ...EXTERNAL, ttlSecurity: {} }, wanted: ["TTL 255", "lowest TTL 255"] },
  { title: "a peer on a device", peer: { ...INTERNAL, device: "eth0" }, wanted: ["device eth0"] },
])("a call from $title needs only what the listener did not hand down", ({ peer, wanted }) => {
  expect(acceptOptions(transportOf(peer), REMOTE).map(({ option }) => option.name)).toEqual(wanted);
});

test("a socket that listens on both IP versions hands down the options of both", () => {
  expect(listenOptions([4, 6]).map(({ option }) => [option.name, option.level])).toEqual([["DSCP 48", 0], ["TTL 255", 0], ["DSCP 48", 41], ["TTL 255", 41]]);
});

test("peers and ranges with a password have to sign, each with its own", () => {
  const config = parseSpeakerConfig({
    router: { asn: 64512, id: "10.0.0.1" },
    peers: [{ address: "10.1.0.1", ...INTERNAL, password: "one" }, { address: "fd00::1", ...INTERNAL, password: "six" }, { address: "10.2.0.1", ...INTERNAL }],
    ranges: [{ name: "rack", prefix: "10.1.0.0/16", ...INTERNAL, password: "rack" }, { name: "free", prefix: "10.3.0.0/16", ...INTERNAL }],
  });
  expect([...keysOf(config)].map(([prefix, password]) => [prefix, password.reveal()])).toEqual([["10.1.0.0/16", "rack"], ["10.1.0.1/32", "one"], ["fd00::1/128", "six"]]);
});
