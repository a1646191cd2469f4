/**
 * Servers that are called by their IP address behind TLS.
 * The door: node:tls. grpc-js names the address as TLS server name, which RFC 6066 §3 forbids and Node 26 refuses. So it is given a name that
 * stands for the address, and when the certificate is checked against that name, it is checked against the address.
 */

import { isIP } from "node:net";
import tls from "node:tls";

const SUFFIX = ".address.invalid"; // RFC 6761 §6.4: nobody's
const addresses = new Map<string, string>();

/** What a server at that URL is to be called; undefined: its own name will do. */
export function nameForTls(url: string): string | undefined {
  const { protocol, hostname } = new URL(url);
  const address = hostname.replace(/^\[|\]$/g, "");
  if (protocol !== "https:" || isIP(address) === 0) return undefined;
  if (addresses.size === 0) standInForAddresses();
  const name = `${address.replaceAll(/[.:]/g, "-")}${SUFFIX}`;
  addresses.set(name, address);
  return name;
}

/** Every other name is checked as it always was. */
function standInForAddresses(): void {
  const check = tls.checkServerIdentity;
  tls.checkServerIdentity = (hostname, certificate) => check(addresses.get(hostname) ?? hostname, certificate);
}
