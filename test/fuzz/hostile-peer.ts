/** One hostile peer and its connections: it says anything, and listens only for the reason why it was sent away. */

import type { IpAddress } from "../../src/ip/address.ts";
import type { LinkId } from "../../src/bgp/session/vocabulary.ts";
import type { Outlet, TestSpeaker } from "../support/network.ts";
import { HEADER_BYTES } from "./anatomy.ts";

const TYPE_AT = 18;
const NOTIFICATION = 3;

let links = 5_000_000;

/** A TCP connection of a hostile peer to the speaker. */
export class HostileLink implements Outlet {
  hungUp = false;
  /** "2/6": the NOTIFICATION that it heard last. */
  farewell: string | undefined;
  readonly #victim: TestSpeaker;
  readonly #link = ++links as LinkId;

  constructor(victim: TestSpeaker, address: string) {
    this.#victim = victim;
    victim.attach(this.#link, this);
    const remote = { address: address as IpAddress, port: 50_000 };
    victim.absorb({ kind: "accepted", link: this.#link, remote, local: { address: victim.address, port: 179 } });
  }

  say(bytes: Uint8Array): void {
    if (!this.hungUp) this.#victim.absorb({ kind: "bytes", link: this.#link, bytes });
  }

  /** Without a word. */
  drop(): void {
    if (this.hungUp) return;
    this.hungUp = true;
    this.#victim.absorb({ kind: "closed", link: this.#link });
  }

  /** The speaker sends whole messages, and a NOTIFICATION by itself. */
  hear(bytes: Uint8Array): void {
    if (bytes[TYPE_AT] === NOTIFICATION) this.farewell = `${bytes[HEADER_BYTES]}/${bytes[HEADER_BYTES + 1]}`;
  }
}
