/** BIRD's dialect, reply by reply, and as Calico's programs read it. */

import { beforeEach, describe, expect, test } from "vitest";
import { type IpAddress, parseAddress } from "../../../src/ip/address.ts";
import { type Prefix, parsePrefix } from "../../../src/ip/prefix.ts";
import type { Family } from "../../../src/bgp/wire/context.ts";
import type { KernelLook, OtherRoute } from "../../../src/fib/kernel-view.ts";
import { birdDialect } from "../../../src/control/bird/dialect.ts";
import type { Look } from "../../../src/control/look.ts";
import type { LinkId } from "../../../src/bgp/session/vocabulary.ts";
import type { PeerName } from "../../../src/speaker/config/config.ts";
import type { PeerOrder } from "../../../src/speaker/vocabulary.ts";
import { FakeView, fromPeer, negotiated } from "../../support/fake-view.ts";
import { quietLook } from "../../support/quiet-look.ts";

const STARTED = new Date(2026, 10, 20, 11, 0, 0);
const MINUTE_MS = 60_000;

let view: FakeView;
let look: Look;
let ordered: (readonly [PeerName, PeerOrder])[];

beforeEach(() => {
  view = new FakeView();
  ordered = [];
  const quiet = quietLook(view);
  look = {
    ...quiet,
    kernel: fakeKernel(),
    orders: { ...quiet.orders, administer: (peer, order) => ordered.push([peer, order]) },
    clock: { nowMs: MINUTE_MS, wallMs: STARTED.getTime() + MINUTE_MS },
  };
});

function fakeKernel(): KernelLook {
  const routes: readonly OtherRoute[] = [
    { prefix: parsePrefix("0.0.0.0/0") as Prefix, protocol: 3, metric: 0, target: { kind: "via", gateway: parseAddress("172.17.8.1"), device: "eth0" } },
    { prefix: parsePrefix("172.17.8.0/24") as Prefix, protocol: 2, metric: 0, target: { kind: "via", gateway: undefined, device: "eth0" } },
    { prefix: parsePrefix("192.168.1.65/32") as Prefix, protocol: 3, metric: 0, target: { kind: "via", gateway: undefined, device: "cali12345678901" } },
  ];
  return {
    deviceTowards: () => "eth0",
    others: (family) => routes.filter(({ prefix }) => prefix.includes(":") === (family === "ipv6")),
    links: () => [{ name: "eth0", index: 2, state: "up", loopback: false, addresses: [parseAddress("172.17.8.101") as IpAddress] }],
  };
}

function talk(family: Family = "ipv4"): { readonly greeting: string; ask(line: string): Promise<string> } {
  const conversation = birdDialect(family).converse(look);
  return { greeting: conversation.greeting, ask: async (line) => [...((await conversation.replyTo(line, look)) as Iterable<string>)].join("") };
}

const ask = (line: string, family?: Family): Promise<string> => talk(family).ask(line);

describe("show status", () => {
  test("says who we are and since when, and nothing with a code that Calico's readiness check would not know", async () => {
    expect(talk().greeting).toBe("0001 BIRD v1.2.3+ts-bgp ready.\n");
    expect(await ask("show status")).toBe(
      [
        "1000-BIRD v1.2.3+ts-bgp",
        "1011-Router ID is 172.17.8.101",
        " Current server time is 2026-11-20 11:01:00",
        " Last reboot on 2026-11-20 11:00:00",
        " Last reconfiguration on 2026-11-20 11:00:01",
        "0013 Daemon is up and running",
        "",
      ].join("\n"),
    );
  });

  test("is not ready, as Calico's probe reads it, before a configuration holds", async () => {
    view.standing = "unconfigured";
    expect(await ask("show status")).toContain("\n0024-Graceful restart recovery in progress\n0013 Daemon");
  });

  test("tells of a restart that is not over", async () => {
    view.deferral = { waitingFor: ["Mesh_10_0_0_1" as PeerName], peers: 3, sinceMs: 50_000, capMs: 30_000 };
    expect(await ask("show status")).toContain("0024-Graceful restart recovery in progress\n   Waiting for 1 protocols to recover\n   Wait timer is 20/30\n0013 Daemon");
  });
});

describe("show protocols", () => {
  test("has BIRD 1.6's heading, the kernel's four and a row per peer", async () => {
    view.addPeer({ name: "Mesh_172_17_8_102", address: "172.17.8.102" });
    view.addPeer({ name: "Node_10_0_0_1", address: "10.0.0.1" }, { state: "Active", sinceMs: 30_000, lastDown: { atMs: 30_000, reason: { kind: "lost" } } });
    view.addPeer({ name: "Global_fd00__1", address: "fd00::1" });
    expect(await ask("show protocols")).toBe(
      [
        "2002-name     proto    table    state  since       info",
        "1002-static1  Static   master   up     11:00:00    ",
        " kernel1  Kernel   master   up     11:00:00    ",
        " device1  Device   master   up     11:00:00    ",
        " direct1  Direct   master   up     11:00:00    ",
        " Mesh_172_17_8_102 BGP      master   up     11:00:05    Established   ",
        " Node_10_0_0_1 BGP      master   start  11:00:30    Active        Socket: Connection lost",
        "0000 ",
        "",
      ].join("\n"),
    );
    expect(await ask("show protocols", "ipv6")).toContain(" Global_fd00__1 BGP ");
  });

  test("is read by calicoctl as it reads BIRD", async () => {
    view.addPeer({ name: "Mesh_172_17_8_102", address: "172.17.8.102" });
    view.addPeer({ name: "tor", address: "172.17.8.1" });
    view.addPeer({ name: "Node_172_17_8_103", address: "172.17.8.103" }, { state: "Idle", config: { ...view.addPeer({ address: "1.1.1.1" }).config, address: parseAddress("172.17.8.103") as IpAddress, shutdown: "" } });
    expect(asCalicoctl(await ask("show protocols"))).toEqual([["172.17.8.102", "node-to-node mesh", "up", "11:00:05", "Established"]]);
  });

  test("names with marks that BIRD's symbols have not are still one word, and found by either form", async () => {
    view.addPeer({ name: "10.0.0.1", address: "10.0.0.1" });
    expect(await ask("show protocols 10.0.0.1")).toContain("1002-bgp_10_0_0_1 BGP");
    expect(await ask('show protocols "bgp_*"')).toContain("1002-bgp_10_0_0_1 BGP");
    expect(await ask("show protocols nobody")).toBe("8003 No protocols match\n");
  });

  test("a moment of yesterday is a date, so that it stays one word", async () => {
    view.addPeer({ name: "Mesh_10_0_0_1", address: "10.0.0.1" }, { sinceMs: -24 * 3600 * 1000 });
    expect(await ask("show protocols Mesh_10_0_0_1")).toContain(" up     2026-11-19  Established");
  });

  test("all: state and address of the peer stand in lines without a code, as the status reporter wants them", async () => {
    view.addPeer({ name: "Mesh_10_0_0_1", address: "10.0.0.1", holdTimeSec: 90 }, { negotiated: negotiated() });
    const reply = await ask("show protocols all Mesh_10_0_0_1");
    expect(reply).toContain("\n1006-  Preference:     100\n");
    expect(reply).toContain("\n   Routes:         2 imported, 4 exported, 1 preferred\n");
    expect(reply).toContain("\n   BGP state:          Established\n     Neighbor address: 10.0.0.1\n     Neighbor AS:      64512\n     Neighbor ID:      172.17.8.102\n     Neighbor caps:    refresh\n");
    expect(reply.endsWith("\n \n0000 \n")).toBe(true);
  });

  test("counts changes of routes by their fate, in BIRD's columns, and leaves out what BIRD does", async () => {
    view.addPeer({ name: "Mesh_10_0_0_1", address: "10.0.0.1" });
    expect(await ask("show protocols all Mesh_10_0_0_1")).toContain(`
   Route change stats:     received   rejected   filtered    ignored   accepted
     Import updates:             30          1          4         20          5
     Import withdraws:            7          0        ---          3          4
     Export updates:             90         40         10        ---         40
     Export withdraws:            8        ---        ---        ---          6
`);
  });

  test("shows how much is left of hold time and keepalive interval", async () => {
    const link = 7 as LinkId;
    view.addPeer({ name: "Mesh_10_0_0_1", address: "10.0.0.1" }, { link, negotiated: negotiated() });
    view.addPeer({ name: "Mesh_10_0_0_2", address: "10.0.0.2" }, { link, negotiated: negotiated({ liveness: "off" }) });
    const due = { hold: 70_340, keepalive: 59_000 }; // the keepalive is about to be sent
    look = { ...look, timers: { dueAtMs: (key) => (key.kind === "link" && key.link === link && key.timer !== "send-hold" ? due[key.timer as keyof typeof due] : undefined) } };
    expect(await ask("show protocols all Mesh_10_0_0_1")).toContain("\n     Hold timer:       10.3/90\n     Keepalive timer:  0.0/30\n");
    look = { ...look, timers: { dueAtMs: () => undefined } };
    expect(await ask("show protocols all Mesh_10_0_0_2")).toContain("\n     Hold timer:       0/0\n     Keepalive timer:  0/0\n");
  });
});

describe("show route", () => {
  beforeEach(() => {
    view.addRoute("192.168.1.64/26", { origin: { kind: "block" } });
    view.addRoute("192.168.2.128/26", { origin: fromPeer("Mesh_172_17_8_102", "172.17.8.102") });
    view.addRoute("192.168.2.128/26", { origin: fromPeer("Mesh_172_17_8_103", "172.17.8.103"), best: false });
    view.addRoute("192.168.3.0/26", { origin: fromPeer("Mesh_172_17_8_104", "172.17.8.104"), best: false, rejectedBy: "unreachable-next-hop" });
    view.addRoute("192.168.4.0/26", { origin: fromPeer("Mesh_172_17_8_104", "172.17.8.104"), best: false, rejectedBy: "import-policy pools/2" });
  });

  test("shows statics, sessions and what the kernel learned, each as BIRD would", async () => {
    expect(await ask("show route")).toBe(
      [
        "1007-0.0.0.0/0          via 172.17.8.1 on eth0 [kernel1 11:00:00] * (10)",
        " 172.17.8.0/24      dev eth0 [direct1 11:00:00] * (240)",
        " 192.168.1.64/26    blackhole [static1 11:00:06] * (200)",
        " 192.168.1.65/32    dev cali12345678901 [kernel1 11:00:00] * (10)",
        " 192.168.2.128/26   via 172.17.8.102 on eth0 [Mesh_172_17_8_102 11:00:06] * (100/0) [i]",
        "                    via 172.17.8.102 on eth0 [Mesh_172_17_8_103 11:00:06 from 172.17.8.103] (100/0) [i]",
        " 192.168.3.0/26     unreachable [Mesh_172_17_8_104 11:00:06 from 172.17.8.104] (100/-) [i]",
        "0000 ",
        "",
      ].join("\n"),
    );
  });

  test("shows what BGP learned from the kernel once, and a static route with its gateway", async () => {
    const before = await ask("show route");
    for (const [prefix, kind] of [["0.0.0.0/0", "kernel"], ["172.17.8.0/24", "direct"], ["192.168.1.65/32", "workload"]] as const) view.addRoute(prefix, { origin: { kind } });
    expect(await ask("show route")).toBe(before);
    view.addRoute("10.9.9.9/32", { origin: { kind: "static" } });
    expect(await ask("show route 10.9.9.9/32")).toContain("1007-10.9.9.9/32        via 172.17.8.102 on eth0 [static1 11:00:06] * (200)\n");
  });

  test("every line is one that the status reporter accepts", async () => {
    for (const text of (await ask("show route")).trimEnd().split("\n")) expect(text).toMatch(/^(?:0000|1007-| )/);
    expect(asReporter(await ask("show route")).map(({ destination, from }) => `${destination} ${from}`)).toContain("192.168.2.128/26 Mesh_172_17_8_103");
  });

  test.each([
    ["show route 192.168.2.128/26 primary", ["192.168.2.128/26"]],
    ["show route for 192.168.2.130", ["192.168.2.128/26", ""]],
    ["show route for 192.168.1.65", ["192.168.1.65/32"]],
    ["show route for 8.8.8.8", ["0.0.0.0/0"]],
    ["show route protocol static1", ["192.168.1.64/26"]],
    ["show route primary protocol Mesh_172_17_8_102", ["192.168.2.128/26"]],
    ["show route table master protocol kernel1", ["0.0.0.0/0", "192.168.1.65/32"]],
    ["show route filtered", ["192.168.4.0/26"]],
  ])("%s", async (line, networks) => {
    view.addPeer({ name: "Mesh_172_17_8_102", address: "172.17.8.102" });
    const rows = (await ask(line)).trimEnd().split("\n").slice(0, -1).map((text) => text.replace(/^1007-| /, "").slice(0, 18).trim());
    expect(rows.filter((network) => line.includes("filtered") ? network.startsWith("192.168.4") : true)).toEqual(networks);
  });

  test("all adds the attributes by BIRD's names", async () => {
    view.addRoute("10.9.0.0/16", { attributes: { origin: "igp", asPath: [{ kind: "sequence", asns: [65001, 65002] }], nextHop: { address: parseAddress("172.17.8.102") as IpAddress }, localPref: 100, med: 5, communities: [(64512 << 16) >>> 0 | 7] } });
    expect(await ask("show route 10.9.0.0/16 all")).toBe(
      [
        "1007-10.9.0.0/16        via 172.17.8.102 on eth0 [Mesh_172_17_8_102 11:00:06] * (100/0) [AS65002i]",
        "1008-\tType: BGP unicast univ",
        "1012-\tBGP.origin: IGP",
        " \tBGP.as_path: 65001 65002",
        " \tBGP.next_hop: 172.17.8.102",
        " \tBGP.med: 5",
        " \tBGP.local_pref: 100",
        " \tBGP.community: (64512,7)",
        "0000 ",
        "",
      ].join("\n"),
    );
  });

  test.each([
    ["show route count", "0014 7 of 7 routes for 6 networks\n"],
    ["show route 10.0.0.0/8", "8001 Network not in table\n"],
    ["show route where net ~ 10.0.0.0/8", "9001 filters are not supported: where\n"],
    ["show route for", "9001 syntax error, unexpected for\n"],
    ["show route protocol nobody", "9001 syntax error, unexpected nobody\n"],
    ["show nonsense", "9001 syntax error, unexpected show\n"],
  ])("%s: %s", async (line, reply) => {
    expect(await ask(line)).toBe(reply);
  });
});

describe("orders", () => {
  beforeEach(() => {
    view.addPeer({ name: "Mesh_10_0_0_1", address: "10.0.0.1" });
    view.addPeer({ name: "Mesh_10_0_0_2", address: "10.0.0.2", shutdown: "maintenance" }, { state: "Idle" });
  });

  test.each([
    ["disable Mesh_10_0_0_1", "0009-Mesh_10_0_0_1: disabled\n0000 \n", [{ kind: "shutdown", text: "" }]],
    ["disable Mesh_10_0_0_2", "0008-Mesh_10_0_0_2: already disabled\n0000 \n", []],
    ["enable Mesh_10_0_0_1", "0010-Mesh_10_0_0_1: already enabled\n0000 \n", []],
    ["enable Mesh_10_0_0_2", "0011-Mesh_10_0_0_2: enabled\n0000 \n", [{ kind: "enable" }]],
    ["restart Mesh_10_0_0_1", "0012-Mesh_10_0_0_1: restarted\n0000 \n", [{ kind: "reset" }]],
    ["reload in Mesh_10_0_0_1", "0015-Mesh_10_0_0_1: reloading\n0000 \n", [{ kind: "refresh", direction: "in" }]],
    ['reload "Mesh_*_1"', "0015-Mesh_10_0_0_1: reloading\n0000 \n", [{ kind: "refresh", direction: "in" }, { kind: "refresh", direction: "out" }]],
    ["reload Mesh_10_0_0_2", "0008-Mesh_10_0_0_2: already disabled\n0000 \n", []],
    ["restart kernel1", "8003 No protocols match\n", []],
    ["restart", "9001 syntax error, unexpected end of line\n", []],
  ])("%s", async (line, reply, wanted) => {
    expect(await ask(line)).toBe(reply);
    expect(ordered.map(([, order]) => order)).toEqual(wanted);
  });

  test("are refused to a client that restricted itself", async () => {
    const client = talk();
    expect(await client.ask("restrict")).toBe("0016 Access restricted\n");
    expect(await client.ask("disable all")).toBe("8007 Access denied\n");
    expect(await client.ask("show status")).toContain("0013 ");
    expect(ordered).toEqual([]);
  });

  test("configure says what was read, and what is wrong with it", async () => {
    expect(await ask("configure")).toBe("0002-Reading configuration from /etc/ts-bgp.json\n0003 Reconfigured\n");
    expect(await ask("configure check")).toBe("0002-Reading configuration from /etc/ts-bgp.json\n0020 Configuration OK\n");
    look = { ...look, orders: { ...look.orders, reread: async () => ({ source: "/etc/ts-bgp.json", faults: ["router.asn: expected a number", "peers[0]: unknown field"], restartNeeded: [] }) } };
    expect(await ask("configure")).toBe("0002-Reading configuration from /etc/ts-bgp.json\n8002-router.asn: expected a number\n8002 peers[0]: unknown field\n");
  });
});

test("what else birdc asks: interfaces, memory, help", async () => {
  expect(await ask("show interfaces")).toBe("1001-eth0 up (index=2)\n1004-\tMultiAccess Broadcast Multicast AdminUp LinkUp\n1003-\t172.17.8.101\n0000 \n");
  expect(await ask("show interfaces summary")).toBe("2005-interface  state  address\n1005-eth0       up     172.17.8.101\n0000 \n");
  expect(await ask("show memory")).toContain("1018-BIRD memory usage\n Routing tables:     4096 kB");
  expect(await ask("help")).toContain("show route [NETWORK");
});

/** `calicoctl node status`: rows of sessions that it made, from the lines whose codes it knows. */
function asCalicoctl(reply: string): readonly (readonly string[])[] {
  const types: { readonly [prefix: string]: string } = { Mesh: "node-to-node mesh", Node: "node specific", Global: "global" };
  const rows: string[][] = [];
  for (const text of reply.trimEnd().split("\n")) {
    if (text.startsWith("0000")) break;
    if (text.startsWith("0001")) continue;
    if (text.startsWith("2002")) {
      expect(text.slice(5).trim().split(/\s+/)).toEqual(["name", "proto", "table", "state", "since", "info"]);
      continue;
    }
    if (!text.startsWith("1002") && !text.startsWith(" ")) throw new Error(`unexpected output line from BIRD: ${text}`);
    const [name = "", proto, , state = "", since = "", ...info] = text.slice(text.startsWith(" ") ? 1 : 5).trim().split(/\s+/);
    const session = /^(Global|Node|Mesh)_(.+)$/.exec(name);
    if (proto === "BGP" && info.length > 0 && session) rows.push([(session[2] ?? "").replaceAll("_", "."), types[session[1] ?? ""] ?? "", state, since, info.join(" ")]);
  }
  return rows;
}

/** The node status reporter's reading of a routing table. */
function asReporter(reply: string): readonly { readonly destination: string; readonly from: string }[] {
  const pattern = /^(?:1007-| )(\S*)\s+(?:via \S+ on \S+|dev \S+|blackhole|unreachable) \[(\S+) [^\]]+\]/;
  let destination = "";
  return reply.trimEnd().split("\n").slice(0, -1).map((text) => {
    const [, to = "", from = ""] = pattern.exec(text) ?? [];
    destination = to === "" ? destination : to;
    expect(from, text).toMatch(/^(?:kernel|static|direct|(?:Global|Node|Mesh)_)/);
    return { destination, from };
  });
}
