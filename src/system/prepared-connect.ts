/**
 * Connects a TCP socket that is prepared first: Node opens a socket and connects it in one go, too late for options
 * that the first SYN needs (TTL, TCP MD5, device).
 * The door: the handle inside node:net's Socket. Binding it opens the socket; a `lookup` that waits holds the SYN back.
 */

import type { Socket } from "node:net";
import { getSystemErrorName } from "node:util";
import { type IpAddress, versionOf } from "../ip/address.ts";
import { type SocketHandle, handleOf } from "./set-socket-options.ts";

/** The part of libuv's TCP handle that is used; 0 or an error below zero is the answer. */
interface TcpHandle {
  bind(address: string, port: number): number;
  bind6(address: string, port: number, flags: number): number;
}

export interface Connect {
  readonly remote: { readonly address: IpAddress; readonly port: number };
  /** undefined: the kernel chooses. */
  readonly localAddress: IpAddress | undefined;
  /** Called with the open socket before anything is sent; an error it throws is the socket's. */
  prepare(socket: SocketHandle): Promise<void>;
}

const NO_NAME = "peer.invalid"; // RFC 2606; any name makes Node ask `lookup`

export function connectPrepared(socket: Socket, { remote, localAddress, prepare }: Connect): void {
  const version = versionOf(remote.address);
  const open = async (): Promise<void> => prepare(bind(socket, localAddress ?? (version === 4 ? "0.0.0.0" : "::")));
  socket.connect({
    host: NO_NAME,
    port: remote.port,
    autoSelectFamily: false,
    lookup: (_name, _options, found) => void open().then(() => found(null, remote.address, version), (error: Error) => found(error, "", version)),
  });
}

function bind(socket: Socket, address: string): SocketHandle {
  const tcp = (socket as { readonly _handle?: TcpHandle })._handle;
  const status = tcp === undefined ? 0 : address.includes(":") ? tcp.bind6(address, 0, 0) : tcp.bind(address, 0);
  const handle = handleOf(socket);
  if (status === 0 && handle) return handle;
  const code = status === 0 ? "EBADF" : getSystemErrorName(status);
  throw Object.assign(new Error(`bind ${address}: ${code}`), { code });
}
