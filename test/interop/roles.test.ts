/**
 * Roles and OTC (RFC 9234) with real peers: sessions come up only where both roles fit, and a route goes down, never up again.
 *
 *   theirs 10.77.0.1 AS 65001 ── us 10.77.0.2 AS 64512 ── other 10.77.0.3 AS 65003
 *
 * `theirs` is the real thing, `other` one of ours.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askRows } from "../../src/control/sockets/client.ts";
import type { RouteRow } from "../../src/control/answers/route.ts";
import type { Role } from "../../src/bgp/wire/message-types.ts";
import { Bird } from "../support/bird.ts";
import { BGPD, Frr } from "../support/frr.ts";
import { Lan, type LanHost } from "../support/lan.ts";
import { describeWith } from "../support/needs.ts";
import { TsBgp } from "../support/ts-bgp.ts";
import { until } from "../support/until.ts";

const OUR_ASN = 64512;
const THEIR_ASN = 65001;
const OTHER_ASN = 65003;
const THEIR_ROUTE = "10.201.0.0/24";
const OUR_ROUTE = "10.202.0.0/24";
const OTHER_ROUTE = "10.203.0.0/24";
const NAMES_OF_ROLES: { readonly [R in Role]: string } = { provider: "provider", customer: "customer", peer: "peer", "route-server": "rs_server", "route-server-client": "rs_client" };

/** What a test asks of another implementation. */
interface RolePlayer {
  /** It plays that role from now on; undefined: none. `otc` stands on its own route already. */
  play(role: Role | undefined, otc?: number): Promise<void>;
  /** OTC as it stands on a route that it heard; "none" where it heard the route without, undefined where it did not hear it. */
  otcOf(prefix: string): Promise<number | "none" | undefined>;
}

interface RoleKind {
  readonly title: string;
  readonly programs: readonly string[];
  /** Can it put an OTC of its own on a route? */
  readonly marks: boolean;
  start(host: LanHost, us: LanHost): Promise<RolePlayer>;
}

const bird: RoleKind = {
  title: "BIRD 2",
  programs: ["bird", "birdc"],
  marks: true,
  async start(host, us) {
    const daemon = await Bird.start(host, birdConfig(host, us, undefined));
    return {
      play: (role, otc) => daemon.configure(birdConfig(host, us, role, otc)),
      otcOf: async (prefix) => otcIn(await daemon.ask("show", "route", "where", `net = ${prefix}`, "protocol", "session_us", "all"), "BGP.as_path", /BGP\.otc: (\d+)/),
    };
  },
};

const frr: RoleKind = {
  title: "FRR bgpd",
  programs: [BGPD, "vtysh"],
  marks: false,
  async start(host, us) {
    const daemon = await Frr.start(host, frrConfig(host, us));
    const order = (role: Role): string => `neighbor ${us.ipv4} local-role ${NAMES_OF_ROLES[role].replace("_", "-")}`;
    let played: Role | undefined;
    return {
      async play(role) {
        const line = role ? order(role) : played && `no ${order(played)}`;
        if (line) await daemon.vtysh("configure terminal", `router bgp ${THEIR_ASN}`, line);
        played = role;
      },
      otcOf: async (prefix) => otcIn(await daemon.vtysh(`show bgp ipv4 unicast ${prefix}`), "Origin", /, otc (\d+)/),
    };
  },
};

function otcIn(text: string, known: string, otc: RegExp): number | "none" | undefined {
  if (!text.includes(known)) return undefined;
  const [, value] = otc.exec(text) ?? [];
  return value === undefined ? "none" : Number(value);
}

function birdConfig(host: LanHost, us: LanHost, role: Role | undefined, otc?: number): string {
  const mark = otc === undefined ? "" : ` { bgp_otc = ${otc}; }`;
  return `log stderr all;
router id ${host.ipv4};
protocol device { scan time 1; }
protocol static { ipv4; route ${THEIR_ROUTE} blackhole${mark}; }
protocol bgp session_us {
  local ${host.ipv4} as ${THEIR_ASN};
  neighbor ${us.ipv4} as ${OUR_ASN};
  ${role ? `local role ${NAMES_OF_ROLES[role]};` : ""}
  hold time 9; connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export all; };
}
`;
}

function frrConfig(host: LanHost, us: LanHost): string {
  const neighbor = ` neighbor ${us.ipv4}`;
  return `router bgp ${THEIR_ASN}
 bgp router-id ${host.ipv4}
 no bgp ebgp-requires-policy
 no bgp network import-check
 timers bgp 3 9
${neighbor} remote-as ${OUR_ASN}
${neighbor} timers connect 1
${neighbor} disable-connected-check
 address-family ipv4 unicast
  network ${THEIR_ROUTE}
 exit-address-family
`;
}

for (const kind of [bird, frr]) await describeWith(kind.programs, `${kind.title} and roles`, () => scenarios(kind));

function scenarios(kind: RoleKind): void {
  let lan: Lan;
  let us: TsBgp;
  let other: TsBgp;
  let theirs: RolePlayer;

  beforeAll(async () => {
    lan = await Lan.raise(["theirs", "us", "other"]);
    us = await TsBgp.start(lan.host("us"), "rr", ourConfig("peer", "peer"));
    other = await TsBgp.start(lan.host("other"), "rr", otherConfig("peer"));
    theirs = await kind.start(lan.host("theirs"), lan.host("us"));
  });

  afterAll(() => lan?.remove());

  /** Our role towards `theirs` and towards `other`. */
  function ourConfig(towardsTheirs: Role, towardsOther: Role, strict = false): object {
    return {
      ...node("us", OUR_ASN, OUR_ROUTE),
      peers: [session("theirs", THEIR_ASN, towardsTheirs, strict), session("other", OTHER_ASN, towardsOther, false)],
    };
  }

  function otherConfig(role: Role): object {
    return { ...node("other", OTHER_ASN, OTHER_ROUTE), peers: [session("us", OUR_ASN, role, false)] };
  }

  function node(name: string, asn: number, network: string): object {
    return { router: { asn, id: lan.host(name).ipv4 }, networks: [network] };
  }

  function session(name: string, asn: number, local: Role, strict: boolean): object {
    return { name, address: lan.host(name).ipv4, asn, role: { local, strict }, holdTimeSec: 9, connectRetrySec: 1, idleHoldMaxSec: 2, importPolicy: "accept-all", exportPolicy: "accept-all" };
  }

  /** Everybody plays; returns when both sessions of ours are up again. */
  async function cast(ours: Role, their: Role | undefined, others: { readonly ours: Role; readonly theirs: Role } = { ours: "peer", theirs: "peer" }, otc?: number): Promise<void> {
    await us.configure(ourConfig(ours, others.ours));
    await other.configure(otherConfig(others.theirs));
    await theirs.play(their, otc);
    await up("theirs");
    await up("other");
  }

  async function up(name: string): Promise<void> {
    await until(async () => (await us.peer(name))?.state === "Established", `${name} is up`);
  }

  async function routes(at: "us" | "other"): Promise<ReadonlyMap<string, RouteRow>> {
    const found = new Map<string, RouteRow>();
    for await (const row of askRows<RouteRow>(`${lan.host(at).directory}/ts-bgp.sock`, { ask: "routes" })) found.set(row.prefix, row);
    return found;
  }

  async function heard(at: "us" | "other", prefix: string): Promise<RouteRow> {
    await until(async () => (await routes(at)).has(prefix), `${at} hears ${prefix}`);
    return (await routes(at)).get(prefix) as RouteRow;
  }

  /** Our whole table has come to the other, in the session that stands now, and nothing is left of one before it. */
  async function otherHasHeardAll(): Promise<void> {
    await until(async () => {
      const peer = await other.peer("us");
      return peer?.state === "Established" && peer.families.ipv4?.endOfRib === true && Object.keys(peer.kept).length === 0;
    }, "the other has heard all of ours");
    expect((await routes("other")).has(OUR_ROUTE)).toBe(true);
  }

  const PAIRS: readonly (readonly [ours: Role, theirs: Role])[] = [
    ["provider", "customer"],
    ["customer", "provider"],
    ["peer", "peer"],
    ["route-server", "route-server-client"],
  ];

  describe("roles that fit", () => {
    it.each(PAIRS)("%s here and %s there: the session comes up, and both have told theirs [5.5-role]", async (ours, their) => {
      await cast(ours, their);
      await until(async () => JSON.stringify((await us.peer("theirs"))?.capabilities.received ?? []).includes(`"role":"${their}"`), "its role is seen");
    });
  });

  it("roles that do not fit end in 2/11 whoever finds out [5.5-role]", async () => {
    await us.configure(ourConfig("provider", "peer"));
    await theirs.play("provider");
    await until(async () => {
      const error = (await us.peer("theirs"))?.lastError;
      return error?.code === 2 && error.subcode === 11;
    }, "2/11");
    expect((await us.peer("theirs"))?.state).not.toBe("Established");
  });

  it("no role there is good enough, but not where ours is strict [5.5-role]", async () => {
    await cast("provider", undefined);
    await us.configure(ourConfig("provider", "peer", true));
    await until(async () => (await us.peer("theirs"))?.lastError?.subcode === 11, "2/11");
  });

  it("our route goes down with our AS as OTC, and up without [5.7-otc]", async () => {
    await cast("provider", "customer");
    await until(async () => (await theirs.otcOf(OUR_ROUTE)) === OUR_ASN, "OTC is our AS");
    await cast("customer", "provider");
    // a provider that hears a route of its customer without OTC has nothing to add
    await until(async () => (await theirs.otcOf(OUR_ROUTE)) === "none", "no OTC");
  });

  it("its route comes down with its AS as OTC, goes on down, and neither up nor sideways [5.7-otc]", async () => {
    await cast("customer", "provider", { ours: "provider", theirs: "customer" });
    await until(async () => (await routes("other")).get(THEIR_ROUTE)?.best === true, "it is the best, once the other has heard everybody");
    expect(await heard("other", THEIR_ROUTE)).toMatchObject({ otc: THEIR_ASN });
    for (const [ours, their] of [["customer", "provider"], ["peer", "peer"]] as const) {
      await cast("customer", "provider", { ours, theirs: their });
      await heard("us", THEIR_ROUTE);
      await otherHasHeardAll();
      expect((await routes("other")).has(THEIR_ROUTE), `told as ${ours}`).toBe(false);
    }
  });

  it("what a provider of ours told does not reach another provider of ours [5.7-otc]", async () => {
    await cast("customer", "provider", { ours: "customer", theirs: "provider" });
    expect(await heard("us", OTHER_ROUTE)).toMatchObject({ otc: OTHER_ASN });
    await until(async () => (await theirs.otcOf(OUR_ROUTE)) === "none", "it hears our own");
    expect(await theirs.otcOf(OTHER_ROUTE)).toBeUndefined();
  });

  async function leaks(): Promise<void> {
    await cast("provider", undefined, { ours: "peer", theirs: "peer" }, 65009); // it plays no role, so it does not stop itself
    await until(async () => (await routes("us")).get(THEIR_ROUTE)?.rejectedBy === "route-leak", "refused");
    await otherHasHeardAll();
    expect((await routes("other")).has(THEIR_ROUTE)).toBe(false);
  }

  if (kind.marks) it("a route that should not have come up is refused as a leak [5.7-otc]", leaks);
}
