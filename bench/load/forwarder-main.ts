/**
 * A reflector without a mind, to calibrate the generator: ADDRESS ASN. Every UPDATE gets ORIGINATOR_ID and CLUSTER_LIST and goes to all
 * other clients; who comes late gets everything that was ever said. Withdrawals, losses and decisions are beyond it.
 * Guards the door to its sockets.
 */

import { type Socket, createServer } from "node:net";
import { HEADER_BYTES, KEEPALIVE, TYPE, openOf } from "./octets.ts";
import { FIRST_CLIENT } from "./plan.ts";

const PORT = 179;
const BACKLOG = 4096;
const [address = "", asn = ""] = process.argv.slice(2);
const clusterId = address.split(".").map(Number);
const open = openOf(Number(asn), address.split(".").reduce((number, octet) => number * 256 + Number(octet), 0) - FIRST_CLIENT);

interface Said {
  readonly by: Socket;
  readonly bytes: Buffer;
}

const log: Said[] = [];
const cursors = new Map<Socket, number>();
let flushing = false;

createServer({ noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  let originator: readonly number[] = [];
  socket.write(open);
  socket.on("data", (chunk) => {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const said: Buffer[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES && bytes.length - at >= bytes.readUInt16BE(at + 16)) {
      const message = bytes.subarray(at, at + bytes.readUInt16BE(at + 16));
      at += message.length;
      if (message[18] === TYPE.open) {
        originator = [...message.subarray(24, 28)];
        socket.write(KEEPALIVE);
      }
      if (message[18] === TYPE.keepalive && !cursors.has(socket)) cursors.set(socket, 0);
      if (message[18] === TYPE.update && message.length > HEADER_BYTES + 4) said.push(reflected(message, originator));
    }
    rest = bytes.subarray(at);
    if (said.length > 0) log.push({ by: socket, bytes: Buffer.concat(said) });
    if (flushing) return;
    flushing = true;
    setImmediate(flush);
  });
  socket.on("error", () => undefined);
  socket.on("close", () => cursors.delete(socket));
}).listen(PORT, address, BACKLOG);

function flush(): void {
  flushing = false;
  for (const [socket, cursor] of cursors) {
    if (cursor === log.length) continue;
    cursors.set(socket, log.length);
    socket.write(Buffer.concat(log.slice(cursor).filter(({ by }) => by !== socket).map(({ bytes }) => bytes)));
  }
}

function reflected(message: Buffer, originator: readonly number[]): Buffer {
  const stamp = [0x80, 9, 4, ...originator, 0x80, 10, 4, ...clusterId];
  const attributesEnd = HEADER_BYTES + 4 + message.readUInt16BE(HEADER_BYTES + 2);
  const stamped = Buffer.concat([message.subarray(0, attributesEnd), Buffer.from(stamp), message.subarray(attributesEnd)]);
  stamped.writeUInt16BE(stamped.length, 16);
  stamped.writeUInt16BE(attributesEnd - HEADER_BYTES - 4 + stamp.length, HEADER_BYTES + 2);
  return stamped;
}
