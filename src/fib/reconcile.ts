/**
 * Wanted against actual: which requests go to the kernel, and what its answers say about what stands there.
 * Pure: bytes in, bytes out. Level, not edge: every doubt ends in a comparison of the whole (a dump), never in a guess.
 *
 *   next() ──► datagram ──► kernel ──► answer(), event()     until next() has nothing more
 *
 * Only routes of our protocol in our table are ever written: an addition never takes the place of another route
 * (exclusive), a change is sent only where our own route is known to stand, a removal names the protocol.
 */

import type { Family } from "../bgp/wire/context.ts";
import { Worklist } from "../bgp/rib/columns.ts";
import { BATCH_ROUTES, Batch, NO_ROW, type Request, WINDOW_BATCHES, verdictOn } from "./batch.ts";
import { MARK } from "./desired.ts";
import { Dump, tablesToDump } from "./dump.ts";
import { Listener, type ListenerParts, type Stray } from "./listener.ts";
import { Plan } from "./plan.ts";
import { type Destination, MAX_REQUEST_BYTES, writeRoute, writeRouteDelete } from "./rtnetlink-route.ts";
import { DatagramWriter, FLAG, MESSAGE, type MessageAt, ackText, eachMessage, errnoOf } from "./rtnetlink.ts";
import type { FibFact, ResyncReason, ResyncSummary } from "./vocabulary.ts";
import { NO_WAY } from "./ways.ts";

const MAX_DATAGRAM_BYTES = 262_144; // the relay's limit; 256 routes over sixteen IPv6 hops take 150 000
const FULL_BYTES = MAX_DATAGRAM_BYTES - MAX_REQUEST_BYTES; // beyond it one more request might not fit
const ADD = FLAG.request | FLAG.create | FLAG.exclusive;
const CHANGE = FLAG.request | FLAG.create | FLAG.replace;
const LAST_SEQ = 0xffff_0000; // numbers start again well before they would wrap inside a batch

export interface ReconcilerParts extends ListenerParts {
  readonly families: readonly Family[];
}

/** What the reconciler asks of whoever drives it. */
export interface ReconcilerHooks {
  report(fact: FibFact): void;
  /** The surroundings are whole: resolve next hops again before wanted and actual are compared. */
  lookAround(): void;
  compared(summary: ResyncSummary): void;
  /** What is known may be wrong: ask for a comparison soon. */
  doubt(reason: ResyncReason): void;
}

export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #hooks: ReconcilerHooks;
  readonly #listener: Listener;
  readonly #writer = new DatagramWriter(MAX_DATAGRAM_BYTES);
  readonly #refused = new Set<number>();
  readonly #toldErrnos = new Set<number>();
  /** Rows that changed while a request of theirs was under way: its outcome decides what the next one must be. */
  readonly #deferred = new Worklist();
  #seq = 1;
  #pending: readonly Batch[] = [];
  #plan: Plan | undefined;
  #strays: readonly Stray[] = [];
  #dump: { readonly questions: Dump; readonly reason: ResyncReason } | undefined;
  #wantDump: ResyncReason | undefined;
  #mayWrite: "not-yet" | "yes" | "forbidden" = "not-yet";
  #written = 0;
  #answers = 0;

  constructor(parts: ReconcilerParts, hooks: ReconcilerHooks) {
    this.#parts = parts;
    this.#hooks = hooks;
    this.#listener = new Listener(parts);
  }

  /** The next datagram for the kernel, or undefined when nothing may be sent before something is heard. */
  next(): Uint8Array | undefined {
    if (this.#dump) return this.#dump.questions.ask(this.#takeSeqs(1));
    if (this.#wantDump !== undefined) return this.#pending.length === 0 ? this.#beginDump(this.#wantDump) : undefined;
    if (this.#mayWrite !== "yes" || this.#pending.length >= WINDOW_BATCHES) return undefined;
    return this.#nextBatch();
  }

  /** What came on the socket of our requests. */
  answer(datagram: Uint8Array): void {
    this.#answers++;
    eachMessage(datagram, (message) => {
      if (this.#dump?.questions.isAnswer(message)) this.#dumpAnswer(this.#dump.questions, message);
      else if (message.type === MESSAGE.error) this.#acknowledgement(message);
    });
  }

  /** What came on the socket of events. */
  event(datagram: Uint8Array): void {
    eachMessage(datagram, (message) => {
      const doubt = this.#listener.heardEvent(message);
      if (doubt !== undefined) this.#hooks.doubt(doubt);
    });
  }

  /** Compare everything as soon as no request is under way. */
  resync(reason: ResyncReason): void {
    this.#wantDump ??= reason;
  }

  /** Answers to what is under way will not come; what became of it only a comparison can tell. */
  forgetPending(): void {
    for (const batch of this.#pending) this.#land(batch);
    this.#pending = [];
    this.#dump = undefined;
  }

  /** The kernel cannot be heard: nothing is written before the next comparison. */
  disconnected(): void {
    this.forgetPending();
    this.#wantDump = undefined;
    if (this.#mayWrite === "yes") this.#mayWrite = "not-yet";
  }

  /** Tries once more what the kernel refused. */
  retryRefused(): void {
    for (const row of this.#refused) this.#parts.desired.touch(row);
  }

  get refused(): number {
    return this.#refused.size;
  }

  get written(): number {
    return this.#written;
  }

  /** Grows with every answer: whoever waits for one sees whether any came. */
  get answers(): number {
    return this.#answers;
  }

  get activity(): "idle" | "writing" | "comparing" | "forbidden" {
    if (this.#dump || this.#wantDump !== undefined || this.#mayWrite === "not-yet") return "comparing";
    if (this.#mayWrite === "forbidden") return "forbidden";
    const isWriting = this.#pending.length > 0 || (this.#plan && !this.#plan.isDone) || this.#parts.desired.hasDirty;
    return isWriting || this.#mayRemoveStrays() ? "writing" : "idle";
  }

  /** Something was asked and not answered yet. */
  get isWaiting(): boolean {
    return this.#pending.length > 0 || this.#dump !== undefined;
  }

  #takeSeqs(count: number): number {
    if (this.#seq > LAST_SEQ) this.#seq = 1;
    const first = this.#seq;
    this.#seq += count;
    return first;
  }

  #beginDump(reason: ResyncReason): Uint8Array | undefined {
    const { owner, families } = this.#parts;
    this.#wantDump = undefined;
    this.#dump = { questions: new Dump(tablesToDump(owner.table), families), reason };
    this.#listener.beginDump();
    return this.#dump.questions.ask(this.#takeSeqs(1));
  }

  #dumpAnswer(questions: Dump, message: MessageAt): void {
    this.#listener.heardInDump(message);
    const progress = questions.heard(message);
    if (progress === "complete") this.#endDump();
    else if (progress !== "more") {
      this.#dump = undefined;
      this.#hooks.doubt(progress === "failed" ? "dump-failed" : "interrupted");
    }
  }

  #endDump(): void {
    const { surroundings, desired } = this.#parts;
    const reason = this.#dump?.reason ?? "asked";
    this.#dump = undefined;
    surroundings.endDump();
    this.#hooks.lookAround();
    const differences = desired.endDump();
    desired.forgetUnusedWays();
    this.#strays = this.#listener.takeStrays();
    if (this.#mayWrite === "not-yet") this.#mayWrite = "yes";
    this.#hooks.compared({ reason, ...differences });
  }

  #nextBatch(): Uint8Array | undefined {
    for (;;) {
      if (!this.#plan || this.#plan.isDone) this.#plan = this.#makePlan();
      const batch = new Batch(this.#takeSeqs(BATCH_ROUTES));
      if (this.#mayRemoveStrays()) {
        this.#removeStrays(batch);
        return this.#dispatch(batch);
      }
      while (batch.length < BATCH_ROUTES && this.#writer.length <= FULL_BYTES) {
        const row = this.#plan?.take();
        if (row === undefined) break;
        this.#write(batch, row);
      }
      if (batch.length > 0) return this.#dispatch(batch);
      if (!this.#parts.desired.hasDirty && (!this.#plan || this.#plan.isDone)) return this.#rest();
    }
  }

  #dispatch(batch: Batch): Uint8Array {
    this.#writer.acknowledgeLast();
    this.#pending = [...this.#pending, batch];
    this.#written += batch.length;
    return this.#writer.take();
  }

  #rest(): undefined {
    this.#plan = undefined;
    if (this.#pending.length === 0 && this.#deferred.length === 0) this.#parts.desired.tidy();
    return undefined;
  }

  #makePlan(): Plan | undefined {
    const { desired, ways } = this.#parts;
    if (!desired.hasDirty) return undefined;
    const dirty = desired.takeDirty();
    const rows = new Int32Array(dirty.length);
    const goals = new Int32Array(dirty.length);
    let count = 0;
    for (let i = 0; i < dirty.length; i++) {
      const row = dirty.at(i);
      const goal = desired.goal(row);
      rows[count] = row;
      goals[count++] = goal;
    }
    return Plan.of(rows, goals, ways.end);
  }

  #write(batch: Batch, row: number): void {
    const { desired, ways, owner } = this.#parts;
    if (desired.isMarked(row, MARK.inFlight)) return this.#deferred.push(row);
    const before = desired.have(row);
    const goal = desired.goal(row);
    if (goal === before) return this.#settle(row);
    const to = desired.destination(row);
    const after = goal !== NO_WAY && this.#isInTheWay(row, to) ? NO_WAY : goal;
    if (after === before) return void this.#refused.delete(row);
    if (after === goal) desired.unmark(row, MARK.conflict | MARK.refused);
    const seq = batch.lastSeq + 1;
    if (after === NO_WAY) writeRouteDelete(this.#writer, seq, to, owner);
    else writeRoute(this.#writer, before === NO_WAY ? ADD : CHANGE, seq, to, ways.encoded(after), owner);
    batch.add(row, before, after);
    desired.setHave(row, after); // put right by the answer when the kernel sees it differently
    desired.mark(row, MARK.inFlight);
  }

  #settle(row: number): void {
    this.#parts.desired.unmark(row, MARK.conflict | MARK.refused);
    this.#refused.delete(row);
  }

  /** A route of somebody else with our metric stands there: theirs stays, ours waits until it goes. */
  #isInTheWay(row: number, to: Destination): boolean {
    const { desired, surroundings, owner } = this.#parts;
    const other = surroundings.inTheWay(to, owner);
    if (other && !desired.isMarked(row, MARK.conflict)) {
      this.#hooks.report({ kind: "conflict", prefix: desired.prefix(row), protocol: other.protocol, metric: other.metric });
    }
    if (other) desired.mark(row, MARK.conflict);
    return other !== undefined;
  }

  #mayRemoveStrays(): boolean {
    return this.#strays.length > 0 && !this.#parts.desired.inheritedStay;
  }

  #removeStrays(batch: Batch): void {
    const { owner } = this.#parts;
    for (const stray of this.#strays.slice(0, BATCH_ROUTES)) {
      writeRouteDelete(this.#writer, batch.lastSeq + 1, stray, { ...owner, metric: stray.metric });
      batch.add(NO_ROW, NO_WAY, NO_WAY);
    }
    this.#strays = this.#strays.slice(BATCH_ROUTES);
  }

  #acknowledgement(message: MessageAt): void {
    const batch = this.#pending.find((candidate) => candidate.find(message.seq) !== undefined);
    const request = batch?.find(message.seq);
    if (!batch || !request) return; // of a batch given up
    const errno = errnoOf(message);
    if (errno !== 0 && request.row !== NO_ROW) this.#failed(request, errno, ackText(message));
    if (message.seq !== batch.lastSeq) return;
    this.#pending = this.#pending.filter((other) => other !== batch);
    this.#land(batch);
    if (this.#refused.size === 0) this.#toldErrnos.clear();
  }

  /** Its rows may be written again. */
  #land(batch: Batch): void {
    const { desired } = this.#parts;
    for (const row of batch.rows()) {
      if (row === NO_ROW) continue;
      desired.unmark(row, MARK.inFlight);
      if (!desired.isMarked(row, MARK.refused)) this.#refused.delete(row);
    }
    for (let i = 0; i < this.#deferred.length; i++) desired.touch(this.#deferred.at(i));
    this.#deferred.clear();
  }

  #failed(request: Request, errno: number, text: string): void {
    const { desired } = this.#parts;
    const { row, before, after } = request;
    const verdict = verdictOn(errno, after === NO_WAY ? "delete" : before === NO_WAY ? "add" : "change");
    if (verdict === "fine") return;
    if (desired.have(row) === after) desired.setHave(row, before);
    if (verdict === "forbidden") return this.#forbidden();
    desired.mark(row, MARK.refused);
    this.#refused.add(row);
    if (this.#toldErrnos.has(errno)) return;
    this.#toldErrnos.add(errno);
    // the mirror knows nobody there although the kernel does: look again, and the next attempt finds the one in the way
    if (verdict === "in-the-way") this.#hooks.doubt("drift");
    else this.#hooks.report({ kind: "refused", prefix: desired.prefix(row), errno, text });
  }

  #forbidden(): void {
    if (this.#mayWrite === "forbidden") return;
    this.#mayWrite = "forbidden";
    this.#hooks.report({ kind: "permission-denied" });
  }
}
