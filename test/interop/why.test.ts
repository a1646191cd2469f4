/**
 * `ts-bgp why` about a network of real daemons and a real kernel: what an operator reads is what happened.
 *
 *   bird AS 64512 ─────┐                        bird, mesh: ordinary internal peers of us
 *   mesh AS 64512 ───── us AS 64512 (node)      frr: another AS
 *   frr  AS 65001 ─────┘
 */

import { afterAll, beforeAll, expect, it } from "vitest";
import { type Outcome, attempt, run } from "../../src/cli/lab/command.ts";
import { TS_BGP } from "../../src/cli/lab/daemons.ts";
import type { WhyAnswer } from "../../src/control/why/answer.ts";
import { Bird } from "../support/bird.ts";
import { BGPD, Frr } from "../support/frr.ts";
import { Lan, type LanHost } from "../support/lan.ts";
import { describeWith } from "../support/needs.ts";
import { TsBgp } from "../support/ts-bgp.ts";
import { until } from "../support/until.ts";

const ASN = 64512;
const FRR_ASN = 65001;

const SHARED = "10.201.0.0/24"; // BIRD and FRR have it
const INSIDE = "10.202.0.0/24"; // BIRD alone
const LOST = "10.203.0.0/24"; // BIRD, by a next hop that nobody knows
const REFUSED = "10.204.0.0/24"; // FRR, and our import policy does not want it
const TAKEN = "10.205.0.0/24"; // BIRD, and this host has a static route there
const FORBIDDEN = "10.206.0.0/24"; // BIRD, and nothing may leave our AS that is marked so

/** When everybody has told everything: who has paths, and what the kernel has. Not all of it comes in one UPDATE. */
const TOLD: { readonly [prefix: string]: `${string}: ${WhyAnswer["kernel"]["reason"]}` } = {
  [SHARED]: "bird frr: installed",
  [INSIDE]: "bird: installed",
  [LOST]: "bird: no-usable-path",
  [REFUSED]: "frr: no-usable-path",
  [TAKEN]: "bird: foreign-route",
  [FORBIDDEN]: "bird: installed",
};

await describeWith(["bird", "birdc", BGPD, "vtysh"], "why a prefix is where it is", () => {
  let lan: Lan;
  let us: LanHost;

  beforeAll(async () => {
    lan = await Lan.raise(["us", "bird", "mesh", "frr"]);
    us = lan.host("us");
    await run(["ip", "-n", us.namespace, "route", "add", TAKEN, "via", lan.host("mesh").ipv4, "proto", "static"]);
    const daemon = await TsBgp.start(us, "node", ourConfig());
    await Bird.start(lan.host("bird"), birdConfig(lan.host("bird")));
    await Bird.start(lan.host("mesh"), meshConfig(lan.host("mesh")));
    await Frr.start(lan.host("frr"), frrConfig(lan.host("frr")));
    await until(async () => (await daemon.status()).peers.filter(({ state }) => state === "up").length === 3, "three sessions");
    await everythingIsTold();
  });

  afterAll(() => lan?.remove());

  async function why(...words: readonly string[]): Promise<WhyAnswer> {
    return JSON.parse((await program("why", ...words, "--json")).stdout) as WhyAnswer;
  }

  /** FRR tells us our own back, or does not, as it comes. */
  const isNews = (path: WhyAnswer["paths"][number]): boolean => path.import.reason !== "as-loop";

  async function everythingIsTold(): Promise<void> {
    let seen: object = {};
    const look = async (): Promise<boolean> => {
      const answers = await Promise.all(Object.keys(TOLD).map((prefix) => why(prefix)));
      seen = Object.fromEntries(answers.map(({ prefix, paths, kernel }) => [prefix, `${paths.filter(isNews).map(({ route }) => route.from.peer).join(" ")}: ${kernel.reason}`]));
      return JSON.stringify(seen) === JSON.stringify(TOLD);
    };
    await until(look, "everything is told").catch(() => expect(seen).toEqual(TOLD));
  }

  function program(...words: readonly string[]): Promise<Outcome> {
    return attempt([...TS_BGP, ...words, "--socket", `${us.directory}/ts-bgp.sock`]);
  }

  function session(name: string, asn: number, more: object = {}): object {
    return { name, address: lan.host(name).ipv4, asn, localAddress: us.ipv4, connectRetrySec: 1, ...more };
  }

  function ourConfig(): object {
    return {
      router: { asn: ASN, id: us.ipv4 },
      prefixLists: { unwanted: [{ prefix: REFUSED }] },
      policies: { wanted: { rules: [{ name: "not-that", when: [{ prefixList: "unwanted" }], then: "reject" }, { name: "rest", then: "accept" }] } },
      peers: [session("bird", ASN), session("mesh", ASN), session("frr", FRR_ASN, { importPolicy: "wanted", exportPolicy: "accept-all" })],
    };
  }

  function birdConfig(host: LanHost): string {
    const marked = `route ${FORBIDDEN} blackhole { bgp_community.add((65535, 65281)); };`;
    const lost = `route ${LOST} blackhole { bgp_next_hop = 192.0.2.1; };`;
    return birdSession(host, `${[SHARED, INSIDE, TAKEN].map((prefix) => `route ${prefix} blackhole;`).join(" ")} ${marked} ${lost}`);
  }

  function meshConfig(host: LanHost): string {
    return birdSession(host, "");
  }

  function birdSession(host: LanHost, routes: string): string {
    return `log stderr all;
router id ${host.ipv4};
protocol device { scan time 1; }
protocol static { ipv4; ${routes} }
protocol bgp session_us {
  local ${host.ipv4} as ${ASN};
  neighbor ${us.ipv4} as ${ASN};
  direct; connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export all; };
}
`;
  }

  function frrConfig(host: LanHost): string {
    return `router bgp ${FRR_ASN}
 bgp router-id ${host.ipv4}
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor ${us.ipv4} remote-as ${ASN}
 neighbor ${us.ipv4} timers connect 1
 address-family ipv4 unicast
  network ${SHARED}
  network ${REFUSED}
 exit-address-family
`;
  }

  const reasonFor = ({ told }: WhyAnswer, name: string): string | undefined => told.find(({ peers }) => peers.some((peer) => peer.name === name))?.reason;

  it("names the rule that chose between two paths, and what it compared", async () => {
    const { best, paths, kernel } = await why(SHARED);
    expect([best, paths[0]?.route.from.peer]).toEqual([1, "bird"]);
    expect(paths[1]).toMatchObject({ route: { from: { peer: "frr" } }, decision: { reason: "as-path", against: 1, own: "AS_PATH of 1", other: "AS_PATH of 0" } });
    expect(kernel).toMatchObject({ reason: "installed", actual: `via ${lan.host("bird").ipv4} dev eth0` });
  });

  it("names the reflection rule to whoever wonders why a mesh peer has nothing", async () => {
    const answer = await why(INSIDE);
    expect(["bird", "mesh", "frr"].map((name) => reasonFor(answer, name))).toEqual(["split-horizon", "reflection", "told"]);
  });

  it("names the policy rule that rejected", async () => {
    expect((await why(REFUSED)).paths[0]?.import).toMatchObject({ reason: "import-policy", policy: "wanted", rule: "not-that", ruleWords: `reject what is ${REFUSED}` });
  });

  it("names the next hop that cannot be reached", async () => {
    const { best, paths, kernel } = await why(LOST);
    expect(best).toBeNull();
    expect(paths[0]).toMatchObject({ decision: { reason: "unreachable-next-hop" }, route: { nextHop: "192.0.2.1" } });
    expect(kernel.reason).toBe("no-usable-path");
  });

  it("names the foreign route that is in the way, and that it has gone", async () => {
    expect((await why(TAKEN)).kernel).toMatchObject({ reason: "foreign-route", others: [{ protocolName: "static", metric: 0, standing: "in-the-way", target: `via ${lan.host("mesh").ipv4} dev eth0` }] });
    await run(["ip", "-n", us.namespace, "route", "del", TAKEN, "proto", "static"]);
    await until(async () => (await why(TAKEN)).kernel.reason === "installed", "ours stands in its place");
  });

  it("names the community that keeps a route inside", async () => {
    expect(reasonFor(await why(FORBIDDEN), "frr")).toBe("no-export");
  });

  it("shows one peer both ways, as it is told", async () => {
    const { peer } = await why(SHARED, "--peer", "frr");
    expect(peer).toMatchObject({ received: { paths: [2], reason: null }, told: [{ path: 1, outcome: "told", as: { asPath: String(ASN), nextHop: us.ipv4 } }, { path: 2, reason: "split-horizon" }] });
  });

  it("prints what it says, and ends with 3 where nobody has the prefix", async () => {
    const { stdout, exitCode } = await program("why", "10.201.0.7");
    expect([exitCode, stdout.split("\n")[0]]).toEqual([0, `${SHARED}: 2 paths, the best is 1`]);
    expect(stdout).toMatch(/\n {6}lost against 1 by as-path: .*here AS_PATH of 1, there AS_PATH of 0\nKernel\n {2}installed: /);
    const unknown = await program("why", "10.201.0.0/16");
    expect([unknown.exitCode, unknown.stdout]).toEqual([3, `10.201.0.0/16: nobody has it\n  No known prefix holds it.\n  Inside it: ${SHARED}\n`]);
    expect(await program("why", SHARED, "--peer", "nobody")).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("no such peer: nobody") });
    expect(await program("why", "everything")).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('why: "everything", expected a prefix') });
  });
});
