/**
 * Real routers tell us routes, a monitoring station is told of it, and tshark reads what the station was told.
 *
 *   peer ── a ── station       a is a ts-bgp; the station writes every octet into a file
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { type Background, startInBackground } from "../../src/cli/lab/background.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import { birdPeer } from "../support/bird-peer.ts";
import { frrPeer } from "../support/frr-peer.ts";
import { gobgpPeer } from "../support/gobgp-peer.ts";
import { Lan, type LanHost } from "../support/lan.ts";
import { describeWith } from "../support/needs.ts";
import { type Announcement, HOLD_SEC, type PeerKind, type RunningPeer, TEST_ASN } from "../support/peers.ts";
import { segmentsOf } from "../support/pcap.ts";
import { TsBgp } from "../support/ts-bgp.ts";
import { type TsharkRow, tsharkReads, tsharkSays } from "../support/tshark.ts";
import { until } from "../support/until.ts";

const PORT = 5_000;
const ROUTE_MONITORING = "0";
const PEER_DOWN = "2";
const PEER_UP = "3";
const INITIATION = "4";

/** Takes one connection after the other, and writes each into a file of its own. */
const SINK = String.raw`use IO::Socket::INET;
my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => $ARGV[0], LocalPort => $ARGV[1], ReuseAddr => 1) or die "$!";
for (my $n = 0; my $client = $server->accept; $n++) {
  open my $file, ">", "$ARGV[2]/connection-$n" or die "$!";
  while (sysread($client, my $octets, 65536)) { syswrite($file, $octets) }
}`;

class Sink {
  readonly #directory: string;
  readonly #process: Background;
  readonly #read = new Map<number, readonly TsharkRow[]>();

  constructor({ namespace, ipv4, directory }: LanHost) {
    this.#directory = directory;
    this.#process = startInBackground(inNamespace(namespace, ["perl", "-e", SINK, ipv4, `${PORT}`, directory]), join(directory, "sink.log"));
  }

  /** What the connection of that number has told so far, whole messages only. */
  messages(connection: number): readonly Uint8Array[] {
    const file = join(this.#directory, `connection-${connection}`);
    const octets = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    const found: Uint8Array[] = [];
    for (let at = 0; at + 6 <= octets.length; ) {
      const bytes = octets.readUInt32BE(at + 1);
      if (at + bytes > octets.length) break;
      found.push(octets.subarray(at, at + bytes));
      at += bytes;
    }
    return found;
  }

  /** As tshark reads them; it is asked only when more has come. */
  rows(connection = 0): readonly TsharkRow[] {
    const messages = this.messages(connection);
    const read = this.#read.get(connection);
    if (messages.length === (read?.length ?? 0)) return read ?? [];
    const rows = tsharkReads(messages);
    this.#read.set(connection, rows);
    return rows;
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }
}

for (const kind of [birdPeer, frrPeer, gobgpPeer] satisfies readonly PeerKind[]) {
  await describeWith([...kind.programs, "tshark", "perl"], `a monitoring station hears of ${kind.title}`, () => scenarios(kind));
}

function scenarios(kind: PeerKind): void {
  let lan: Lan;
  let sink: Sink;
  let router: TsBgp;
  let peer: RunningPeer;

  beforeAll(async () => {
    lan = await Lan.raise(["a", "peer", "station"]);
    sink = new Sink(lan.host("station"));
    router = await TsBgp.start(lan.host("a"), "rr", configuration(lan));
    peer = await kind.start({ host: lan.host("peer"), role: "plain", neighbors: [{ name: "a", local: lan.host("peer").ipv4, remote: lan.host("a").ipv4, families: ["ipv4", "ipv6"] }] });
    await peer.announce(routes(lan.host("peer"), 10));
  });

  afterAll(() => lan?.remove());

  it("who it is: both OPENs and both ends", async () => {
    await until(() => sink.rows().some(({ type }) => type === PEER_UP), "the session is up", 60_000);
    const rows = sink.rows();
    expect(rows[0]).toMatchObject({ type: INITIATION, sysInfo: expect.stringContaining("ts-bgp") });
    const up = rows.find(({ type }) => type === PEER_UP);
    expect(up).toMatchObject({ peerIpv4: lan.host("peer").ipv4, localIpv4: lan.host("a").ipv4, asn: `${TEST_ASN}`, bgpType: "1,1", openId: `${lan.host("a").ipv4},${lan.host("peer").ipv4}` });
    expect(up?.openHold.split(",")).toContain(`${HOLD_SEC}`);
    expect([up?.localPort, up?.remotePort]).toContain("179");
  });

  it("every route that it announces, with its attributes, and every one that it takes back", async () => {
    await until(() => told(sink.rows()).has("10.1.0.0") && told(sink.rows()).has("2001:db8:1::"), "the routes");
    expect(sink.rows().find(({ announcedIpv4 }) => announcedIpv4.includes("10.1.0.0"))?.med).toBe("10");
    await peer.announce(routes(lan.host("peer"), 20).slice(1));
    await until(() => !told(sink.rows()).has("10.1.0.0"), "it is taken back");
    await until(() => sink.rows().some(({ announcedIpv4, med }) => announcedIpv4.includes("10.1.1.0") && med.includes("20")), "the other is told anew");
    await peer.announce(routes(lan.host("peer"), 20));
    await until(() => told(sink.rows()).has("10.1.0.0"), "it is back");
  });

  it("refused routes too: what a station is told comes before any policy", async () => {
    expect((await router.peer("peer"))?.families.ipv4).toMatchObject({ received: 2, accepted: 1 });
    expect([...told(sink.rows())]).toEqual(expect.arrayContaining(["10.1.0.0", "10.1.1.0"]));
  });

  it("what is counted", async () => {
    await until(() => sink.rows().some(({ adjRibIn }) => adjRibIn === "4"), "a report with all four");
  });

  it("the whole table, when it connects later, End-of-RIB behind it", async () => {
    await router.configure({ ...configuration(lan), bmp: [] });
    await until(() => sink.rows().some(({ termination }) => termination === "4"), "goodbye for good");
    await router.configure(configuration(lan));
    await until(() => sink.rows(1).filter(isEndOfRib).length >= 2, "both ends");
    expect([...told(sink.rows(1))].sort()).toEqual(["10.1.0.0", "10.1.1.0", "2001:db8:1:1::", "2001:db8:1::"]);
  });

  it("how a session ends, when it says goodbye and when it is gone", async () => {
    await peer.resetSessions();
    await until(() => sink.rows(1).some(({ type, down }) => type === PEER_DOWN && down === "3"), "a NOTIFICATION from there");
    await until(() => sink.rows(1).filter(({ type }) => type === PEER_UP).length >= 2, "it is back", 60_000);
    await peer.kill();
    await until(() => sink.rows(1).filter(({ type }) => type === PEER_DOWN).length >= 2, "it is gone", 60_000);
    expect(sink.rows(1).findLast(({ type }) => type === PEER_DOWN)?.down).toMatch(/^[134]$/);
  });

  it("in a form that tshark finds nothing to complain about, however TCP cuts it", () => {
    for (const connection of [0, 1]) {
      const messages = sink.messages(connection);
      expect(tsharkReads(messages).filter(({ malformed, complaint }) => malformed !== "" || complaint !== "")).toEqual([]);
      const whole = tsharkSays(segmentsOf(Buffer.concat(messages), 700));
      expect(whole.match(/^BGP Monitoring Protocol/gm)).toHaveLength(messages.length);
      expect(whole).not.toMatch(/malformed/i);
    }
  });
}

function configuration(lan: Lan): object {
  const { ipv4: us, ipv6 } = lan.host("a");
  return {
    router: { asn: TEST_ASN, id: us, ipv4: us, ipv6 },
    peers: [{ name: "peer", address: lan.host("peer").ipv4, asn: TEST_ASN, families: ["ipv4", "ipv6"], importPolicy: "some", connectRetrySec: 1, idleHoldMaxSec: 2, holdTimeSec: HOLD_SEC }],
    prefixLists: { unwanted: [{ prefix: "10.1.0.0/24" }] },
    policies: { some: { rules: [{ when: [{ prefixList: "unwanted" }], then: "reject" }], otherwise: "accept" } },
    bmp: [{ address: lan.host("station").ipv4, port: PORT, statisticsSec: 1, retrySec: 1 }],
  };
}

/** Two of each family; the first one is not wanted by our policy. */
function routes({ ipv4, ipv6 }: LanHost, med: number): readonly Announcement[] {
  const of = (prefix: string, nextHop: IpAddress): Announcement => ({ prefix: prefix as Prefix, nextHop, med });
  return [of("10.1.0.0/24", ipv4), of("10.1.1.0/26", ipv4), of("2001:db8:1::/48", ipv6), of("2001:db8:1:1::/64", ipv6)];
}

/** What the station has in its table after these messages. */
function told(rows: readonly TsharkRow[]): ReadonlySet<string> {
  const table = new Set<string>();
  for (const { type, withdrawnIpv4, withdrawnIpv6, announcedIpv4, announcedIpv6 } of rows) {
    if (type === PEER_DOWN) table.clear();
    for (const prefix of [withdrawnIpv4, withdrawnIpv6].flatMap(listed)) table.delete(prefix);
    for (const prefix of [announcedIpv4, announcedIpv6].flatMap(listed)) table.add(prefix);
  }
  return table;
}

function listed(values: string): readonly string[] {
  return values === "" ? [] : values.split(",");
}

function isEndOfRib({ type, withdrawnIpv4, withdrawnIpv6, announcedIpv4, announcedIpv6 }: TsharkRow): boolean {
  return type === ROUTE_MONITORING && `${withdrawnIpv4}${withdrawnIpv6}${announcedIpv4}${announcedIpv6}` === "";
}
