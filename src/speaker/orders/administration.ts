/**
 * Orders of operators about single peers (shutdown, enable, clear), beside the configuration.
 * Pure. A peer that was shut down by hand stays so through every configuration, until it is enabled again: it is compared
 * and carried out as if its configuration said so. One that was enabled by hand stays so until its configuration says
 * something new about it. The other orders leave nothing behind.
 */

import { assertNever } from "../../ip/assert.ts";
import { type PeerName, type SpeakerConfig, withShutdown } from "../config/config.ts";
import type { Peer } from "../peers/peers.ts";
import type { Reconfiguration } from "./reconfiguration.ts";
import type { Rooms, RouteExchange } from "../sessions/route-exchange.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { type Slices, whole } from "../slices.ts";
import type { PeerOrder } from "../vocabulary.ts";

export interface AdministrationRooms extends Rooms {
  readonly reconfiguration: Reconfiguration;
  readonly exchange: RouteExchange;
  readonly sessions: Sessions;
}

export class Administration {
  readonly #rooms: AdministrationRooms;
  /** What peers that were shut down by hand were told; undefined: enabled by hand, against the configuration. */
  readonly #byHand = new Map<PeerName, string | undefined>();
  #config: SpeakerConfig | undefined;

  constructor(rooms: AdministrationRooms) {
    this.#rooms = rooms;
  }

  /** The configuration as it came, without what was ordered by hand. */
  get configured(): SpeakerConfig | undefined {
    return this.#config;
  }

  /** Peers that were shut down by hand, and with which text; undefined: enabled by hand. */
  get byHand(): ReadonlyMap<PeerName, string | undefined> {
    return this.#byHand;
  }

  configure(config: SpeakerConfig, nowMs: number): void {
    whole(this.configuring(config, nowMs));
  }

  /** The same in slices, for a speaker that nobody else talks to meanwhile. */
  *configuring(config: SpeakerConfig, nowMs: number): Slices {
    const before = shutdownsOf(this.#config);
    const after = shutdownsOf(config);
    for (const [name, text] of this.#byHand) {
      const saysSomethingNew = text === undefined && after.get(name) !== before.get(name);
      if (!after.has(name) || saysSomethingNew) this.#byHand.delete(name);
    }
    this.#config = config;
    yield* this.#rooms.reconfiguration.configuring(this.#effective(config), nowMs);
  }

  carryOut(name: PeerName, order: PeerOrder, nowMs: number): void {
    const peer = this.#rooms.peers.named(name);
    if (!peer) return;
    this.#rooms.actions.report({ kind: "peer-order", peer: name, order });
    switch (order.kind) {
      case "shutdown":
        return this.#setShut(peer, order.text, nowMs);
      case "enable":
        return this.#setShut(peer, undefined, nowMs);
      case "reset":
        return this.#rooms.reconfiguration.reset(name, nowMs);
      case "refresh":
        return order.direction === "in" ? this.#refreshIn(peer) : this.#refreshOut(peer);
      default:
        return assertNever(order);
    }
  }

  /** A peer of a range is not configured by its name: it can be sent away, not kept away. */
  #setShut(peer: Peer, text: string | undefined, nowMs: number): void {
    const config = this.#config;
    const configured = config?.peers.find(({ name }) => name === peer.name);
    if (!config || !configured) return text === undefined ? undefined : this.#rooms.reconfiguration.reset(peer.name, nowMs);
    if (text === configured.shutdown) this.#byHand.delete(peer.name);
    else this.#byHand.set(peer.name, text);
    this.#rooms.reconfiguration.configure(this.#effective(config), nowMs);
  }

  #effective(config: SpeakerConfig): SpeakerConfig {
    const byHand = this.#byHand;
    if (byHand.size === 0) return config;
    return { ...config, peers: config.peers.map((peer) => (byHand.has(peer.name) ? withShutdown(peer, byHand.get(peer.name)) : peer)) };
  }

  #refreshIn(peer: Peer): void {
    this.#rooms.exchange.reimport(peer);
    if (peer.session?.negotiated.routeRefresh) this.#rooms.sessions.askAgain(peer);
  }

  #refreshOut(peer: Peer): void {
    const { session } = peer;
    for (const family of session?.negotiated.families ?? []) if (session) this.#rooms.outbound.resend(peer, session, family);
  }
}

function shutdownsOf(config: SpeakerConfig | undefined): ReadonlyMap<PeerName, string | undefined> {
  return new Map(config?.peers.map(({ name, shutdown }) => [name, shutdown]));
}
