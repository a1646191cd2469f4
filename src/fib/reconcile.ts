/**
 * Wanted against actual: which requests go to the kernel, and what its answers say about what stands there.
 * Pure: bytes in, bytes out. Level-triggered: every doubt ends in a comparison with the whole table (a dump), never in a guess.
 *
 *   next() ──► datagram ──► kernel ──► answer(), event()     until next() has nothing more
 *
 * Only routes of our protocol in our table are ever written: an addition never takes the place of another route
 * (exclusive), a change is sent only where our own route is known to stand, a removal names the protocol.
 */

import type { Family } from "../bgp/wire/context.ts";
import { Worklist } from "../bgp/rib/columns.ts";
import type { PrefixId } from "../bgp/rib/ids.ts";
import type { Traffic } from "./answered.ts";
import { BATCH_ROUTES, Batch, FLAGS, FULL_BYTES, MAX_DATAGRAM_BYTES, NO_ROW, ONE_ROUTE, type Request, WHOLE_WINDOW, verdictOn } from "./batch.ts";
import { MARK } from "./desired.ts";
import { Dump, tablesToDump } from "./dump.ts";
import { Orphans } from "./orphans.ts";
import { type Drift, Listener, type ListenerParts } from "./listener.ts";
import { writeFromTemplate } from "./rtnetlink-route.ts";
import { DatagramWriter, MESSAGE, type MessageAt, ackText, eachMessage, errnoOf } from "./rtnetlink.ts";
import type { FibFact, KernelRefusal, ResyncReason, ResyncSummary } from "./vocabulary.ts";
import { NO_TARGET } from "./targets.ts";
import { WriteOrder } from "./write-order.ts";

const ROWS_AT_ONCE = 32_768; // are put in order in some milliseconds
const LAST_SEQ = 0xffff_0000; // numbers start again well before they would wrap inside a batch

export interface ReconcilerParts extends ListenerParts {
  readonly families: readonly Family[];
}

/** What the reconciler asks of whoever drives it. */
export interface ReconcilerHooks {
  report(fact: FibFact): void;
  /** The mirror is whole: resolve next hops again before wanted and actual are compared. */
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
  readonly #refused = new Map<number, KernelRefusal>();
  #lastRefusal: KernelRefusal | undefined;
  readonly #toldErrnos = new Set<number>();
  /** Rows that changed while a request of theirs was under way: its outcome decides what the next one must be. */
  readonly #deferred = new Worklist();
  #seq = 1;
  #pending: readonly Batch[] = [];
  #spare: Batch[] = [];
  /** What waits to be written: for others to look at. */
  readonly order: WriteOrder;
  readonly #orphans: Orphans;
  #dump: { readonly questions: Dump; readonly reason: ResyncReason } | undefined;
  #wantDump: ResyncReason | undefined;
  #mayWrite: "not-yet" | "yes" | "forbidden" = "not-yet";
  #toldForbidden = false;
  #isDeaf = false;
  /** What the kernel holds of ours is a guess, so that a comparison cannot tell who changed it. */
  #isUnsure = true;
  #written = 0;
  #answers = 0;
  #batchesSent = 0;
  #batchesAnswered = 0;

  constructor(parts: ReconcilerParts, hooks: ReconcilerHooks) {
    this.#parts = parts;
    this.#hooks = hooks;
    this.#listener = new Listener(parts);
    this.#orphans = new Orphans(parts);
    this.order = new WriteOrder((target) => parts.desired.stands(target));
  }

  /** The next datagram for the kernel, valid until the next call; undefined: none before something is heard. `openable`: as SlowStart has it. */
  next(openable: number): Uint8Array | undefined {
    if (this.#dump) return this.#dump.questions.ask(this.#takeSeqs(1));
    if (this.#wantDump !== undefined) return this.#pending.length === 0 ? this.#towardsDump(this.#wantDump) : undefined;
    if (this.#mayWrite !== "yes") return this.forgetWork();
    return this.#pending.length < this.#window.batches ? this.#nextBatch(openable) : undefined;
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
    if (this.#isDeaf) return;
    eachMessage(datagram, (message) => {
      const doubt = this.#listener.heardEvent(message);
      if (doubt !== undefined) this.#hooks.doubt(doubt);
    });
  }

  /**
   * Events were lost, and a comparison has to follow. What is heard before its first answer the relay had received before
   * it asked: the comparison shows all of that, and tens of thousands of events need not be looked at first.
   */
  missedEvents(): void {
    this.#isDeaf = true;
  }

  /** Compare everything as soon as no request is under way. */
  resync(reason: ResyncReason): void {
    this.#wantDump ??= reason;
  }

  /** Answers to what is under way will not come; what became of it only a comparison can tell. */
  forgetPending(): void {
    if (this.#pending.length > 0 || this.#orphans.hasOldPlaces) this.#isUnsure = true;
    for (const batch of this.#pending) this.#land(batch);
    this.#orphans.forget();
    this.#pending = [];
    this.#batchesAnswered = this.#batchesSent; // as far as they ever will be
    this.#dump = undefined;
  }

  /** The kernel cannot be heard: nothing is written before the next comparison. */
  disconnected(): void {
    this.forgetPending();
    this.#wantDump = undefined;
    this.#isDeaf = false;
    this.#mayWrite = "not-yet";
  }

  /** Before anything is written again a comparison finds whatever is not as wanted: until then nobody has to remember it. */
  forgetWork(): undefined {
    this.order.clear();
    this.#parts.desired.takeDirty(Number.POSITIVE_INFINITY);
    return this.#rest();
  }

  /** Tries once more what the kernel refused. */
  retryRefused(): void {
    for (const row of this.#refused.keys()) this.#parts.desired.touch(row);
  }

  get refused(): number {
    return this.#refused.size;
  }

  /** What the kernel said to that row; undefined: nothing against it. */
  refusalOf(row: number): KernelRefusal | undefined {
    return this.#refused.get(row);
  }

  get drift(): Drift {
    return this.#listener.drift;
  }

  get written(): number {
    return this.#written;
  }

  /** Grows with every answer: whoever waits for one sees whether any came. */
  get answers(): number {
    return this.#answers;
  }

  get traffic(): Traffic {
    const isDoubtful = this.#mayWrite !== "yes" || this.#isUnsure;
    const mayCompare = this.#dump !== undefined || this.#wantDump !== undefined;
    const waits = !this.order.isEmpty || this.#parts.desired.hasDirty || this.#deferred.length > 0 || this.#orphans.hasOldPlaces || mayCompare;
    return { sent: this.#batchesSent, answered: this.#batchesAnswered, unsent: isDoubtful ? "doubtful" : waits ? "some" : "none" };
  }

  get activity(): "idle" | "writing" | "comparing" | "forbidden" {
    if (this.#dump || this.#wantDump !== undefined || this.#mayWrite === "not-yet") return "comparing";
    if (this.#mayWrite === "forbidden") return "forbidden";
    const isWriting = this.#pending.length > 0 || !this.order.isEmpty || this.#parts.desired.hasDirty;
    return isWriting || this.#orphans.mayGo ? "writing" : "idle";
  }

  /** There are more rows to look at than were looked at once: ask for the next datagram again, although there was none. */
  get isUnfinished(): boolean {
    const mayGoOn = this.#mayWrite === "yes" && !this.#dump && this.#wantDump === undefined;
    return mayGoOn && this.#parts.desired.hasDirty && this.#pending.length < this.#window.batches;
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

  /** A route that stands in two places would be found there by the comparison, as if somebody had put it there. */
  #towardsDump(reason: ResyncReason): Uint8Array | undefined {
    return this.#orphans.hasOldPlaces ? this.#removeOrphans() : this.#beginDump(reason);
  }

  #beginDump(reason: ResyncReason): Uint8Array | undefined {
    this.#wantDump = undefined;
    this.#dump = { questions: new Dump(tablesToDump(this.#parts.owner.table), this.#parts.families), reason };
    this.#listener.beginDump();
    return this.#dump.questions.ask(this.#takeSeqs(1));
  }

  #dumpAnswer(questions: Dump, message: MessageAt): void {
    this.#isDeaf = false;
    this.#listener.heardInDump(message);
    const progress = questions.heard(message);
    if (progress === "complete") this.#endDump();
    else if (progress !== "more") {
      this.#dump = undefined;
      this.#hooks.doubt(progress === "failed" ? "dump-failed" : "interrupted");
    }
  }

  #endDump(): void {
    const { mirror, desired } = this.#parts;
    const reason = this.#dump?.reason ?? "asked";
    this.#dump = undefined;
    mirror.endDump();
    this.#hooks.lookAround();
    const differences = desired.endDump();
    for (const row of this.#refused.keys()) if (!desired.isMarked(row, MARK.refused)) this.#refused.delete(row); // it stands as wanted
    if (!this.#isUnsure) this.#listener.drift.found += desired.surprises;
    this.#isUnsure = false;
    desired.forgetUnusedWays();
    this.#orphans.compared(this.#listener.takeStrays());
    this.#mayWrite = "yes"; // also where it was forbidden: the permission may be back, and the first refusal ends it again
    this.#hooks.compared({ reason, ...differences });
  }

  #nextBatch(openable: number): Uint8Array | undefined {
    if (this.#orphans.mayGo) return this.#removeOrphans();
    this.#sortDirty();
    if (this.order.isEmpty) return this.#rest();
    const batch = this.#beginBatch();
    const { routes } = this.#window;
    while (batch.length < routes && this.#writer.length <= FULL_BYTES) {
      const row = this.order.take(openable);
      if (row === undefined) break;
      this.#write(batch, row);
    }
    if (batch.length > 0) return this.#dispatch(batch);
    this.#spare.push(batch);
    return this.order.isEmpty ? this.#rest() : undefined;
  }

  #removeOrphans(): Uint8Array {
    return this.#dispatch(this.#orphans.remove(this.#beginBatch(), this.#writer));
  }

  /** Where a row shall go is asked again when it is written; here it only says with which others. */
  #sortDirty(): void {
    const { desired } = this.#parts;
    for (const row of desired.takeDirty(ROWS_AT_ONCE)) this.order.add(row, desired.goal(row));
  }

  /** How much may be under way; who was not permitted to write asks with a single route whether he is now. */
  get #window(): { readonly batches: number; readonly routes: number } {
    return this.#toldForbidden ? ONE_ROUTE : WHOLE_WINDOW;
  }

  #beginBatch(): Batch {
    const batch = this.#spare.pop() ?? new Batch();
    batch.begin(this.#takeSeqs(BATCH_ROUTES));
    this.#writer.clear();
    return batch;
  }

  #dispatch(batch: Batch): Uint8Array {
    this.#writer.acknowledgeLast();
    this.#pending = [...this.#pending, batch];
    this.#batchesSent++;
    this.#written += batch.length;
    return this.#writer.written;
  }

  #rest(): undefined {
    if (this.#pending.length === 0 && this.#deferred.length === 0) this.#parts.desired.tidy();
    return undefined;
  }

  #write(batch: Batch, row: number): void {
    const { desired } = this.#parts;
    if (desired.isMarked(row, MARK.inFlight)) return this.#deferred.push(row);
    const before = desired.have(row);
    const goal = desired.goal(row);
    if (goal === before) return this.#settle(row);
    const after = goal !== NO_TARGET && this.#isInTheWay(row, goal) ? NO_TARGET : goal;
    if (after === goal) desired.unmark(row, MARK.conflict | MARK.refused);
    if (after === before) this.#refused.delete(row);
    else {
      this.#request(batch, { row, before, after });
      desired.setHave(row, after); // put right by the answer when the kernel sees it differently
      desired.mark(row, MARK.inFlight);
    }
    desired.recount(row);
  }

  /** To another metric it goes before it leaves the old one: that is left when this one stands. */
  #request(batch: Batch, request: Request): void {
    const { desired, targets } = this.#parts;
    const { row, before, after } = request;
    const kind = this.#kindOf(request);
    const template = kind === "delete" ? targets.removal(before) : targets.template(after);
    writeFromTemplate(this.#writer, template, FLAGS[kind], batch.lastSeq + 1, desired.destination(row));
    batch.add(row, before, after);
  }

  #kindOf({ before, after }: Request): "add" | "change" | "delete" {
    if (after === NO_TARGET) return "delete";
    return before === NO_TARGET || this.#parts.targets.isMove(before, after) ? "add" : "change";
  }

  #settle(row: number): void {
    this.#parts.desired.unmark(row, MARK.conflict | MARK.refused);
    this.#parts.desired.recount(row);
    this.#refused.delete(row);
  }

  /** A route of somebody else stands in the place of ours: theirs stays, ours waits until it goes. */
  #isInTheWay(row: number, goal: number): boolean {
    const { desired, mirror, targets, owner } = this.#parts;
    const other = mirror.inTheWay(row as PrefixId, { table: owner.table, metric: targets.metric(goal) });
    if (other && !desired.isMarked(row, MARK.conflict)) {
      this.#hooks.report({ kind: "conflict", prefix: desired.prefix(row), protocol: other.protocol, metric: other.metric });
    }
    if (other) desired.mark(row, MARK.conflict);
    return other !== undefined;
  }

  #acknowledgement(message: MessageAt): void {
    const batch = this.#pending.find((candidate) => candidate.has(message.seq));
    if (!batch) return; // given up
    const errno = errnoOf(message);
    const request = errno === 0 ? undefined : batch.find(message.seq);
    if (request && request.row !== NO_ROW) this.#failed(request, errno, ackText(message));
    if (message.seq !== batch.lastSeq) return;
    this.#pending = this.#pending.filter((other) => other !== batch);
    this.#batchesAnswered++;
    this.#orphans.answered(batch);
    this.#land(batch);
    if (errno === 0) this.#toldForbidden = false;
    if (this.#refused.size === 0) this.#toldErrnos.clear();
  }

  /** Its rows may be written again. */
  #land(batch: Batch): void {
    const { desired } = this.#parts;
    for (let i = 0; i < batch.length; i++) {
      const row = batch.row(i);
      if (row === NO_ROW) continue;
      desired.unmark(row, MARK.inFlight);
      if (this.#refused.size > 0 && !desired.isMarked(row, MARK.refused)) this.#refused.delete(row);
      desired.recount(row);
    }
    this.#spare.push(batch);
    for (let i = 0; i < this.#deferred.length; i++) desired.touch(this.#deferred.at(i));
    this.#deferred.clear();
  }

  #failed(request: Request, errno: number, text: string): void {
    const { desired } = this.#parts;
    const { row, before, after } = request;
    const verdict = verdictOn(errno, this.#kindOf(request));
    if (verdict === "fine") return;
    if (desired.have(row) === after) desired.setHave(row, before);
    if (verdict !== "forbidden") desired.mark(row, MARK.refused);
    desired.recount(row);
    if (verdict === "forbidden") return this.#forbidden();
    this.#refused.set(row, this.#refusal(errno, text));
    if (this.#toldErrnos.has(errno)) return;
    this.#toldErrnos.add(errno);
    // the mirror knows nobody there although the kernel does: look again, and the next attempt finds the one in the way
    if (verdict === "in-the-way") this.#hooks.doubt("drift");
    else this.#hooks.report({ kind: "refused", prefix: desired.prefix(row), errno, text });
  }

  /** A hundred thousand routes are mostly refused for one reason: then that is one object. */
  #refusal(errno: number, text: string): KernelRefusal {
    const last = this.#lastRefusal;
    return last?.errno === errno && last.text === text ? last : (this.#lastRefusal = { errno, text });
  }

  #forbidden(): void {
    this.#mayWrite = "forbidden";
    if (this.#toldForbidden) return;
    this.#toldForbidden = true;
    this.#hooks.report({ kind: "permission-denied" });
  }
}
