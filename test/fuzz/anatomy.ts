/**
 * A message as a tree of octets and lists with a length in front, so that a mutation can move whole attributes and lie
 * about one length while all others stay true. It knows the shapes of the five messages, and nothing of what is valid.
 *
 *   UPDATE    [2: withdrawn prefixes] [2: attributes: head [1|2: value]] [prefixes]
 *   OPEN      fixed octets [1: parameters: type [1: capabilities: code [1: value]]]
 *   others    octets
 */

/** Part of a message. */
export type Node = Octets | List;

export interface Octets {
  readonly kind: "octets";
  bytes: Uint8Array;
}

/** Nodes one after the other, behind their length in so many octets. */
export interface List {
  readonly kind: "list";
  lengthOctets: 0 | 1 | 2;
  /** What the length says beyond the truth. */
  skew: number;
  children: Node[];
}

export interface Anatomy {
  type: number;
  readonly body: List;
}

export const HEADER_BYTES = 19;
const TYPE_AT = 18;
const LENGTH_AT = 16;
const MOST_BYTES = 65535;

const OPEN = 1;
const UPDATE = 2;
const OPEN_FIXED_BYTES = 9;
const EXTENDED_LENGTH = 0x10;

const AS_PATHS: readonly number[] = [2, 17];
const MP_REACH = 14;
const MP_UNREACH = 15;

/** The tree of a well-formed message; octets that do not fit the shape stay octets. */
export function dissect(message: Uint8Array): Anatomy {
  const type = message[TYPE_AT] ?? 0;
  const body = message.subarray(HEADER_BYTES);
  return { type, body: list(0, type === OPEN ? openParts(body) : type === UPDATE ? updateParts(body) : [octets(body)]) };
}

/** The message that a tree means; too much of it is cut, for no length field says more. */
export function assemble({ type, body }: Anatomy): Uint8Array {
  const content = bytesOf(body).slice(0, MOST_BYTES - HEADER_BYTES);
  return frame(type, content, HEADER_BYTES + content.length);
}

/** A header with that type and that length, and what follows it. */
export function frame(type: number, content: Uint8Array, length: number): Uint8Array {
  const message = new Uint8Array(HEADER_BYTES + content.length).fill(0xff, 0, LENGTH_AT);
  message[LENGTH_AT] = length >> 8;
  message[LENGTH_AT + 1] = length;
  message[TYPE_AT] = type;
  message.set(content, HEADER_BYTES);
  return message;
}

export function octets(bytes: Uint8Array): Octets {
  return { kind: "octets", bytes: bytes.slice() };
}

export function list(lengthOctets: List["lengthOctets"], children: Node[]): List {
  return { kind: "list", lengthOctets, skew: 0, children };
}

export function copyOf<Part extends Node>(node: Part): Part {
  return structuredClone(node);
}

/** Every list of the tree, the outermost first. */
export function listsOf(node: Node): List[] {
  return node.kind === "octets" ? [] : [node, ...node.children.flatMap(listsOf)];
}

/** Every leaf with something in it. */
export function leavesOf(node: Node): Octets[] {
  if (node.kind === "octets") return node.bytes.length > 0 ? [node] : [];
  return node.children.flatMap(leavesOf);
}

export function bytesOf(node: Node): Uint8Array {
  if (node.kind === "octets") return node.bytes;
  const parts = node.children.map(bytesOf);
  const content = parts.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(node.lengthOctets + content);
  const said = Math.max(0, content + node.skew);
  if (node.lengthOctets === 2) bytes[0] = said >> 8;
  if (node.lengthOctets > 0) bytes[node.lengthOctets - 1] = said;
  let at = node.lengthOctets;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function openParts(body: Uint8Array): Node[] {
  const parameters = behindLength(body, OPEN_FIXED_BYTES, 1);
  if (!parameters) return [octets(body)];
  return [octets(body.subarray(0, OPEN_FIXED_BYTES)), list(1, typedParts(parameters, (value) => list(1, typedParts(value, (one) => list(1, [octets(one)])))))];
}

/** Octet of type, octet of length, value: parameters and capabilities alike. */
function typedParts(bytes: Uint8Array, valueOf: (value: Uint8Array) => Node): Node[] {
  const parts: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const value = behindLength(bytes, at + 1, 1);
    if (!value) return [...parts, octets(bytes.subarray(at))];
    parts.push(list(0, [octets(bytes.subarray(at, at + 1)), valueOf(value)]));
    at += 2 + value.length;
  }
  return parts;
}

function updateParts(body: Uint8Array): Node[] {
  const withdrawn = behindLength(body, 0, 2);
  const attributes = withdrawn && behindLength(body, 2 + withdrawn.length, 2);
  if (!withdrawn || !attributes) return [octets(body)];
  const nlri = body.subarray(4 + withdrawn.length + attributes.length);
  return [list(2, prefixParts(withdrawn)), list(2, attributeParts(attributes)), list(0, prefixParts(nlri))];
}

function attributeParts(bytes: Uint8Array): Node[] {
  const parts: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lengthOctets = ((bytes[at] ?? 0) & EXTENDED_LENGTH) === 0 ? 1 : 2;
    const value = behindLength(bytes, at + 2, lengthOctets);
    if (!value) return [...parts, octets(bytes.subarray(at))];
    const head = bytes.subarray(at, at + 2);
    parts.push(list(0, [octets(head), list(lengthOctets, valueParts(head[1] ?? 0, value))]));
    at += 2 + lengthOctets + value.length;
  }
  return parts;
}

function valueParts(code: number, value: Uint8Array): Node[] {
  if (AS_PATHS.includes(code)) return inPieces(value, 2);
  if (code === MP_UNREACH) return [octets(value.subarray(0, 3)), list(0, prefixParts(value.subarray(3)))];
  const hop = code === MP_REACH ? behindLength(value, 3, 1) : undefined;
  if (!hop) return inPieces(value, 4);
  const rest = value.subarray(4 + hop.length);
  return [octets(value.subarray(0, 3)), list(1, [octets(hop)]), octets(rest.subarray(0, 1)), list(0, prefixParts(rest.subarray(1)))];
}

/** Prefixes one by one; with path identifiers in between they come out askew, which is as good. */
function prefixParts(bytes: Uint8Array): Node[] {
  const parts: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + (((bytes[at] ?? 0) + 7) >> 3);
    parts.push(octets(bytes.subarray(at, end)));
    at = end;
  }
  return parts;
}

function inPieces(bytes: Uint8Array, size: number): Node[] {
  const parts: Node[] = [];
  for (let at = 0; at < bytes.length; at += size) parts.push(octets(bytes.subarray(at, at + size)));
  return parts;
}

/** What the length at `at` covers; undefined when that is more than there is. */
function behindLength(bytes: Uint8Array, at: number, lengthOctets: 1 | 2): Uint8Array | undefined {
  const from = at + lengthOctets;
  if (from > bytes.length) return undefined;
  const length = lengthOctets === 2 ? ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0) : (bytes[at] ?? 0);
  return from + length > bytes.length ? undefined : bytes.subarray(from, from + length);
}
