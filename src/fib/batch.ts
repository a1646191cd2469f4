/**
 * Route requests in flight to the kernel, and what its answers mean for each.
 * Pure. The kernel executes every message of a datagram, reports each failure by its sequence number, and acknowledges the
 * last one, which alone asks for it: 256 routes cost one answer.
 *
 * Deviates: an IPv4 change takes whatever stands first in our place, also a route that somebody put there and of which we have
 * not read yet. To append the new route and then remove the old one by its next hop would not; but that is two requests instead
 * of one for every change there is, up to 1.7 times the kernel's time, and two routes of ours in one place when answers are lost.
 */

import { ERRNO, FLAG } from "./rtnetlink.ts";
import { MAX_REQUEST_BYTES } from "./rtnetlink-route.ts";

export const BATCH_ROUTES = 256;
export const WINDOW_BATCHES = 32; // thirty milliseconds of the kernel's: as long as two turns of ours may take, so that it does not wait for us

/** An addition takes nobody's place; a change may only be sent where our own route is known to stand. */
export const FLAGS = { add: FLAG.request | FLAG.create | FLAG.exclusive, change: FLAG.request | FLAG.create | FLAG.replace, delete: FLAG.request } as const;

export const MAX_DATAGRAM_BYTES = 262_144; // the relay's limit; 256 routes over sixteen IPv6 hops take 150 000
export const FULL_BYTES = MAX_DATAGRAM_BYTES - 2 * MAX_REQUEST_BYTES; // beyond it one more route might not fit

/** How much may be under way. */
export const WHOLE_WINDOW = { batches: WINDOW_BATCHES, routes: BATCH_ROUTES };
export const ONE_ROUTE = { batches: 1, routes: 1 };

/** A request that belongs to no row: it removes what Orphans has. */
export const NO_ROW = -1;

export interface Request {
  readonly row: number;
  /** The target before and after, as it will be when the kernel agrees. */
  readonly before: number;
  readonly after: number;
}

/** The requests of one datagram, by the order of their sequence numbers. Used again and again: a table is four hundred of them. */
export class Batch {
  readonly #rows = new Int32Array(BATCH_ROUTES);
  readonly #before = new Int32Array(BATCH_ROUTES);
  readonly #after = new Int32Array(BATCH_ROUTES);
  #firstSeq = 0;
  #length = 0;

  begin(firstSeq: number): void {
    this.#firstSeq = firstSeq;
    this.#length = 0;
  }

  add(row: number, before: number, after: number): void {
    this.#rows[this.#length] = row;
    this.#before[this.#length] = before;
    this.#after[this.#length++] = after;
  }

  get length(): number {
    return this.#length;
  }

  get lastSeq(): number {
    return this.#firstSeq + this.#length - 1;
  }

  row(index: number): number {
    return this.#rows[index] as number;
  }

  /** The target that the route of that request had, as far as was known. */
  before(index: number): number {
    return this.#before[index] as number;
  }

  after(index: number): number {
    return this.#after[index] as number;
  }

  has(seq: number): boolean {
    return seq >= this.#firstSeq && seq < this.#firstSeq + this.#length;
  }

  /** The request with that sequence number, if it is one of these. */
  find(seq: number): Request | undefined {
    if (!this.has(seq)) return undefined;
    const i = seq - this.#firstSeq;
    return { row: this.#rows[i] as number, before: this.#before[i] as number, after: this.#after[i] as number };
  }
}

/** What an errno means: nothing to worry about, somebody in the way, never again, or once more later. */
export type Verdict = "fine" | "in-the-way" | "forbidden" | "later";

export function verdictOn(errno: number, request: "add" | "change" | "delete"): Verdict {
  if (errno === ERRNO.EPERM || errno === ERRNO.EACCES) return "forbidden";
  if (errno === ERRNO.ESRCH && request === "delete") return "fine"; // gone already
  if (errno === ERRNO.EEXIST && request === "add") return "in-the-way";
  return "later";
}
