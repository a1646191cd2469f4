/**
 * What this host adds to the cluster's resources: its name, environment variables, passwords, workloads that speak BGP.
 * The door: the environment and the file system. Without Kubernetes a secret is a file: FOLDER/NAME/KEY, as a mounted one is.
 */

import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type IpAddress, parseAddress } from "../ip/address.ts";
import type { SecretFile } from "../speaker/config/transport-document.ts";
import type { SecretKeyRef, WorkloadStatus } from "./resources.ts";
import type { Environment } from "./vocabulary.ts";

export type Variables = { readonly [name: string]: string | undefined };

const NODE_NAME_FILE = "/var/lib/calico/nodename";

/** As Calico's own programs find it out. */
export function nodeNameOf(variables: Variables, nameFile = NODE_NAME_FILE): string {
  return variables["NODENAME"] || firstLine(nameFile) || (variables["HOSTNAME"] || hostname()).toLowerCase();
}

/** Where Felix tells which local workloads speak BGP. */
export function workloadFolder(variables: Variables): string {
  return join(variables["CALICO_ENDPOINT_STATUS_PATH_PREFIX"] || "/var/run/calico", "endpoint-status");
}

/** Files are looked at anew whenever they are asked for. */
export function hostEnvironment(variables: Variables, secretsFolder: string): Environment {
  return {
    routerId: variables["CALICO_ROUTER_ID"] || undefined,
    advertiseClusterIps: variables["CALICO_ADVERTISE_CLUSTER_IPS"] || undefined,
    podCidrs: variables["USE_POD_CIDR"]?.toLowerCase() === "true" ? "use-as-blocks" : "ignore",
    secret: (ref) => readSecret(secretsFolder, ref),
    sha256: (text) => createHash("sha256").update(text).digest(),
    workloads: readWorkloads(workloadFolder(variables)),
  };
}

function readSecret(folder: string, { name, key }: SecretKeyRef): SecretFile {
  if ([name, key].some((part) => part === "" || part === ".." || part.includes("/"))) return { kind: "unreadable", why: "its name is no name of a file" };
  try {
    return { kind: "text", text: readFileSync(join(folder, name, key), "utf8") };
  } catch (error) {
    return { kind: "unreadable", why: error instanceof Error ? error.message : String(error) };
  }
}

function readWorkloads(folder: string): readonly WorkloadStatus[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder).sort();
  } catch {
    return []; // Felix makes it when there is something to tell
  }
  return names.flatMap((name) => workloadOf(readText(join(folder, name))) ?? []);
}

/** {"ifaceName":"cali..","ipv4Nets":["10.1.1.2/32"],"ipv6Nets":[],"bgpPeerName":"name"} */
function workloadOf(text: string): WorkloadStatus | undefined {
  try {
    const { bgpPeerName, ipv4Nets, ipv6Nets } = JSON.parse(text) as { readonly [field: string]: unknown };
    if (typeof bgpPeerName !== "string" || bgpPeerName === "") return undefined;
    return { bgpPeerName, addresses: [...addressesIn(ipv4Nets), ...addressesIn(ipv6Nets)] };
  } catch {
    return undefined; // half written; it is looked at again when it is whole
  }
}

function addressesIn(nets: unknown): readonly IpAddress[] {
  if (!Array.isArray(nets)) return [];
  return nets.flatMap((net: unknown) => (typeof net === "string" ? (parseAddress(net.split("/")[0] ?? "") ?? []) : []));
}

function firstLine(path: string): string {
  return readText(path).split("\n")[0]?.trim() ?? "";
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
