/**
 * The configuration of one host of the lab: ts-bgp's document, or what Calico's templates would hand to BIRD.
 * Pure.
 */

import { assertNever } from "../../ip/assert.ts";
import { type Host, type Lab, type LabPeer, LAB_ASN, POOL, borrowedBy } from "./topology.ts";

const CONNECT_RETRY_SEC = 1; // a lab is watched; nobody wants to watch a back-off

/** Where one host keeps its things. */
export interface HostFiles {
  readonly config: string;
  readonly socket: string;
  readonly log: string;
  readonly pid: string;
  /** What a node of a cluster keeps for a start without etcd. */
  readonly lastGood: string;
  /** Where a node of a cluster answers BIRD's tools. */
  readonly birdSockets: string;
}

export function filesOf(lab: Lab, host: Host): HostFiles {
  const base = `${lab.directory}/${host.name}`;
  return {
    config: `${base}.${host.program === "bird" ? "conf" : "json"}`,
    socket: `${base}.sock`,
    log: `${base}.log`,
    pid: `${base}.pid`,
    lastGood: `${base}.last-good.json`,
    birdSockets: `${base}.calico`,
  };
}

/** The text of the host's configuration file. */
export function configText(lab: Lab, host: Host): string {
  switch (host.program) {
    case "ts-bgp":
      return `${JSON.stringify(tsBgpConfig(lab, host), undefined, 2)}\n`;
    case "bird":
      return birdConfig(lab, host);
    default:
      return assertNever(host.program);
  }
}

function tsBgpConfig(lab: Lab, host: Host): object {
  const common = {
    router: { asn: LAB_ASN, id: host.address, hostname: host.name },
    peers: host.peers.map((peer) => tsBgpPeer(lab, host, peer)),
    listen: [{ address: host.address, port: lab.port }],
    control: { socket: filesOf(lab, host).socket },
  };
  if (host.role === "reflector") return common;
  const blocks = host.block ? [host.block] : [];
  return lab.ground === "namespaces"
    ? { ...common, blocks }
    : { ...common, blocks, networks: borrowedBy(host), kernel: { enabled: false } }; // no kernel to learn borrowed addresses from
}

function tsBgpPeer(lab: Lab, host: Host, peer: LabPeer): object {
  return {
    name: peer.name,
    address: peer.address,
    port: lab.port,
    asn: LAB_ASN,
    localAddress: host.address,
    reflectorClient: peer.relation === "our client",
    holdTimeSec: lab.holdSec,
    connectRetrySec: CONNECT_RETRY_SEC,
    gracefulRestart: { enabled: lab.ground === "namespaces" }, // of a process without a host nothing but a restart could be shown
  };
}

/** What confd renders for BIRD, in the words of BIRD 2; its kernel metric is 32 unless told otherwise. */
function birdConfig(lab: Lab, host: Host): string {
  return `log stderr all;
router id ${host.address};
graceful restart wait 10;
${lab.datastore === "etcd" ? prioritisedFilters(host) : plainFilters(host)}
protocol device { scan time 2; }
protocol direct { ipv4; interface -"cali*", -"kube-ipvs*", "*"; }
protocol static { ipv4; route ${host.block} blackhole; }
protocol kernel {
  learn;
  persist;
  metric 0;
  scan time 2;
  merge paths on;
  graceful restart;
  ipv4 { import all; export filter calico_kernel_programming; };
}

template bgp bgp_template {
  local ${host.address} as ${LAB_ASN};
  multihop;
  hold time ${lab.holdSec};
  connect delay time 1;
  connect retry time ${CONNECT_RETRY_SEC};
  error wait time ${CONNECT_RETRY_SEC}, 5;
  graceful restart;
  ipv4 { import ${lab.datastore === "etcd" ? "filter calico_import" : "all"}; export filter calico_export_to_bgp_peers; next hop keep; gateway recursive; add paths on; };
}
${host.peers.map((peer) => birdPeer(lab, host, peer)).join("")}`;
}

/** As in calico/node 3.31: own blocks whole, nothing inside them, and whatever else is of the pool. */
function plainFilters({ block }: Host): string {
  return `
function calico_aggr() {
  if ( net = ${block} ) then { accept; }
  if ( net ~ ${block} ) then { reject; }
}
filter calico_export_to_bgp_peers {
  calico_aggr();
  if ( net ~ ${POOL} ) then { accept; }
  reject;
}
filter calico_kernel_programming {
  if ( net ~ ${POOL} ) then { accept; }
  reject;
}
`;
}

/** As in calico/node 3.33: besides, kernel metrics and LOCAL_PREF are two sides of one number. */
function prioritisedFilters({ block }: Host): string {
  return `
filter calico_import {
  if ( bgp_local_pref > 2147482623 ) then { preference = 200; }
  accept;
}
filter calico_export_to_bgp_peers {
  int m = 1024;
  if ( source = RTS_BGP ) then { m = 2147483647 - bgp_local_pref; }
  if ( source = RTS_INHERIT ) then { m = 0; if ( defined(krt_metric) ) then { m = krt_metric; } }
  if ( source != RTS_BGP ) then { bgp_local_pref = 2147483647 - m; }
  if ( net = ${block} ) then { accept; }
  if ( net ~ ${block} ) then { if ( m < 1024 ) then { accept; } reject; }
  if ( net ~ ${POOL} ) then { accept; }
  reject;
}
filter calico_kernel_programming {
  if ( source = RTS_DEVICE ) then { reject; }
  if ( source = RTS_BGP ) then { krt_metric = 2147483647 - bgp_local_pref; }
  accept;
}
`;
}

/** Of two that mesh, one dials: in Calico the one whose address sorts higher as text. */
function birdPeer(lab: Lab, host: Host, peer: LabPeer): string {
  const passive = peer.relation === "mesh" && peer.address > host.address ? " passive on;" : "";
  return `protocol bgp ${peer.name} from bgp_template { neighbor ${peer.address} port ${lab.port} as ${LAB_ASN};${passive} }\n`;
}
