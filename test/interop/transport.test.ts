/**
 * Sessions that are signed (TCP MD5, RFC 2385) and near (GTSM, RFC 5082), and neighbours by range, against BIRD 2.
 *
 *   us 10.77.0.1 AS 64512 ──┬── bird  10.77.0.2 AS 65002      the peer that things happen to
 *                           └── other 10.77.0.3 AS 65003      whose session has to stay up meanwhile
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../src/cli/lab/command.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import { Bird } from "../support/bird.ts";
import { Lan, type LanHost } from "../support/lan.ts";
import { describeWith } from "../support/needs.ts";
import { TsBgp } from "../support/ts-bgp.ts";
import { until } from "../support/until.ts";

const OUR_ASN = 64512;
const ASNS: { readonly [name: string]: number } = { bird: 65002, other: 65003 };
const SECRET = "geheim"; // part of every password, so that none can show unnoticed
const OTHERS_PASSWORD = `${SECRET} of the other`;
const RACK_PASSWORD = `${SECRET} of the rack`;
const NEW_RACK_PASSWORD = `${SECRET}, changed`;
const PATIENCE_MS = 60_000;

interface Over {
  readonly title: string;
  readonly family: "ipv4" | "ipv6";
  readonly listen: string;
}

const OVERS: readonly Over[] = [
  { title: "IPv4", family: "ipv4", listen: "0.0.0.0" },
  { title: "IPv6", family: "ipv6", listen: "::" },
  { title: "IPv4 on a socket that listens on both", family: "ipv4", listen: "::" },
];

/** What a BIRD is told about its session with us. */
interface BirdSide {
  readonly password: string;
  readonly ttlSecurity: "on" | "off";
  readonly dials: "yes" | "no";
}

const DIALLING: BirdSide = { password: SECRET, ttlSecurity: "on", dials: "yes" };

await describeWith(["bird", "birdc", "nstat", "ss"], "against BIRD 2", () => {
  describe.each(OVERS)("over $title", (over) => scenarios(over));
});

function scenarios({ family, listen }: Over): void {
  let lan: Lan;
  let ours: TsBgp;
  let bird: Bird;

  const addressOf = (name: string): string => lan.host(name)[family];

  function birdConfig(name: string, { password, ttlSecurity, dials }: BirdSide): string {
    const host = lan.host(name);
    return `log stderr all;
router id ${host.ipv4};
protocol device { scan time 1; }
protocol bgp session_us {
  local ${host[family]} as ${ASNS[name]};
  neighbor ${addressOf("us")} as ${OUR_ASN};
  password "${password}";
  ttl security ${ttlSecurity};
  passive ${dials === "yes" ? "off" : "on"};
  hold time 9;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ${family} { import all; export all; };
}
`;
  }

  function peer(name: string, rest: object): object {
    return { name, address: addressOf(name), asn: ASNS[name], connectRetrySec: 1, idleHoldMaxSec: 2, holdTimeSec: 9, ttlSecurity: { hops: 1 }, device: "eth0", tcpUserTimeoutSec: 30, ...rest };
  }

  /** Our configuration: what it says about bird, beside the other peer. */
  function config(birdAsPeer: object | undefined, rest: object = {}): object {
    const other = peer("other", { password: OTHERS_PASSWORD, passive: true });
    return {
      router: { asn: OUR_ASN, id: lan.host("us").ipv4 },
      listen: [{ address: listen }],
      peers: [...(birdAsPeer ? [peer("bird", birdAsPeer)] : []), other],
      ...rest,
    };
  }

  async function isUp(name: string): Promise<boolean> {
    return (await ours.peer(name))?.state === "Established";
  }

  const up = (name: string): Promise<void> => until(() => isUp(name), `${name} is up`, PATIENCE_MS);

  beforeAll(async () => {
    lan = await Lan.raise(["us", "bird", "other"]);
    ours = await TsBgp.start(lan.host("us"), "rr", config({ password: SECRET, passive: true }));
    bird = await Bird.start(lan.host("bird"), birdConfig("bird", DIALLING));
    await Bird.start(lan.host("other"), birdConfig("other", { ...DIALLING, password: OTHERS_PASSWORD }));
    await up("other");
  });

  afterAll(() => lan?.remove());

  /** Whatever happened, the other session has not noticed. */
  async function otherStayedUp(): Promise<void> {
    expect(await ours.peer("other")).toMatchObject({ state: "Established", counters: { established: 1 } });
  }

  it.each(["BIRD", "ts-bgp"] as const)("a session with password and TTL security comes up when %s dials, and its packets are CS6 [5.8-md5, 5.8-gtsm]", async (who) => {
    await ours.configure(config({ password: SECRET, passive: who === "BIRD" }));
    await bird.configure(birdConfig("bird", { ...DIALLING, dials: who === "BIRD" ? "yes" : "no" }));
    let sockets: readonly Socket[] = [];
    await until(async () => {
      sockets = await bgpSockets(lan.host("us"));
      return sockets.length === 2 && sockets.filter(({ calledBy }) => calledBy === "us").length === (who === "BIRD" ? 0 : 1) && (await isUp("bird"));
    }, `a session that ${who} dialled`, PATIENCE_MS); // the one before it may still stand
    expect((await ours.peer("bird"))?.transport).toMatchObject({ password: true, ttl: 255, leastTtl: 255 });
    for (const { line } of sockets) expect(line).toContain(family === "ipv4" ? "tos:0xc0" : "tclass:0xc0");
    await otherStayedUp();
  });

  it.each(["BIRD", "ts-bgp"] as const)("a wrong password never comes up when %s dials, and a changed one on both sides does [5.8-md5]", async (who) => {
    const dials = who === "BIRD" ? "yes" : "no";
    const passive = who === "BIRD";
    const judge = lan.host(who === "BIRD" ? "us" : "bird"); // who is dialled drops what is signed with another key
    await ours.configure(config({ password: `${SECRET} new for ${who}`, passive }));
    const before = await counter(judge, "TcpExtTCPMD5Failure");
    await bird.configure(birdConfig("bird", { ...DIALLING, dials }));
    await until(async () => (await counter(judge, "TcpExtTCPMD5Failure")) > before + 2, "segments with a wrong signature", PATIENCE_MS);
    expect(await isUp("bird")).toBe(false);
    await bird.configure(birdConfig("bird", { ...DIALLING, dials, password: `${SECRET} new for ${who}` }));
    await up("bird");
    await otherStayedUp();
  });

  it.each(["BIRD", "ts-bgp"] as const)("a peer that does not send with TTL 255 does not come up when %s dials [5.8-gtsm]", async (who) => {
    const us = lan.host("us");
    await ours.configure(config({ password: SECRET, passive: who === "BIRD" }));
    const before = await counter(us, "TcpExtTCPMinTTLDrop");
    await bird.configure(birdConfig("bird", { ...DIALLING, ttlSecurity: "off", dials: who === "BIRD" ? "yes" : "no" }));
    await until(async () => (await counter(us, "TcpExtTCPMinTTLDrop")) > before + 2, "packets from too far", PATIENCE_MS);
    expect(await isUp("bird")).toBe(false);
    await otherStayedUp();
  });

  describe("a neighbour by range", () => {
    const prefix = family === "ipv4" ? "10.77.0.0/30" : "fd77::/126"; // holds the other peer too, which has a password of its own
    const range = { name: "rack", prefix, asns: [65001, 65002], holdTimeSec: 9, ttlSecurity: {}, password: RACK_PASSWORD };
    const member = (): string => `rack_${addressOf("bird").replaceAll(/[.:]/g, "_")}`;

    it("signs with the password of the range, and is a peer as long as its session lasts [5.8-md5, 5.8-ranges]", async () => {
      await ours.configure(config(undefined, { ranges: [range] }));
      await bird.configure(birdConfig("bird", { ...DIALLING, password: RACK_PASSWORD }));
      await up(member());
      expect(await ours.peer(member())).toMatchObject({ range: "rack", asn: 65002, type: "range" });
      expect((await ours.status()).ranges).toMatchObject([{ name: "rack", peers: 1, refused: 0 }]);
      await otherStayedUp();
    });

    it("has to sign with another password when that of the range has changed, and nobody else has to", async () => {
      const before = await counter(lan.host("us"), "TcpExtTCPMD5Failure");
      await ours.configure(config(undefined, { ranges: [{ ...range, password: NEW_RACK_PASSWORD }] }));
      await until(async () => (await counter(lan.host("us"), "TcpExtTCPMD5Failure")) > before, "segments with a wrong signature", PATIENCE_MS);
      expect(await ours.peer(member())).toBeUndefined();
      await bird.configure(birdConfig("bird", { ...DIALLING, password: NEW_RACK_PASSWORD }));
      await up(member());
      await otherStayedUp();
    });
  });

  it("no password has come out by log or answer", async () => {
    const said = `${ours.log}${JSON.stringify(await ours.status())}${JSON.stringify(await ours.peer("other"))}`;
    expect(said.includes(SECRET)).toBe(false);
  });
}

interface Socket {
  /** As ss prints it. */
  readonly line: string;
  readonly calledBy: "us" | "peer";
}

/** The established BGP connections of the host. */
async function bgpSockets({ namespace }: LanHost): Promise<readonly Socket[]> {
  const output = await run(inNamespace(namespace, ["ss", "-tnHO", "--tos", "state", "established", "( sport = :179 or dport = :179 )"]));
  return output.split("\n").filter(Boolean).map((line) => ({ line, calledBy: line.trim().split(/\s+/)[3]?.endsWith(":179") ? "us" : "peer" }));
}

/** A counter of the host's network stack since the host was made. */
async function counter({ namespace }: LanHost, name: string): Promise<number> {
  const output = await run(inNamespace(namespace, ["nstat", "-asz", name]));
  return Number(new RegExp(`^${name}\\s+(\\d+)`, "m").exec(output)?.[1]);
}
