/**
 * Selection deferral after a start: which peers' initial routes are waited for, before what, and for how long at most.
 * Pure. RFC 4724 §4.1.
 *
 * Two things wait for the peers' initial routes:
 *   - the kernel: routes that an earlier life of this daemon left there are better knowledge than a table half received. Where packets
 *     are forwarded, best paths are not even selected meanwhile;
 *   - after a restart, announcements to peers that keep our routes: they would take our End-of-RIB for the whole table and drop the
 *     rest. Peers that keep none are not waited for and hear what is selected so far, for they have nothing to lose.
 *
 *   collecting ── every steady peer has told its routes ──► selected ── those with the R bit have, too ──► everybody is told
 *
 * A peer that restarts itself (R bit) must hear from us before it has told everything (RFC 4724 §3), and does from "selected" on;
 * only the steady ones, who can wait, wait for its routes too. FRR 8 sets the R bit in every OPEN of its first two minutes (its
 * restart time), whoever has restarted: two of them that young may lose one another's routes for as long as they take to tell them.
 *
 * One dead peer never holds the rest back: after two attempts in vain, or without a session in a third of the time, it is not
 * waited for either, until it shows up; one that is held down for telling too many prefixes never is. Nobody knows who will
 * call from a range: callers have that third of the time to show up, and who does is waited for like a configured peer.
 * There is no more to wait for when the ranges are full. That nobody has called for a while says nothing: one that retries slowly
 * and has kept our routes would lose what it alone tells to all who take our End-of-RIB for the whole truth.
 */

import type { OwnRestart } from "../../bgp/session/restart-agreement.ts";
import type { RestartAgreement } from "../../bgp/session/vocabulary.ts";
import { ALL_FAMILIES, type Family } from "../../bgp/wire/context.ts";
import type { Actions } from "../actions.ts";
import type { PeerName } from "../config/config.ts";
import type { DeferralView } from "../view.ts";
import type { PacketDuty } from "../vocabulary.ts";

const PATIENCE = 1 / 3; // of the cap, for a peer without any sign of life
const ATTEMPTS_IN_VAIN = 2; // the first may have met a peer that was just coming up

/** Stands for all who may call from a range; no peer has a space in its name. */
export const CALLERS = "callers from ranges" as PeerName;

/** How far a restart of ours is, and whose routes it waits for. */
interface Deferral {
  phase: "collecting" | "selected";
  /** Before best paths are chosen. */
  readonly first: Set<PeerName>;
  /** Before steady peers are told. */
  readonly then: Set<PeerName>;
  readonly of: number;
}

export class SelectionDeferral {
  readonly #actions: Actions;
  readonly #packets: PacketDuty;
  readonly #failures = new Map<PeerName, number>();
  #waitingFor: Set<PeerName> | undefined;
  #deferral: Deferral | undefined;
  #preserved: readonly Family[] = [];
  #startedMs = 0;
  #capMs = 0;
  #done = false;
  #told: "not-yet" | "owed" | "told" = "not-yet";

  constructor(actions: Actions, packets: PacketDuty) {
    this.#actions = actions;
    this.#packets = packets;
  }

  get done(): boolean {
    return this.#done;
  }

  /** Everything that was heard is decided and forwarded: nothing of an earlier life is the better knowledge any more. */
  settled(): void {
    if (this.#told !== "owed") return;
    this.#told = "told";
    this.#actions.add({ kind: "converged" });
  }

  /** Best paths are neither chosen nor told yet. */
  get deferring(): boolean {
    return this.#packets === "forwarded" && this.#deferral?.phase === "collecting";
  }

  /** Somebody may call of whom nobody knows yet. */
  get awaitsCallers(): boolean {
    return this.#waitingFor?.has(CALLERS) ?? false;
  }

  /** Whether a peer with which that was agreed may hear our routes now. */
  mayTell({ peerIs, ourRoutes }: RestartAgreement): boolean {
    if (this.#deferral === undefined) return true;
    if (ourRoutes === "lost") return !this.deferring;
    return this.#deferral.phase === "selected" && peerIs === "restarting";
  }

  /** What our next OPEN says; `known`: the peer had a session with us in this life, so that its packets were forwarded since. */
  ownRestart(known: "known" | "unknown"): OwnRestart {
    return { phase: this.#deferral ? "restarting" : "steady", forwarding: known === "known" ? ALL_FAMILIES : this.#preserved };
  }

  get view(): DeferralView | undefined {
    return this.#deferral && { waitingFor: this.#missing(this.#deferral), peers: this.#deferral.of, sinceMs: this.#startedMs, capMs: this.#capMs };
  }

  /** Called with the peers of the first configuration; later ones do not matter. */
  begin(peers: readonly PeerName[], capMs: number, nowMs: number): void {
    if (this.#waitingFor) return;
    this.#waitingFor = new Set(peers);
    this.#startedMs = nowMs;
    this.#capMs = capMs;
    this.#actions.add({ kind: "arm", key: { kind: "speaker", timer: "selection-deferral" }, ms: capMs, jitter: 0 });
    if (this.#waitingFor.has(CALLERS)) this.#actions.add({ kind: "arm", key: { kind: "speaker", timer: "patience" }, ms: capMs * PATIENCE, jitter: 0 });
    this.#finishWhenComplete(nowMs);
  }

  /** An earlier life of ours forwarded packets of these families, and they still are: this is a restart. */
  restarted(preserved: readonly Family[], nowMs: number): void {
    this.#preserved = preserved;
    if (this.#done || !this.#waitingFor || preserved.length === 0) return;
    this.#deferral = { phase: "collecting", first: new Set(this.#waitingFor), then: new Set(), of: this.#waitingFor.size };
    this.#actions.add({ kind: "arm", key: { kind: "speaker", timer: "patience" }, ms: this.#capMs * PATIENCE, jitter: 0 });
    this.#advance(nowMs);
  }

  /** A session: from now on its End-of-RIB is worth waiting for, if it will tell one. */
  up(peer: PeerName, { peerIs, ourRoutes }: RestartAgreement, nowMs: number): void {
    if (this.awaitsCallers && ourRoutes === "kept") this.#waitingFor?.add(peer);
    const deferral = this.#deferral;
    if (!deferral) return;
    deferral.first.delete(peer);
    deferral.then.delete(peer);
    const owesRoutes = this.#waitingFor?.has(peer) === true && ourRoutes === "kept";
    if (owesRoutes) (peerIs === "steady" && deferral.phase === "collecting" ? deferral.first : deferral.then).add(peer);
    this.#advance(nowMs);
  }

  /** An attempt to reach it failed. */
  failed(peer: PeerName, nowMs: number): void {
    if (!this.#deferral) return;
    const failures = (this.#failures.get(peer) ?? 0) + 1;
    this.#failures.set(peer, failures);
    if (failures >= ATTEMPTS_IN_VAIN) this.#release(peer, nowMs);
  }

  /** This peer has nothing more to say, or is not to be waited for any longer. */
  complete(peer: PeerName, nowMs: number): void {
    this.#waitingFor?.delete(peer);
    this.#release(peer, nowMs);
    this.#finishWhenComplete(nowMs);
  }

  /** Nobody is waited for any more who is not there. */
  losePatience(isUp: (peer: PeerName) => boolean, nowMs: number): void {
    this.complete(CALLERS, nowMs);
    for (const peer of this.#deferral ? this.#missing(this.#deferral) : []) if (!isUp(peer)) this.#release(peer, nowMs);
  }

  expire(nowMs: number): void {
    if (!this.#done) this.#finish(nowMs);
  }

  #release(peer: PeerName, nowMs: number): void {
    this.#deferral?.first.delete(peer);
    this.#deferral?.then.delete(peer);
    this.#advance(nowMs);
  }

  #advance(nowMs: number): void {
    const deferral = this.#deferral;
    if (!deferral || deferral.first.size > 0) return;
    deferral.phase = "selected";
    if (deferral.then.size === 0) this.#tellEverybody(nowMs);
  }

  #missing({ first, then }: Deferral): readonly PeerName[] {
    return [...first, ...then];
  }

  #tellEverybody(nowMs: number): void {
    if (!this.#deferral) return;
    const missing = this.#missing(this.#deferral);
    this.#deferral = undefined;
    this.#failures.clear();
    this.#actions.report({ kind: "restart-complete", waitedMs: nowMs - this.#startedMs, missing });
  }

  #finishWhenComplete(nowMs: number): void {
    if (!this.#done && this.#waitingFor?.size === 0) this.#finish(nowMs);
  }

  #finish(nowMs: number): void {
    this.#done = true;
    this.#tellEverybody(nowMs);
    for (const timer of ["selection-deferral", "patience"] as const) this.#actions.add({ kind: "disarm", key: { kind: "speaker", timer } });
    this.#told = "owed";
    this.#actions.report({ kind: "converged", waitedMs: nowMs - this.#startedMs, missing: [...(this.#waitingFor ?? [])] });
  }
}
