/**
 * The relay as a worker thread: the loop of relay.pl over libc.ts.
 * Guards the AF_NETLINK sockets. It blocks in poll(), never in JavaScript; it tells its end of the stream to the main
 * thread once and from then on speaks frames only.
 */

import { openSync, closeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { type Libc, cInt, loadLibc } from "../../system/libc.ts";
import { FRAME, STATUS } from "./frames.ts";
import type { RelayOptions } from "./relay.ts";

const AF_UNIX = 1;
const AF_NETLINK = 16;
const SOCK_STREAM = 1;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SOL_NETLINK = 270;
const CLONE_NEWNET = 0x40000000;
const NETLINK_OPTIONS = [11, 10, 12]; // EXT_ACK, CAP_ACK, GET_STRICT_CHK
const BUFFER_OPTIONS = [
  { force: 33, plain: 8, bytes: 8 << 20 }, // receive
  { force: 32, plain: 7, bytes: 1 << 20 }, // send
];
const ATTACH_FILTER = 26;
const ADD_MEMBERSHIP = 1;
const MSG_DONTWAIT = 0x40;
const POLLIN = 1;
const POLLOUT = 4;
const POLL_MS = 250; // a thread blocked for ever would keep the process from ending
const EINTR = 4;
const EAGAIN = 11;
const EINVAL = 22;
const ENOBUFS = 105;
const DATAGRAM_BYTES = 65_536;
const STREAM_BYTES = 1 << 19;
const HEADER_BYTES = 8;
const TOLD_EVERY = 4; // datagrams: the daemon makes the next ones while the kernel is at the rest

interface Sockets {
  readonly stream: number;
  readonly requests: number;
  readonly events: number;
}

function openNetlink(libc: Libc): number {
  const socket = libc.call("socket", AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK);
  if (socket < 0 || libc.call("bind", socket, address, address.length) < 0) throw new Error(`netlink socket: errno ${libc.errno()}`);
  for (const option of NETLINK_OPTIONS) libc.call("setsockopt", socket, SOL_NETLINK, option, cInt(1), 4);
  for (const { force, plain, bytes } of BUFFER_OPTIONS) {
    if (libc.call("setsockopt", socket, SOL_SOCKET, force, cInt(bytes), 4) < 0) libc.call("setsockopt", socket, SOL_SOCKET, plain, cInt(bytes), 4);
  }
  return socket;
}

function portIdOf(libc: Libc, socket: number): Uint8Array {
  const address = Buffer.alloc(12);
  libc.call("getsockname", socket, address, cInt(address.length));
  return address.subarray(4, 8);
}

/** Drops what echoes our own requests (nlmsg_pid, at offset 12), passes the rest: four instructions of classic BPF. */
function dropEchoes(libc: Libc, events: number, portId: Uint8Array): void {
  const loaded = Buffer.from(portId).readUInt32BE(0); // BPF loads words in network order
  const instructions = [[0x20, 0, 0, 12], [0x15, 0, 1, loaded], [6, 0, 0, 0], [6, 0, 0, 0xffff_ffff]] as const;
  const program = Buffer.alloc(instructions.length * 8);
  for (const [i, [code, ifTrue, ifFalse, operand]] of instructions.entries()) {
    program.writeUInt16LE(code, 8 * i);
    program.writeUInt8(ifTrue, 8 * i + 2);
    program.writeUInt8(ifFalse, 8 * i + 3);
    program.writeUInt32LE(operand, 8 * i + 4);
  }
  const header = Buffer.alloc(16);
  header.writeUInt16LE(instructions.length);
  header.writeBigUInt64LE(libc.addressOf(program), 8);
  if (libc.call("setsockopt", events, SOL_SOCKET, ATTACH_FILTER, header, header.length) < 0) throw new Error(`filter: errno ${libc.errno()}`);
}

function openSockets(libc: Libc, stream: number, options: RelayOptions): Sockets {
  if (options.namespace !== undefined) {
    const namespace = openSync(options.namespace, "r");
    if (libc.call("setns", namespace, CLONE_NEWNET) < 0) throw new Error(`network namespace: errno ${libc.errno()}`); // of this thread only
    closeSync(namespace);
  }
  const requests = openNetlink(libc);
  const events = openNetlink(libc);
  dropEchoes(libc, events, portIdOf(libc, requests));
  joinGroups(libc, events, options.groups);
  return { stream, requests, events };
}

function joinGroups(libc: Libc, events: number, groups: number): void {
  for (let bit = 0; bit < 32; bit++) {
    if (((groups >>> bit) & 1) === 0) continue;
    if (libc.call("setsockopt", events, SOL_NETLINK, ADD_MEMBERSHIP, cInt(bit + 1), 4) >= 0) continue;
    const errno = libc.errno();
    if (errno !== EINVAL) throw new Error(`group: errno ${errno}`); // a kernel without that group has nothing to tell of it
  }
}

/** Moves bytes between the stream and the sockets; received datagrams go straight into the outgoing buffer. */
class RelayLoop {
  readonly #libc: Libc;
  readonly #sockets: Sockets;
  readonly #out = Buffer.alloc(STREAM_BYTES + DATAGRAM_BYTES + HEADER_BYTES);
  readonly #in = Buffer.alloc(STREAM_BYTES);
  readonly #watched = Buffer.alloc(24);
  readonly #writable = Buffer.alloc(8);
  #outLength = 0;
  #inLength = 0;

  constructor(libc: Libc, sockets: Sockets) {
    this.#libc = libc;
    this.#sockets = sockets;
    for (const [i, fd] of [sockets.stream, sockets.requests, sockets.events].entries()) {
      this.#watched.writeInt32LE(fd, 8 * i);
      this.#watched.writeInt16LE(POLLIN, 8 * i + 4);
    }
    this.#writable.writeInt32LE(sockets.stream);
    this.#writable.writeInt16LE(POLLOUT, 4);
  }

  run(): void {
    const { stream, requests, events } = this.#sockets;
    this.#status(STATUS.hello, Buffer.from(portIdOf(this.#libc, requests)).readInt32LE(0));
    for (let isOpen = this.#flush(); isOpen; isOpen = isOpen && this.#flush()) {
      if (this.#libc.call("poll", this.#watched, 3n, POLL_MS) < 0 && this.#libc.errno() !== EINTR) break;
      if (this.#watched.readInt16LE(22) !== 0) this.#drain(events, FRAME.event);
      if (this.#watched.readInt16LE(14) !== 0) this.#drain(requests, FRAME.answer);
      if (this.#watched.readInt16LE(6) !== 0) isOpen = this.#read(stream);
    }
    for (const fd of [requests, events, stream]) this.#libc.call("close", fd);
  }

  /** False: the daemon is gone. */
  #read(stream: number): boolean {
    const n = this.#libc.call("read", stream, this.#libc.addressOf(this.#in) + BigInt(this.#inLength), BigInt(STREAM_BYTES - this.#inLength));
    if (n <= 0) return n < 0 && [EINTR, EAGAIN].includes(this.#libc.errno());
    this.#inLength += n;
    this.#forward();
    return true;
  }

  #forward(): void {
    let at = 0;
    let sent = 0;
    while (this.#inLength - at >= HEADER_BYTES) {
      const length = this.#in.readUInt32LE(at);
      if (this.#inLength - at - HEADER_BYTES < length) break;
      const datagram = this.#libc.addressOf(this.#in) + BigInt(at + HEADER_BYTES);
      if (this.#libc.call("send", this.#sockets.requests, datagram, BigInt(length), 0) < 0) this.#status(STATUS.sendFailed, this.#libc.errno());
      at += HEADER_BYTES + length;
      this.#drain(this.#sockets.requests, FRAME.answer);
      if (++sent % TOLD_EVERY === 0) this.#flush();
    }
    this.#in.copyWithin(0, at, this.#inLength);
    this.#inLength -= at;
  }

  #drain(socket: number, kind: number): void {
    for (;;) {
      const room = this.#libc.addressOf(this.#out) + BigInt(this.#outLength + HEADER_BYTES);
      const n = this.#libc.call("recv", socket, room, BigInt(DATAGRAM_BYTES), MSG_DONTWAIT);
      if (n >= 0) {
        this.#header(n, kind);
        this.#outLength += n;
        if (this.#outLength > STREAM_BYTES - HEADER_BYTES * 4) this.#flush();
        continue;
      }
      const errno = this.#libc.errno();
      if (errno === EAGAIN) return;
      if (errno === EINTR) continue;
      this.#status(kind === FRAME.answer ? STATUS.requestError : STATUS.eventError, errno);
      if (errno !== ENOBUFS) return;
    }
  }

  #status(code: number, value: number): void {
    this.#header(8, FRAME.status);
    this.#out.writeUInt32LE(code, this.#outLength);
    this.#out.writeInt32LE(value, this.#outLength + 4);
    this.#outLength += 8;
  }

  #header(length: number, kind: number): void {
    this.#out.writeUInt32LE(length, this.#outLength);
    this.#out.writeUInt32LE(kind, this.#outLength + 4);
    this.#outLength += HEADER_BYTES;
  }

  /** False: the daemon is gone. */
  #flush(): boolean {
    let done = 0;
    while (done < this.#outLength) {
      const n = this.#libc.call("write", this.#sockets.stream, this.#libc.addressOf(this.#out) + BigInt(done), BigInt(this.#outLength - done));
      if (n > 0) done += n;
      else if (this.#libc.errno() === EAGAIN) this.#libc.call("poll", this.#writable, 1n, POLL_MS);
      else if (this.#libc.errno() !== EINTR) break;
    }
    const isOpen = done === this.#outLength;
    this.#outLength = 0;
    return isOpen;
  }
}

function main(): void {
  const libc = loadLibc();
  if (!libc) throw new Error("this Node has no node:ffi");
  const pair = Buffer.alloc(8);
  if (libc.call("socketpair", AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) throw new Error(`socketpair: errno ${libc.errno()}`);
  const sockets = openSockets(libc, pair.readInt32LE(4), workerData as RelayOptions);
  parentPort?.postMessage({ stream: pair.readInt32LE(0) });
  new RelayLoop(libc, sockets).run();
}

main();
