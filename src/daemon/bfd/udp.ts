/**
 * UDP for BFD: one receiving socket per IP version, and a sending socket per neighbor.
 * The door: node:dgram. RFC 5881 §4 (ports), §5 (TTL 255 out; hop-limit.ts sees to it on the way in).
 *
 * A packet that cannot be sent is dropped: the neighbor detects the silence, which is what BFD is for.
 */

import { randomInt } from "node:crypto";
import { type Socket, createSocket } from "node:dgram";
import { type IpAddress, type IpVersion, versionOf } from "../../ip/address.ts";
import { explain } from "../../control/text/system-error.ts";
import { endpointOf } from "../tcp/endpoint.ts";
import { hearOnlyNeighbors } from "./hop-limit.ts";

const BFD_PORTS: PortPair = { here: 3784, there: 3784 };
const FIRST_SOURCE_PORT = 49_152;
const LAST_SOURCE_PORT = 65_535;
const HOP_LIMIT = 255;
const RETRY_MS = 5_000; // another BFD daemon may hold the port, and end
const WILDCARD: { readonly [Version in IpVersion]: string } = { 4: "0.0.0.0", 6: "::" };

export type UdpFact =
  /** Nobody's BFD packets are heard. */
  | {
      readonly kind: "bfd-deaf";
      readonly version: IpVersion;
      readonly port: number;
      readonly reason: string;
      readonly retryMs: number;
    }
  /** Packets from beyond the link are not told apart. */
  | { readonly kind: "bfd-unguarded"; readonly version: IpVersion; readonly reason: string };

/** Where we hear, and where neighbors do. */
export interface PortPair {
  readonly here: number;
  readonly there: number;
}

export interface UdpPorts {
  received(source: IpAddress, bytes: Uint8Array): void;
  report(fact: UdpFact): void;
}

export class Udp {
  readonly #ports: UdpPorts;
  readonly #pair: PortPair;
  readonly #ears = new Map<IpVersion, Ear>();
  readonly #mouths = new Map<IpAddress, Socket>();
  #nextSource = randomInt(FIRST_SOURCE_PORT, LAST_SOURCE_PORT + 1);

  constructor(ports: UdpPorts, pair = BFD_PORTS) {
    this.#ports = ports;
    this.#pair = pair;
  }

  /** Hears these IP versions and no other. */
  listen(versions: ReadonlySet<IpVersion>): void {
    for (const [version, ear] of this.#ears) {
      if (versions.has(version)) continue;
      ear.close();
      this.#ears.delete(version);
    }
    for (const version of versions)
      if (!this.#ears.has(version)) this.#ears.set(version, new Ear(version, this.#pair.here, this.#ports));
  }

  send(neighbor: IpAddress, local: IpAddress | undefined, bytes: Uint8Array): void {
    if (!this.#mouths.has(neighbor)) this.#open(neighbor, local);
    this.#mouths.get(neighbor)?.send(bytes, this.#pair.there, neighbor, () => {}); // an error is a packet less
  }

  /** Another local address may be wanted next time, or nothing at all. */
  close(neighbor: IpAddress): void {
    this.#mouths.get(neighbor)?.close();
    this.#mouths.delete(neighbor);
  }

  destroy(): void {
    this.listen(new Set());
    for (const neighbor of [...this.#mouths.keys()]) this.close(neighbor);
  }

  /** A port or an address that is not to be had is tried again with the next packet. */
  #open(neighbor: IpAddress, local: IpAddress | undefined): void {
    const socket = socketFor(versionOf(neighbor));
    this.#mouths.set(neighbor, socket);
    socket.once("listening", () => socket.setTTL(HOP_LIMIT));
    socket.on("error", () => {
      if (this.#mouths.get(neighbor) === socket) this.close(neighbor);
    });
    socket.bind({ port: this.#sourcePort(), exclusive: true, ...(local ? { address: local } : {}) });
  }

  #sourcePort(): number {
    const port = this.#nextSource;
    this.#nextSource = port === LAST_SOURCE_PORT ? FIRST_SOURCE_PORT : port + 1;
    return port;
  }
}

/** The socket that hears all neighbors of one IP version; it comes back when it was lost. */
class Ear {
  readonly #version: IpVersion;
  readonly #port: number;
  readonly #ports: UdpPorts;
  #socket: Socket | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(version: IpVersion, port: number, ports: UdpPorts) {
    this.#version = version;
    this.#port = port;
    this.#ports = ports;
    this.#open();
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#socket?.close();
    this.#socket = undefined;
  }

  #open(): void {
    const socket = socketFor(this.#version);
    this.#socket = socket;
    socket.on("error", (error) => this.#lost(socket, error));
    socket.once("listening", () => void this.#guard(socket));
    socket.bind({ port: this.#port, address: WILDCARD[this.#version], exclusive: true });
  }

  /** Nothing is heard before the filter is in place. */
  async #guard(socket: Socket): Promise<void> {
    const obstacle = await hearOnlyNeighbors(socket, this.#version);
    if (this.#socket !== socket) return;
    if (obstacle !== undefined) this.#ports.report({ kind: "bfd-unguarded", version: this.#version, reason: obstacle });
    socket.on("message", (bytes, { address, port }) => {
      const source = endpointOf(address, port);
      if (source) this.#ports.received(source.address, bytes);
    });
  }

  #lost(socket: Socket, error: Error): void {
    if (this.#socket !== socket) return;
    this.close();
    this.#ports.report({ kind: "bfd-deaf", version: this.#version, port: this.#port, reason: explain(error), retryMs: RETRY_MS });
    this.#retry = setTimeout(() => this.#open(), RETRY_MS);
  }
}

/** Addresses are never names: looking them up would cost each packet a turn. */
function socketFor(version: IpVersion): Socket {
  return createSocket({
    type: version === 4 ? "udp4" : "udp6",
    ipv6Only: version === 6,
    lookup: (address, _options, found) => found(null, address, version),
  });
}
