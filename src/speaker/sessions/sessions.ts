/**
 * The sessions of all peers: feeds each peer's state machine with its events, and carries out the actions that it returns.
 * Pure. The machine itself is bgp/session/peer.ts; here are the links that it speaks over.
 */

import { assertNever } from "../../ip/assert.ts";
import { FAMILIES } from "../../bgp/wire/context.ts";
import { ProtocolError } from "../../bgp/wire/error.ts";
import { cease } from "../../bgp/wire/notification.ts";
import type { Message, RouteRefresh, Update } from "../../bgp/wire/message-types.ts";
import { PlainUpdate } from "../../bgp/wire/plain-update.ts";
import { type PeerState, sessionStateOf, step } from "../../bgp/session/peer.ts";
import type { OwnRestart } from "../../bgp/session/restart-agreement.ts";
import type { DownReason, Farewell, LinkId, LinkTimer, Negotiated, PeerAction, PeerEvent, Side } from "../../bgp/session/vocabulary.ts";
import type { SourceId } from "../../bgp/rib/ids.ts";
import { TransmitBuffer } from "../../rr/transmit-buffer.ts";
import type { Actions } from "../actions.ts";
import { PendingConnections } from "./pending-connections.ts";
import type { PeerName } from "../config/config.ts";
import type { Counters } from "../peers/counters.ts";
import { Link } from "../peers/links.ts";
import type { Monitoring } from "../monitoring/monitoring.ts";
import { type DynamicPeers, STRANGER } from "./dynamic-peers.ts";
import type { Peer, Peers, Session } from "../peers/peers.ts";
import type { Absence, SpeakerEvent, TimerKey, Transmission } from "../vocabulary.ts";

/** Who wants to know what happens on established sessions. */
export interface SessionListener {
  up(peer: Peer, session: Session, nowMs: number): void;
  /** How to end the session, when this UPDATE was one too many. */
  deliver(peer: Peer, update: Update, nowMs: number): Farewell | undefined;
  /** The same for an UPDATE that was read where it lies. */
  deliverPlain(peer: Peer, update: PlainUpdate, nowMs: number): Farewell | undefined;
  refresh(peer: Peer, request: RouteRefresh, nowMs: number): void;
  /** Told only for sessions that were up. */
  down(peer: Peer, session: Session, reason: DownReason, nowMs: number): void;
  /** An attempt failed. */
  failed(peer: Peer, nowMs: number): void;
  /** What the next OPEN to that peer says about a restart of ours. */
  ownRestart(peer: Peer): OwnRestart;
}

/** What sessions ask of the update groups. */
export interface Groups {
  take(source: SourceId, buffer: TransmitBuffer): "some" | "none";
}

const NOTHING: Transmission = { pieces: [], left: "none" };
const AN_UPDATE = { kind: "update" } as const;

type Connected = Extract<SpeakerEvent, { kind: "accepted" | "dialled" }>;

export class Sessions {
  readonly #peers: Peers;
  readonly #actions: Actions;
  readonly #listener: SessionListener;
  readonly #dynamicPeers: DynamicPeers;
  readonly #monitoring: Monitoring;
  /** Of the turn: when what is transmitted in it counts as taken. */
  #turnMs = 0;
  readonly #plain = new PlainUpdate();
  readonly pending = new PendingConnections();
  unknownConnections = 0;
  /** UPDATEs about routes that were delivered so far. */
  updates = 0;

  constructor(peers: Peers, actions: Actions, listener: SessionListener, dynamicPeers: DynamicPeers, monitoring: Monitoring) {
    this.#peers = peers;
    this.#actions = actions;
    this.#listener = listener;
    this.#dynamicPeers = dynamicPeers;
    this.#monitoring = monitoring;
  }

  /** Something happened to this peer that came over no link. */
  tell(peer: Peer, event: PeerEvent, nowMs: number): void {
    const { state, actions } = step(peer.state, event, peer.config.session, peer.ourOpen);
    if (state !== peer.state) this.#enter(peer, state);
    for (const action of actions) this.#perform(peer, action, nowMs);
    this.#dynamicPeers.dismissIfOver(peer, nowMs);
  }

  #enter(peer: Peer, state: PeerState): void {
    const [from, to] = [sessionStateOf(peer.state), sessionStateOf(state)];
    peer.state = state;
    if (from !== to) this.#actions.report({ kind: "peer-state", peer: peer.name, from, to });
  }

  /** A connection from outside or from a dial of ours; nobody we know gets it closed without a word. */
  connected(event: Connected, nowMs: number): void {
    if (event.kind === "accepted" && !this.#mayCall(event)) return;
    const known = event.kind === "accepted" ? this.#peers.at(event.remote.address) : this.#peers.named(event.peer);
    const peer = known ?? this.#dynamicPeer(event, nowMs);
    if (!peer) return;
    if (event.kind === "dialled" && !peer.isDialledRight) return this.#missed(peer, event.link, nowMs);
    const side: Side = event.kind === "accepted" ? "theirs" : "ours";
    this.#peers.addLink(new Link(event.link, peer.name, event.local, event.remote));
    if (side === "theirs") this.#actions.add({ kind: "tune", link: event.link, remote: event.remote, transport: peer.config.transport });
    peer.prepareOpen(this.#listener.ownRestart(peer));
    this.tell(peer, { kind: "connected", link: event.link, side }, nowMs);
  }

  bytes(id: LinkId, bytes: Uint8Array, nowMs: number): void {
    const link = this.#peers.link(id);
    const peer = link && this.#peers.named(link.peer);
    if (!link || !peer || link.closing) return;
    link.receive(bytes);
    let plain = 0;
    while (this.#nextFrame(link, peer, nowMs)) {
      if (peer.session?.link !== link || !link.readPlain(this.#plain)) this.#hear(link, peer, nowMs);
      else this.#deliverPlain(link, peer, plain++, nowMs);
    }
  }

  closed(id: LinkId, nowMs: number): void {
    this.pending.leave(id);
    const link = this.#peers.link(id);
    if (!link) return;
    this.#peers.removeLink(id);
    const peer = this.#peers.named(link.peer);
    if (peer && !link.closing) this.tell(peer, { kind: "disconnected", link: id }, nowMs);
  }

  timer(key: Extract<TimerKey, { kind: "peer" | "link" }>, nowMs: number): void {
    if (key.kind === "peer") {
      const peer = this.#peers.named(key.peer);
      if (peer) this.tell(peer, { kind: "timer", timer: key.timer }, nowMs);
      return;
    }
    const link = this.#peers.link(key.link);
    const peer = link && this.#peers.named(link.peer);
    if (peer && !link.closing) this.tell(peer, this.#linkTimer(link, key.timer, nowMs), nowMs);
  }

  /** Sockets take bytes all the time: the machine hears of it only when it would otherwise think that none did. */
  #linkTimer(link: Link, timer: LinkTimer, nowMs: number): PeerEvent {
    const { id, takenAtMs } = link;
    if (timer !== "send-hold" || takenAtMs === undefined) return { kind: "link-timer", link: id, timer };
    link.takenAtMs = undefined;
    return { kind: "sent", link: id, agoMs: nowMs - takenAtMs };
  }

  /** Nobody answered, or not in time. */
  dialFailed(name: PeerName, reason: string, nowMs: number): void {
    const peer = this.#peers.named(name);
    if (!peer) return;
    this.#actions.report({ kind: "dial-failed", peer: name, reason });
    this.#listener.failed(peer, nowMs);
    this.tell(peer, { kind: "dial-failed" }, nowMs);
  }

  /** The peer's own call made it superfluous. */
  dialCalledOff(name: PeerName, nowMs: number): void {
    const peer = this.#peers.named(name);
    if (peer) this.tell(peer, { kind: "dial-failed" }, nowMs);
  }

  /** Goodbye to everybody. */
  shutdown(until: Absence, text: string, nowMs: number): void {
    this.#dynamicPeers.shut();
    const farewell: PeerEvent = until === "restart" ? { kind: "leave", text } : { kind: "stop", cease: "administrative-shutdown", text };
    for (const peer of this.#peers.all()) this.tell(peer, farewell, nowMs);
  }

  /** Until the next turn begins it is that time. */
  turn(nowMs: number): void {
    this.#turnMs = nowMs;
  }

  /** Asks the peer to tell everything again (RFC 2918). */
  askAgain(peer: Peer): void {
    const { session } = peer;
    for (const family of session?.negotiated.families ?? []) {
      const { afi, safi } = FAMILIES[family];
      if (session) this.#send(session.link.id, { kind: "route-refresh", family: { afi, safi }, subtype: "request" });
    }
  }

  /** What the session says comes before what the groups have for it. */
  transmit(id: LinkId, maxBytes: number, groups: Groups): Transmission {
    const link = this.#peers.link(id);
    if (!link) return NOTHING;
    const peer = this.#peers.named(link.peer);
    const buffer = new TransmitBuffer(maxBytes);
    if (link.hasOutbox) takeOutbox(link, buffer, peer?.counters);
    const left = peer?.session?.link === link ? groups.take(peer.source, buffer) : "none";
    link.announced = left === "some";
    if (buffer.isEmpty) return NOTHING;
    link.takenAtMs = this.#turnMs;
    peer?.counters.countTransmitted(buffer);
    return { pieces: buffer.pieces, left };
  }

  /** The groups have something for this peer. */
  wakeSource(source: SourceId): void {
    const link = this.#peers.ofSource(source)?.session?.link;
    if (link) this.wake(link);
  }

  /** The daemon has something to write for this link; it asks with transmit(). */
  wake(link: Link): void {
    if (link.announced) return;
    link.announced = true;
    this.#actions.add({ kind: "ready", link: link.id });
  }

  /** Asked before anything else: also those whom nobody knows come in so many at a time. */
  #mayCall({ link, remote }: Connected): boolean {
    const limit = this.pending.enter(link, remote.address);
    if (!limit) return true;
    this.#actions.add({ kind: "hang-up", link });
    this.#actions.report({ kind: "too-many-connections", remote, limit });
    return false;
  }

  /** Whoever calls from a range is a peer from now on; undefined: the link is refused. */
  #dynamicPeer(event: Connected, nowMs: number): Peer | undefined {
    const admission = event.kind === "accepted" ? this.#dynamicPeers.admit(event.remote, nowMs) : STRANGER;
    switch (admission.kind) {
      case "peer":
        this.tell(admission.peer, { kind: "start" }, nowMs);
        return admission.peer;
      case "full":
        this.#refuseDynamicPeer(event, admission.name);
        return undefined;
      case "stranger":
        this.#refuseStranger(event);
        return undefined;
      default:
        return assertNever(admission);
    }
  }

  /** Unlike a stranger it hears why, because with more room it would be welcome (RFC 4486 §4). */
  #refuseDynamicPeer(event: Connected, name: PeerName): void {
    this.#peers.addLink(new Link(event.link, name, event.local, event.remote));
    this.#send(event.link, { kind: "notification", notification: cease("connection-rejected") });
    this.#hangUp(event.link);
  }

  #refuseStranger(event: Connected): void {
    this.#actions.add({ kind: "hang-up", link: event.link });
    if (event.kind !== "accepted") return;
    this.unknownConnections++;
    this.#actions.report({ kind: "unknown-connection", remote: event.remote });
  }

  /** The peer has moved, or is to be called otherwise, while we dialled. */
  #missed(peer: Peer, link: LinkId, nowMs: number): void {
    this.#actions.add({ kind: "hang-up", link });
    this.tell(peer, { kind: "dial-failed" }, nowMs);
  }

  /** undefined: no whole message is left, or none that is worth reading. */
  #nextFrame(link: Link, peer: Peer, nowMs: number): boolean {
    try {
      return !link.closing && link.nextFrame();
    } catch (error) {
      this.#refuse(link, peer, error, nowMs);
      return false;
    }
  }

  #hear(link: Link, peer: Peer, nowMs: number): void {
    let message: Message;
    try {
      message = link.decode();
    } catch (error) {
      return this.#refuse(link, peer, error, nowMs);
    }
    this.#count(peer, message);
    if (message.kind === "update" && peer.session?.link === link) this.#monitoring.update(peer, peer.session, link.frame, message, nowMs);
    this.tell(peer, { kind: "message", link: link.id, message }, nowMs);
  }

  /** The peer broke a rule; anything else is our own mistake and goes on. */
  #refuse(link: Link, peer: Peer, error: unknown, nowMs: number): void {
    if (!(error instanceof ProtocolError)) throw error;
    peer.counters.countRefused(error.notification);
    this.tell(peer, { kind: "malformed", link: link.id, error }, nowMs);
  }

  /** `earlier`: how many of the same bytes came before it. That the peer lives is the same news for all of them. */
  #deliverPlain(link: Link, peer: Peer, earlier: number, nowMs: number): void {
    if (earlier === 0) this.tell(peer, { kind: "heard", link: link.id }, nowMs);
    peer.counters.countReceived(AN_UPDATE);
    this.updates++;
    this.#monitoring.monitor?.heard(peer.name, link.frame, nowMs);
    const farewell = this.#listener.deliverPlain(peer, this.#plain, nowMs);
    if (farewell) this.tell(peer, { kind: "stop", ...farewell }, nowMs);
  }

  #count(peer: Peer, message: Message): void {
    peer.counters.countReceived(message);
    if (message.kind !== "update") return;
    for (const fault of message.faults) {
      peer.counters.countFault(fault);
      this.#actions.report({ kind: "attribute-fault", peer: peer.name, fault });
    }
  }

  #perform(peer: Peer, action: PeerAction, nowMs: number): void {
    switch (action.kind) {
      case "dial":
        return this.#actions.add(peer.dial());
      case "call-off":
        return this.#actions.add({ kind: "call-off", peer: peer.name });
      case "send":
        return this.#send(action.link, action.message);
      case "hang-up":
        return this.#hangUp(action.link);
      case "arm":
        return this.#actions.add({ kind: "arm", key: { kind: "peer", peer: peer.name, timer: action.timer }, ms: action.ms, jitter: action.jitter });
      case "disarm":
        return this.#actions.add({ kind: "disarm", key: { kind: "peer", peer: peer.name, timer: action.timer } });
      case "arm-link":
        return this.#actions.add({ kind: "arm", key: { kind: "link", link: action.link, timer: action.timer }, ms: action.ms, jitter: action.jitter });
      case "disarm-link":
        return this.#actions.add({ kind: "disarm", key: { kind: "link", link: action.link, timer: action.timer } });
      case "up":
        return this.#up(peer, action.link, action.negotiated, nowMs);
      case "deliver":
        return this.#deliver(peer, action.update, nowMs);
      case "refresh":
        return this.#listener.refresh(peer, action.request, nowMs);
      case "down":
        return this.#down(peer, action.reason, nowMs);
      default:
        return assertNever(action);
    }
  }

  #send(id: LinkId, message: Message): void {
    const link = this.#peers.link(id);
    if (!link || link.closing) return;
    link.send(message);
    this.wake(link);
  }

  #hangUp(id: LinkId): void {
    const link = this.#peers.link(id);
    if (link) link.closing = true;
    this.#actions.add({ kind: "hang-up", link: id });
  }

  #up(peer: Peer, id: LinkId, negotiated: Negotiated, nowMs: number): void {
    const link = this.#peers.link(id);
    if (!link) return;
    this.pending.leave(id);
    this.#dynamicPeers.settle(peer, negotiated.remoteAs);
    link.codec = negotiated.codec;
    peer.session = { link, negotiated, localAddress: link.local.address, endOfRib: new Set() };
    peer.sinceMs = nowMs;
    peer.counters.established++;
    this.#actions.report({ kind: "peer-up", peer: peer.name, remote: link.remote, negotiated });
    this.#monitoring.monitor?.up(peer.name, peer.session, nowMs);
    this.#listener.up(peer, peer.session, nowMs);
  }

  #deliver(peer: Peer, update: Update, nowMs: number): void {
    if (!update.endOfRib) this.updates++;
    const farewell = this.#listener.deliver(peer, update, nowMs);
    if (farewell) this.tell(peer, { kind: "stop", ...farewell }, nowMs);
  }

  #down(peer: Peer, reason: DownReason, nowMs: number): void {
    const session = peer.session;
    peer.lastDown = { atMs: nowMs, reason };
    this.#actions.report({ kind: "peer-down", peer: peer.name, was: session ? "established" : "attempt", reason });
    if (!session) return this.#listener.failed(peer, nowMs);
    peer.session = undefined;
    peer.last = session;
    peer.sinceMs = nowMs;
    peer.counters.flaps++;
    this.#monitoring.monitor?.down(peer.name, reason, nowMs);
    this.#listener.down(peer, session, reason, nowMs);
  }
}

/** The messages of the session itself. */
function takeOutbox(link: Link, buffer: TransmitBuffer, counters: Counters | undefined): void {
  for (const frames of link.takeOutbox()) {
    counters?.countSent(frames);
    buffer.pieces.push(frames);
    buffer.count(frames.length, 0);
  }
}
