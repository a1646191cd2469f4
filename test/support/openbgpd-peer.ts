/** OpenBGPD as a peer: `bgpctl network` for every change, its JSON to read. */

import { mkdirSync, writeFileSync } from "node:fs";
import type { Prefix } from "../../src/ip/prefix.ts";
import { startInBackground } from "../../src/cli/lab/background.ts";
import { run } from "../../src/cli/lab/command.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import {
  type Announcement,
  HOLD_SEC,
  type Learned,
  type Neighbor,
  type PeerKind,
  type PeerPlan,
  TEST_ASN,
  describeRoute,
  succeeds,
} from "./peers.ts";
import { until } from "./until.ts";

const BGPD = "/usr/sbin/bgpd"; // by name it could be FRR's
const CHROOT = "/run/openbgpd"; // home of its user; the service makes it, and there is no service here

export const openbgpdPeer: PeerKind = {
  title: "OpenBGPD",
  programs: [BGPD, "bgpctl"],
  async start(plan) {
    const { directory, namespace } = plan.host;
    const config = `${directory}/bgpd.conf`;
    const bgpctl = (...words: readonly string[]): Promise<string> => run(["bgpctl", "-s", `${directory}/bgpd.sock`, ...words]);
    mkdirSync(CHROOT, { recursive: true, mode: 0o755 });
    writeFileSync(config, openbgpdConfig(plan), { mode: 0o600 });
    const daemon = startInBackground(inNamespace(namespace, [BGPD, "-d", "-f", config]), `${directory}/bgpd.log`);
    await until(() => succeeds(bgpctl("show")), "bgpctl answers");
    let announced: readonly Announcement[] = [];
    return {
      async announce(routes) {
        const kept = new Set(routes.map(({ prefix }) => prefix));
        for (const { prefix } of announced) if (!kept.has(prefix)) await bgpctl("network", "delete", prefix);
        for (const { prefix, nextHop, med } of routes)
          await bgpctl("network", "add", prefix, "nexthop", nextHop, "med", `${med}`);
        announced = routes;
      },
      learned: async () => parseRib(await bgpctl("-j", "show", "rib"), plan.neighbors),
      async resetSessions() {
        for (const { remote } of plan.neighbors) await bgpctl("neighbor", remote, "clear");
      },
      async kill() {
        if (daemon.pid !== undefined) process.kill(-daemon.pid, "SIGKILL"); // four processes
        await daemon.end;
      },
    };
  },
};

function openbgpdConfig(plan: PeerPlan): string {
  const { host, neighbors } = plan;
  return `AS ${TEST_ASN}
router-id ${host.ipv4}
holdtime ${HOLD_SEC}
connect-retry 1
fib-update no
socket "${host.directory}/bgpd.sock"
socket "${host.directory}/bgpd.restricted.sock" restricted
${neighbors.map((neighbor) => openbgpdNeighbor(plan, neighbor)).join("")}
allow from any
allow to any
`;
}

function openbgpdNeighbor({ role }: PeerPlan, { local, remote, families }: Neighbor): string {
  return `neighbor ${remote} {
  remote-as ${TEST_ASN}
  local-address ${local}
  announce IPv4 ${families.includes("ipv4") ? "unicast" : "none"}
  announce IPv6 ${families.includes("ipv6") ? "unicast" : "none"}
${role === "reflector" ? "  route-reflector\n" : ""}}
`;
}

/** As `bgpctl -j show rib` prints it. */
interface OpenbgpdRib {
  readonly rib?: readonly OpenbgpdPath[];
}

interface OpenbgpdPath {
  readonly prefix: string;
  readonly best?: boolean;
  readonly exit_nexthop: string;
  readonly metric: number;
  readonly neighbor: { readonly remote_addr: string };
}

function parseRib(json: string, neighbors: readonly Neighbor[]): Learned {
  const { rib = [] } = JSON.parse(json) as OpenbgpdRib;
  const remotes = new Set<string>(neighbors.map(({ remote }) => remote));
  const learned = rib.filter(({ best, neighbor }) => best === true && remotes.has(neighbor.remote_addr));
  return new Map(learned.map(({ prefix, exit_nexthop, metric }) => [prefix as Prefix, describeRoute(exit_nexthop, metric)]));
}
