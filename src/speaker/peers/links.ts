/**
 * One TCP connection as the speaker sees it: bytes in, messages out of them, messages to send in front of everything else.
 * Pure.
 */

import { type CodecContext, INITIAL_CONTEXT } from "../../bgp/wire/context.ts";
import { copyOf } from "../../bgp/wire/cursor.ts";
import { Framer } from "../../bgp/wire/framer.ts";
import type { Message } from "../../bgp/wire/message-types.ts";
import { decodeMessage, encodeMessage } from "../../bgp/wire/message.ts";
import type { PlainUpdate } from "../../bgp/wire/plain-update.ts";
import type { LinkId } from "../../bgp/session/vocabulary.ts";
import type { PeerName } from "../config/config.ts";
import type { Endpoint } from "../vocabulary.ts";

export class Link {
  readonly id: LinkId;
  readonly peer: PeerName;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** What was agreed; replaced once, when the session comes up. */
  codec: CodecContext = INITIAL_CONTEXT;
  /** Hung up: what arrives is ignored, what is in the outbox still goes. */
  closing = false;
  /** The daemon knows that there is something to transmit. */
  announced = false;
  /** When the socket last took bytes that the session's machine has not heard of. */
  takenAtMs: number | undefined;
  /** Both OPENs as they were on the wire, for whoever monitors the session they made. */
  sentOpen: Uint8Array | undefined;
  heardOpen: Uint8Array | undefined;
  readonly #frames = new Framer();
  #outbox: Uint8Array[] = [];

  constructor(id: LinkId, peer: PeerName, local: Endpoint, remote: Endpoint) {
    this.id = id;
    this.peer = peer;
    this.local = local;
    this.remote = remote;
  }

  receive(bytes: Uint8Array): void {
    this.#frames.push(bytes);
  }

  /** Is there another whole message? Throws ProtocolError. */
  nextFrame(): boolean {
    return this.#frames.find(this.codec.maxMessageBytes);
  }

  /** Reads the message that nextFrame() found, where it lies; false: it is one to decode. */
  readPlain(update: PlainUpdate): boolean {
    return update.read(this.#frames.bytes, this.#frames.at, this.#frames.end, this.codec);
  }

  /** A view of the message that nextFrame() found, for whoever has to have one. */
  get frame(): Uint8Array {
    return this.#frames.bytes.subarray(this.#frames.at, this.#frames.end);
  }

  /** The message that nextFrame() found. Throws ProtocolError. */
  decode(): Message {
    const { frame } = this;
    const message = decodeMessage(frame, this.codec);
    if (message.kind === "open") this.heardOpen = copyOf(frame);
    return message;
  }

  send(message: Message): void {
    const frame = encodeMessage(message, this.codec);
    if (message.kind === "open") this.sentOpen = frame;
    this.#outbox.push(frame);
  }

  /** Frames encoded elsewhere, in front of what the update groups hold for this link. */
  sendFrames(frames: readonly Uint8Array[]): void {
    this.#outbox.push(...frames);
  }

  get hasOutbox(): boolean {
    return this.#outbox.length > 0;
  }

  takeOutbox(): readonly Uint8Array[] {
    const frames = this.#outbox;
    this.#outbox = [];
    return frames;
  }
}
