/**
 * OPEN: who we are and what we can do.
 * Pure. RFC 4271 §4.2 and §6.2, RFC 5492 (capabilities), RFC 6286 (identifier), RFC 6793 (AS number), RFC 7607 (AS 0),
 * RFC 9072 (long parameters).
 *
 *   +---------+-------+-----------+------------+--------+------------------------
 *   | version | my AS | hold time | identifier | length | parameters
 *   | 1       | 2     | 2         | 4          | 1      | type 1, length 1, value
 *   +---------+-------+-----------+------------+--------+------------------------
 *
 * RFC 9072: when the first parameter's type is 255, two octets of total length follow it, and every parameter has two
 * octets of length. That form is read whatever the first length octet says, and written only when it is needed.
 */

import { encodeCapability, readCapability } from "./capability.ts";
import { AS_TRANS, BGP_VERSION, HEADER_BYTES, MAX_TWO_OCTET_AS, OPEN_PARAMETER } from "./code-points.ts";
import { Reader, type Writer } from "./cursor.ts";
import { ProtocolError } from "./error.ts";
import {
  type Notification,
  badPeerAs,
  badRouterId,
  malformedOpen,
  unacceptableHoldTime,
  unsupportedOptionalParameter,
  unsupportedVersion,
} from "./notification.ts";
import type { Capability, Open } from "./message-types.ts";

const MIN_HOLD_TIME_SEC = 3; // RFC 4271 §4.2, unless it is zero
const MAX_SHORT_BYTES = 255;

/** Decodes a whole OPEN whose header has been checked, and refuses what no configuration could accept. */
export function decodeOpen(message: Uint8Array): Open {
  const reader = new Reader(message, HEADER_BYTES, message.length, (reason) => refusal(malformedOpen, reason));
  const version = reader.u8();
  if (version !== BGP_VERSION) throw refusal(unsupportedVersion, `version ${version}`);
  const shortAsn = reader.u16();
  const holdTimeSec = reader.u16();
  const routerId = reader.u32();
  const capabilities = readParameters(reader);
  const wide = capabilities.find((capability) => capability.kind === "four-octet-as");
  const asn = wide?.asn ?? shortAsn;
  if (asn === 0) throw refusal(badPeerAs, "AS 0");
  if (shortAsn !== asn && shortAsn !== AS_TRANS) throw refusal(badPeerAs, `AS ${shortAsn} and AS ${asn} in one OPEN`);
  if (holdTimeSec !== 0 && holdTimeSec < MIN_HOLD_TIME_SEC) throw refusal(unacceptableHoldTime, `hold time ${holdTimeSec} s`);
  if (routerId === 0) throw refusal(badRouterId, "router id 0.0.0.0");
  return { kind: "open", version, asn, holdTimeSec, routerId, capabilities };
}

export function writeOpen({ version, asn, holdTimeSec, routerId, capabilities }: Open, out: Writer): void {
  out.u8(version);
  out.u16(asn > MAX_TWO_OCTET_AS ? AS_TRANS : asn);
  out.u16(holdTimeSec);
  out.u32(routerId);
  writeParameters(capabilities.map(encodeCapability), out);
}

/** The capabilities of all parameters. */
function readParameters(reader: Reader): readonly Capability[] {
  const totalBytes = reader.u8();
  const isExtended = totalBytes !== 0 && reader.bytes[reader.at] === OPEN_PARAMETER.extendedLength;
  if (isExtended) reader.skip(1);
  const parameters = reader.part(isExtended ? reader.u16() : totalBytes);
  reader.expectEnd();
  const capabilities: Capability[] = [];
  while (parameters.remaining > 0) {
    const type = parameters.u8();
    const value = parameters.part(isExtended ? parameters.u16() : parameters.u8());
    if (type !== OPEN_PARAMETER.capabilities) throw refusal(unsupportedOptionalParameter, `optional parameter ${type}`);
    while (value.remaining > 0) capabilities.push(readCapability(value));
  }
  return capabilities;
}

/** One parameter with all capabilities, as RFC 5492 §4 wishes; none where there are none. */
function writeParameters(capabilities: readonly Uint8Array[], out: Writer): void {
  const valueBytes = capabilities.reduce((total, { length }) => total + length, 0);
  if (valueBytes === 0) {
    out.u8(0);
  } else if (valueBytes + 2 <= MAX_SHORT_BYTES) {
    out.u8(valueBytes + 2);
    out.u8(OPEN_PARAMETER.capabilities);
    out.u8(valueBytes);
  } else {
    out.u8(MAX_SHORT_BYTES);
    out.u8(OPEN_PARAMETER.extendedLength);
    out.u16(valueBytes + 3);
    out.u8(OPEN_PARAMETER.capabilities);
    out.u16(valueBytes);
  }
  for (const capability of capabilities) out.bytes(capability);
}

function refusal(notification: Notification, reason: string): ProtocolError {
  return new ProtocolError(notification, reason);
}
