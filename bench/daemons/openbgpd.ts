/**
 * OpenBGPD as a reflector.
 * Pure. Its unprivileged processes lock themselves into a folder that its service would make, and here is no service.
 */

import { type DaemonKind, HOLD_TIME_SEC, type ReflectorPlan } from "./daemon.ts";

export const openbgpd: DaemonKind = {
  title: "OpenBGPD",
  programs: { openbgpd: "/usr/sbin/bgpd" },
  debian: "openbgpd",
  version: (_dut, locate) => [locate("openbgpd"), "-V"],
  launch: (plan, _dut, locate) => ({
    files: [{ name: "bgpd.conf", text: openbgpdConfig(plan), mode: 0o600 }], // it refuses a file that others may read
    folders: ["/run/openbgpd"],
    command: [locate("openbgpd"), "-d", "-f", `${plan.directory}/bgpd.conf`],
  }),
};

function openbgpdConfig({ address, asn, clients, directory }: ReflectorPlan): string {
  return `AS ${asn}
router-id ${address}
holdtime ${HOLD_TIME_SEC}
listen on ${address}
fib-update no
socket "${directory}/bgpd.sock"
socket "${directory}/bgpd.restricted.sock" restricted
group "clients" {
  remote-as ${asn}
  passive
  route-reflector ${address}
  announce IPv4 unicast
${clients.map((client) => `  neighbor ${client} { descr "${client}" }\n`).join("")}}
allow from any
allow to any
`;
}
