/**
 * BFD Control packets <-> bytes.
 * Pure. RFC 5880 §4.1, the checks of §6.8.6 that need no session; without authentication, which RFC 5881 §5 replaces by
 * the TTL of 255.
 *
 *   0               1               2               3               4
 *   +-----+---------+---+-----------+---------------+---------------+
 *   |Ver 1|  Diag   |Sta|P|F|C|A|D|M|  Detect Mult  |   Length 24   |
 *   +-----+---------+---+-----------+---------------+---------------+
 *   |                       My Discriminator                        |
 *   |                      Your Discriminator                       |
 *   |              Desired Min TX Interval (microseconds)           |
 *   |              Required Min RX Interval                         |
 *   |              Required Min Echo RX Interval                    |
 *   +---------------------------------------------------------------+
 */

import { Reader, Writer } from "../bgp/wire/cursor.ts";

/** In the order of their numbers on the wire. */
export const BFD_STATES = ["admin-down", "down", "init", "up"] as const;
export type BfdState = (typeof BFD_STATES)[number];

/** RFC 5880 §4.1; a number that is not here is shown as a number. */
export const DIAGNOSTIC = {
  none: 0,
  detectionTimeExpired: 1,
  echoFailed: 2,
  neighborDown: 3,
  forwardingPlaneReset: 4,
  pathDown: 5,
  concatenatedPathDown: 6,
  administrativelyDown: 7,
  reverseConcatenatedPathDown: 8,
} as const;

const DIAGNOSTIC_NAMES: { readonly [code: number]: string } = {
  [DIAGNOSTIC.none]: "no diagnostic",
  [DIAGNOSTIC.detectionTimeExpired]: "control detection time expired",
  [DIAGNOSTIC.echoFailed]: "echo function failed",
  [DIAGNOSTIC.neighborDown]: "neighbor signaled session down",
  [DIAGNOSTIC.forwardingPlaneReset]: "forwarding plane reset",
  [DIAGNOSTIC.pathDown]: "path down",
  [DIAGNOSTIC.concatenatedPathDown]: "concatenated path down",
  [DIAGNOSTIC.administrativelyDown]: "administratively down",
  [DIAGNOSTIC.reverseConcatenatedPathDown]: "reverse concatenated path down",
};

export interface ControlPacket {
  readonly kind: "control";
  readonly diagnostic: number;
  readonly state: BfdState;
  /** Asks for an answer at once. */
  readonly poll: boolean;
  /** Answers a poll. */
  readonly final: boolean;
  /** The sender's BFD survives a restart of its control plane. */
  readonly controlPlaneIndependent: boolean;
  /** Both Up, the sender wants no periodic packets. */
  readonly demand: boolean;
  readonly detectMultiplier: number;
  /** Never 0. */
  readonly myDiscriminator: number;
  /** 0: the sender has not heard the receiver. */
  readonly yourDiscriminator: number;
  readonly desiredMinTxUs: number;
  /** 0: send no periodic packets at all. */
  readonly requiredMinRxUs: number;
  readonly requiredMinEchoRxUs: number;
}

/** Why a packet is discarded; the last two are known only to whoever has the sessions. */
export const REFUSALS = [
  "length",
  "version",
  "multiplier",
  "multipoint",
  "authentication",
  "my-discriminator",
  "your-discriminator",
  "unknown-session",
  "unknown-neighbor",
] as const;
export type RefusalReason = (typeof REFUSALS)[number];

export interface Refusal {
  readonly kind: "refused";
  readonly reason: RefusalReason;
}

const VERSION = 1;
const BYTES = 24;
const FLAG = {
  poll: 0x20,
  final: 0x10,
  controlPlaneIndependent: 0x08,
  authentication: 0x04,
  demand: 0x02,
  multipoint: 0x01,
} as const;

/** Any bytes give a packet or the reason why not; octets after the packet's own length are ignored. */
export function decodeControl(bytes: Uint8Array): ControlPacket | Refusal {
  const [first = 0, second = 0, detectMultiplier = 0, length = 0] = bytes;
  if (bytes.length < BYTES || length < BYTES || length > bytes.length) return refuse("length");
  if (first >>> 5 !== VERSION) return refuse("version");
  if (detectMultiplier === 0) return refuse("multiplier");
  if (second & FLAG.multipoint) return refuse("multipoint");
  if (second & FLAG.authentication) return refuse("authentication");
  const reader = new Reader(bytes, 4, BYTES, outOfBounds);
  const packet: ControlPacket = {
    kind: "control",
    diagnostic: first & 0x1f,
    state: BFD_STATES[second >>> 6] as BfdState,
    poll: (second & FLAG.poll) !== 0,
    final: (second & FLAG.final) !== 0,
    controlPlaneIndependent: (second & FLAG.controlPlaneIndependent) !== 0,
    demand: (second & FLAG.demand) !== 0,
    detectMultiplier,
    myDiscriminator: reader.u32(),
    yourDiscriminator: reader.u32(),
    desiredMinTxUs: reader.u32(),
    requiredMinRxUs: reader.u32(),
    requiredMinEchoRxUs: reader.u32(),
  };
  return checkDiscriminators(packet);
}

export function encodeControl(packet: ControlPacket): Uint8Array {
  const flags =
    (packet.poll ? FLAG.poll : 0) |
    (packet.final ? FLAG.final : 0) |
    (packet.controlPlaneIndependent ? FLAG.controlPlaneIndependent : 0) |
    (packet.demand ? FLAG.demand : 0);
  const out = new Writer();
  out.u8((VERSION << 5) | packet.diagnostic);
  out.u8((BFD_STATES.indexOf(packet.state) << 6) | flags);
  out.u8(packet.detectMultiplier);
  out.u8(BYTES);
  out.u32(packet.myDiscriminator);
  out.u32(packet.yourDiscriminator);
  out.u32(packet.desiredMinTxUs);
  out.u32(packet.requiredMinRxUs);
  out.u32(packet.requiredMinEchoRxUs);
  return out.finish();
}

/** The RFC's words for a diagnostic code. */
export function diagnosticName(code: number): string {
  return DIAGNOSTIC_NAMES[code] ?? `diagnostic ${code}`;
}

/** Only who has not heard us may leave our discriminator out. */
function checkDiscriminators(packet: ControlPacket): ControlPacket | Refusal {
  if (packet.myDiscriminator === 0) return refuse("my-discriminator");
  const mayBeUnheard = packet.state === "down" || packet.state === "admin-down";
  return packet.yourDiscriminator === 0 && !mayBeUnheard ? refuse("your-discriminator") : packet;
}

function refuse(reason: RefusalReason): Refusal {
  return { kind: "refused", reason };
}

function outOfBounds(reason: string): Error {
  return new Error(`a BFD packet was read beyond its length: ${reason}`);
}
