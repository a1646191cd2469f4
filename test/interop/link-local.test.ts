/**
 * Next hops that are link-local addresses and nothing else, on a host where two links have such addresses: each is on the
 * link that we share with whoever told it, as BIRD has it (RFC 2545 §3).
 *
 *   peer fd77::1 fe80::77:1 ── eth0 ── b fd77::2      a session between global addresses, the next hop set by policy
 *        fe80::1:1          ── eth1 ──   fe80::1:2    a session between link-local addresses; there is no other address
 */

import { afterAll, beforeAll, it } from "vitest";
import { run } from "../../src/cli/lab/command.ts";
import { ipBatch } from "../../src/cli/lab/namespaces.ts";
import { Bird } from "../support/bird.ts";
import { Lan } from "../support/lan.ts";
import { describeWith } from "../support/needs.ts";
import { TsBgp } from "../support/ts-bgp.ts";
import { until } from "../support/until.ts";

const ASN = 65_000;

const BIRD = `log stderr all;
router id 10.77.0.1;
protocol device { scan time 1; }
protocol direct { ipv6; }
protocol static over_zero { ipv6; route 2001:db8:100::/48 blackhole { bgp_next_hop = fe80::77:1; }; }
protocol static over_one { ipv6; route 2001:db8:101::/48 blackhole; }
template bgp inside { connect delay time 1; connect retry time 1; error wait time 1, 2; }
protocol bgp session_zero from inside {
  local fd77::1 as ${ASN}; neighbor fd77::2 as ${ASN};
  ipv6 { import all; export where proto = "over_zero"; next hop keep; };
}
protocol bgp session_one from inside {
  local fe80::1:1 as ${ASN}; neighbor fe80::1:2 % 'eth1' as ${ASN}; direct;
  ipv6 { import all; export where proto = "over_one"; };
}
`;

await describeWith(["ip", "bird", "birdc"], "a next hop that is a link-local address only, where two links have such addresses", () => {
  let lan: Lan;

  beforeAll(async () => {
    lan = await Lan.raise(["peer", "b"]);
    const peer = lan.host("peer");
    const b = lan.host("b");
    await ipBatch(peer.namespace, [
      `link add eth1 type veth peer name eth1 netns ${b.namespace}`,
      "link set eth1 addrgenmode none",
      "link set eth1 up",
      "addr add fe80::1:1/64 dev eth1 nodad",
      "addr add fe80::77:1/64 dev eth0 nodad",
    ]);
    await ipBatch(b.namespace, ["link set eth1 addrgenmode none", "link set eth1 up", "addr add fe80::1:2/64 dev eth1 nodad"]);
    await TsBgp.start(b, "node", {
      router: { asn: ASN, id: b.ipv4, ipv4: b.ipv4, ipv6: b.ipv6 },
      peers: [
        { name: "zero", address: "fd77::1", asn: ASN, families: ["ipv6"], connectRetrySec: 1 },
        { name: "one", address: "fe80::1:1", device: "eth1", asn: ASN, families: ["ipv6"], connectRetrySec: 1 },
      ],
    });
    await Bird.start(peer, BIRD);
  });

  afterAll(() => lan?.remove());

  async function expectRoute(prefix: string, way: string): Promise<void> {
    const show = async (): Promise<string> => (await run(["ip", "-6", "-n", lan.host("b").namespace, "route", "show", prefix])).trim();
    await until(async () => (await show()).startsWith(way === "" ? "" : `${prefix} ${way} `) && ((await show()) === "") === (way === ""), `${prefix} ${way}`);
  }

  it("is on the link where the peer's global address is", () => expectRoute("2001:db8:100::/48", "via fe80::77:1 dev eth0"));

  it("is on the link of a session between link-local addresses", () => expectRoute("2001:db8:101::/48", "via fe80::1:1 dev eth1"));

  it("is out of reach with its link, and the one on the other link is not", async () => {
    await run(["ip", "-n", lan.host("b").namespace, "link", "set", "eth1", "down"]);
    await expectRoute("2001:db8:101::/48", "");
    await expectRoute("2001:db8:100::/48", "via fe80::77:1 dev eth0");
  });
});
