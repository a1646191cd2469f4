/**
 * Two session machines, TCP links between them in memory, one virtual clock.
 *
 *   left ── queue ◄──────── link 7 ────────► queue ── right      each queue in order, the queues in any order
 *
 * Whoever holds the pair chooses what is delivered next; time passes only when nothing is under way.
 */

import { present } from "../../src/ip/assert.ts";
import type { SessionSettings } from "../../src/bgp/session/settings.ts";
import type { Delay, LinkId, PeerAction, PeerEvent } from "../../src/bgp/session/vocabulary.ts";
import type { Message } from "../../src/bgp/wire/message-types.ts";
import { linkId } from "./session-builders.ts";
import { SessionRig, code } from "./session-rig.ts";

export type HostName = "left" | "right";

interface Timer {
  readonly event: PeerEvent;
  readonly dueMs: number;
}

interface Host {
  readonly name: HostName;
  rig: SessionRig;
  /** Events that this host will see, by link, in order; a link it has let go of is not here. */
  readonly inbound: Map<LinkId, PeerEvent[]>;
  readonly timers: Map<string, Timer>;
  dialling: boolean;
  dials: number;
}

export class SessionPair {
  readonly left: Host;
  readonly right: Host;
  nowMs = 0;
  /** NOTIFICATIONs sent by either, as "left 6/7". */
  readonly notices: string[] = [];
  readonly #chance: () => number;
  #links = 0;

  constructor(left: SessionSettings, right: SessionSettings, chance: () => number) {
    this.left = newHost("left", left);
    this.right = newHost("right", right);
    this.#chance = chance;
  }

  start(): void {
    this.#tell(this.left, { kind: "start" });
    this.#tell(this.right, { kind: "start" });
  }

  /** Delivers one thing that is under way, or lets time pass to the next timer. */
  turn(pick: number): void {
    const choices = this.#underWay();
    if (choices.length > 0) present(choices[pick % choices.length], "a choice")();
    else this.#nextTimer();
  }

  /** Turns until it holds and nothing is under way; false when it does not within that virtual time. */
  runUntil(holds: () => boolean, withinMs: number): boolean {
    const endMs = this.nowMs + withinMs;
    for (let pick = 0; this.nowMs <= endMs; pick++) {
      if (this.#underWay().length === 0 && holds()) return true;
      this.turn(pick);
    }
    return false;
  }

  /** The link on which both are established, or undefined. */
  get session(): LinkId | undefined {
    const [left, right] = [establishedLink(this.left.rig), establishedLink(this.right.rig)];
    return left === right ? left : undefined;
  }

  /** Both ends lose every link at once. */
  cut(): void {
    for (const host of [this.left, this.right]) for (const [link, queue] of host.inbound) queue.push({ kind: "disconnected", link });
  }

  /** The host vanishes without a word and comes back as one that knows nothing. */
  crash(name: HostName): void {
    const host = this[name];
    host.inbound.clear();
    host.timers.clear();
    host.dialling = false;
    host.rig = new SessionRig(host.rig.settings);
  }

  restart(name: HostName): void {
    this.#tell(this[name], { kind: "start" });
  }

  #underWay(): readonly (() => void)[] {
    return [this.left, this.right].flatMap((host) => [
      ...(host.dialling ? [() => this.#completeDial(host)] : []),
      ...[...host.inbound].filter(([, queue]) => queue.length > 0).map(([link, queue]) => () => this.#deliver(host, link, queue)),
    ]);
  }

  #completeDial(host: Host): void {
    const link = linkId(++this.#links);
    host.dialling = false;
    host.inbound.set(link, [{ kind: "connected", link, side: "ours" }]);
    this.#other(host).inbound.set(link, [{ kind: "connected", link, side: "theirs" }]);
  }

  #deliver(host: Host, link: LinkId, queue: PeerEvent[]): void {
    const event = present(queue.shift(), "something under way");
    if (event.kind === "disconnected") host.inbound.delete(link);
    this.#tell(host, event);
  }

  #nextTimer(): void {
    const timers = [this.left, this.right].flatMap((host) => [...host.timers].map(([key, timer]) => ({ host, key, ...timer })));
    const next = present(timers.sort((a, b) => a.dueMs - b.dueMs)[0], "a timer when nothing is under way");
    this.nowMs = next.dueMs;
    next.host.timers.delete(next.key);
    this.#tell(next.host, next.event);
  }

  #tell(host: Host, event: PeerEvent): void {
    const actions = host.rig.tell(event);
    for (const action of actions) this.#perform(host, action);
  }

  #perform(host: Host, action: PeerAction): void {
    switch (action.kind) {
      case "dial":
        host.dialling = true;
        host.dials++;
        return;
      case "call-off":
        return; // always too late here: what pairs are about is the collision that follows
      case "send":
        return this.#send(host, action.link, action.message);
      case "hang-up":
        host.inbound.delete(action.link);
        this.#other(host).inbound.get(action.link)?.push({ kind: "disconnected", link: action.link });
        return;
      case "arm":
        return this.#arm(host, action.timer, { kind: "timer", timer: action.timer }, action);
      case "arm-link":
        return this.#arm(host, `${action.link} ${action.timer}`, { kind: "link-timer", link: action.link, timer: action.timer }, action);
      case "disarm":
        host.timers.delete(action.timer);
        return;
      case "disarm-link":
        host.timers.delete(`${action.link} ${action.timer}`);
        return;
    }
  }

  /** Sockets have room: what is sent is taken at once. */
  #send(host: Host, link: LinkId, message: Message): void {
    if (message.kind === "notification") this.notices.push(`${host.name} ${code(message.notification)}`);
    host.inbound.get(link)?.push({ kind: "sent", link, agoMs: 0 });
    this.#other(host).inbound.get(link)?.push({ kind: "message", link, message });
  }

  #arm(host: Host, key: string, event: PeerEvent, { ms, jitter }: Delay): void {
    host.timers.set(key, { event, dueMs: this.nowMs + ms * (1 - jitter * this.#chance()) });
  }

  #other(host: Host): Host {
    return host === this.left ? this.right : this.left;
  }
}

function newHost(name: HostName, settings: SessionSettings): Host {
  return { name, rig: new SessionRig(settings), inbound: new Map(), timers: new Map(), dialling: false, dials: 0 };
}

function establishedLink({ state }: SessionRig): LinkId | undefined {
  const connections = state.kind === "trying" ? state.connections : [];
  return connections.find(({ kind }) => kind === "established")?.link;
}
