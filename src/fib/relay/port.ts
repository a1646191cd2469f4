/**
 * NetlinkPort: datagrams to the kernel and back, over whichever relay works here.
 * Guards the relay: chooses the carrier, starts it again with growing delays when it dies.
 */

import { hasFfi } from "../../system/libc.ts";
import { ERRNO, u32At } from "../rtnetlink.ts";
import type { Carrier } from "../vocabulary.ts";
import { startFfi } from "./ffi.ts";
import { FRAME, FrameReader, FrameWriter, STATUS } from "./frames.ts";
import { startPerl } from "./perl.ts";
import { EVENT_GROUPS, type Relay, type StartRelay } from "./relay.ts";

const FIRST_DELAY_MS = 50;
const LAST_DELAY_MS = 5_000;
const LASTED_MS = 10_000; // a relay that lived so long was a good one: the next delay is the first again
const WRITTEN_AT_ONCE = 4; // datagrams: the kernel is at the first ones while the next are made
const HELLO_MS = 10_000; // a worker needs 25 ms, a child 4; a machine out of memory needs longer

const START: { readonly [C in Carrier]: StartRelay } = { ffi: startFfi, perl: startPerl };

export interface PortOptions {
  readonly carrier: "auto" | Carrier;
  readonly namespace: string | undefined;
}

export interface PortHooks {
  /** A relay is there, the first or another one. */
  started(carrier: Carrier): void;
  answer(datagram: Uint8Array): void;
  event(datagram: Uint8Array): void;
  /** The kernel dropped messages for one of the sockets. */
  overrun(socket: "request" | "event"): void;
  sendFailed(errno: number): void;
  lost(reason: string, retryMs: number): void;
  /** No carrier ever worked: there will be no relay. */
  unavailable(reason: string): void;
}

export class NetlinkPort {
  readonly #options: PortOptions;
  readonly #hooks: PortHooks;
  #candidates: readonly Carrier[];
  readonly #complaints: string[] = [];
  /** Writers whose memory nobody reads any more. */
  readonly #spare: FrameWriter[] = [];
  #relay: Relay | undefined;
  #carrier: Carrier | undefined;
  #delayMs = FIRST_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;
  #startedAtMs = 0;
  #isClosed = false;
  #restarts = 0;

  constructor(options: PortOptions, hooks: PortHooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.#candidates = options.carrier !== "auto" ? [options.carrier] : hasFfi() ? ["ffi", "perl"] : ["perl"];
  }

  /** The carrier that answered, if any did. */
  get carrier(): Carrier | undefined {
    return this.#carrier;
  }

  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    const [carrier] = this.#candidates;
    if (carrier === undefined) return this.#hooks.unavailable(this.#complaints.join("; "));
    const frames = new FrameReader();
    const relay = START[carrier]({ groups: EVENT_GROUPS, namespace: this.#options.namespace }, {
      bytes: (chunk) => {
        if (this.#relay === relay) frames.push(chunk, (kind, payload) => this.#frame(carrier, kind, payload));
      },
      ended: (reason) => {
        if (this.#relay === relay) this.#ended(carrier, reason);
      },
    });
    this.#relay = relay;
    this.#timer = setTimeout(() => this.restart("it does not say hello"), HELLO_MS);
  }

  /** Sends all that `next` has; nothing while there is no relay, of which whoever sends hears by `lost`. */
  send(next: () => Uint8Array | undefined): void {
    let datagram = next();
    while (datagram) {
      const frames = this.#spare.pop() ?? new FrameWriter();
      for (let i = 0; datagram && i < WRITTEN_AT_ONCE; i++) {
        frames.add(datagram);
        datagram = next();
      }
      this.#write(frames);
    }
  }

  /** Ends this relay for that reason; another one follows. */
  restart(reason: string): void {
    const relay = this.#relay;
    if (!relay) return;
    this.#ended(this.#candidates[0] as Carrier, reason);
    relay.end();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const relay = this.#relay;
    this.#relay = undefined;
    relay?.end();
  }

  #write(frames: FrameWriter): void {
    const done = (): void => {
      frames.clear();
      this.#spare.push(frames);
    };
    if (this.#relay) this.#relay.send(frames.written, done);
    else done();
  }

  #frame(carrier: Carrier, kind: number, payload: Uint8Array): void {
    switch (kind) {
      case FRAME.answer:
        return this.#hooks.answer(payload);
      case FRAME.event:
        return this.#hooks.event(payload);
      case FRAME.status:
        return this.#status(carrier, u32At(payload, 0), u32At(payload, 4));
    }
  }

  #status(carrier: Carrier, code: number, value: number): void {
    switch (code) {
      case STATUS.hello:
        return this.#hello(carrier);
      case STATUS.requestError:
      case STATUS.eventError:
        if (value === ERRNO.ENOBUFS) return this.#hooks.overrun(code === STATUS.requestError ? "request" : "event");
        return this.restart(`netlink socket: errno ${value}`);
      case STATUS.sendFailed:
        return this.#hooks.sendFailed(value);
    }
  }

  #hello(carrier: Carrier): void {
    clearTimeout(this.#timer);
    this.#candidates = [carrier]; // what worked once is what is started again
    this.#startedAtMs = performance.now();
    this.#carrier = carrier;
    this.#hooks.started(carrier);
  }

  #ended(carrier: Carrier, reason: string): void {
    clearTimeout(this.#timer);
    this.#relay = undefined;
    if (this.#isClosed) return;
    if (this.#carrier === undefined) {
      this.#complaints.push(`${carrier}: ${reason}`);
      this.#candidates = this.#candidates.slice(1);
      return this.start();
    }
    this.#restarts++;
    if (performance.now() - this.#startedAtMs > LASTED_MS) this.#delayMs = FIRST_DELAY_MS;
    this.#hooks.lost(reason, this.#delayMs);
    this.#timer = setTimeout(() => this.start(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LAST_DELAY_MS);
  }
}
