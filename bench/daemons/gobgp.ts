/**
 * GoBGP as a reflector.
 * Pure.
 */

import { type DaemonKind, HOLD_TIME_SEC, KEEPALIVE_SEC, type ReflectorPlan } from "./daemon.ts";

export const gobgp: DaemonKind = {
  title: "GoBGP",
  programs: { gobgp: "/usr/bin/gobgpd" },
  debian: "gobgpd",
  version: (_dut, locate) => [locate("gobgp"), "--version"],
  launch: (plan, _dut, locate) => ({
    files: [{ name: "gobgpd.toml", text: gobgpConfig(plan) }],
    command: [locate("gobgp"), "-f", `${plan.directory}/gobgpd.toml`, "--api-hosts", "127.0.0.1:50051"],
  }),
};

function gobgpConfig({ address, asn, clients }: ReflectorPlan): string {
  return `[global.config]
  as = ${asn}
  router-id = "${address}"
  port = 179
  local-address-list = ["${address}"]
${clients.map((client) => neighbor(address, asn, client)).join("")}`;
}

function neighbor(address: string, asn: number, client: string): string {
  return `[[neighbors]]
  [neighbors.config]
    neighbor-address = "${client}"
    peer-as = ${asn}
  [neighbors.transport.config]
    passive-mode = true
    local-address = "${address}"
  [neighbors.timers.config]
    hold-time = ${HOLD_TIME_SEC}
    keepalive-interval = ${KEEPALIVE_SEC}
  [neighbors.route-reflector.config]
    route-reflector-client = true
    route-reflector-cluster-id = "${address}"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
`;
}
