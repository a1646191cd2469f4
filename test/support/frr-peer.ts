/** FRR's bgpd alone, without zebra, as a peer: `vtysh` for every change, its JSON to read. */

import type { Prefix } from "../../src/ip/prefix.ts";
import type { Family } from "../../src/bgp/wire/context.ts";
import { BGPD, Frr } from "./frr.ts";
import {
  type Announcement,
  HOLD_SEC,
  type Learned,
  type Neighbor,
  type PeerKind,
  type PeerPlan,
  type Restarts,
  TEST_ASN,
  describeRoute,
  familyOf,
} from "./peers.ts";

export const frrPeer: PeerKind = {
  title: "FRR bgpd",
  programs: [BGPD, "vtysh"],
  async start(plan) {
    const frr = await Frr.start(plan.host, frrConfig(plan));
    const announced = new Map<Prefix, Announcement>((plan.routes ?? []).map((route) => [route.prefix, route]));
    let version = 0;
    return {
      async announce(routes) {
        await frr.vtysh("configure terminal", ...changes(announced, routes, ++version));
        announced.clear();
        for (const route of routes) announced.set(route.prefix, route);
      },
      async learned() {
        const [ipv4, ipv6] = await Promise.all(
          (["ipv4", "ipv6"] as const).map((family) => frr.vtysh(`show bgp ${family} unicast json`)),
        );
        return new Map([...parseTable(ipv4 ?? ""), ...parseTable(ipv6 ?? "")]);
      },
      resetSessions: async () => void (await frr.vtysh("clear bgp *")),
      kill: (signal) => frr.kill(signal),
    };
  },
};

function frrConfig({ host, role, neighbors, restarts = "plain", routes = [] }: PeerPlan): string {
  return `router bgp ${TEST_ASN}
 bgp router-id ${host.ipv4}
${RESTARTS[restarts]}
 no bgp default ipv4-unicast
 no bgp network import-check
 timers bgp 3 ${HOLD_SEC}
${neighbors.map(frrNeighbor).join("")}
${(["ipv4", "ipv6"] as const)
  .map((family) =>
    addressFamily(
      family,
      neighbors.filter((neighbor) => neighbor.families.includes(family)),
      role,
    ),
  )
  .join("")}
${changes(new Map(), routes, 0).join("\n")}
`;
}

function frrNeighbor({ remote, local, passive, extendedNextHop }: Neighbor): string {
  const lines = [`remote-as ${TEST_ASN}`, passive ? "passive" : "timers connect 1", `update-source ${local}`, ...(extendedNextHop ? ["capability extended-nexthop"] : [])];
  return lines.map((line) => ` neighbor ${remote} ${line}\n`).join("");
}

const RESTARTS: { readonly [R in Restarts]: string } = {
  plain: " bgp graceful-restart-disable",
  graceful: " bgp graceful-restart\n bgp graceful-restart preserve-fw-state",
};

function addressFamily(family: Family, neighbors: readonly Neighbor[], role: PeerPlan["role"]): string {
  const lines = neighbors.map(
    ({ remote }) =>
      `  neighbor ${remote} activate\n${role === "reflector" ? `  neighbor ${remote} route-reflector-client\n` : ""}`,
  );
  return ` address-family ${family} unicast\n${lines.join("")} exit-address-family\n`;
}

/** Each version of a route gets a route-map of its own: changed maps would take effect seconds later. */
function changes(before: ReadonlyMap<Prefix, Announcement>, routes: readonly Announcement[], version: number): readonly string[] {
  const kept = new Set(routes.map(({ prefix }) => prefix));
  const gone = [...before.keys()].filter((prefix) => !kept.has(prefix));
  return [
    ...routes.flatMap((route, index) => routeMap(`v${version}r${index}`, route)),
    ...routes.flatMap(({ prefix }, index) => inFamily(prefix, `network ${prefix} route-map v${version}r${index}`)),
    ...gone.flatMap((prefix) => inFamily(prefix, `no network ${prefix}`)),
  ];
}

function routeMap(name: string, { nextHop, med }: Announcement): readonly string[] {
  const setNextHop = nextHop.includes(":") ? `set ipv6 next-hop global ${nextHop}` : `set ip next-hop ${nextHop}`;
  return [`route-map ${name} permit 10`, setNextHop, `set metric ${med}`, "exit"];
}

function inFamily(prefix: Prefix, line: string): readonly string[] {
  return [`router bgp ${TEST_ASN}`, `address-family ${familyOf(prefix)} unicast`, line, "exit", "exit"];
}

/** As `show bgp … json` prints it. */
interface FrrTable {
  readonly routes: { readonly [prefix: string]: readonly FrrPath[] };
}

interface FrrPath {
  readonly peerId: string;
  readonly bestpath?: boolean;
  readonly metric?: number;
  readonly nexthops: readonly { readonly ip: string; readonly scope?: string }[];
}

function parseTable(json: string): Learned {
  const { routes } = JSON.parse(json) as FrrTable;
  const best = Object.entries(routes).flatMap(([prefix, paths]) =>
    paths.filter((path) => path.bestpath && path.peerId !== "(unspec)").map((path) => [prefix as Prefix, path] as const),
  );
  return new Map(
    best.map(([prefix, path]) => [
      prefix,
      describeRoute((path.nexthops.find(({ scope }) => scope !== "link-local") ?? path.nexthops[0])?.ip ?? "", path.metric),
    ]),
  );
}
