/**
 * Whole messages: bytes to values and back.
 * Pure. RFC 4271 §4. Total: any bytes give a Message or a ProtocolError, never another exception.
 */

import { assertNever, invariant } from "../../ip/assert.ts";
import { CLASSIC_MAX_BYTES, HEADER_BYTES, MESSAGE_TYPE } from "./code-points.ts";
import { Reader, Writer } from "./cursor.ts";
import { ProtocolError } from "./error.ts";
import { TYPE_OFFSET, beginMessage, checkHeader, endMessage } from "./header.ts";
import { badMessageLength, badMessageType } from "./notification.ts";
import { decodeOpen, writeOpen } from "./open.ts";
import { decodeRouteRefresh, writeRouteRefresh } from "./route-refresh.ts";
import { decodeUpdate } from "./update.ts";
import { writeUpdate } from "./update-encoding.ts";
import type { CodecContext } from "./context.ts";
import type { Keepalive, Message, NotificationMessage } from "./message-types.ts";

const KEEPALIVE: Keepalive = { kind: "keepalive" };

/** Decodes one whole message, header included. NLRI are views of `bytes`; everything that may be kept is a copy. */
export function decodeMessage(bytes: Uint8Array, context: CodecContext): Message {
  if (bytes.length < HEADER_BYTES) throw new ProtocolError(badMessageLength(bytes.length), "shorter than a header");
  const length = checkHeader(bytes, 0, context.maxMessageBytes);
  if (length !== bytes.length) throw new ProtocolError(badMessageLength(length), `length ${length}, but ${bytes.length} octets`);
  const type = bytes[TYPE_OFFSET] ?? 0;
  switch (type) {
    case MESSAGE_TYPE.open:
      return decodeOpen(bytes);
    case MESSAGE_TYPE.update:
      return decodeUpdate(bytes, context);
    case MESSAGE_TYPE.notification:
      return decodeNotification(bytes);
    case MESSAGE_TYPE.keepalive:
      return KEEPALIVE;
    case MESSAGE_TYPE.routeRefresh:
      return decodeRouteRefresh(bytes);
    default:
      throw new ProtocolError(badMessageType(type), `message type ${type} is unknown`);
  }
}

/** Encodes one message. An UPDATE must fit; announceFrames and withdrawFrames split what does not. */
export function encodeMessage(message: Message, context: CodecContext): Uint8Array {
  const out = new Writer();
  beginMessage(typeOf(message), out);
  writeBody(message, out, context);
  invariant(out.length <= context.maxMessageBytes, `a ${message.kind} of ${out.length} octets fits`);
  return endMessage(out);
}

function typeOf({ kind }: Message): number {
  return kind === "route-refresh" ? MESSAGE_TYPE.routeRefresh : MESSAGE_TYPE[kind];
}

function writeBody(message: Message, out: Writer, context: CodecContext): void {
  switch (message.kind) {
    case "open":
      return writeOpen(message, out);
    case "update":
      return writeUpdate(message, out, context);
    case "keepalive":
      return undefined;
    case "notification":
      return writeNotification(message, out);
    case "route-refresh":
      return writeRouteRefresh(message, out);
    default:
      return assertNever(message);
  }
}

function decodeNotification(message: Uint8Array): NotificationMessage {
  const tooShort = (reason: string): ProtocolError => new ProtocolError(badMessageLength(message.length), reason);
  const reader = new Reader(message, HEADER_BYTES, message.length, tooShort);
  return { kind: "notification", notification: { code: reader.u8(), subcode: reader.u8(), data: reader.copy(reader.remaining) } };
}

/** Data that does not fit is cut: it is for people, and the codes have been said. */
function writeNotification({ notification }: NotificationMessage, out: Writer): void {
  out.u8(notification.code);
  out.u8(notification.subcode);
  out.bytes(notification.data, 0, Math.min(notification.data.length, CLASSIC_MAX_BYTES - out.length));
}
