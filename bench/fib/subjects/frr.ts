/** FRR: bgpd that decides, zebra that writes. */

import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { BENCH_ASN, FEED_ADDRESS, type Ground, SUBJECT_ADDRESS } from "../ground.ts";
import { asSubject, startOn } from "./processes.ts";
import type { Birth, Subject } from "./subject.ts";

const ZEBRA = "/usr/lib/frr/zebra";
const BGPD = "/usr/lib/frr/bgpd";
const LOOK_MS = 10;
const KEEP_SEC = "60"; // how long a new zebra leaves the routes of the one before alone

const CONFIG = `router bgp ${BENCH_ASN}
 bgp router-id ${SUBJECT_ADDRESS}
 bgp graceful-restart
 bgp graceful-restart preserve-fw-state
 neighbor ${FEED_ADDRESS} remote-as ${BENCH_ASN}
 neighbor ${FEED_ADDRESS} passive
`;

export const frrSubject: Subject = {
  name: "frr",
  protocol: 186,
  programs: [ZEBRA, BGPD],
  async start(ground, birth) {
    const { directory } = ground;
    mkdirSync(`${directory}/vty`, { recursive: true });
    for (const folder of [directory, `${directory}/vty`]) chmodSync(folder, 0o777); // they run as the user frr
    writeFileSync(`${directory}/zebra.conf`, "");
    writeFileSync(`${directory}/bgpd.conf`, CONFIG);
    const socket = zebraSocket(ground, birth);
    const zebra = startOn(ground, { name: "zebra", words: [ZEBRA, ...files(ground, "zebra", socket), ...(birth === "restart" ? ["-K", KEEP_SEC] : [])] });
    while (!existsSync(socket) && zebra.ended() === undefined) await sleep(LOOK_MS);
    const bgpd = startOn(ground, { name: "bgpd", words: [BGPD, ...files(ground, "bgpd", socket)] });
    return asSubject(ground, new Map([["zebra", zebra], ["bgpd", bgpd]]));
  },
};

/** Of each life its own, so that the next bgpd does not find the last one's. */
function zebraSocket({ directory }: Ground, birth: Birth): string {
  return `${directory}/zserv-${birth}.api`;
}

function files({ directory }: Ground, name: string, socket: string): readonly string[] {
  return ["-P", "0", "-f", `${directory}/${name}.conf`, "-i", `${directory}/${name}.pid`, "-z", socket, "--vty_socket", `${directory}/vty`];
}
