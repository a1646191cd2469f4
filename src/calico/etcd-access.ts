/**
 * Settings -> what a connection is made with: files read, servers found. Done anew for every connection, because
 * certificates are renewed and servers move.
 * The door: the file system and DNS.
 */

import { readFile } from "node:fs/promises";
import { resolveSrv } from "node:dns/promises";
import type { DatastoreSettings, Pem } from "./datastore-settings.ts";
import type { EtcdAccess } from "./etcd-link.ts";

export async function etcdAccess(settings: DatastoreSettings): Promise<EtcdAccess> {
  const { tls, user } = settings;
  const hosts = await hostsOf(settings);
  const host = hosts[Math.floor(Math.random() * hosts.length)] ?? ""; // one server a link: the next link finds another where this one is dead
  const [ca, certificate, key] = await Promise.all([tls.ca, tls.certificate, tls.key].map(readPem));
  const isSecure = host.startsWith("https:");
  return {
    host,
    ...(user && { auth: { username: user.name, password: user.password.reveal() } }),
    // without a CA the ones that Node trusts are meant; the type does not know that this may be left out
    ...(isSecure && (ca || certificate) && { credentials: { rootCertificate: ca as Buffer, ...(key && { privateKey: key }), ...(certificate && { certChain: certificate }) } }),
  };
}

/** As people read it, for the log. */
export function describeServers({ servers }: DatastoreSettings): string {
  return servers.kind === "endpoints" ? servers.urls.join(",") : `SRV records of ${servers.domain}`;
}

const SERVICES = [
  ["https", "_etcd-client-ssl"],
  ["http", "_etcd-client"],
] as const;

async function hostsOf({ servers }: DatastoreSettings): Promise<readonly string[]> {
  if (servers.kind === "endpoints") return servers.urls.map((url) => url.replace(/\/$/, ""));
  for (const [scheme, service] of SERVICES) {
    const found = await resolveSrv(`${service}._tcp.${servers.domain}`).catch(() => []);
    if (found.length > 0) return found.map(({ name, port }) => `${scheme}://${name}:${port}`);
  }
  throw new Error(`no SRV records of etcd in ${servers.domain}`);
}

async function readPem(pem: Pem | undefined): Promise<Buffer | undefined> {
  if (!pem) return undefined;
  return pem.kind === "inline" ? Buffer.from(pem.text.reveal()) : readFile(pem.path);
}
