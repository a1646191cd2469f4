/**
 * BFD: the sessions of bfd/session-table.ts with real sockets and real time. Runs in a thread of its own (thread.ts).
 * The doors: UDP (udp.ts) and timers.
 *
 * When this machine was busy, packets may lie unread in the socket while a detection time is over. Nobody is given up
 * before the sockets were read once more and had nothing left.
 */

import { randomBytes } from "node:crypto";
import { type IpAddress, versionOf } from "../../ip/address.ts";
import { type BfdOrder, type BfdTimerKey, type BfdView, SessionTable } from "../../bfd/session-table.ts";
import type { Delay } from "../../bfd/vocabulary.ts";
import type { PeerName } from "../../speaker/config/config.ts";
import type { LivenessTarget, SpeakerEvent } from "../../speaker/vocabulary.ts";
import { nowMs } from "../loop/event-loop.ts";
import { type PortPair, Udp, type UdpFact } from "./udp.ts";

const MAX_LOOKS = 64; // of 32 datagrams and more each: whoever hides behind a flood that long is given up

export type LivenessEvent = Extract<SpeakerEvent, { readonly kind: "liveness-up" | "liveness-lost" }>;

export interface BfdPorts {
  post(event: LivenessEvent): void;
  report(fact: UdpFact): void;
}

interface Alarm {
  dueMs: number;
  readonly timeout: NodeJS.Timeout;
}

export class Bfd {
  readonly #ports: BfdPorts;
  readonly #table = new SessionTable(() => randomBytes(4).readUInt32BE());
  readonly #udp: Udp;
  readonly #alarms = new Map<string, Alarm>();
  #peers: ReadonlyMap<IpAddress, PeerName> = new Map();
  #received = 0;

  constructor(ports: BfdPorts, pair?: PortPair) {
    this.#ports = ports;
    this.#udp = new Udp({ received: (source, bytes) => this.#hear(source, bytes), report: ports.report }, pair);
  }

  /** Whoever is not in `targets` is told so, and no longer watched. */
  watch(targets: readonly LivenessTarget[]): void {
    const before = this.#peers;
    this.#perform(this.#table.want(targets, nowMs()));
    this.#peers = new Map(targets.map(({ neighbor, peer }) => [neighbor, peer]));
    this.#udp.listen(new Set(targets.map(({ neighbor }) => versionOf(neighbor))));
    for (const { neighbor, peer } of targets) {
      const renamed = before.get(neighbor) !== peer && this.#table.view(neighbor)?.session.state === "up";
      if (renamed) this.#ports.post({ kind: "liveness-up", peer });
    }
  }

  /** Every session that is wanted. */
  views(): ReadonlyMap<IpAddress, BfdView> {
    return this.#table.views();
  }

  get unknownPackets(): number {
    return this.#table.unknownPackets;
  }

  /** Tells everybody that this is no failure, and ends. */
  stop(): void {
    this.#perform(this.#table.stop(nowMs()));
    this.#udp.destroy();
  }

  #hear(source: IpAddress, bytes: Uint8Array): void {
    this.#received++;
    this.#perform(this.#table.receive(source, bytes, nowMs()));
  }

  #perform(orders: readonly BfdOrder[]): void {
    for (const order of orders) this.#carryOut(order);
  }

  #carryOut(order: BfdOrder): void {
    switch (order.kind) {
      case "send":
        return this.#udp.send(order.neighbor, order.local, order.bytes);
      case "close":
        return this.#udp.close(order.neighbor);
      case "arm":
        return this.#arm(order.key, order);
      case "disarm":
        return this.#disarm(order.key);
      case "up":
        return this.#withPeer(order.neighbor, (peer) => this.#ports.post({ kind: "liveness-up", peer }));
      case "down":
        return this.#withPeer(order.neighbor, (peer) =>
          this.#ports.post({ kind: "liveness-lost", peer, because: order.because }),
        );
    }
  }

  #withPeer(neighbor: IpAddress, tell: (peer: PeerName) => void): void {
    const peer = this.#peers.get(neighbor);
    if (peer) tell(peer);
  }

  /** An alarm that is only put off keeps its timeout: detection times are, by every packet. */
  #arm(key: BfdTimerKey, delay: Delay): void {
    const dueMs = nowMs() + delay.ms * (1 - delay.jitter * Math.random());
    const armed = this.#alarms.get(alarmName(key));
    if (armed && dueMs >= armed.dueMs) {
      armed.dueMs = dueMs;
      return;
    }
    this.#set(key, dueMs);
  }

  #set(key: BfdTimerKey, dueMs: number): void {
    clearTimeout(this.#alarms.get(alarmName(key))?.timeout);
    const timeout = setTimeout(() => this.#ring(key), Math.max(1, Math.ceil(dueMs - nowMs())));
    this.#alarms.set(alarmName(key), { dueMs, timeout });
  }

  #disarm(key: BfdTimerKey): void {
    clearTimeout(this.#alarms.get(alarmName(key))?.timeout);
    this.#alarms.delete(alarmName(key));
  }

  #ring(key: BfdTimerKey): void {
    const { dueMs = nowMs() } = this.#alarms.get(alarmName(key)) ?? {};
    if (dueMs > nowMs()) return this.#set(key, dueMs);
    if (key.timer === "detect") return this.#lookAgain(key, MAX_LOOKS);
    return this.#expire(key);
  }

  /** An immediate comes after the sockets were read. */
  #lookAgain(key: BfdTimerKey, looks: number): void {
    const received = this.#received;
    setImmediate(() => {
      const alarm = this.#alarms.get(alarmName(key));
      if (!alarm) return;
      if (alarm.dueMs > nowMs()) this.#set(key, alarm.dueMs);
      else if (this.#received > received && looks > 0) this.#lookAgain(key, looks - 1);
      else this.#expire(key);
    });
  }

  #expire(key: BfdTimerKey): void {
    this.#alarms.delete(alarmName(key));
    this.#perform(this.#table.expire(key, nowMs()));
  }
}

function alarmName({ neighbor, timer }: BfdTimerKey): string {
  return `${neighbor} ${timer}`;
}
