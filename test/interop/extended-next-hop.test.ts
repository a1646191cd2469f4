/**
 * IPv4 routes over an IPv6 session with IPv6 next hops (RFC 8950), with real peers and into the real kernel:
 *
 *   peer fd77::1 ── b fd77::2      one IPv6 session that carries IPv4; the kernel's routes are "via inet6"
 */

import { afterAll, beforeAll, expect, it } from "vitest";
import type { Prefix } from "../../src/ip/prefix.ts";
import { run } from "../../src/cli/lab/command.ts";
import { birdPeer } from "../support/bird-peer.ts";
import { frrPeer } from "../support/frr-peer.ts";
import { Lan } from "../support/lan.ts";
import { describeWith } from "../support/needs.ts";
import { type Neighbor, type PeerKind, type RunningPeer, describeRoute } from "../support/peers.ts";
import { tsBgpPeer } from "../support/ts-bgp-peer.ts";
import { until } from "../support/until.ts";

const OURS = "10.200.0.0/24" as Prefix;
const THEIRS = "10.201.0.0/24" as Prefix;

for (const kind of [birdPeer, frrPeer]) await describeWith(kind.programs, `${kind.title} and IPv6 next hops of IPv4 routes`, () => scenarios(kind));

function scenarios(kind: PeerKind): void {
  let lan: Lan;
  let peer: RunningPeer;
  let b: RunningPeer;

  beforeAll(async () => {
    lan = await Lan.raise(["peer", "b"]);
    const session = (from: string, to: string): Neighbor => ({ name: to, local: lan.host(from).ipv6, remote: lan.host(to).ipv6, families: ["ipv4"], extendedNextHop: "both" });
    peer = await kind.start({ host: lan.host("peer"), role: "plain", neighbors: [session("peer", "b")] });
    b = await tsBgpPeer.start({ host: lan.host("b"), role: "plain", neighbors: [session("b", "peer")] });
    await run(["ip", "-n", lan.host("b").namespace, "address", "flush", "dev", "eth0", "scope", "global", "to", "10.77.0.0/24"]);
  });

  afterAll(() => lan?.remove());

  async function kernel(prefix: Prefix): Promise<string> {
    return (await run(["ip", "-n", lan.host("b").namespace, "route", "show", prefix])).trim();
  }

  it("hears our IPv4 route with an IPv6 next hop [5.5-extended-next-hop]", async () => {
    const nextHop = lan.host("b").ipv6;
    await b.announce([{ prefix: OURS, nextHop, med: 10 }]);
    await until(async () => (await peer.learned()).get(OURS) === describeRoute(nextHop, 10), `the peer has ${OURS} via ${nextHop}`);
  });

  it("has its route in our kernel through its IPv6 address, and taken out again [5.5-extended-next-hop]", async () => {
    const nextHop = lan.host("peer").ipv6;
    await peer.announce([{ prefix: THEIRS, nextHop, med: 10 }]);
    await until(async () => (await b.learned()).get(THEIRS) === describeRoute(nextHop, 10), `b has ${THEIRS} via ${nextHop}`);
    await until(async () => (await kernel(THEIRS)) !== "", `the kernel has ${THEIRS}`);
    expect(await kernel(THEIRS)).toBe(`${THEIRS} via inet6 ${nextHop} dev eth0 proto bird`);
    await peer.announce([]);
    await until(async () => (await kernel(THEIRS)) === "", `the kernel has no ${THEIRS}`);
  });
}
