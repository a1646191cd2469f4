/**
 * A peer that says exactly what the test tells it to, byte for byte, to one real speaker.
 * It knows no protocol: it encodes what it is given and decodes what it hears.
 */

import type { IpAddress } from "../../src/ip/address.ts";
import { INITIAL_CONTEXT, type CodecContext } from "../../src/bgp/wire/context.ts";
import { Framer } from "../../src/bgp/wire/framer.ts";
import type { Message } from "../../src/bgp/wire/message-types.ts";
import { decodeMessage, encodeMessage } from "../../src/bgp/wire/message.ts";
import type { LinkId } from "../../src/bgp/session/vocabulary.ts";
import type { TestSpeaker } from "./network.ts";

export const AGREED: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true };

let links = 1_000_000;

export class ScriptedPeer {
  /** Everything heard, oldest first. */
  readonly heard: Message[] = [];
  hungUp = false;
  window: "open" | "shut" = "open";
  readonly whenHungUp: "closes" | "clings";
  readonly link = ++links as LinkId;
  readonly #speaker: TestSpeaker;
  readonly #framer = new Framer();
  #context: CodecContext = INITIAL_CONTEXT;

  /** Connects to the speaker from that address. One that "clings" keeps its end open when the speaker hangs up. */
  constructor(speaker: TestSpeaker, address: string, whenHungUp: "closes" | "clings" = "closes") {
    this.#speaker = speaker;
    this.whenHungUp = whenHungUp;
    speaker.attach(this.link, this);
    speaker.absorb({ kind: "accepted", link: this.link, remote: { address: address as IpAddress, port: 50_000 }, local: { address: speaker.address, port: 179 } });
  }

  say(message: Message): void {
    this.sayBytes(encodeMessage(message, this.#context));
  }

  sayBytes(bytes: Uint8Array): void {
    this.#speaker.absorb({ kind: "bytes", link: this.link, bytes });
  }

  /** OPEN and KEEPALIVE: after that the session is up and messages are encoded as agreed. */
  establish(asn: number, routerId: number, capabilities: Extract<Message, { kind: "open" }>["capabilities"], agreed: CodecContext = { ...AGREED, internal: true }): void {
    this.say({ kind: "open", version: 4, asn, holdTimeSec: 90, routerId, capabilities });
    this.say({ kind: "keepalive" });
    this.#context = agreed;
  }

  /** Its end is gone now. */
  vanish(): void {
    this.#speaker.absorb({ kind: "closed", link: this.link });
  }

  hear(bytes: Uint8Array): void {
    this.#framer.push(bytes);
    for (let frame = this.#framer.next(this.#context.maxMessageBytes); frame; frame = this.#framer.next(this.#context.maxMessageBytes)) {
      this.heard.push(decodeMessage(frame, this.#context));
    }
  }

  /** Messages of one kind, and forgets everything heard so far. */
  take<Kind extends Message["kind"]>(kind: Kind): readonly Extract<Message, { kind: Kind }>[] {
    return this.heard.splice(0).filter((message): message is Extract<Message, { kind: Kind }> => message.kind === kind);
  }
}
