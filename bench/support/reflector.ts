/**
 * A reflector with established clients, without sockets: what a bench drives.
 */

import { type IpAddress, addressFromNumber } from "../../src/ip/address.ts";
import { INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { encodeMessage } from "../../src/bgp/wire/message.ts";
import { ALL_REACHABLE } from "../../src/bgp/rib/next-hop.ts";
import type { LinkId } from "../../src/bgp/session/vocabulary.ts";
import { parseSpeakerConfig } from "../../src/speaker/config/parse.ts";
import { Speaker } from "../../src/speaker/speaker.ts";

const AS = 64512;
const FIRST_CLIENT = 0x0a010001;
const CHUNK_BYTES = 1 << 20;
const LOCAL = { address: "10.0.0.100" as IpAddress, port: 179 };

export class BenchReflector {
  readonly #speaker = new Speaker(ALL_REACHABLE, { nowMs: 0, packets: "not-ours" });
  /** Bytes handed out to all clients. */
  sentBytes = 0;

  constructor(clients: number) {
    const addresses = Array.from({ length: clients }, (_, index) => addressFromNumber(FIRST_CLIENT + index));
    const peers = addresses.map((address) => ({ address, asn: AS, reflectorClient: true, passive: true }));
    this.#speaker.absorb({ kind: "configure", config: parseSpeakerConfig({ router: { asn: AS, id: "1.1.1.1" }, peers }) }, 0);
    for (const [index, address] of addresses.entries()) this.#establish(index + 1, address);
  }

  /** Bytes from the client with that link, 1 for the first, then one whole turn. */
  receive(link: number, bytes: Uint8Array): void {
    this.#speaker.absorb({ kind: "bytes", link: link as LinkId, bytes }, 1);
    this.turn();
  }

  turn(): void {
    let left = "some";
    while (left === "some") {
      left = "nothing";
      for (const action of this.#speaker.flush(1)) {
        if (action.kind === "ready") this.#drain(action.link);
        if (action.kind === "unfinished") left = "some";
      }
    }
  }

  #drain(link: LinkId): void {
    for (let left = "some"; left === "some"; ) {
      const transmission = this.#speaker.transmit(link, CHUNK_BYTES);
      for (const piece of transmission.pieces) this.sentBytes += piece.length;
      left = transmission.left;
    }
  }

  #establish(link: number, address: IpAddress): void {
    const id = link as LinkId;
    const capabilities = [{ kind: "multiprotocol", family: { afi: 1, safi: 1 } }, { kind: "four-octet-as", asn: AS }] as const;
    const open = encodeMessage({ kind: "open", version: 4, asn: AS, holdTimeSec: 90, routerId: FIRST_CLIENT + link, capabilities }, INITIAL_CONTEXT);
    this.#speaker.absorb({ kind: "accepted", link: id, remote: { address, port: 40_000 }, local: LOCAL }, 0);
    this.#speaker.absorb({ kind: "bytes", link: id, bytes: open }, 0);
    this.#speaker.absorb({ kind: "bytes", link: id, bytes: encodeMessage({ kind: "keepalive" }, INITIAL_CONTEXT) }, 0);
    this.turn();
  }
}
