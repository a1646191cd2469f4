/**
 * The peers: name <-> source <-> session state <-> links.
 * Pure. Owns who exists; what happens to them is decided in sessions/sessions.ts.
 */

import type { IpAddress } from "../../ip/address.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { Open } from "../../bgp/wire/message-types.ts";
import { openFor } from "../../bgp/session/negotiate.ts";
import type { OwnRestart } from "../../bgp/session/restart-agreement.ts";
import { type PeerState, initialPeer } from "../../bgp/session/peer.ts";
import type { DownReason, LinkId, Negotiated } from "../../bgp/session/vocabulary.ts";
import type { SourceId } from "../../bgp/rib/ids.ts";
import type { PeerConfig, PeerName } from "../config/config.ts";
import { Comparison } from "../config/same.ts";
import type { SpeakerAction } from "../vocabulary.ts";
import type { Link } from "./links.ts";
import { Counters } from "./counters.ts";

export type Dial = Extract<SpeakerAction, { readonly kind: "dial" }>;

/** One configured neighbour and everything that is known about it now. */
export class Peer {
  readonly name: PeerName;
  readonly source: SourceId;
  config: PeerConfig;
  ourOpen: Open;
  state: PeerState = initialPeer;
  /** Present while the session is established. */
  session: Session | undefined;
  /** The latest that is over: who comes back is expected to say the same again. */
  last: Session | undefined;
  sinceMs: number;
  /** Told more prefixes than it may, and was sent away for it: until then, or until its limit is another one. */
  held: { readonly untilMs: number | undefined } | undefined;
  /** What BFD says of the path; "unknown": nothing yet, or nobody asks it. */
  liveness: "unknown" | "up" | "lost" = "unknown";
  lastDown: { readonly atMs: number; readonly reason: DownReason } | undefined;
  counters = new Counters();
  /** The latest. */
  #dial: Dial | undefined;

  constructor(config: PeerConfig, source: SourceId, nowMs: number) {
    this.name = config.name;
    this.config = config;
    this.source = source;
    this.ourOpen = openFor(config.session);
    this.sinceMs = nowMs;
  }

  /** A new configuration; the caller has stopped the session where the change asks for it. */
  reconfigure(config: PeerConfig): void {
    this.config = config;
    this.ourOpen = openFor(config.session);
  }

  /** It was that peer until now, and becomes one of another kind: another source of paths, but the same neighbour to whoever counts. */
  succeed(before: Peer): void {
    this.counters = before.counters;
    this.lastDown = before.lastDown;
    if (before.config.address === this.config.address) this.liveness = before.liveness; // who watches the path goes on, and says only what changes
  }

  /** What the OPEN says about a restart of ours is true when it is sent, not when the peer was configured. */
  prepareOpen(own: OwnRestart): void {
    this.ourOpen = openFor(this.config.session, own);
  }

  /** Where to call it, and how. */
  dial(): Dial {
    return (this.#dial = dialOf(this.config));
  }

  /** Whether a dial that comes through leads where one would lead now: the configuration may have changed while it was on its way. */
  get isDialledRight(): boolean {
    return this.#dial !== undefined && new Comparison().isSame(this.#dial, dialOf(this.config));
  }

  get internal(): boolean {
    return this.config.session.remoteAs === this.config.session.localAs;
  }

  get role(): Role {
    return roleOf(this.config);
  }
}

function dialOf({ name: peer, address, port, localAddress, transport }: PeerConfig): Dial {
  return { kind: "dial", peer, remote: { address, port }, localAddress, transport };
}

/** RFC 4456's three kinds of peer. */
export type Role = "client" | "non-client" | "external";

export function roleOf({ session, reflectorClient }: PeerConfig): Role {
  if (session.remoteAs !== session.localAs) return "external";
  return reflectorClient ? "client" : "non-client";
}

/** What an established session adds to a peer. */
export interface Session {
  readonly link: Link;
  readonly negotiated: Negotiated;
  readonly localAddress: IpAddress;
  /** Families whose initial routes are complete. */
  readonly endOfRib: Set<Family>;
}

export class Peers {
  readonly #byName = new Map<PeerName, Peer>();
  readonly #byAddress = new Map<IpAddress, Peer>();
  readonly #bySource = new Map<SourceId, Peer>();
  readonly #links = new Map<LinkId, Link>();

  add(peer: Peer): void {
    this.#byName.set(peer.name, peer);
    this.#byAddress.set(peer.config.address, peer);
    this.#bySource.set(peer.source, peer);
  }

  remove(peer: Peer): void {
    this.#byName.delete(peer.name);
    this.#bySource.delete(peer.source);
    this.#forgetAddress(peer);
  }

  reconfigure(peer: Peer, config: PeerConfig): void {
    this.#forgetAddress(peer);
    peer.reconfigure(config);
    this.#byAddress.set(config.address, peer);
  }

  named(name: PeerName): Peer | undefined {
    return this.#byName.get(name);
  }

  at(address: IpAddress): Peer | undefined {
    return this.#byAddress.get(address);
  }

  ofSource(source: SourceId): Peer | undefined {
    return this.#bySource.get(source);
  }

  all(): IterableIterator<Peer> {
    return this.#byName.values();
  }

  get size(): number {
    return this.#byName.size;
  }

  addLink(link: Link): void {
    this.#links.set(link.id, link);
  }

  link(id: LinkId): Link | undefined {
    return this.#links.get(id);
  }

  removeLink(id: LinkId): void {
    this.#links.delete(id);
  }

  /** Another peer may have taken the address over already. */
  #forgetAddress(peer: Peer): void {
    if (this.#byAddress.get(peer.config.address) === peer) this.#byAddress.delete(peer.config.address);
  }
}
