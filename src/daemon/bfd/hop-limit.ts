/**
 * A UDP socket that receives from its own links only: packets whose TTL or hop limit is still 255 (GTSM).
 * The door: a child of perl that shares the socket for a moment. RFC 5881 §5, RFC 5082.
 *
 * Node does not tell a packet's TTL, and IP_MINTTL is for TCP only. A filter of classic BPF at the socket can read the IP
 * header in front of the datagram, so the kernel does the check, and a flood from afar costs this process nothing.
 */

import { spawn } from "node:child_process";
import type { Socket } from "node:dgram";
import type { IpVersion } from "../../ip/address.ts";
import { explain } from "../../control/text/system-error.ts";
import { handleOf } from "../../system/set-socket-options.ts";

/** Where the TTL or hop limit stands in the IP header. */
const OFFSET: { readonly [Version in IpVersion]: number } = { 4: 8, 6: 7 };

/** Loads an octet of the network header (SKF_NET_OFF), keeps the packet if it is 255, drops it otherwise. */
const PROGRAM = `
  open(my $socket, '+<&=', 3) or die "$!\\n";
  my $filter = pack('(SCCL)*', 0x30, 0, 0, 0xfff00000 + $ARGV[0], 0x15, 0, 1, 255, 6, 0, 0, 0xffffffff, 6, 0, 0, 0);
  setsockopt($socket, 1, 26, pack('S x![P] P', 4, $filter)) or die "$!\\n"; # SOL_SOCKET, SO_ATTACH_FILTER
`;

/** Puts the filter in place; answers why not where that fails, and the socket is as it was then. */
export function hearOnlyNeighbors(socket: Socket, version: IpVersion): Promise<string | undefined> {
  const handle = handleOf(socket);
  if (!handle) return Promise.resolve("this Node does not tell a socket's descriptor");
  return new Promise((resolve) => {
    const child = spawn("perl", ["-e", PROGRAM, String(OFFSET[version])], { stdio: ["ignore", "ignore", "pipe", handle.fd] });
    let complaint = "";
    child.stderr?.on("data", (chunk: Buffer) => (complaint += chunk.toString("latin1")));
    child.on("error", (error) => resolve(`perl: ${explain(error)}`));
    child.on("close", (code) => resolve(code === 0 ? undefined : complaint.trim() || `perl ended with ${code}`));
  });
}
