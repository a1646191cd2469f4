/**
 * A simulated kernel for the warm-up of a host: one link, one address, room for every route, and never a refusal.
 * The door: setImmediate. An answer comes in a later turn, as the real one's does.
 */

import type { IpAddress } from "../../ip/address.ts";
import { encodeAddress, encodeAcknowledgement, encodeEndOfDump, encodeLink, encodeRoute } from "../../fib/kernel-messages.ts";
import type { Port } from "../../fib/kernel.ts";
import { FrameReader, FrameWriter } from "../../fib/relay/frames.ts";
import type { PortHooks } from "../../fib/relay/port.ts";
import { AF_INET, FLAG, MESSAGE, type MessageAt, eachMessage } from "../../fib/rtnetlink.ts";
import { MAIN_TABLE } from "../../fib/rtnetlink-route.ts";

const LINK = { index: 2, name: "eth0", up: true };
const OF_THE_KERNEL = { protocol: 2, table: MAIN_TABLE, metric: 0 };

/** The network that all its peers are on. */
export interface Network {
  readonly own: IpAddress;
  readonly address: Uint8Array;
  readonly bits: number;
}

export class SimulatedKernel implements Port {
  readonly carrier = "perl";
  readonly restarts = 0;
  readonly #network: Network;
  readonly #hooks: PortHooks;
  readonly #frames = new FrameWriter();
  readonly #answers = new FrameWriter();
  readonly #reader = new FrameReader();
  #turn: NodeJS.Immediate | undefined;
  /** Route requests so far. */
  requests = 0;

  constructor(network: Network, hooks: PortHooks) {
    this.#network = network;
    this.#hooks = hooks;
  }

  start(): void {
    setImmediate(() => this.#hooks.started(this.carrier));
  }

  send(next: () => Uint8Array | undefined): void {
    for (let datagram = next(); datagram; datagram = next()) {
      this.#frames.clear();
      this.#frames.add(datagram);
      eachMessage(datagram, (message) => this.#execute(message));
    }
    if (this.#answers.length > 0) this.#turn ??= setImmediate(() => this.#answer());
  }

  restart(): void {}

  close(): void {
    clearImmediate(this.#turn);
  }

  #execute(message: MessageAt): void {
    if ((message.flags & FLAG.dump) === FLAG.dump) return this.#tell(message);
    this.requests++;
    if ((message.flags & FLAG.ack) !== 0) this.#answers.add(encodeAcknowledgement(message, 0));
  }

  #tell({ type, seq, bytes, at }: MessageAt): void {
    const { own, address, bits } = this.#network;
    if (type === MESSAGE.getLink) this.#answers.add(encodeLink(LINK, seq));
    if (type === MESSAGE.getAddress) this.#answers.add(encodeAddress(own, LINK.index, seq));
    if (type === MESSAGE.getRoute && bytes[at] === AF_INET) {
      const onLink = { kind: "via", hops: [{ device: LINK.index, gateway: undefined, onLink: false }], source: undefined } as const;
      this.#answers.add(encodeRoute({ family: "ipv4", address, bits }, onLink, OF_THE_KERNEL, { seq }));
    }
    this.#answers.add(encodeEndOfDump(seq));
  }

  #answer(): void {
    this.#turn = undefined;
    const answers = this.#answers.written.slice();
    this.#answers.clear();
    this.#reader.push(answers, (_, payload) => this.#hooks.answer(payload));
  }
}
