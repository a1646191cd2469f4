/** Octets of one direction of a TCP connection as a capture file, for programs that read nothing else. */

const MAGIC = 0xa1b2c3d4;
const LINK_RAW_IP = 101;
const IP_BYTES = 20;
const TCP_BYTES = 20;
const ACK = 0x10;

/** A pcap file in which 192.0.2.1 tells 192.0.2.2, at that port, these segments. */
export function pcapOf(segments: readonly Uint8Array[], port: number): Uint8Array {
  const pieces: Uint8Array[] = [fileHeader()];
  let sequence = 1;
  for (const [index, segment] of segments.entries()) {
    const packet = packetOf(segment, sequence, port);
    pieces.push(packetHeader(packet.length, index), packet);
    sequence += segment.length;
  }
  return Buffer.concat(pieces);
}

/** The same octets in segments of that size. */
export function segmentsOf(octets: Uint8Array, bytes: number): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(octets.length / bytes) }, (_, index) => octets.subarray(index * bytes, (index + 1) * bytes));
}

function fileHeader(): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32BE(MAGIC, 0);
  header.writeUInt16BE(2, 4);
  header.writeUInt16BE(4, 6);
  header.writeUInt32BE(65535, 16);
  header.writeUInt32BE(LINK_RAW_IP, 20);
  return header;
}

function packetHeader(bytes: number, index: number): Uint8Array {
  const header = Buffer.alloc(16);
  header.writeUInt32BE(index, 0);
  header.writeUInt32BE(bytes, 8);
  header.writeUInt32BE(bytes, 12);
  return header;
}

function packetOf(payload: Uint8Array, sequence: number, port: number): Uint8Array {
  const head = Buffer.alloc(IP_BYTES + TCP_BYTES);
  head.writeUInt8(0x45, 0);
  head.writeUInt16BE(head.length + payload.length, 2);
  head.writeUInt8(64, 8);
  head.writeUInt8(6, 9);
  head.set([192, 0, 2, 1], 12);
  head.set([192, 0, 2, 2], 16);
  head.writeUInt16BE(40_000, IP_BYTES);
  head.writeUInt16BE(port, IP_BYTES + 2);
  head.writeUInt32BE(sequence, IP_BYTES + 4);
  head.writeUInt32BE(1, IP_BYTES + 8);
  head.writeUInt8(0x50, IP_BYTES + 12);
  head.writeUInt8(ACK, IP_BYTES + 13);
  head.writeUInt16BE(65535, IP_BYTES + 14);
  return Buffer.concat([head, payload]);
}
