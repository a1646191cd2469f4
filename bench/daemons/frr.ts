/**
 * FRR's bgpd as a reflector, without zebra. Left alone it waits up to ten seconds for peers to come before it tells anything;
 * `coalesce` sets that time in milliseconds.
 * Pure.
 */

import { type DaemonKind, HOLD_TIME_SEC, KEEPALIVE_SEC, type ReflectorPlan } from "./daemon.ts";

export const frr: DaemonKind = {
  title: "FRR bgpd",
  programs: { frr: "/usr/lib/frr/bgpd" },
  debian: "frr",
  version: (_dut, locate) => [locate("frr"), "--version"],
  options: { coalesce: "coalesce-time in milliseconds" },
  launch(plan, { options }, locate) {
    const { directory, address } = plan;
    const files = ["-f", `${directory}/bgpd.conf`, "-i", `${directory}/bgpd.pid`, "--vty_socket", directory, "--log", `file:${directory}/bgpd.log`];
    // no zebra, no other user, no vty on TCP
    return { files: [{ name: "bgpd.conf", text: frrConfig(plan, options.get("coalesce")) }], command: [locate("frr"), "-Z", "-S", "-P", "0", "-l", address, ...files] };
  },
};

function frrConfig({ address, asn, clients }: ReflectorPlan, coalesce: string | undefined): string {
  return `router bgp ${asn}
 bgp router-id ${address}
 bgp cluster-id ${address}
 bgp graceful-restart-disable
 no bgp default ipv4-unicast
${coalesce === undefined ? "" : ` coalesce-time ${coalesce}\n`} neighbor clients peer-group
 neighbor clients remote-as ${asn}
 neighbor clients passive
 neighbor clients timers ${KEEPALIVE_SEC} ${HOLD_TIME_SEC}
${clients.map((client) => ` neighbor ${client} peer-group clients\n`).join("")} address-family ipv4 unicast
  neighbor clients activate
  neighbor clients route-reflector-client
 exit-address-family
`;
}
