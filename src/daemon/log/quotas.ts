/**
 * How often a fact that others can cause at will becomes a log line: some times at once for each subject, then counted.
 * Pure. A stranger who connects a thousand times a second costs a line or two a minute, and the count is not lost.
 *
 *   fact   f f f f f f f f . . . . | f ...
 *   told   f f - - - - - -         | "(the last of 6 like it in 60 s)"
 *
 * Bounds: each row says how many subjects it tells apart; what comes from further ones shares one more.
 */

import type { AnyFact } from "../facts.ts";

export const QUOTA_MS = 60_000;

interface Quota<F> {
  /** Lines about one subject in QUOTA_MS. */
  readonly lines: number;
  readonly subjects: number;
  subjectOf(fact: F): string;
}

type Rows = { readonly [Kind in AnyFact["kind"]]?: Quota<Extract<AnyFact, { readonly kind: Kind }>> };

const BY_ADDRESS = { lines: 1, subjects: 32, subjectOf: ({ remote }: { readonly remote: { readonly address: string } }): string => remote.address } as const;
const BY_PEER = { lines: 10, subjects: 4096, subjectOf: ({ peer }: { readonly peer: string }): string => peer } as const;

const QUOTAS: Rows = {
  "unknown-connection": BY_ADDRESS,
  "too-many-connections": BY_ADDRESS,
  "connection-flood": { ...BY_ADDRESS, subjects: 0 },
  "connection-unfit": BY_ADDRESS,
  "range-full": { lines: 1, subjects: 256, subjectOf: ({ range }) => range },
  "range-peer-left": { lines: 10, subjects: 256, subjectOf: ({ range }) => range },
  "attribute-fault": { lines: 1, subjects: 1024, subjectOf: ({ peer, fault }) => `${peer} ${fault.code} ${fault.severity}` },
  "peer-up": BY_PEER,
  "peer-down": { ...BY_PEER, subjectOf: ({ peer, was }) => `${peer} ${was}` },
  "peer-state": { ...BY_PEER, lines: 40 },
  "dial-failed": BY_PEER,
  "bfd-up": BY_PEER,
  "bfd-down": BY_PEER,
  "end-of-rib": BY_PEER,
  "prefix-limit": BY_PEER,
  "path-limit": { ...BY_PEER, lines: 1 },
  "refresh-unfinished": BY_PEER,
  "path-refused": { lines: 1, subjects: 1024, subjectOf: ({ peer, by }) => `${peer} ${by}` },
  "family-without-next-hop": BY_PEER,
  "datastore-lost": { lines: 3, subjects: 0, subjectOf: () => "" },
  "resource-ignored": { lines: 5, subjects: 256, subjectOf: ({ key }) => key },
};

const THE_REST = "the rest"; // no subject is called that

/** The latest of what was not told, and how much there was. */
export interface HeldBack {
  readonly fact: AnyFact;
  readonly heldBack: number;
}

interface Window {
  readonly endMs: number;
  told: number;
  heldBack: number;
  last: AnyFact;
}

export class LogQuotas {
  /** By kind, then by subject, in the order in which they end. */
  readonly #windows = new Map<AnyFact["kind"], Map<string, Window>>();

  /** May it be told now? If not, it is counted. */
  admits(fact: AnyFact, nowMs: number): boolean {
    const quota = QUOTAS[fact.kind] as Quota<AnyFact> | undefined;
    if (!quota) return true;
    const window = this.#windowOf(fact, quota, nowMs);
    window.last = fact;
    if (window.told < quota.lines) {
      window.told++;
      return true;
    }
    window.heldBack++;
    return false;
  }

  /** What was held back in windows that are over, and whether anything is being held back still. */
  ended(nowMs: number): { readonly over: readonly HeldBack[]; readonly waiting: boolean } {
    const over: HeldBack[] = [];
    let waiting = false;
    for (const windows of this.#windows.values()) {
      for (const [subject, window] of windows) {
        if (window.endMs <= nowMs) windows.delete(subject);
        if (window.heldBack === 0) continue;
        if (window.endMs <= nowMs) over.push({ fact: window.last, heldBack: window.heldBack });
        else waiting = true;
      }
    }
    return { over, waiting };
  }

  #windowOf(fact: AnyFact, quota: Quota<AnyFact>, nowMs: number): Window {
    let windows = this.#windows.get(fact.kind);
    if (!windows) this.#windows.set(fact.kind, (windows = new Map()));
    dropQuiet(windows, nowMs);
    const own = quota.subjectOf(fact);
    const subject = windows.has(own) || windows.size < quota.subjects ? own : THE_REST;
    let window = windows.get(subject);
    if (!window) windows.set(subject, (window = { endMs: nowMs + QUOTA_MS, told: 0, heldBack: 0, last: fact }));
    return window;
  }
}

/** Windows that are over and held nothing back are forgotten; the others wait for ended(). */
function dropQuiet(windows: Map<string, Window>, nowMs: number): void {
  for (const [subject, window] of windows) {
    if (window.endMs > nowMs || window.heldBack > 0) return;
    windows.delete(subject);
  }
}
