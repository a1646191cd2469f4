/**
 * What a configuration would change, as plain values.
 * Pure, types only.
 */

import type { IpAddress } from "../../ip/address.ts";
import type { Prefix } from "../../ip/prefix.ts";
import type { DownReason } from "../../bgp/session/vocabulary.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import type { PeerName } from "../config/config.ts";
import type { RouteOrigin } from "../view.ts";
import type { ForwardingEntry } from "../vocabulary.ts";

/** What becomes of a peer: "refreshes": its session stays, routes are judged or told anew. */
export type PeerFate = "added" | "removed" | "resets" | "refreshes" | "stays";

export interface PeerPlan {
  readonly peer: PeerName;
  readonly address: IpAddress;
  readonly fate: PeerFate;
  /** Fields of the configuration that end the session. */
  readonly because: string | undefined;
  /** With "refreshes": what it tells, what it is told. */
  readonly directions: readonly ("import" | "export")[];
  readonly before: "up" | "down" | undefined;
  /** "unknown": nobody knows whether the neighbour will agree; undefined: the peer is gone. */
  readonly after: "up" | "down" | "unknown" | undefined;
  /** Why a session ends for good. */
  readonly down: DownReason | undefined;
  /** Of what it is told. */
  readonly told: ChangeCounts;
}

export interface ChangeCounts {
  readonly gained: number;
  readonly lost: number;
  readonly changed: number;
}

export const NO_CHANGES: ChangeCounts = { gained: 0, lost: 0, changed: 0 };

export interface PlannedPath {
  readonly origin: RouteOrigin;
  readonly attributes: PathAttributes;
}

interface Change<Value> {
  readonly prefix: Prefix;
  readonly family: Family;
  /** undefined: nothing. */
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

export type BestPlan = Change<PlannedPath>;
export type KernelPlan = Change<ForwardingEntry>;
/** With add-path there may be several for one prefix. */
export type ToldPlan = Change<PathAttributes> & { readonly peer: PeerName };

export interface Plan {
  /** Does anything change: a peer, or a route? */
  readonly changes: "some" | "none";
  readonly peers: readonly PeerPlan[];
  /** "left-out": there are too many to rehearse; what is said of peers holds all the same. */
  readonly routes: "compared" | "left-out";
  /** undefined: not compared, or no business of this speaker. */
  readonly counts: { readonly best: ChangeCounts | undefined; readonly kernel: ChangeCounts | undefined };
  /** What this machine announces, and what it puts into its kernel, is described otherwise. */
  readonly originates: "otherwise" | "the-same";
  readonly ranges: readonly string[];
  /** Paths that could not be rehearsed. */
  readonly unrehearsed: number;
  best(): Iterable<BestPlan>;
  kernel(): Iterable<KernelPlan>;
  told(peer: PeerName): Iterable<ToldPlan>;
}
