/**
 * Watches one session machine from outside and knows what must always hold: it sees events and actions only, and
 * compares what they add up to with the state the machine claims. Any breach throws with the law in words.
 */

import { invariant, present } from "../../src/ip/assert.ts";
import type { Connection } from "../../src/bgp/session/connection.ts";
import type { PeerState } from "../../src/bgp/session/peer.ts";
import type { SessionSettings } from "../../src/bgp/session/settings.ts";
import type { LinkId, LinkTimer, PeerAction, PeerEvent, PeerTimer } from "../../src/bgp/session/vocabulary.ts";

interface LinkBook {
  readonly timers: Set<LinkTimer>;
  live: boolean;
  /** A NOTIFICATION went or came: the link may be closed on purpose. */
  reasonKnown: boolean;
}

export class SessionLedger {
  readonly #settings: SessionSettings;
  readonly #links = new Map<LinkId, LinkBook>();
  readonly #timers = new Set<PeerTimer>();
  #dialling = false;
  #up: LinkId | undefined;
  #downs = 0;
  /** This step lets go of a session that is to be taken up again. */
  #leaving = false;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  get dialling(): boolean {
    return this.#dialling;
  }

  get armed(): readonly PeerTimer[] {
    return [...this.#timers];
  }

  armedOn(link: LinkId): readonly LinkTimer[] {
    return [...(this.#links.get(link)?.timers ?? [])];
  }

  get liveLinks(): readonly LinkId[] {
    return [...this.#links].filter(([, book]) => book.live).map(([link]) => link);
  }

  get deadLinks(): readonly LinkId[] {
    return [...this.#links].filter(([, book]) => !book.live).map(([link]) => link);
  }

  /** One step of the machine. */
  observe(event: PeerEvent, actions: readonly PeerAction[], after: PeerState): void {
    const upBefore = this.#up;
    const liveBefore = this.liveLinks.length;
    this.#downs = 0;
    this.#happened(event);
    this.#leaving = actions.some((action) => action.kind === "down" && (action.reason.kind === "replaced" || action.reason.kind === "left"));
    for (const action of actions) this.#done(action, event);
    this.#checkState(after);
    this.#checkTimers(after);
    const ended = upBefore !== undefined ? this.#up === undefined : liveBefore > 0 && this.liveLinks.length === 0;
    invariant(this.#downs === (ended ? 1 : 0), "down is told once for every session and every attempt that ended, and never else");
    if (event.kind === "connected" && upBefore !== undefined) invariant(this.#up === upBefore, "a newcomer never displaces an established session");
  }

  #happened(event: PeerEvent): void {
    if (event.kind === "connected") this.#links.set(event.link, { timers: new Set(), live: true, reasonKnown: false });
    if (event.kind === "connected" && event.side === "ours") this.#dialling = false;
    if (event.kind === "dial-failed") this.#dialling = false;
    if (event.kind === "timer") this.#timers.delete(event.timer);
    if (!("link" in event)) return;
    const book = this.#book(event.link);
    if (event.kind === "disconnected") book.live = false;
    if (event.kind === "link-timer") book.timers.delete(event.timer);
    if (event.kind === "message" && event.message.kind === "notification") book.reasonKnown = true;
  }

  #done(action: PeerAction, event: PeerEvent): void {
    switch (action.kind) {
      case "dial":
        invariant(!this.#dialling, "there are never two dials on the way");
        invariant(!this.#settings.passive, "a passive peer is never dialled");
        invariant(this.liveLinks.length === 0, "nobody dials beside a connection that stands");
        this.#dialling = true;
        return;
      case "call-off":
        return invariant(this.#dialling, "only a dial that is on the way is called off");
      case "send":
      case "hang-up":
      case "arm-link":
      case "disarm-link":
        return this.#doneOnLink(action, event);
      case "arm":
        this.#timers.add(action.timer);
        return;
      case "disarm":
        return this.#disarm(this.#timers, action.timer, event);
      case "up":
        invariant(this.#up === undefined, "up and down alternate");
        this.#up = action.link;
        return;
      case "deliver":
      case "refresh":
        return invariant("link" in event && event.link === this.#up, "routes come from the established link only");
      case "down":
        this.#downs++;
        this.#up = undefined;
        return;
    }
  }

  #doneOnLink(action: Extract<PeerAction, { kind: "send" | "hang-up" | "arm-link" | "disarm-link" }>, event: PeerEvent): void {
    const book = this.#book(action.link);
    if (action.kind === "disarm-link") return this.#disarm(book.timers, action.timer, event);
    invariant(book.live, `nothing is done on a link that is gone: ${action.kind}`);
    if (action.kind === "arm-link") book.timers.add(action.timer);
    if (action.kind === "send" && action.message.kind === "notification") {
      invariant(!book.reasonKnown, "a NOTIFICATION is said once, and never answered");
      book.reasonKnown = true;
    }
    if (action.kind !== "hang-up") return;
    invariant(book.reasonKnown || (this.#leaving && action.link === this.#up), "nobody hangs up without a NOTIFICATION, but to come back or because the peer is back");
    book.live = false;
  }

  /** The timer whose event is being answered is not armed any more; disarming it with the others does no harm. */
  #disarm<Timer extends LinkTimer | PeerTimer>(armed: Set<Timer>, timer: Timer, event: PeerEvent): void {
    const justFired = "timer" in event && event.timer === timer;
    invariant(armed.delete(timer) || justFired, `only an armed timer is disarmed: ${timer}`);
  }

  #checkState(state: PeerState): void {
    const connections = state.kind === "trying" ? state.connections : [];
    const established = connections.filter(({ kind }) => kind === "established");
    invariant(sameSet(connections.map(({ link }) => link), this.liveLinks), "every open link is a connection, and every connection an open link");
    const newcomers = connections.filter(({ kind }) => kind !== "established");
    invariant(new Set(newcomers.map(({ side }) => side)).size === newcomers.length, "at most one connection for each side that is not established");
    invariant(connections.filter(({ kind }) => kind !== "open-sent").length <= 1, "at most one connection is past OpenSent");
    const alone = established.length === 0 || newcomers.every(({ kind, side }) => kind === "open-sent" && side === "theirs");
    invariant(alone, "beside an established session stands at most the peer's own newcomer, waiting for its OPEN");
    invariant(established.length <= 1, "there is one session at most");
    invariant(established[0]?.link === this.#up, "up means established");
    invariant((state.dial === "pending") === this.#dialling, "the state knows whether a dial is on the way");
  }

  #checkTimers(state: PeerState): void {
    for (const [link, { live, timers }] of this.#links) invariant(live || timers.size === 0, `no timer outlives its link: ${link}`);
    if (state.kind === "trying") for (const connection of state.connections) this.#checkLinkTimers(connection);
    invariant((state.kind === "resting") === this.#timers.has("rest"), "whoever rests will be woken");
    const idle = state.kind === "trying" && state.connections.length === 0 && !this.#dialling && !this.#settings.passive;
    invariant(idle === this.#timers.has("connect-retry"), "whoever tries and has nothing on the way will dial again");
    invariant(!this.#timers.has("settled") || this.#up !== undefined, "only a session settles");
  }

  #checkLinkTimers(connection: Connection): void {
    const { timers } = this.#book(connection.link);
    const quiet = connection.kind === "established" && connection.negotiated.liveness === "off";
    invariant(quiet || timers.has("open-wait") || timers.has("hold"), "no connection waits for ever");
    const lively = connection.kind !== "open-sent" && connection.negotiated.liveness !== "off";
    invariant(timers.has("open-wait") !== (lively || quiet), "the wait for the OPEN ends when the hold timer takes over");
    invariant(timers.has("hold") === lively && timers.has("keepalive") === lively, "hold and keepalive go together");
    invariant(timers.has("send-hold") === (lively && connection.kind === "established"), "send-hold runs while established");
  }

  #book(link: LinkId): LinkBook {
    return present(this.#links.get(link), `link ${link} was connected`);
  }
}

function sameSet<Item>(left: readonly Item[], right: readonly Item[]): boolean {
  return left.length === right.length && left.every((item) => right.includes(item));
}
