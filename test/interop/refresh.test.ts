/**
 * Route refresh between its marks (RFC 2918, RFC 7313) with real peers, asked for by either side: nobody loses a route by it.
 *
 *   theirs 10.77.0.1 ── us 10.77.0.2
 */

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { askRows, askValue } from "../../src/control/sockets/client.ts";
import type { PeerDetail } from "../../src/control/answers/peer.ts";
import type { RouteRow } from "../../src/control/answers/route.ts";
import { Bird } from "../support/bird.ts";
import { BGPD, Frr } from "../support/frr.ts";
import { Lan, type LanHost } from "../support/lan.ts";
import { describeWith } from "../support/needs.ts";
import { TsBgp } from "../support/ts-bgp.ts";
import { until } from "../support/until.ts";

const ASN = 64512;
const THEIR_ROUTES = ["10.201.0.0/24", "10.202.0.0/24"];
const OUR_ROUTES = ["10.203.0.0/24", "10.204.0.0/24"];

interface Refresher {
  /** Asks us for everything again. */
  ask(): Promise<void>;
  /** Tells us everything again, unasked, between both marks. */
  tellAgain?(): Promise<void>;
  /** Our routes as it has them; what is between the marks and not told again would be missing or marked. */
  heard(): Promise<readonly string[]>;
  /** Marks that it says it heard from us. */
  marksHeard(): Promise<number>;
}

interface RefresherKind {
  readonly title: string;
  readonly programs: readonly string[];
  readonly tellsAgain: boolean;
  start(host: LanHost, us: LanHost): Promise<Refresher>;
}

const bird: RefresherKind = {
  title: "BIRD 2",
  programs: ["bird", "birdc"],
  tellsAgain: true,
  async start(host, us) {
    const daemon = await Bird.start(host, birdConfig(host, us));
    return {
      ask: async () => void (await daemon.ask("reload", "in", "session_us")),
      tellAgain: async () => void (await daemon.ask("reload", "out", "session_us")),
      heard: async () => prefixesIn(await daemon.ask("show", "route", "protocol", "session_us")),
      marksHeard: () => Promise.resolve(readFileSync(`${host.directory}/bird.log`, "utf8").split(/Got (?:BEGIN|END)-OF-RR/).length - 1),
    };
  },
};

function birdConfig(host: LanHost, us: LanHost): string {
  return `log stderr all;
router id ${host.ipv4};
protocol device { scan time 1; }
protocol static { ipv4; ${THEIR_ROUTES.map((prefix) => `route ${prefix} blackhole;`).join(" ")} }
protocol bgp session_us {
  debug { events, packets };
  local ${host.ipv4} as ${ASN};
  neighbor ${us.ipv4} as ${ASN};
  hold time 9; connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; next hop self; };
}
`;
}

const frr: RefresherKind = {
  title: "FRR bgpd",
  programs: [BGPD, "vtysh"],
  tellsAgain: false,
  async start(host, us) {
    const daemon = await Frr.start(host, frrConfig(host, us));
    return {
      ask: async () => void (await daemon.vtysh(`clear bgp ipv4 unicast ${us.ipv4} soft in`)),
      heard: async () => prefixesIn(await daemon.vtysh(`show bgp ipv4 unicast neighbors ${us.ipv4} routes`)),
      async marksHeard() {
        const all = JSON.parse(await daemon.vtysh(`show bgp neighbors ${us.ipv4} json`)) as Record<string, { readonly messageStats: { readonly routeRefreshRecv: number } }>;
        return all[us.ipv4]?.messageStats.routeRefreshRecv ?? 0;
      },
    };
  },
};

function frrConfig(host: LanHost, us: LanHost): string {
  return `router bgp ${ASN}
 bgp router-id ${host.ipv4}
 no bgp network import-check
 timers bgp 3 9
 neighbor ${us.ipv4} remote-as ${ASN}
 neighbor ${us.ipv4} timers connect 1
 address-family ipv4 unicast
${THEIR_ROUTES.map((prefix) => `  network ${prefix}\n`).join("")} exit-address-family
`;
}

function prefixesIn(text: string): readonly string[] {
  return [...new Set(text.match(/10\.20\d\.0\.0\/24/g) ?? [])].sort();
}

for (const kind of [bird, frr]) await describeWith(kind.programs, `${kind.title} and route refresh`, () => scenarios(kind));

function scenarios(kind: RefresherKind): void {
  let lan: Lan;
  let us: TsBgp;
  let theirs: Refresher;

  beforeAll(async () => {
    lan = await Lan.raise(["theirs", "us"]);
    us = await TsBgp.start(lan.host("us"), "rr", {
      router: { asn: ASN, id: lan.host("us").ipv4 },
      networks: OUR_ROUTES,
      peers: [{ name: "theirs", address: lan.host("theirs").ipv4, asn: ASN, holdTimeSec: 9, connectRetrySec: 1 }],
    });
    theirs = await kind.start(lan.host("theirs"), lan.host("us"));
    await until(async () => (await known()).join() === THEIR_ROUTES.join() && (await theirs.heard()).join() === OUR_ROUTES.join(), "both know all");
  });

  afterAll(() => lan?.remove());

  async function known(): Promise<readonly string[]> {
    const prefixes: string[] = [];
    for await (const { prefix, from } of askRows<RouteRow>(`${lan.host("us").directory}/ts-bgp.sock`, { ask: "routes" })) if (from.kind === "peer") prefixes.push(prefix);
    return prefixes;
  }

  async function detail(): Promise<PeerDetail> {
    return (await us.peer("theirs")) ?? expect.fail("no such peer");
  }

  it("agree on the marks [5.5-enhanced-refresh]", async () => {
    expect((await detail()).agreed).toMatchObject({ routeRefresh: true, enhancedRouteRefresh: true });
  });

  it("it asks: it hears our table between both marks and has what it had [5.5-route-refresh, 5.5-enhanced-refresh]", async () => {
    const [before, marks] = [(await detail()).counters, await theirs.marksHeard()];
    await theirs.ask();
    await until(async () => (await detail()).counters.received.routeRefresh === before.received.routeRefresh + 1, "the request is here");
    await until(async () => (await theirs.marksHeard()) === marks + 2, "both marks are there");
    const { sent, established } = (await detail()).counters;
    expect(sent.routeRefresh - before.sent.routeRefresh).toBe(2);
    expect(sent.update).toBeGreaterThan(before.sent.update);
    expect(await theirs.heard()).toEqual(OUR_ROUTES);
    expect(established).toBe(before.established);
  });

  it("we ask: it tells its table between both marks, and we have what we had [5.5-enhanced-refresh, 5.3-refresh-stale]", async () => {
    const before = (await detail()).counters;
    await askValue(`${lan.host("us").directory}/ts-bgp.sock`, { ask: "clear", peer: "theirs", soft: "in" });
    await until(async () => (await detail()).counters.received.routeRefresh === before.received.routeRefresh + 2, "both marks are here");
    expect((await detail()).counters.received.update).toBeGreaterThan(before.received.update);
    expect(await known()).toEqual(THEIR_ROUTES);
    expect((await detail()).counters.established).toBe(before.established);
  });

  if (kind.tellsAgain) it("it tells everything again, unasked: we hear both marks and have what we had [5.3-refresh-stale]", weHearItAgain);

  async function weHearItAgain(): Promise<void> {
    const before = (await detail()).counters;
    await theirs.tellAgain?.();
    await until(async () => (await detail()).counters.received.routeRefresh === before.received.routeRefresh + 2, "both marks are here");
    expect((await detail()).counters.received.update).toBeGreaterThan(before.received.update);
    expect(await known()).toEqual(THEIR_ROUTES);
    expect((await detail()).counters.established).toBe(before.established);
  }
}
