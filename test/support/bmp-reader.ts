/** What a monitoring station reads: a stream cut into BMP messages by RFC 7854 alone, without the encoder under test. */

export interface BmpMessage {
  readonly type: "route-monitoring" | "statistics" | "peer-down" | "peer-up" | "initiation" | "termination";
  /** undefined for the two that are about nobody. */
  readonly peer: BmpPeer | undefined;
  readonly body: Uint8Array;
}

export interface BmpPeer {
  readonly flags: number;
  /** Sixteen octets in hexadecimal. */
  readonly address: string;
  readonly asn: number;
  readonly routerId: number;
  readonly sec: number;
  readonly micros: number;
}

const TYPES = ["route-monitoring", "statistics", "peer-down", "peer-up", "initiation", "termination"] as const;
const HEADER_BYTES = 6;
const PEER_BYTES = 42;

export class BmpReader {
  readonly messages: BmpMessage[] = [];
  #rest: Uint8Array = new Uint8Array(0);

  /** Throws where the stream is none. */
  push(octets: Uint8Array): void {
    this.#rest = this.#rest.length === 0 ? octets : Buffer.concat([this.#rest, octets]);
    for (;;) {
      if (this.#rest.length < HEADER_BYTES) return;
      const view = viewOf(this.#rest);
      if (view.getUint8(0) !== 3) throw new Error(`version ${view.getUint8(0)}`);
      const length = view.getUint32(1);
      if (this.#rest.length < length) return;
      this.messages.push(messageIn(this.#rest.subarray(0, length)));
      this.#rest = this.#rest.subarray(length);
    }
  }

  /** Octets of a message that is not whole. */
  get pending(): number {
    return this.#rest.length;
  }

  of(type: BmpMessage["type"]): readonly BmpMessage[] {
    return this.messages.filter((message) => message.type === type);
  }
}

/** The messages in a whole stream. */
export function bmpMessages(octets: Uint8Array): readonly BmpMessage[] {
  const reader = new BmpReader();
  reader.push(octets);
  if (reader.pending > 0) throw new Error(`${reader.pending} octets of no message`);
  return reader.messages;
}

/** Type, length and value, one after the other, to the end. */
export function tlvsIn(octets: Uint8Array): readonly { readonly type: number; readonly value: Uint8Array }[] {
  const found: { type: number; value: Uint8Array }[] = [];
  for (let at = 0; at < octets.length; ) {
    const view = viewOf(octets.subarray(at));
    const length = view.getUint16(2);
    if (at + 4 + length > octets.length) throw new Error("a TLV is longer than what holds it");
    found.push({ type: view.getUint16(0), value: Uint8Array.from(octets.subarray(at + 4, at + 4 + length)) });
    at += 4 + length;
  }
  return found;
}

function messageIn(octets: Uint8Array): BmpMessage {
  const type = TYPES[octets[5] ?? 255];
  if (!type) throw new Error(`type ${octets[5]}`);
  if (type === "initiation" || type === "termination") return { type, peer: undefined, body: Uint8Array.from(octets.subarray(HEADER_BYTES)) };
  const view = viewOf(octets.subarray(HEADER_BYTES));
  const address = Buffer.from(octets.subarray(HEADER_BYTES + 10, HEADER_BYTES + 26)).toString("hex");
  const peer = { flags: view.getUint8(1), address, asn: view.getUint32(26), routerId: view.getUint32(30), sec: view.getUint32(34), micros: view.getUint32(38) };
  return { type, peer, body: Uint8Array.from(octets.subarray(HEADER_BYTES + PEER_BYTES)) };
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.length);
}
