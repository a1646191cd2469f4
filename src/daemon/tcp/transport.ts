/**
 * TCP: listens, dials, and moves bytes between sockets and the speaker.
 * The door: node:net. Links are numbered here; nothing that goes wrong on a socket leaves this room as an exception.
 *
 * Sending is pulled, round robin: `ready` puts a link into the round, and each turn the round goes on for at most PUMP_MS, a slice
 * per link, so that one fast peer cannot keep the others waiting.
 */

import type { Socket } from "node:net";
import type { LinkId } from "../../bgp/session/vocabulary.ts";
import type { PeerName } from "../../speaker/config/config.ts";
import type { Endpoint, SpeakerAction, SpeakerEvent, Transmission } from "../../speaker/vocabulary.ts";
import { type Dial, Dialler } from "./dialler.ts";
import { endpointOf } from "./endpoint.ts";
import { nowMs } from "../loop/event-loop.ts";
import type { DaemonFact } from "../facts.ts";
import { BufferViews, Link, type LinkPorts } from "./link.ts";
import { BACKLOG, Listener, type ListenerPorts } from "./listener.ts";
import { type Keys, acceptOptions } from "./peer-options.ts";
import { SocketSetup } from "./socket-setup.ts";
import type { Round } from "../loop/stopwatch.ts";

const MOST_UNSEEN = BACKLOG; // connections that the speaker has not heard of; more are a flood, and reset
const PUMP_MS = 10;
const SLICE_BYTES = 256 * 1024;
const LINKS_PER_LOOK = 8; // at the clock, which costs as much as a small part of a write

export type Tune = Extract<SpeakerAction, { readonly kind: "tune" }>;

export interface TransportPorts {
  post(event: SpeakerEvent): void;
  report(fact: DaemonFact): void;
  transmit(link: LinkId, maxBytes: number): Transmission;
  /** There are sockets to fill: have a turn soon. */
  wake(): void;
}

export class Transport {
  readonly #ports: TransportPorts;
  readonly #linkPorts: LinkPorts;
  readonly #links = new Map<LinkId, Link>();
  /** Links to fill, each once. */
  #ready: Link[] = [];
  /** How many came into the round by themselves: who can take more than a slice stays with the number it had. */
  #entered = 0;
  readonly #setup: SocketSetup;
  readonly #dialler: Dialler;
  #listeners: readonly Listener[] = [];
  #keys: Keys = new Map();
  #lastLink = 0;
  #unseen = 0;

  constructor(ports: TransportPorts) {
    this.#ports = ports;
    this.#setup = new SocketSetup(ports.report);
    this.#dialler = new Dialler({
      connected: (dial, socket) => this.#dialled(dial, socket),
      failed: (peer, reason) => ports.post({ kind: "dial-failed", peer, reason }),
      calledOff: (peer) => ports.post({ kind: "dial-called-off", peer }),
      setup: this.#setup,
    });
    this.#linkPorts = {
      post: ports.post,
      transmit: ports.transmit,
      drained: (link) => this.ready(link),
      gone: (link) => this.#forget(link),
      views: new BufferViews(),
    };
  }

  /** Open connections, dials that have not come through not counted. */
  get links(): number {
    return this.#links.size;
  }

  /** Listens there and nowhere else; ports that are open stay as they are. Opens every new one, or none of them: throws StartError. */
  async listen(endpoints: readonly Endpoint[]): Promise<void> {
    const wanted = new Set(endpoints.map(textOf));
    const kept = this.#listeners.filter(({ endpoint }) => wanted.has(textOf(endpoint)));
    for (const listener of this.#listeners) if (!kept.includes(listener)) listener.close(); // first: "0.0.0.0" bars every other address of its port
    this.#listeners = kept;
    const open = new Set(kept.map(({ endpoint }) => textOf(endpoint)));
    const missing = endpoints.filter((endpoint) => !open.has(textOf(endpoint)));
    const ports: ListenerPorts = { accept: (socket) => this.#accept(socket), report: this.#ports.report, setup: this.#setup };
    const outcomes = await Promise.allSettled(missing.map((endpoint) => Listener.open(endpoint, endpoints, this.#keys, ports)));
    const opened = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed) {
      for (const listener of opened) listener.close();
      throw failed.reason;
    }
    this.#listeners = [...kept, ...opened];
    await this.setKeys(this.#keys); // others may have come meanwhile
  }

  /** Whoever calls from now on has to sign with these. */
  async setKeys(keys: Keys): Promise<void> {
    this.#keys = keys;
    await Promise.all(this.#listeners.map((listener) => listener.setKeys(keys)));
  }

  /** Where we listen; the port is the real one where 0 was asked for. */
  listening(): readonly Endpoint[] {
    return this.#listeners.flatMap((listener) => {
      const bound = listener.address();
      return bound && typeof bound === "object" ? [endpointOf(bound.address, bound.port)] : [];
    }).filter((endpoint) => endpoint !== undefined);
  }

  dial(dial: Dial): void {
    this.#dialler.dial(dial);
  }

  callOff(peer: PeerName): void {
    this.#dialler.callOff(peer);
  }

  /**
   * Whoever called is this peer: what was decided for it holds before anything is said. Otherwise a session could come up
   * in the meantime, by packets that come from too far.
   */
  tune({ link: id, remote, transport }: Tune): void {
    const link = this.#links.get(id);
    const wanted = acceptOptions(transport, remote.address);
    if (!link?.handle || wanted.length === 0) return;
    link.hold();
    void this.#setup.apply(link.handle, wanted).then((refusal) => {
      if (refusal === undefined) return link.release();
      if (this.#links.has(id)) this.#ports.report({ kind: "connection-unfit", remote, reason: refusal });
      link.destroy();
    });
  }

  /** The speaker has bytes for this link, or the link can take some again. */
  ready(id: LinkId): void {
    const link = this.#links.get(id);
    if (!link) return;
    this.#enter(link, ++this.#entered);
    this.#ports.wake();
  }

  hangUp(id: LinkId): void {
    this.#links.get(id)?.hangUp();
  }

  /** That many bytes of this link left the queue. */
  absorbed(id: LinkId, bytes: number): void {
    this.#links.get(id)?.absorbed(bytes);
  }

  /** The speaker has heard of a connection that came in. */
  seen(): void {
    this.#unseen--;
  }

  /** Fills sockets for a bounded time; "more": some could have taken more. */
  pump(): "done" | "more" {
    const deadlineMs = nowMs() + PUMP_MS;
    while (this.#ready.length > 0) {
      const round = this.#ready;
      this.#ready = [];
      for (const [at, link] of round.entries()) {
        link.isInRound = false;
        if (link.pump(SLICE_BYTES) === "more") this.#enter(link, link.ticket);
        if (at % LINKS_PER_LOOK === 0 && nowMs() >= deadlineMs) return this.#pause(round.slice(at + 1));
      }
    }
    return "done";
  }

  /** How far the round has come. A link whose peer's window is shut is in no round before it opens. */
  get round(): Round {
    let served = this.#entered;
    for (const { ticket } of this.#ready) if (ticket <= served) served = ticket - 1;
    return { entered: this.#entered, served };
  }

  #enter(link: Link, ticket: number): void {
    if (link.isInRound) return;
    link.isInRound = true;
    link.ticket = ticket;
    this.#ready.push(link);
  }

  /** The rest of a round comes first in the next turn. */
  #pause(rest: readonly Link[]): "done" | "more" {
    this.#ready = [...rest, ...this.#ready];
    return this.#ready.length > 0 ? "more" : "done";
  }

  /** Nobody comes in any more, and nobody is called. */
  stopCalls(): void {
    for (const listener of this.#listeners) listener.close();
    this.#dialler.stop();
  }

  /** Whatever is still open goes. */
  destroy(): void {
    this.stopCalls();
    for (const link of this.#links.values()) link.destroy();
  }

  #dialled({ peer, remote }: Dial, socket: Socket): void {
    const local = endpointOf(socket.localAddress, socket.localPort);
    if (!local) {
      socket.on("error", () => {}).destroy(); // gone before we looked
      return this.#ports.post({ kind: "dial-failed", peer, reason: "connection lost" });
    }
    const link = this.#adopt(socket);
    this.#ports.post({ kind: "dialled", peer, link, remote, local });
  }

  #accept(socket: Socket): void {
    const remote = endpointOf(socket.remoteAddress, socket.remotePort);
    const local = endpointOf(socket.localAddress, socket.localPort);
    if (!remote || !local) {
      socket.on("error", () => {}).destroy(); // gone before we looked
      return;
    }
    if (this.#unseen >= MOST_UNSEEN) {
      socket.on("error", () => {}).resetAndDestroy();
      return this.#ports.report({ kind: "connection-flood", remote });
    }
    this.#unseen++;
    const link = this.#adopt(socket);
    this.#ports.post({ kind: "accepted", link, remote, local });
  }

  #adopt(socket: Socket): LinkId {
    const id = ++this.#lastLink as LinkId;
    this.#links.set(id, new Link(id, socket, this.#linkPorts));
    return id;
  }

  #forget(id: LinkId): void {
    const link = this.#links.get(id);
    if (!link) return;
    this.#links.delete(id);
  }
}

function textOf({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}
