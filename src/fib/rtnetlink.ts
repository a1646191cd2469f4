/**
 * Netlink messages <-> bytes: headers, attributes, acknowledgements, dump requests.
 * Pure. The layouts of linux/netlink.h; numbers stand in host order, which is little-endian wherever this runs.
 *
 *   0        4       6       8        12       16
 *   +--------+-------+-------+--------+--------+----------------------------------------+
 *   | length | type  | flags |  seq   | portid | payload: a fixed struct, then attributes |
 *   +--------+-------+-------+--------+--------+----------------------------------------+
 *   attribute: u16 length (4 + n), u16 type, n octets, padded to a multiple of four
 */

export const MESSAGE = {
  error: 2,
  done: 3,
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newAddress: 20,
  delAddress: 21,
  getAddress: 22,
  newRoute: 24,
  delRoute: 25,
  getRoute: 26,
  newNextHop: 104,
  delNextHop: 105,
  getNextHop: 106,
} as const;

export const FLAG = {
  request: 0x1,
  ack: 0x4,
  dumpInterrupted: 0x10,
  dump: 0x300,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  /** In an acknowledgement: attributes with the kernel's own words follow. */
  ackAttributes: 0x200,
} as const;

/** What the kernel answers when it refuses; names of errno.h. */
export const ERRNO = {
  EPERM: 1,
  ESRCH: 3,
  EACCES: 13,
  EEXIST: 17,
  ENOBUFS: 105,
} as const;

export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_INET6 = 10;

export const HEADER_BYTES = 16;
const ATTRIBUTE_TYPE_MASK = 0x3fff; // the two high bits say "nested" and "network order"
const ACK_HEADER_AT = 4;
const ACK_ATTRIBUTES_AT = ACK_HEADER_AT + HEADER_BYTES;
const ACK_TEXT = 1; // NLMSGERR_ATTR_MSG

export function u16At(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

export function u32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
}

/** Where one message stands in its datagram; the same object for all of them, so that a dump of a million routes makes none. */
export interface MessageAt {
  readonly bytes: Uint8Array;
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  readonly at: number;
  readonly end: number;
}

/** Shows every whole message of a datagram; a length that cannot be ends the walk. */
export function eachMessage(bytes: Uint8Array, visit: (message: MessageAt) => void): void {
  const message = { bytes, type: 0, flags: 0, seq: 0, at: 0, end: 0 };
  for (let start = 0; start + HEADER_BYTES <= bytes.length; ) {
    const length = u32At(bytes, start);
    if (length < HEADER_BYTES || start + length > bytes.length) return;
    message.type = u16At(bytes, start + 4);
    message.flags = u16At(bytes, start + 6);
    message.seq = u32At(bytes, start + 8);
    message.at = start + HEADER_BYTES;
    message.end = start + length;
    visit(message);
    start += align(length);
  }
}

/** Shows every attribute between `from` and `end`. */
export function eachAttribute(bytes: Uint8Array, from: number, end: number, visit: (type: number, at: number, length: number) => void): void {
  for (let start = from; start + 4 <= end; ) {
    const length = u16At(bytes, start);
    if (length < 4 || start + length > end) return;
    visit(u16At(bytes, start + 2) & ATTRIBUTE_TYPE_MASK, start + 4, length - 4);
    start += align(length);
  }
}

export function align(length: number): number {
  return (length + 3) & ~3;
}

/** The errno of an acknowledgement or of the end of a dump; zero: done as asked. */
export function errnoOf(message: MessageAt): number {
  return message.end - message.at >= 4 ? 0 - (u32At(message.bytes, message.at) | 0) : 0;
}

/** The kernel's own words beside an errno, or "" where it has none. */
export function ackText(message: MessageAt): string {
  if ((message.flags & FLAG.ackAttributes) === 0) return "";
  let text = "";
  eachAttribute(message.bytes, message.at + ACK_ATTRIBUTES_AT, message.end, (type, at, length) => {
    if (type === ACK_TEXT) text = latin1(message.bytes, at, length - 1);
  });
  return text;
}

/** Text of a zero-terminated attribute. */
export function latin1(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + Math.max(0, length)));
}

/** Puts messages one behind another into one datagram; every message begins at a multiple of four. */
export class DatagramWriter {
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  #start = 0;
  #end = 0;

  constructor(maxBytes: number) {
    this.#bytes = new Uint8Array(maxBytes);
    this.#words = new Uint32Array(this.#bytes.buffer, 0, maxBytes >> 2);
  }

  begin(type: number, flags: number, seq: number): void {
    this.#start = this.#end;
    this.u32(0);
    this.u16(type);
    this.u16(flags);
    this.u32(seq);
    this.u32(0);
  }

  /** A message that was written once, as its words, with other flags and another number; answers where it begins. */
  copy(message: Uint32Array, flags: number, seq: number): number {
    const start = this.#end;
    const word = start >> 2;
    for (let i = 0; i < message.length; i++) this.#words[word + i] = message[i] as number;
    this.#words[word + 1] = ((message[1] as number) & 0xffff) | (flags << 16);
    this.#words[word + 2] = seq;
    this.#start = start;
    this.#end = start + message.length * 4;
    return start;
  }

  /** Changes what stands there already. */
  overwrite(at: number, octet: number): void {
    this.#bytes[at] = octet;
  }

  u8(value: number): void {
    this.#bytes[this.#end++] = value;
  }

  u16(value: number): void {
    this.#bytes[this.#end++] = value;
    this.#bytes[this.#end++] = value >>> 8;
  }

  u32(value: number): void {
    this.u16(value);
    this.u16(value >>> 16);
  }

  octets(value: Uint8Array): void {
    this.#bytes.set(value, this.#end);
    this.#end += value.length;
  }

  attribute(type: number, value: Uint8Array): void {
    this.u16(4 + value.length);
    this.u16(type);
    this.octets(value);
    while ((this.#end & 3) !== 0) this.u8(0);
  }

  attributeU32(type: number, value: number): void {
    this.u16(8);
    this.u16(type);
    this.u32(value);
  }

  /** Fills in the length of the message begun last. */
  finish(): void {
    const length = this.#end - this.#start;
    for (let i = 0; i < 4; i++) this.#bytes[this.#start + i] = length >>> (8 * i);
  }

  /** Asks for an acknowledgement of the message begun last. */
  acknowledgeLast(): void {
    this.#bytes[this.#start + 6] = (this.#bytes[this.#start + 6] as number) | FLAG.ack;
  }

  get length(): number {
    return this.#end;
  }

  /** What stands here, without a copy: valid until something is written again. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  clear(): void {
    this.#start = this.#end = 0;
  }

  /** A copy of the datagram; the writer is empty again. */
  take(): Uint8Array {
    const datagram = this.#bytes.slice(0, this.#end);
    this.clear();
    return datagram;
  }
}
