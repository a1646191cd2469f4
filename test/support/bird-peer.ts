/** BIRD 2 as a peer: a rendered configuration, `birdc configure` for every change, `birdc show route all` to read. */

import type { Prefix } from "../../src/ip/prefix.ts";
import { Bird } from "./bird.ts";
import { type Announcement, HOLD_SEC, type Learned, type Neighbor, type PeerKind, type PeerPlan, TEST_ASN, describeRoute, familyOf, rounds } from "./peers.ts";

export const birdPeer: PeerKind = {
  title: "BIRD 2",
  programs: ["bird", "birdc"],
  async start(plan) {
    const bird = await Bird.start(plan.host, birdConfig(plan, plan.routes ?? []), plan.restarts === "graceful" ? ["-R"] : []);
    return {
      announce: (routes) => bird.configure(birdConfig(plan, routes)),
      learned: async () => parseRoutes(await bird.ask("show", "route", "all")),
      pathsTo: async (prefix) => nextHopsTo(prefix, await bird.ask("show", "route", "all")),
      resetSessions: async () => void (await bird.ask("restart", '"session_*"')),
      kill: (signal) => bird.kill(signal),
    };
  },
};

function birdConfig(plan: PeerPlan, routes: readonly Announcement[]): string {
  return `log stderr all;
router id ${plan.host.ipv4};
graceful restart wait 10;
protocol device { scan time 1; }
protocol direct { ipv4; ipv6; }
${rounds(routes).flatMap((round, number) => (["ipv4", "ipv6"] as const).map((family) => staticProtocol(`static_${family}_${number}`, family, round))).join("")}
${plan.neighbors.map((neighbor) => birdSession(plan, neighbor)).join("")}`;
}

function staticProtocol(name: string, family: "ipv4" | "ipv6", routes: readonly Announcement[]): string {
  const lines = routes
    .filter(({ prefix }) => familyOf(prefix) === family)
    .map((route) => `  route ${route.prefix} blackhole { bgp_next_hop = ${route.nextHop}; bgp_med = ${route.med};${birdCommunities(route)} };\n`);
  return `protocol static ${name} {\n  ${family};\n${lines.join("")}}\n`;
}

function birdCommunities({ communities = [] }: Announcement): string {
  return communities.map(([asn, value]) => ` bgp_community.add((${asn}, ${value}));`).join("");
}

function birdSession({ role, host, restarts }: PeerPlan, { name, local, remote, families, passive, addPath, extendedNextHop, extendedMessages }: Neighbor): string {
  const channel = (family: string): string =>
    `  ${family} { import all; export where source ~ [ RTS_STATIC, RTS_BGP ]; next hop keep; ${addPath ? "add paths on; " : ""}${extendedNextHop ? "extended next hop on; " : ""}${family === "ipv4" ? "" : `next hop address ${host.ipv6};`} };\n`;
  return `protocol bgp session_${name} {
  local ${local} as ${TEST_ASN};
  neighbor ${remote} as ${TEST_ASN};
  hold time ${HOLD_SEC};
  passive ${passive ? "on" : "off"};
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 2;
  graceful restart ${restarts === "graceful" ? "on" : "off"};
  ${role === "reflector" ? "rr client;" : ""}
  ${extendedMessages ? `enable extended messages ${extendedMessages};` : ""}
${families.map(channel).join("")}}
`;
}

const ROUTE = /^(\S+)?\s+unicast \[(\w+) .*\] (\*)?/;
const UNREACHABLE = /^(\S+)?\s+(?:unreachable|blackhole) \[/;
const ATTRIBUTE = /^\s+BGP\.(\w+): (\S+)/;

/** Best routes of BGP sessions in the output of `show route all`. */
function parseRoutes(output: string): Learned {
  const learned = new Map<Prefix, string>();
  let prefix = "";
  let nextHop: string | undefined;
  let counts = false;
  for (const line of output.split("\n")) {
    const route = ROUTE.exec(line) ?? UNREACHABLE.exec(line);
    if (route) {
      prefix = route[1] ?? prefix;
      counts = route[3] === "*" && (route[2] ?? "").startsWith("session_");
    }
    const [, attribute, value = ""] = ATTRIBUTE.exec(line) ?? [];
    if (attribute === "next_hop") nextHop = value;
    if (attribute === "next_hop" && counts) learned.set(prefix as Prefix, describeRoute(value, undefined));
    if (attribute === "med" && counts && nextHop) learned.set(prefix as Prefix, describeRoute(nextHop, Number(value)));
  }
  return learned;
}

/** Next hops of every BGP path to one prefix in the output of `show route all`. */
function nextHopsTo(wanted: Prefix, output: string): readonly string[] {
  const found: string[] = [];
  let prefix = "";
  let counts = false;
  for (const line of output.split("\n")) {
    const route = ROUTE.exec(line) ?? UNREACHABLE.exec(line);
    if (route) {
      prefix = route[1] ?? prefix;
      counts = prefix === wanted && line.includes("[session_");
    }
    const [, attribute, value = ""] = ATTRIBUTE.exec(line) ?? [];
    if (attribute === "next_hop" && counts) found.push(value);
  }
  return found.sort();
}
