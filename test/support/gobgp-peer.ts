/** GoBGP as a peer: `gobgp` for every change and, as JSON, to read. */

import { writeFileSync } from "node:fs";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { Family } from "../../src/bgp/wire/context.ts";
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
  familyOf,
  killNow,
  rounds,
  succeeds,
} from "./peers.ts";
import { until } from "./until.ts";

const API = "127.0.0.1:50051"; // every namespace has a loopback of its own

export const gobgpPeer: PeerKind = {
  title: "GoBGP",
  programs: ["gobgpd", "gobgp"],
  async start(plan) {
    const { directory, namespace } = plan.host;
    writeFileSync(`${directory}/gobgpd.toml`, gobgpConfig(plan));
    const gobgp = (...words: readonly string[]): Promise<string> => run(inNamespace(namespace, ["gobgp", ...words]));
    const daemon = startInBackground(
      inNamespace(namespace, ["gobgpd", "-f", `${directory}/gobgpd.toml`, "--api-hosts", API]),
      `${directory}/gobgpd.log`,
    );
    await until(() => succeeds(gobgp("global")), "gobgp answers");
    let announced: readonly Announcement[] = [];
    return {
      async announce(routes) {
        const numbered = rounds(routes);
        for (const [number, round] of rounds(announced).entries()) {
          const kept = new Set(numbered[number]?.map(({ prefix }) => prefix));
          for (const { prefix } of round) if (!kept.has(prefix)) await gobgp("global", "rib", "del", prefix, ...identifier(number), "-a", familyOf(prefix));
        }
        for (const [number, round] of numbered.entries()) {
          for (const { prefix, nextHop, med } of round) await gobgp("global", "rib", "add", prefix, ...identifier(number), "nexthop", nextHop, "med", `${med}`, "-a", familyOf(prefix));
        }
        announced = routes;
      },
      async learned() {
        const tables = await Promise.all((["ipv4", "ipv6"] as const).map((family) => gobgp("global", "rib", "-j", "-a", family)));
        return new Map(tables.flatMap((table) => [...parseRib(table)]));
      },
      async pathsTo(prefix) {
        const rib = JSON.parse((await gobgp("global", "rib", "-j", "-a", familyOf(prefix))) || "{}") as GobgpRib;
        return (rib[prefix] ?? []).filter(isHeard).map(({ attrs }) => attrs.find(({ nexthop }) => nexthop !== undefined)?.nexthop ?? "none").sort();
      },
      async resetSessions() {
        for (const { remote } of plan.neighbors) await gobgp("neighbor", remote, "disable");
        for (const { remote } of plan.neighbors) await gobgp("neighbor", remote, "enable");
      },
      kill: (signal) => killNow(daemon, signal),
    };
  },
};

const FAMILY_NAMES: { readonly [Name in Family]: string } = { ipv4: "ipv4-unicast", ipv6: "ipv6-unicast" };

const ADD_PATH = `    [neighbors.afi-safis.add-paths.config]
      receive = true
      send-max = 8
`;

function gobgpConfig(plan: PeerPlan): string {
  return `[global.config]
  as = ${TEST_ASN}
  router-id = "${plan.host.ipv4}"
${plan.neighbors.map((neighbor) => gobgpNeighbor(plan, neighbor)).join("")}`;
}

function gobgpNeighbor({ host, role }: PeerPlan, { local, remote, families, addPath }: Neighbor): string {
  const reflector = `  [neighbors.route-reflector.config]
    route-reflector-client = true
    route-reflector-cluster-id = "${host.ipv4}"
`;
  const family = (name: Family): string => `  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "${FAMILY_NAMES[name]}"
${addPath ? ADD_PATH : ""}`;
  return `[[neighbors]]
  [neighbors.config]
    neighbor-address = "${remote}"
    peer-as = ${TEST_ASN}
  [neighbors.transport.config]
    local-address = "${local}"
  [neighbors.timers.config]
    hold-time = ${HOLD_SEC}
    keepalive-interval = 3
    connect-retry = 1
    idle-hold-time-after-reset = 1
${role === "reflector" ? reflector : ""}${families.map(family).join("")}`;
}

/** The second path of a prefix and those after it have numbers of their own. */
function identifier(number: number): readonly string[] {
  return number === 0 ? [] : ["identifier", `${number}`];
}

/** As `gobgp global rib -j` prints it. */
interface GobgpRib {
  readonly [prefix: string]: readonly GobgpPath[];
}

interface GobgpPath {
  readonly best?: boolean;
  readonly "source-id"?: string;
  readonly attrs: readonly { readonly type: number; readonly nexthop?: string; readonly metric?: number }[];
}

function parseRib(json: string): Learned {
  const rib = (json.trim() === "" ? {} : JSON.parse(json)) as GobgpRib;
  const best = Object.entries(rib).flatMap(([prefix, paths]) =>
    paths
      .filter(isLearned)
      .slice(0, 1)
      .map((path) => [prefix as Prefix, path] as const),
  );
  return new Map(
    best.map(([prefix, { attrs }]) => [
      prefix,
      describeRoute(
        attrs.find(({ nexthop }) => nexthop !== undefined)?.nexthop ?? "",
        attrs.find(({ metric }) => metric !== undefined)?.metric,
      ),
    ]),
  );
}

function isLearned(path: GobgpPath): boolean {
  return path.best === true && isHeard(path);
}

function isHeard(path: GobgpPath): boolean {
  return path["source-id"] !== undefined && path["source-id"] !== "<nil>";
}
