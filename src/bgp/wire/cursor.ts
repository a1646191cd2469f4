/**
 * Reader and Writer: the only code that walks message bytes one field at a time.
 * Pure. All numbers are unsigned and in network order (RFC 4271 §4).
 *
 * A Reader knows the error of its surroundings: running short in an attribute is not the same mistake as running
 * short in an OPEN. So no decoder checks lengths twice, and none can forget to.
 */

import { type IpAddress, type IpVersion, addressBytesOf, addressFromBytes, addressToBytes } from "../../ip/address.ts";

/** Makes the error that a Reader throws when its bytes end too early. */
export type Shortage = (reason: string) => Error;

/** Reads the octets from `at` to `end`; throws its own error rather than read beyond them. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly #shortage: Shortage;
  #at: number;

  constructor(bytes: Uint8Array, at: number, end: number, shortage: Shortage) {
    this.bytes = bytes;
    this.end = end;
    this.#at = at;
    this.#shortage = shortage;
  }

  /** Offset in `bytes` of what is read next. */
  get at(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.end - this.#at;
  }

  u8(): number {
    const at = this.#take(1);
    return this.bytes[at] as number;
  }

  u16(): number {
    const at = this.#take(2);
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
  }

  u24(): number {
    return this.u8() * 0x10000 + this.u16();
  }

  u32(): number {
    return readU32(this.bytes, this.#take(4));
  }

  u64(): bigint {
    const high = this.u32();
    return (BigInt(high) << 32n) | BigInt(this.u32());
  }

  address(version: IpVersion): IpAddress {
    return addressFromBytes(this.bytes, this.#take(addressBytesOf(version)), version);
  }

  /** A copy: what is kept must not hold the receive buffer it came in. */
  copy(count: number): Uint8Array {
    const at = this.#take(count);
    return copyOf(this.bytes, at, at + count);
  }

  /** A reader of the next `count` octets, which this one has passed. */
  part(count: number, shortage: Shortage = this.#shortage): Reader {
    const at = this.#take(count);
    return new Reader(this.bytes, at, at + count, shortage);
  }

  skip(count: number): void {
    this.#take(count);
  }

  /** Everything has been read, or the bytes are not what they claim to be. */
  expectEnd(): void {
    if (this.remaining !== 0) throw this.#shortage(`${this.remaining} octets too many`);
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.end) throw this.#shortage(`${at + count - this.end} octets too few`);
    this.#at = at + count;
    return at;
  }
}

const FIRST_CAPACITY = 256;
const LONG_BYTES = 32; // below that, a loop costs less than making a subarray

/** Writes into a buffer that grows; its users bound what they write. */
export class Writer {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    const at = this.#room(2);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
  }

  u24(value: number): void {
    this.u8(value >>> 16);
    this.u16(value & 0xffff);
  }

  u32(value: number): void {
    const at = this.#room(4);
    const bytes = this.#bytes;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  }

  /** The first octets of a 32-bit word, four at most. */
  leadingOctets(word: number, octets: number): void {
    const at = this.#room(octets);
    const bytes = this.#bytes;
    if (octets > 0) bytes[at] = word >>> 24;
    if (octets > 1) bytes[at + 1] = word >>> 16;
    if (octets > 2) bytes[at + 2] = word >>> 8;
    if (octets > 3) bytes[at + 3] = word;
  }

  u64(value: bigint): void {
    this.u32(Number((value >> 32n) & 0xffffffffn));
    this.u32(Number(value & 0xffffffffn));
  }

  bytes(source: Uint8Array, from = 0, to: number = source.length): void {
    const count = to - from;
    const at = this.#room(count);
    if (count > LONG_BYTES) this.#bytes.set(source.subarray(from, to), at);
    else for (let i = 0; i < count; i++) this.#bytes[at + i] = source[from + i] as number;
  }

  address(address: IpAddress): void {
    this.bytes(addressToBytes(address));
  }

  /** One octet already written. */
  octet(at: number): number {
    return this.#bytes[at] as number;
  }

  /** Forgets what was written from `length` on. */
  truncate(length: number): void {
    this.#length = length;
  }

  patchU8(at: number, value: number): void {
    this.#bytes[at] = value;
  }

  patchU16(at: number, value: number): void {
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
  }

  /** Moves what follows `at` by one octet, for a length field that turns out to need two. */
  insertOctet(at: number): void {
    this.#room(1);
    this.#bytes.copyWithin(at + 1, at, this.#length - 1);
  }

  /** What was written, valid until something else is. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written, as bytes of their own; the writer is empty again. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return written;
  }

  #room(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#length = needed;
    return at;
  }
}

/** The four octets at `at`, for whoever has checked that they are there. */
export function readU32(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  const low = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return high * 0x10000 + low;
}

/** The octets as a plain Uint8Array with a buffer of their own; a Node Buffer's `slice` would share it. */
export function copyOf(bytes: Uint8Array, from = 0, to: number = bytes.length): Uint8Array {
  return new Uint8Array(bytes.subarray(from, to));
}
