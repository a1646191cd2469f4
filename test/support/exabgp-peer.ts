/**
 * ExaBGP as a peer: commands through its process interface, and what it heard as JSON lines.
 * It chooses no routes and passes none on, so it reflects for nobody.
 */

import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import type { Prefix } from "../../src/ip/prefix.ts";
import { startInBackground } from "../../src/cli/lab/background.ts";
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
} from "./peers.ts";
import { until } from "./until.ts";

const SETTINGS = ["exabgp.daemon.user=root", "exabgp.api.cli=false", "exabgp.api.ack=false", "exabgp.log.destination=stderr"];

export const exabgpPeer: PeerKind = {
  title: "ExaBGP",
  programs: ["exabgp"],
  reflects: false,
  async start(plan) {
    const { directory, namespace } = plan.host;
    const files = { config: `${directory}/exabgp.conf`, commands: `${directory}/commands`, heard: `${directory}/heard` };
    for (const file of [files.commands, files.heard]) writeFileSync(file, "");
    writeFileSync(files.config, exabgpConfig(plan, files.commands, files.heard));
    const daemon = startInBackground(
      inNamespace(namespace, ["env", ...SETTINGS, "exabgp", files.config]),
      `${directory}/exabgp.log`,
    );
    const command = (text: string): void => appendFileSync(files.commands, `${text}\n`);
    let announced: readonly Announcement[] = [];
    await until(
      () => readFileSync(`${directory}/exabgp.log`, "utf8").includes("loaded new configuration successfully"),
      "exabgp has its configuration",
    );
    return {
      async announce(routes) {
        const kept = new Set(routes.map(({ prefix }) => prefix));
        for (const route of announced.filter(({ prefix }) => !kept.has(prefix)))
          for (const line of commandsFor("withdraw", route, plan)) command(line);
        for (const route of routes) for (const line of commandsFor("announce", route, plan)) command(line);
        announced = routes;
      },
      learned: async () => heardRoutes(readFileSync(files.heard, "utf8")),
      async resetSessions() {
        const ended = (): number => readFileSync(files.heard, "utf8").split(SESSION_ENDED).length;
        const before = ended();
        for (const { remote } of plan.neighbors) command(`neighbor ${remote} teardown 4`);
        await until(() => ended() >= before + plan.neighbors.length, "every session has ended");
      },
      async kill() {
        if (daemon.pid !== undefined) process.kill(-daemon.pid, "SIGKILL");
        await daemon.end;
      },
    };
  },
};

/** The command for every session that carries the route's family. */
function commandsFor(
  verb: "announce" | "withdraw",
  { prefix, nextHop, med }: Announcement,
  { neighbors }: PeerPlan,
): readonly string[] {
  const told = neighbors.filter(({ families }) => families.includes(familyOf(prefix)));
  return told.map(({ remote }) => `neighbor ${remote} ${verb} route ${prefix} next-hop ${nextHop} med ${med}`);
}

function exabgpConfig(plan: PeerPlan, commands: string, heard: string): string {
  return `process test {
  run /bin/sh -c "exec 3<&0; cat <&3 >> ${heard} & exec tail --pid=$PPID -n +1 -s 0.02 -f ${commands}";
  encoder json;
}
${plan.neighbors.map((neighbor) => exabgpNeighbor(plan, neighbor)).join("")}`;
}

function exabgpNeighbor({ host }: PeerPlan, { local, remote, families }: Neighbor): string {
  return `neighbor ${remote} {
  router-id ${host.ipv4};
  local-address ${local};
  local-as ${TEST_ASN};
  peer-as ${TEST_ASN};
  hold-time ${HOLD_SEC};
  family {
${families.map((family) => `    ${family} unicast;\n`).join("")}  }
  api {
    processes [ test ];
    neighbor-changes;
    receive { parsed; update; }
  }
}
`;
}

/** One JSON line of ExaBGP, as far as it matters here. */
interface ExabgpLine {
  readonly type: string;
  readonly neighbor: {
    readonly address: { readonly peer: string };
    readonly state?: string;
    readonly message?: { readonly update?: ExabgpUpdate };
  };
}

interface ExabgpUpdate {
  readonly attribute?: { readonly med?: number };
  /** By family, then by next hop. */
  readonly announce?: { readonly [family: string]: { readonly [nextHop: string]: readonly { readonly nlri: string }[] } };
  readonly withdraw?: { readonly [family: string]: readonly { readonly nlri: string }[] };
}

const SESSION_ENDED = '"state": "down"';

/** ExaBGP leaves those of a NOTIFICATION's text as they are. */
const CONTROL_CHARACTERS = /[\u0000-\u001f]/g;

/** What was heard and not taken back, of sessions that still stand. */
function heardRoutes(text: string): Learned {
  const sessions = new Map<string, Map<Prefix, string>>();
  for (const line of text
    .split("\n")
    .slice(0, -1)
    .filter((candidate) => candidate.startsWith("{"))) {
    const { type, neighbor } = JSON.parse(line.replace(CONTROL_CHARACTERS, "?")) as ExabgpLine;
    const { peer } = neighbor.address;
    if (type === "state" && neighbor.state === "down") sessions.delete(peer);
    if (neighbor.message?.update) sessions.set(peer, after(neighbor.message.update, sessions.get(peer) ?? new Map()));
  }
  return new Map([...sessions.values()].flatMap((routes) => [...routes]));
}

function after({ attribute, announce = {}, withdraw = {} }: ExabgpUpdate, routes: Map<Prefix, string>): Map<Prefix, string> {
  for (const { nlri } of Object.values(withdraw).flat()) routes.delete(nlri as Prefix);
  for (const [nextHop, told] of Object.values(announce).flatMap((byNextHop) => Object.entries(byNextHop))) {
    for (const { nlri } of told) routes.set(nlri as Prefix, describeRoute(nextHop, attribute?.med));
  }
  return routes;
}
