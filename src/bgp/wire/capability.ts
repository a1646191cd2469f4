/**
 * The capability table: what an OPEN offers, one row each.
 * Pure. RFC 5492 §4 and the RFC of each row.
 *
 * A known capability with a value that makes no sense is kept as "unknown", as if it had not been offered: RFC 5492
 * has no error for it, and a session without one extension is worth more than no session.
 */

import { CAPABILITY } from "./code-points.ts";
import { type Reader, Writer, copyOf } from "./cursor.ts";
import { Malformed, malformed } from "./error.ts";
import { encodeText, printableText } from "./text.ts";
import type { FamilyCode } from "./context.ts";
import type { AddPathMode, Capability, Forwarding, GracefulRestartCapability, Role } from "./message-types.ts";

type Known = Exclude<Capability, { readonly kind: "unknown" }>;
type CapabilityOf<Kind extends Known["kind"]> = Extract<Known, { readonly kind: Kind }>;

interface CapabilityCodec<Value extends Known> {
  readonly code: number;
  /** Reads the whole value; throws Malformed. */
  decode(value: Reader): Value;
  encode(capability: Value, out: Writer): void;
}

const MAX_NAME_BYTES = 64; // host, domain and version alike; as other implementations cut them
const RESTARTING = 0x8000; // RFC 4724 §3
const NOTIFICATION = 0x4000; // RFC 8538 §2
const RESTART_TIME = 0x0fff; // RFC 4724 §3: twelve bits of seconds
const FORWARDING = 0x80; // RFC 4724 §3, RFC 9494 §3

const ADD_PATH_MODES: readonly (AddPathMode | undefined)[] = [undefined, "receive", "send", "both"]; // RFC 7911 §4
const ROLES: readonly Role[] = ["provider", "route-server", "route-server-client", "customer", "peer"]; // RFC 9234 §4.1

const TABLE: { readonly [Kind in Known["kind"]]: CapabilityCodec<CapabilityOf<Kind>> } = {
  multiprotocol: {
    code: CAPABILITY.multiprotocol,
    decode(value) {
      const afi = value.u16();
      value.skip(1); // reserved
      return { kind: "multiprotocol", family: { afi, safi: value.u8() } };
    },
    encode({ family }, out) {
      out.u16(family.afi);
      out.u8(0);
      out.u8(family.safi);
    },
  },
  "route-refresh": withoutValue(CAPABILITY.routeRefresh, { kind: "route-refresh" }),
  "enhanced-route-refresh": withoutValue(CAPABILITY.enhancedRouteRefresh, { kind: "enhanced-route-refresh" }),
  "extended-message": withoutValue(CAPABILITY.extendedMessage, { kind: "extended-message" }),
  "four-octet-as": {
    code: CAPABILITY.fourOctetAs,
    decode: (value) => ({ kind: "four-octet-as", asn: value.u32() }),
    encode: ({ asn }, out) => out.u32(asn),
  },
  "extended-next-hop": {
    code: CAPABILITY.extendedNextHop,
    decode: (value) => ({
      kind: "extended-next-hop",
      entries: entriesOf(value, () => ({ afi: value.u16(), safi: value.u16(), nextHopAfi: value.u16() })),
    }),
    encode({ entries }, out) {
      for (const { afi, safi, nextHopAfi } of entries) {
        out.u16(afi);
        out.u16(safi); // two octets here, RFC 8950 §4
        out.u16(nextHopAfi);
      }
    },
  },
  "add-path": {
    code: CAPABILITY.addPath,
    decode: (value) => ({
      kind: "add-path",
      entries: entriesOf(value, () => ({ ...readFamily(value), mode: readAddPathMode(value) })),
    }),
    encode({ entries }, out) {
      for (const entry of entries) {
        writeFamily(entry, out);
        out.u8(ADD_PATH_MODES.indexOf(entry.mode));
      }
    },
  },
  "graceful-restart": { code: CAPABILITY.gracefulRestart, decode: readGracefulRestart, encode: writeGracefulRestart },
  "long-lived-graceful-restart": {
    code: CAPABILITY.longLivedGracefulRestart,
    decode: (value) => ({
      kind: "long-lived-graceful-restart",
      entries: entriesOf(value, () => ({ ...readForwarding(value), staleTimeSec: value.u24() })),
    }),
    encode({ entries }, out) {
      for (const entry of entries) {
        writeFamily(entry, out);
        out.u8(entry.forwarding ? FORWARDING : 0);
        out.u24(entry.staleTimeSec);
      }
    },
  },
  role: {
    code: CAPABILITY.role,
    decode(value) {
      const code = value.u8();
      return { kind: "role", role: ROLES[code] ?? code };
    },
    encode: ({ role }, out) => out.u8(typeof role === "number" ? role : ROLES.indexOf(role)),
  },
  hostname: {
    code: CAPABILITY.hostname,
    decode: (value) => ({ kind: "hostname", host: readName(value), domain: readName(value) }),
    encode({ host, domain }, out) {
      writeName(host, out);
      writeName(domain, out);
    },
  },
  "software-version": {
    code: CAPABILITY.softwareVersion,
    decode: (value) => ({ kind: "software-version", version: readName(value) }),
    encode: ({ version }, out) => writeName(version, out),
  },
};

const ROW_BY_CODE = new Map(Object.values(TABLE).map((row) => [row.code, row as CapabilityCodec<Known>]));

/** The number a capability has in an OPEN. */
export function capabilityCode(capability: Capability): number {
  return capability.kind === "unknown" ? capability.code : TABLE[capability.kind].code;
}

/** Reads one capability: code, length, value. Running short of that is the mistake of the OPEN, and the reader's error. */
export function readCapability(reader: Reader): Capability {
  const code = reader.u8();
  const value = reader.part(reader.u8(), malformed);
  const unread: Capability = { kind: "unknown", code, value: copyOf(value.bytes, value.at, value.end) };
  const row = ROW_BY_CODE.get(code);
  if (!row) return unread;
  try {
    const capability = row.decode(value);
    value.expectEnd();
    return capability;
  } catch (error) {
    if (error instanceof Malformed) return unread;
    throw error;
  }
}

/** The capability as it stands in an OPEN, or in the data of "unsupported capability". */
export function encodeCapability(capability: Capability): Uint8Array {
  const out = new Writer();
  out.u8(capabilityCode(capability));
  out.u8(0);
  if (capability.kind === "unknown") out.bytes(capability.value);
  else (TABLE[capability.kind] as CapabilityCodec<Known>).encode(capability, out);
  out.patchU8(1, out.length - 2);
  return out.finish();
}

function withoutValue<Value extends Known>(code: number, capability: Value): CapabilityCodec<Value> {
  return { code, decode: () => capability, encode: () => undefined };
}

/** Entries of one shape until the value ends. */
function entriesOf<Entry>(value: Reader, readEntry: () => Entry): readonly Entry[] {
  const entries: Entry[] = [];
  while (value.remaining > 0) entries.push(readEntry());
  return entries;
}

function readFamily(value: Reader): FamilyCode {
  return { afi: value.u16(), safi: value.u8() };
}

function readForwarding(value: Reader): Forwarding {
  return { ...readFamily(value), forwarding: (value.u8() & FORWARDING) !== 0 };
}

function writeFamily({ afi, safi }: FamilyCode, out: Writer): void {
  out.u16(afi);
  out.u8(safi);
}

/** Another mode means that the capability is not understood (RFC 7911 §4). */
function readAddPathMode(value: Reader): AddPathMode {
  const code = value.u8();
  const mode = ADD_PATH_MODES[code];
  if (!mode) throw malformed(`add-path mode ${code}`);
  return mode;
}

function readGracefulRestart(value: Reader): GracefulRestartCapability {
  const head = value.u16();
  return {
    kind: "graceful-restart",
    restarting: (head & RESTARTING) !== 0,
    notification: (head & NOTIFICATION) !== 0,
    restartTimeSec: head & RESTART_TIME,
    entries: entriesOf(value, () => readForwarding(value)),
  };
}

function writeGracefulRestart({ restarting, notification, restartTimeSec, entries }: GracefulRestartCapability, out: Writer): void {
  out.u16((restarting ? RESTARTING : 0) | (notification ? NOTIFICATION : 0) | Math.min(restartTimeSec, RESTART_TIME));
  for (const entry of entries) {
    writeFamily(entry, out);
    out.u8(entry.forwarding ? FORWARDING : 0);
  }
}

function readName(value: Reader): string {
  return printableText(value.copy(value.u8()));
}

function writeName(name: string, out: Writer): void {
  const bytes = encodeText(name, MAX_NAME_BYTES);
  out.u8(bytes.length);
  out.bytes(bytes);
}
