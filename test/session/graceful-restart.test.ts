/** One family of a peer that goes away: which of its routes stay, and until when. */

import { describe, expect, it } from "vitest";
import { FRESH, type Retention, type RetentionAction, type RetentionEvent, retain } from "../../src/bgp/session/graceful-restart.ts";
import type { KeepTerms } from "../../src/bgp/session/vocabulary.ts";

const CAP_MS = 180_000;

const TERMS: KeepTerms = { restartMs: 120_000, restartForwarding: "kept", longLivedMs: 0, longLivedForwarding: "lost" };
const LONG: KeepTerms = { ...TERMS, longLivedMs: 3_600_000, longLivedForwarding: "kept" };
const AT_ONCE: KeepTerms = { ...LONG, restartMs: 0 };

const END_OF_RIB: RetentionEvent = { kind: "end-of-rib" };
const TIMER: RetentionEvent = { kind: "timer" };

function lost(terms: KeepTerms | undefined): RetentionEvent {
  return { kind: "lost", terms };
}

function back(terms: KeepTerms | undefined): RetentionEvent {
  return { kind: "back", terms };
}

/** What is done about the last of these events. */
function after(...events: readonly RetentionEvent[]): { readonly is: Retention["kind"]; readonly does: readonly string[] } {
  let retention = FRESH;
  let actions: readonly RetentionAction[] = [];
  for (const event of events) ({ retention, actions } = retain(retention, event, CAP_MS));
  return { is: retention.kind, does: actions.map((action) => (action.kind === "arm" ? `arm ${action.ms / 1000} s` : action.kind)) };
}

describe("a peer with a restart time", () => {
  it("goes: its routes wait for it that long", () => {
    expect(after(lost(TERMS))).toEqual({ is: "restarting", does: ["mark-stale", "arm 120 s"] });
  });

  it("does not come back: they go when the time is over", () => {
    expect(after(lost(TERMS), TIMER)).toEqual({ is: "fresh", does: ["forget-stale"] });
  });

  it("comes back: they wait for its End-of-RIB, but not for ever", () => {
    expect(after(lost(TERMS), back(TERMS))).toEqual({ is: "returning", does: ["arm 180 s"] });
    expect(after(lost(TERMS), back(TERMS), END_OF_RIB)).toEqual({ is: "fresh", does: ["disarm", "forget-stale"] });
    expect(after(lost(TERMS), back(TERMS), TIMER)).toEqual({ is: "fresh", does: ["forget-stale"] });
  });

  it.each([
    { how: "without having forwarded packets (F bit)", terms: { ...TERMS, restartForwarding: "lost" } as const },
    { how: "without that family, or without the capability", terms: undefined },
  ])("comes back $how: its old routes go at once (RFC 4724 §4.2)", ({ terms }) => {
    expect(after(lost(TERMS), back(terms))).toEqual({ is: "fresh", does: ["disarm", "forget-stale"] });
  });

  it("goes again before it told everything: what was stale already goes, the rest waits anew (RFC 4724 §4.2)", () => {
    expect(after(lost(TERMS), back(TERMS), lost(TERMS))).toEqual({ is: "restarting", does: ["disarm", "forget-stale", "mark-stale", "arm 120 s"] });
  });

  it("ends the session for good: everything goes", () => {
    expect(after(lost(undefined))).toEqual({ is: "fresh", does: ["forget-all"] });
    expect(after(lost(TERMS), back(TERMS), lost(undefined))).toEqual({ is: "fresh", does: ["disarm", "forget-all"] });
  });
});

describe("a peer with a long-lived period (RFC 9494 §4.2)", () => {
  it("stays away: its routes become the last choice, and go in the end", () => {
    expect(after(lost(LONG), TIMER)).toEqual({ is: "long-lived", does: ["depreference", "arm 3600 s"] });
    expect(after(lost(LONG), TIMER, TIMER)).toEqual({ is: "fresh", does: ["forget-stale"] });
  });

  it("has no restart time: they are the last choice at once", () => {
    expect(after(lost(AT_ONCE))).toEqual({ is: "long-lived", does: ["mark-stale", "depreference", "arm 3600 s"] });
  });

  it("comes back late: the stale time runs on until its End-of-RIB", () => {
    expect(after(lost(LONG), TIMER, back(LONG))).toEqual({ is: "returning-late", does: [] });
    expect(after(lost(LONG), TIMER, back(LONG), END_OF_RIB)).toEqual({ is: "fresh", does: ["disarm", "forget-stale"] });
  });

  it("comes back late without having forwarded packets: they go", () => {
    expect(after(lost(LONG), TIMER, back({ ...LONG, longLivedForwarding: "lost" }))).toEqual({ is: "fresh", does: ["disarm", "forget-stale"] });
  });

  it("goes again while the stale time runs: nothing is forgotten, and the timer is not touched", () => {
    expect(after(lost(LONG), TIMER, back(LONG), lost(LONG))).toEqual({ is: "long-lived", does: ["mark-stale", "depreference"] });
  });

  it("goes again after the stale time ran out: what is still stale goes", () => {
    expect(after(lost(LONG), TIMER, back(LONG), TIMER)).toEqual({ is: "returning-late", does: ["arm 180 s"] });
    expect(after(lost(LONG), TIMER, back(LONG), TIMER, lost(LONG))).toEqual({ is: "restarting", does: ["disarm", "forget-stale", "mark-stale", "arm 120 s"] });
    expect(after(lost(LONG), TIMER, back(LONG), TIMER, TIMER)).toEqual({ is: "fresh", does: ["forget-stale"] });
  });
});

describe("a peer that never went away", () => {
  it.each([END_OF_RIB, TIMER, back(TERMS)])("is not touched by $kind", (event) => {
    expect(after(event)).toEqual({ is: "fresh", does: [] });
  });

  it("and keeps nothing where both times are zero", () => {
    expect(after(lost({ ...AT_ONCE, longLivedMs: 0 }))).toEqual({ is: "fresh", does: ["forget-all"] });
  });
});
