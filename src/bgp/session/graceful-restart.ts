/**
 * What is kept of one family of a peer that went away, and until when.
 * Pure. RFC 4724 §4.2, RFC 8538 §4.1 (stale timer), RFC 9494 §4.2.
 *
 *   fresh ── lost ──► restarting ── restart time over ──► long-lived ── stale time over ──► fresh, nothing left
 *     ▲                   │ back                              │ back
 *     │                   ▼                                   ▼
 *     └─ End-of-RIB ── returning                          returning-late, whose stale time runs on
 *        or cap
 *
 * There is one timer per family; arming it moves it. Whoever asked carries out the actions in their order.
 *
 * Deviates: a peer that comes back within its long-lived period and goes again before its End-of-RIB is in that period again at
 * once, with all its routes. RFC 9494 §4.2 forbids to touch the timer that runs, and one family has only that one.
 */

import { assertNever } from "../../ip/assert.ts";
import type { KeepTerms } from "./vocabulary.ts";

export type Retention =
  /** Nothing of it is stale. */
  | { readonly kind: "fresh" }
  /** The peer is away, its routes are used as before. */
  | { readonly kind: "restarting"; readonly longLivedMs: number }
  /** The peer has been away for long: its routes are the last choice. */
  | { readonly kind: "long-lived" }
  /** The peer is back and has not told everything yet. */
  | { readonly kind: "returning" }
  /** The same, after its routes had become the last choice. */
  | { readonly kind: "returning-late"; readonly staleTime: "runs" | "over" };

export type RetentionEvent =
  /** The session ended; without terms nothing of this family survives it. */
  | { readonly kind: "lost"; readonly terms: KeepTerms | undefined }
  /** There is a session again; without terms the peer does not carry this family on. */
  | { readonly kind: "back"; readonly terms: KeepTerms | undefined }
  | { readonly kind: "end-of-rib" }
  | { readonly kind: "timer" };

export type RetentionAction =
  /** All paths of the family wait for being told again. */
  | { readonly kind: "mark-stale" }
  /** Stale paths get LLGR_STALE; those with NO_LLGR go. */
  | { readonly kind: "depreference" }
  | { readonly kind: "forget-stale" }
  | { readonly kind: "forget-all" }
  | { readonly kind: "arm"; readonly ms: number }
  | { readonly kind: "disarm" };

export interface RetentionStep {
  readonly retention: Retention;
  readonly actions: readonly RetentionAction[];
}

export const FRESH: Retention = { kind: "fresh" };

/** One event; `capMs` is how long a peer that is back may take to tell everything again (RFC 8538 §4.1: stale timer). */
export function retain(retention: Retention, event: RetentionEvent, capMs: number): RetentionStep {
  switch (event.kind) {
    case "lost":
      return lost(retention, event.terms);
    case "back":
      return back(retention, event.terms, capMs);
    case "end-of-rib":
      return isBack(retention) ? forgotten(retention) : stays(retention);
    case "timer":
      return timeIsOver(retention, capMs);
    default:
      return assertNever(event);
  }
}

function lost(retention: Retention, terms: KeepTerms | undefined): RetentionStep {
  if (!terms) return { retention: FRESH, actions: [...disarmIf(retention), { kind: "forget-all" }] };
  switch (retention.kind) {
    case "fresh":
      return keep(terms);
    case "returning-late":
      if (retention.staleTime === "runs") return { retention: { kind: "long-lived" }, actions: [{ kind: "mark-stale" }, { kind: "depreference" }] };
      return afterForgetting(keep(terms)); // RFC 9494 §4.2: it had its time
    default:
      return afterForgetting(keep(terms)); // RFC 4724 §4.2: twice stale is gone
  }
}

function keep({ restartMs, longLivedMs }: KeepTerms): RetentionStep {
  if (restartMs > 0) return { retention: { kind: "restarting", longLivedMs }, actions: [{ kind: "mark-stale" }, { kind: "arm", ms: restartMs }] };
  if (longLivedMs === 0) return { retention: FRESH, actions: [{ kind: "forget-all" }] };
  return { retention: { kind: "long-lived" }, actions: [{ kind: "mark-stale" }, { kind: "depreference" }, { kind: "arm", ms: longLivedMs }] };
}

function back(retention: Retention, terms: KeepTerms | undefined, capMs: number): RetentionStep {
  switch (retention.kind) {
    case "restarting":
      if (terms?.restartForwarding !== "kept") return forgotten(retention);
      return { retention: { kind: "returning" }, actions: [{ kind: "arm", ms: capMs }] };
    case "long-lived":
      return terms?.longLivedForwarding === "kept" ? stays({ kind: "returning-late", staleTime: "runs" }) : forgotten(retention);
    default:
      return stays(retention);
  }
}

function timeIsOver(retention: Retention, capMs: number): RetentionStep {
  switch (retention.kind) {
    case "fresh":
      return stays(retention);
    case "restarting": {
      const { longLivedMs } = retention;
      if (longLivedMs === 0) return { retention: FRESH, actions: [{ kind: "forget-stale" }] };
      return { retention: { kind: "long-lived" }, actions: [{ kind: "depreference" }, { kind: "arm", ms: longLivedMs }] };
    }
    case "returning-late":
      if (retention.staleTime === "over") return { retention: FRESH, actions: [{ kind: "forget-stale" }] };
      return { retention: { kind: "returning-late", staleTime: "over" }, actions: [{ kind: "arm", ms: capMs }] };
    case "long-lived":
    case "returning":
      return { retention: FRESH, actions: [{ kind: "forget-stale" }] };
    default:
      return assertNever(retention);
  }
}

function isBack({ kind }: Retention): boolean {
  return kind === "returning" || kind === "returning-late";
}

function forgotten(retention: Retention): RetentionStep {
  return { retention: FRESH, actions: [...disarmIf(retention), { kind: "forget-stale" }] };
}

function afterForgetting({ retention, actions }: RetentionStep): RetentionStep {
  return { retention, actions: [{ kind: "disarm" }, { kind: "forget-stale" }, ...actions] };
}

/** Is the timer armed? */
function disarmIf({ kind }: Retention): readonly RetentionAction[] {
  return kind === "fresh" ? [] : [{ kind: "disarm" }];
}

function stays(retention: Retention): RetentionStep {
  return { retention, actions: [] };
}
