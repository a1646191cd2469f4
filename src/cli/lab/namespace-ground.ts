/**
 * Hosts as network namespaces on one bridge, containers as namespaces behind their host, as a Calico host has them.
 * Guards the door to links, addresses and kernel parameters.
 *
 *   container eth0 192.168.1.66/32 ── cali… host eth0 172.17.8.101/24 ── node-1 (port) lan (bridge) 172.17.8.1/24
 *             default via 169.254.1.1       proxy ARP answers for it
 */

import type { IpAddress } from "../../ip/address.ts";
import type { Prefix } from "../../ip/prefix.ts";
import { inParallel, run } from "./command.ts";
import type { Ground, RouteTable } from "./ground.ts";
import { addNamespace, inNamespace, ipBatch, setParameters } from "./namespaces.ts";
import { CONTAINER_GATEWAY, type Container, GATEWAY, type Host, type Lab, linkNamespace } from "./topology.ts";

const CALI_MAC = "ee:ee:ee:ee:ee:ee"; // every host end has it in Calico; containers never see another
const FELIX_MARKS = "proto 80 metric 1024"; // by which a cluster's nodes know ordinary workload routes
const OUR_PROTOCOL = "12"; // RTPROT_BIRD, which ts-bgp uses too

/** Hosts that are namespaces; needs root. */
export const namespaceGround: Ground = {
  async raise(lab) {
    const names = lab.hosts.flatMap((host) => [host.namespace, ...host.containers.map(({ namespace }) => namespace)]);
    await inParallel([linkNamespace(lab.id), ...names], addNamespace);
    await ipBatch(linkNamespace(lab.id), linkCommands(lab));
    await inParallel(lab.hosts, (host) => raiseHost(host, lab));
    await inParallel(
      lab.hosts.flatMap((host) => host.containers),
      raiseContainer,
    );
  },
  on: (host, command) => inNamespace(host.namespace, command),
  learned: (_lab, host) => kernelRoutes(host.namespace),
  unplug: (lab, host) => setPort(lab, host, "down"),
  plug: (lab, host) => setPort(lab, host, "up"),
};

/** Routes that a BGP daemon put into the kernel of that namespace: prefix to gateway. Blackholes have none and are left out. */
export async function kernelRoutes(namespace: string): Promise<RouteTable> {
  const routes: unknown = JSON.parse(
    (await run(["ip", "-n", namespace, "-json", "route", "show", "proto", OUR_PROTOCOL])) || "[]",
  );
  const viaGateway = (routes as readonly KernelRoute[]).filter(({ gateway }) => gateway !== undefined);
  return new Map(viaGateway.map(({ dst, gateway }) => [(dst.includes("/") ? dst : `${dst}/32`) as Prefix, gateway as IpAddress]));
}

/** As `ip -json route` prints it. */
interface KernelRoute {
  readonly dst: string;
  readonly gateway?: string;
}

async function setPort(lab: Lab, host: Host, state: "up" | "down"): Promise<void> {
  await run(["ip", "-n", linkNamespace(lab.id), "link", "set", "dev", host.name, state]);
}

function linkCommands(lab: Lab): readonly string[] {
  return [
    "link add lan type bridge",
    `addr add ${GATEWAY}/24 dev lan`,
    "link set lan up",
    ...lab.hosts.flatMap(({ name, namespace }) => [
      `link add name ${name} type veth peer name eth0 netns ${namespace}`,
      `link set dev ${name} master lan up`,
    ]),
  ];
}

async function raiseHost({ namespace, address, containers }: Host, lab: Lab): Promise<void> {
  await setParameters(namespace, ["net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0"]);
  await ipBatch(namespace, [
    `addr add ${address}/24 dev eth0`,
    "link set eth0 up",
    `route add default via ${GATEWAY}`,
    ...containers.flatMap((container) => containerLink(container, lab)),
  ]);
  await setParameters(namespace, containers.flatMap(proxyArp));
}

function containerLink({ hostInterface, namespace, address }: Container, { datastore }: Lab): readonly string[] {
  const marks = datastore === "etcd" ? ` ${FELIX_MARKS}` : "";
  return [
    `link add ${hostInterface} address ${CALI_MAC} type veth peer name eth0 netns ${namespace}`,
    `link set ${hostInterface} up`,
    `route add ${address}/32 dev ${hostInterface} scope link${marks}`,
  ];
}

/** Without a delay of zero the kernel waits up to 0.8 s before it answers for somebody else. */
function proxyArp({ hostInterface }: Container): readonly string[] {
  return [`net.ipv4.conf.${hostInterface}.proxy_arp=1`, `net.ipv4.neigh.${hostInterface}.proxy_delay=0`];
}

function raiseContainer({ namespace, address }: Container): Promise<void> {
  return ipBatch(namespace, [
    `addr add ${address}/32 dev eth0`,
    "link set eth0 up",
    `route add default via ${CONTAINER_GATEWAY} dev eth0 onlink`,
  ]);
}
