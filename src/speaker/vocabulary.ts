/**
 * SpeakerEvent and SpeakerAction: all that can happen to the speaker, and all that it asks to be done. Read this first.
 * Pure, types only.
 *
 * The daemon turns sockets, timers, kernel and configuration into SpeakerEvents, calls flush() once per turn, performs the
 * SpeakerActions, and asks transmit() for bytes whenever a socket can take some.
 */

import type { IpAddress } from "../ip/address.ts";
import type { Prefix } from "../ip/prefix.ts";
import type { BfdTarget } from "../bfd/session-table.ts";
import type { DownCause } from "../bfd/vocabulary.ts";
import type { Neighbour } from "../bgp/rib/next-hop.ts";
import type { NextHop } from "../bgp/wire/attribute-types.ts";
import type { PrefixId } from "../bgp/rib/ids.ts";
import type { Family } from "../bgp/wire/context.ts";
import type { AttributeFault } from "../bgp/wire/error.ts";
import type { Retention } from "../bgp/session/graceful-restart.ts";
import type { SessionState } from "../bgp/session/peer.ts";
import type { Delay, DownReason, LinkId, LinkTimer, Negotiated, PeerTimer } from "../bgp/session/vocabulary.ts";
import type { ConfigChange, LimitsConfig, PeerName, PrefixLimit, SpeakerConfig, TransportSettings } from "./config/config.ts";
import type { Misconduct } from "./tables/verdicts.ts";

export type SpeakerEvent =
  /** The whole desired state; the speaker finds out itself what changed. */
  | { readonly kind: "configure"; readonly config: SpeakerConfig }
  /** Somebody connected to us; the speaker hangs up on strangers. */
  | { readonly kind: "accepted"; readonly link: LinkId; readonly remote: Endpoint; readonly local: Endpoint }
  /** A `dial` came through, to where it was asked to go. */
  | { readonly kind: "dialled"; readonly peer: PeerName; readonly link: LinkId; readonly remote: Endpoint; readonly local: Endpoint }
  | { readonly kind: "dial-failed"; readonly peer: PeerName; readonly reason: string }
  /** Given up in time, as was asked. */
  | { readonly kind: "dial-called-off"; readonly peer: PeerName }
  /** `readAtMs`: when the socket gave them, for whoever measures how long that takes. */
  | { readonly kind: "bytes"; readonly link: LinkId; readonly bytes: Uint8Array; readonly readAtMs?: number }
  /** The connection is gone, whoever closed it; told once for every link. */
  | { readonly kind: "closed"; readonly link: LinkId }
  | { readonly kind: "timer"; readonly key: TimerKey }
  /** BFD says that the path to the peer works. */
  | { readonly kind: "liveness-up"; readonly peer: PeerName }
  /** It did, and BFD no longer says so. */
  | { readonly kind: "liveness-lost"; readonly peer: PeerName; readonly because: DownCause }
  /** Some answer of the NextHopView given to the speaker is another one now. */
  | { readonly kind: "next-hops-changed" }
  /** All prefixes of local workloads, as a whole value: what is missing is withdrawn. */
  | { readonly kind: "workloads"; readonly prefixes: readonly Prefix[] }
  /** All routes that others put into this machine's kernel and its connected networks, likewise. */
  | { readonly kind: "kernel-routes"; readonly routes: readonly KernelRoute[] }
  /** Packets of these families have been forwarded since an earlier life of ours: this one is a restart (RFC 4724 §4.1). */
  | { readonly kind: "restarted"; readonly preserved: readonly Family[] }
  /** An operator wants something of one peer, beside what is configured. */
  | { readonly kind: "administer"; readonly peer: PeerName; readonly order: PeerOrder }
  /** Last event: say goodbye to every peer, or leave those that keep our routes until we are back. */
  | { readonly kind: "shutdown"; readonly until: Absence; readonly text: string };

export type PeerOrder =
  /** Down until "enable", whatever is configured meanwhile; the peer hears the text (RFC 9003). */
  | { readonly kind: "shutdown"; readonly text: string }
  | { readonly kind: "enable" }
  /** The session ends with 6/4 and begins anew. */
  | { readonly kind: "reset" }
  /** "in": the peer tells its routes again and they are judged anew (RFC 2918). "out": it hears ours again. The session stays. */
  | { readonly kind: "refresh"; readonly direction: "in" | "out" };

/** Whole messages for one link, and whether there are more. */
export interface Transmission {
  readonly pieces: readonly Uint8Array[];
  /** "none": until the next "ready". */
  readonly left: "some" | "none";
}

/** What a flush does about routes: "later" leaves them undecided and untold, while sessions are served. */
export type RoutesDue = "now" | "later";

/** "not-ours": this machine forwards none by our routes; nobody performs `forward`, and none is asked for. */
export type PacketDuty = "forwarded" | "not-ours";

/** "kernel": a route that somebody else put there; "direct": the network that an address of this machine stands in. */
export interface KernelRoute {
  readonly prefix: Prefix;
  readonly kind: "kernel" | "direct";
  /** "": none; packets are dropped. */
  readonly interface: string;
  readonly gateway: IpAddress | undefined;
  readonly metric: number;
}

/** "restart": we mean to be back before anybody misses us. */
export type Absence = "restart" | "further-notice";

export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** A timer is its key: arming an armed key moves it. */
export type TimerKey =
  | { readonly kind: "peer"; readonly peer: PeerName; readonly timer: PeerTimer }
  | { readonly kind: "link"; readonly link: LinkId; readonly timer: LinkTimer }
  /** A peer that told too many prefixes has been away long enough. */
  | { readonly kind: "held-peer"; readonly peer: PeerName }
  /** How long routes of a peer that went away are kept. */
  | { readonly kind: "kept"; readonly peer: PeerName; readonly family: Family }
  /** How long a peer may take from one mark of a refresh to the other. */
  | { readonly kind: "refresh-round"; readonly peer: PeerName; readonly family: Family }
  /**
   * The speaker's own: initial convergence has waited long enough, for everybody or for those who are not there; or there is
   * time to prepare for whoever joins next.
   */
  | { readonly kind: "speaker"; readonly timer: "selection-deferral" | "patience" | "preparation" };

export type SpeakerAction =
  | { readonly kind: "dial"; readonly peer: PeerName; readonly remote: Endpoint; readonly localAddress: IpAddress | undefined; readonly transport: TransportSettings }
  /** Give the dial up if no packet of it has left yet; otherwise nothing. */
  | { readonly kind: "call-off"; readonly peer: PeerName }
  /** Whoever connected from there is a peer; this is what its connections are to be like. */
  | { readonly kind: "tune"; readonly link: LinkId; readonly remote: Endpoint; readonly transport: TransportSettings }
  /** Transmit what is still to be had for this link, then close it. */
  | { readonly kind: "hang-up"; readonly link: LinkId }
  /** transmit(link) has something; told again only after it has had nothing left. */
  | { readonly kind: "ready"; readonly link: LinkId }
  | ({ readonly kind: "arm"; readonly key: TimerKey } & Delay)
  | { readonly kind: "disarm"; readonly key: TimerKey }
  /** All peers that BFD is to watch, as a whole value. */
  | { readonly kind: "watch"; readonly targets: readonly LivenessTarget[] }
  | { readonly kind: "forward"; readonly changes: ForwardingChanges }
  /** More was absorbed than one turn may take: flush again, as soon as the sockets have been served. */
  | { readonly kind: "unfinished" }
  /** Every peer has sent its initial routes, or we waited long enough: leftovers of an earlier life may go. */
  | { readonly kind: "converged" }
  | { readonly kind: "report"; readonly fact: Fact };

/** A peer whose path BFD watches. */
export interface LivenessTarget extends BfdTarget {
  readonly peer: PeerName;
}

/** A next hop, with whoever told it where that says on which link it is. */
export type ForwardingHop = NextHop & { readonly neighbour?: Neighbour };

/** What the kernel is to do with packets for a prefix; equal entries are the same object. */
export type ForwardingEntry = ForwardingVerdict & {
  /** Where among the kernel's routes to that prefix; absent: where all of ours stand that say nothing else. */
  readonly metric?: number;
};

type ForwardingVerdict =
  | {
      readonly kind: "via";
      readonly nextHops: readonly ForwardingHop[];
      /** Through this device, as if every next hop were on its link ("tunl0"), and not the way the kernel would reach it. */
      readonly tunnel?: string;
      /** Source of packets that this host itself sends there. */
      readonly source?: IpAddress;
    }
  /** Swallowed without a word, or answered that there is no way (unreachable), or that it is closed (prohibit). */
  | { readonly kind: "blackhole" | "unreachable" | "prohibit" };

/**
 * Prefixes with which something else is to be done now, each once: change `at` of `length`. Columns, because a table comes
 * by the hundred thousand. Valid while the action is performed; a number stands for the same prefix until a change without
 * an entry was told for it.
 */
export interface ForwardingChanges {
  readonly length: number;
  prefix(at: number): PrefixId;
  /** undefined: nothing; the route goes. */
  entry(at: number): ForwardingEntry | undefined;
}

/** Something worth telling. Log, metrics and live views are readers of the same facts. */
export type Fact =
  | { readonly kind: "peer-up"; readonly peer: PeerName; readonly remote: Endpoint; readonly negotiated: Negotiated }
  /** `was`: the session had been established; otherwise an attempt failed. */
  | { readonly kind: "peer-down"; readonly peer: PeerName; readonly was: "established" | "attempt"; readonly reason: DownReason }
  /** By the names of RFC 4271 §8.2.2. */
  | { readonly kind: "peer-state"; readonly peer: PeerName; readonly from: SessionState; readonly to: SessionState }
  | { readonly kind: "dial-failed"; readonly peer: PeerName; readonly reason: string }
  | { readonly kind: "bfd-up"; readonly peer: PeerName }
  | { readonly kind: "bfd-down"; readonly peer: PeerName; readonly because: DownCause }
  | { readonly kind: "unknown-connection"; readonly remote: Endpoint }
  /** A connection was closed without a word, because this limit was reached. */
  | { readonly kind: "too-many-connections"; readonly remote: Endpoint; readonly limit: keyof LimitsConfig }
  /** Somebody found no room; `refused` counts all there were so far. */
  | { readonly kind: "range-full"; readonly range: string; readonly remote: Endpoint; readonly limit: number; readonly refused: number }
  /** A peer that came in by a range is one no longer. */
  | { readonly kind: "range-peer-left"; readonly peer: PeerName; readonly range: string }
  | { readonly kind: "attribute-fault"; readonly peer: PeerName; readonly fault: AttributeFault }
  | { readonly kind: "end-of-rib"; readonly peer: PeerName; readonly family: Family }
  | { readonly kind: "prefix-limit"; readonly peer: PeerName; readonly family: Family; readonly limit: number; readonly action: PrefixLimit["action"] }
  | { readonly kind: "prefix-limit-near"; readonly peer: PeerName; readonly family: Family; readonly paths: number; readonly limit: number }
  /** More paths to one prefix than the peer may tell; the further ones are ignored. */
  | { readonly kind: "path-limit"; readonly peer: PeerName; readonly limit: number }
  /** A peer began to tell everything again and did not say that it had; what it had not told again is gone. */
  | { readonly kind: "refresh-unfinished"; readonly peer: PeerName; readonly family: Family; readonly gone: number }
  /** A path that only a peer tells who does what it should not; it is kept to look at, and not used. */
  | { readonly kind: "path-refused"; readonly peer: PeerName; readonly by: Misconduct }
  | { readonly kind: "family-without-next-hop"; readonly peer: PeerName; readonly family: Family }
  | { readonly kind: "converged"; readonly waitedMs: number; readonly missing: readonly PeerName[] }
  /** After a restart of ours best paths are chosen and told to everybody, without the routes of those who are missing. */
  | { readonly kind: "restart-complete"; readonly waitedMs: number; readonly missing: readonly PeerName[] }
  /** A peer went away or came back: what is kept of it now, what went, and how long it stays so by itself. */
  | { readonly kind: "routes-kept"; readonly peer: PeerName; readonly family: Family; readonly stage: Retention["kind"]; readonly paths: number; readonly gone: number; readonly forMs: number | undefined }
  | { readonly kind: "peer-order"; readonly peer: PeerName; readonly order: PeerOrder }
  | { readonly kind: "configured"; readonly changes: readonly ConfigChange[] };
