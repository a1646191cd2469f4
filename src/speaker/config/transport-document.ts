/**
 * The TCP connection of one peer: how people write it, and the TransportSettings that come of it.
 * Pure. RFC 2385 (passwords), RFC 5082 (TTL security), RFC 2474 (DSCP).
 *
 * Deviates from neither BIRD nor FRR where they agree: an external peer is on our link (TTL 1) unless `multihop` says
 * otherwise. Towards internal peers the TTL is 255, as FRR has it; BIRD says 64.
 */

import type { TransportSettings } from "./config.ts";
import { type ConfigFault, type ObjectOf, type Shape, defaulted, fault, integer, object, optional, parsed, refined, text } from "./schema.ts";
import { Secret } from "./secret.ts";

const PASSWORD_BYTES = 80; // what Linux takes
const DSCP_CS6 = 48; // RFC 4594 §3.1: routing protocols
const DEVICE = /^[^\s/]{1,15}$/; // IFNAMSIZ is 16, with the closing NUL

const EXPECTED_PASSWORD = `a text of 1 to ${PASSWORD_BYTES} octets`;

const password: Shape<Secret> = parsed((input) => (isPassword(input) ? new Secret(input) : undefined), EXPECTED_PASSWORD);

export const TRANSPORT_FIELDS = {
  password: optional(password, `TCP MD5 password shared with the peer (RFC 2385), ${EXPECTED_PASSWORD}`),
  passwordFile: optional(text("the path of a file"), "file that holds the password on its first line; it is read again with the configuration"),
  ttlSecurity: optional(
    object({ hops: defaulted(integer(1, 254), 1, "how many hops away the peer is; 1 is a neighbour on our link") }),
    "take packets only from so near, told by their TTL (RFC 5082); the peer has to send with TTL 255, as we do then",
  ),
  multihop: optional(integer(1, 255), "how many hops away the peer may be: the TTL of what we send; without it 1 for external peers, 255 for internal ones"),
  device: optional(refined(text(), (name) => DEVICE.test(name), "the name of a network interface"), "speak with this peer over this interface only"),
  tcpUserTimeoutSec: optional(integer(1, 86_400), "seconds that sent bytes may stay unacknowledged before TCP gives up; without it the kernel's own"),
  dscp: defaulted(integer(0, 63), DSCP_CS6, "DSCP of the session's packets; 48 is CS6, network control"),
} as const;

type TransportDocument = ObjectOf<typeof TRANSPORT_FIELDS>;

/** What a file with a password in it holds, or why it cannot be read. */
export type SecretFile = { readonly kind: "text"; readonly text: string } | { readonly kind: "unreadable"; readonly why: string };
export type ReadSecret = (path: string) => SecretFile;

/** For configurations that come from no file system. */
export const NO_FILES: ReadSecret = () => ({ kind: "unreadable", why: "there are no files here" });

/** Where a field was written. */
type PathOf = (field: keyof TransportDocument) => string;

/** `kind`: of the peer, by its AS. */
export function transportOf(document: TransportDocument, kind: "internal" | "external", pathOf: PathOf, faults: ConfigFault[], readSecret: ReadSecret): TransportSettings {
  if (document.ttlSecurity && document.multihop !== undefined) fault(faults, pathOf("multihop"), document.multihop, "nothing: ttlSecurity.hops says how far the peer is");
  return {
    password: passwordOf(document, pathOf, faults, readSecret),
    reach: document.ttlSecurity
      ? { kind: "security", hops: document.ttlSecurity.hops }
      : { kind: "hops", hops: document.multihop ?? (kind === "external" ? 1 : 255) },
    device: document.device,
    userTimeoutMs: document.tcpUserTimeoutSec === undefined ? undefined : document.tcpUserTimeoutSec * 1000,
    dscp: document.dscp,
  };
}

function passwordOf({ password: given, passwordFile }: TransportDocument, pathOf: PathOf, faults: ConfigFault[], readSecret: ReadSecret): Secret | undefined {
  if (passwordFile === undefined) return given;
  if (given) return fault(faults, pathOf("passwordFile"), passwordFile, "nothing: there is a password already");
  const file = readSecret(passwordFile);
  if (file.kind === "unreadable") return fault(faults, pathOf("passwordFile"), passwordFile, `a file that can be read (${file.why})`);
  return passwordIn(file.text) ?? fault(faults, pathOf("passwordFile"), passwordFile, `a file whose first line is ${EXPECTED_PASSWORD}`);
}

/** The password on the first line of a file; undefined: there is none. */
export function passwordIn(file: string): Secret | undefined {
  const [line = ""] = file.split(/\r?\n/);
  return isPassword(line) ? new Secret(line) : undefined;
}

function isPassword(input: string): boolean {
  const octets = new TextEncoder().encode(input).length;
  return octets > 0 && octets <= PASSWORD_BYTES;
}
