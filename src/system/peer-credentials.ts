/**
 * Who is at the other end of a unix socket: SO_PEERCRED, what the kernel noted when it connected.
 * The door: getsockopt(2), through node:ffi (Node >= 26), or through a perl child that inherits the socket: some milliseconds
 * that nobody waits for but the client.
 */

import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import { type Libc, hasFfi, loadLibc } from "./libc.ts";
import { handleOf } from "./set-socket-options.ts";

/** A process and its user, as of when it connected. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const UCRED_BYTES = 12; // pid, uid, gid
const SCRIPT = `my $c = getsockopt(STDIN, ${SOL_SOCKET}, ${SO_PEERCRED}) or exit 1; print unpack("H*", $c);`;

/** undefined: this platform does not tell, or the client is gone. */
export async function peerCredentials(socket: Socket, carrier: "ffi" | "perl" = hasFfi() ? "ffi" : "perl"): Promise<PeerCredentials | undefined> {
  const fd = handleOf(socket)?.fd;
  if (fd === undefined) return undefined;
  const ucred = carrier === "ffi" ? askLibc(fd) : await askPerl(fd);
  if (ucred?.length !== UCRED_BYTES) return undefined;
  const view = new DataView(ucred.buffer, ucred.byteOffset, ucred.length);
  const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  return { pid: view.getInt32(0, isLittle), uid: view.getUint32(4, isLittle), gid: view.getUint32(8, isLittle) };
}

let libc: Libc | undefined;

function askLibc(fd: number): Uint8Array | undefined {
  libc ??= loadLibc();
  const ucred = new Uint8Array(UCRED_BYTES);
  const length = Buffer.from(Uint32Array.of(UCRED_BYTES).buffer);
  return libc && libc.call("getsockopt", fd, SOL_SOCKET, SO_PEERCRED, ucred, length) === 0 ? ucred : undefined;
}

function askPerl(fd: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const child = spawn("perl", ["-e", SCRIPT], { stdio: [fd, "pipe", "ignore"] });
    let output = "";
    child.stdout?.setEncoding("latin1").on("data", (text: string) => (output += text));
    child.on("error", () => resolve(undefined));
    child.on("close", () => resolve(Buffer.from(output, "hex")));
  });
}
