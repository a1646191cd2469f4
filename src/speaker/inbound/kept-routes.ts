/**
 * Stale routes: those of a peer that went away, kept for its return.
 * Pure. RFC 4724 §4.2, RFC 9494 §4.2. bgp/session/graceful-restart.ts says what is to happen, family by family; here it is done to the RIB.
 */

import { assertNever } from "../../ip/assert.ts";
import { modify } from "../../bgp/policy/modify.ts";
import { type AttrId, NO_ATTRIBUTES, type PathRow } from "../../bgp/rib/ids.ts";
import { FRESH, type Retention, type RetentionAction, type RetentionEvent, retain } from "../../bgp/session/graceful-restart.ts";
import { routesSurvive } from "../../bgp/session/restart-agreement.ts";
import type { DownReason } from "../../bgp/session/vocabulary.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import { COMMUNITY } from "../../bgp/wire/code-points.ts";
import { ALL_FAMILIES, type Family } from "../../bgp/wire/context.ts";
import type { Actions } from "../actions.ts";
import type { Peer, Session } from "../peers/peers.ts";
import type { Tables } from "../tables/tables.ts";
import type { Departure } from "../tables/source-changes.ts";
import type { KeptFamilyView } from "../view.ts";
import type { TimerKey } from "../vocabulary.ts";

/** One family of one peer that is not fresh. */
interface Kept {
  readonly retention: Retention;
  /** When its timer runs out. */
  readonly untilMs: number;
}

export class KeptRoutes {
  readonly #tables: Tables;
  readonly #actions: Actions;
  readonly #kept = new Map<Peer, Map<Family, Kept>>();

  constructor(tables: Tables, actions: Actions) {
    this.#tables = tables;
    this.#actions = actions;
  }

  /** The session ended. */
  lost(peer: Peer, { negotiated }: Session, reason: DownReason, nowMs: number): void {
    const survivors = routesSurvive(negotiated.restart, reason) ? negotiated.restart.families : undefined;
    for (const family of negotiated.families) this.#happen(peer, family, { kind: "lost", terms: survivors?.get(family) }, nowMs);
  }

  /** There is a session again. */
  back(peer: Peer, { negotiated }: Session, nowMs: number): void {
    for (const family of this.#familiesOf(peer)) this.#happen(peer, family, { kind: "back", terms: negotiated.restart.families.get(family) }, nowMs);
  }

  endOfRib(peer: Peer, family: Family, nowMs: number): void {
    this.#happen(peer, family, { kind: "end-of-rib" }, nowMs);
  }

  expire(peer: Peer, family: Family, nowMs: number): void {
    this.#happen(peer, family, { kind: "timer" }, nowMs);
  }

  /** Nobody will come back who could tell them again. */
  forget(peer: Peer, nowMs: number): void {
    for (const family of this.#familiesOf(peer)) this.#happen(peer, family, { kind: "lost", terms: undefined }, nowMs);
  }

  /** Import policy judges a path of this peer anew, from what it had told: what is usable of it, with our mark where it has to have it. */
  marked(peer: Peer, row: PathRow, usable: AttrId): AttrId {
    const { rib, attributes } = this.#tables;
    const isLongGone = usable !== NO_ATTRIBUTES && this.#isLastChoice(peer, rib.paths.family(row)) && rib.paths.isStale(row);
    return isLongGone ? attributes.intern(staleOf(attributes.get(usable))) : usable;
  }

  /** It has: who is unwilling to be kept so long by the new policy goes. */
  judgedAgain(peer: Peer): void {
    for (const family of this.#familiesOf(peer)) if (this.#isLastChoice(peer, family)) this.#depreference(peer, family);
  }

  /** Does a family of this peer wait for being told again? */
  keeps(peer: Peer, family: Family): boolean {
    return this.#kept.get(peer)?.has(family) ?? false;
  }

  of(peer: Peer): readonly KeptFamilyView[] {
    return [...(this.#kept.get(peer) ?? [])].map(([family, { retention, untilMs }]) => ({ family, stage: retention.kind, stale: this.#tables.rib.counts(peer.source, family).stale, untilMs }));
  }

  #isLastChoice(peer: Peer, family: Family): boolean {
    const kind = this.#kept.get(peer)?.get(family)?.retention.kind;
    return kind === "long-lived" || kind === "returning-late";
  }

  #familiesOf(peer: Peer): readonly Family[] {
    const kept = this.#kept.get(peer);
    return kept ? ALL_FAMILIES.filter((family) => kept.has(family)) : [];
  }

  #happen(peer: Peer, family: Family, event: RetentionEvent, nowMs: number): void {
    const { gracefulRestart } = peer.config.session;
    const capMs = gracefulRestart === "off" ? 0 : gracefulRestart.staleTimeSec * 1000;
    const before = this.#kept.get(peer)?.get(family);
    const { retention, actions } = retain(before?.retention ?? FRESH, event, capMs);
    const { received: pathsBefore } = this.#tables.rib.counts(peer.source, family);
    const departure = departureOn(event, before?.retention ?? FRESH, actions);
    if (departure) this.#tables.sourceChanges.departs(peer.source, departure);
    const gone = actions.reduce((sum, action) => sum + this.#perform(peer, family, action), 0);
    const armed = actions.findLast((action) => action.kind === "arm");
    this.#remember(peer, family, { retention, untilMs: armed ? nowMs + armed.ms : (before?.untilMs ?? nowMs) });
    if (retention.kind === (before?.retention.kind ?? "fresh")) return;
    this.#actions.report({ kind: "routes-kept", peer: peer.name, family, stage: retention.kind, paths: pathsBefore - gone, gone, forMs: armed?.ms });
  }

  #remember(peer: Peer, family: Family, kept: Kept): void {
    const families = this.#kept.get(peer) ?? new Map<Family, Kept>();
    if (kept.retention.kind === "fresh") families.delete(family);
    else families.set(family, kept);
    if (families.size === 0) this.#kept.delete(peer);
    else this.#kept.set(peer, families);
  }

  /** Returns how many paths go with it; the many of a large table go one after the other, over several turns. */
  #perform(peer: Peer, family: Family, action: RetentionAction): number {
    const { rib } = this.#tables;
    const key: TimerKey = { kind: "kept", peer: peer.name, family };
    const { received, stale } = rib.counts(peer.source, family);
    switch (action.kind) {
      case "mark-stale":
        rib.markStale(peer.source, family);
        return 0;
      case "depreference":
        this.#depreference(peer, family);
        return received - rib.counts(peer.source, family).received;
      case "forget-stale":
        rib.forgetStale(peer.source, family);
        return stale;
      case "forget-all":
        rib.forgetSource(peer.source, family);
        return received;
      case "arm":
        this.#actions.add({ kind: "arm", key, ms: action.ms, jitter: 0 });
        return 0;
      case "disarm":
        this.#actions.add({ kind: "disarm", key });
        return 0;
    }
  }

  /** The community makes it the last choice, and tells the same to whoever hears the path from us (RFC 9494 §4.2, §4.3). */
  #depreference(peer: Peer, family: Family): void {
    const { rib } = this.#tables;
    rib.walk(peer.source, (row) => {
      if (rib.paths.family(row) !== family || !rib.paths.isStale(row)) return;
      if (this.#isUnwilling(row)) rib.forget(peer.source, rib.paths.prefix(row), rib.paths.pathId(row));
      else if (!rib.paths.isRefused(row)) this.#mark(row);
    });
  }

  /** NO_LLGR, as the peer sent it or as our policy set it (RFC 9494 §4.2). */
  #isUnwilling(row: PathRow): boolean {
    const { rib, attributes } = this.#tables;
    const sets = [rib.paths.received(row), rib.paths.usable(row)];
    return sets.some((set) => set !== NO_ATTRIBUTES && carries(attributes.get(set), COMMUNITY.noLlgr));
  }

  #mark(row: PathRow): void {
    const { rib, attributes: store } = this.#tables;
    const attributes = store.get(rib.paths.usable(row));
    const marked = staleOf(attributes);
    if (marked !== attributes) rib.rejudge(row, store.intern(marked), rib.paths.verdict(row));
  }
}

/** With LLGR_STALE; the same object where it is there. */
function staleOf(attributes: PathAttributes): PathAttributes {
  return modify(attributes, { kind: "communities", change: "add", values: [COMMUNITY.llgrStale] });
}

/** Why what is stale goes on that event; "withdrawn": it stays, for it may be told again. undefined: nothing is said about it. */
function departureOn(event: RetentionEvent, before: Retention, actions: readonly RetentionAction[]): Departure | undefined {
  if (!actions.some(({ kind }) => kind === "forget-stale" || kind === "forget-all")) return event.kind === "lost" || event.kind === "back" ? "withdrawn" : undefined;
  switch (event.kind) {
    case "lost":
    case "back":
      return "session-down";
    case "end-of-rib":
      return "not-told-again";
    case "timer":
      return before.kind === "returning" || before.kind === "returning-late" ? "not-told-again" : "kept-too-long";
    default:
      return assertNever(event);
  }
}

function carries({ communities }: PathAttributes, community: number): boolean {
  return communities?.includes(community) ?? false;
}
