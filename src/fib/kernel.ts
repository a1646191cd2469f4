/**
 * KernelFib: keeps the kernel's routes as the speaker wants them, and tells the speaker what it must know of the kernel.
 * Guards the kernel: the relay, and the timers around it. reconcile.ts decides what is written; this only drives it.
 *
 *   speaker ── want() ──► desired ──► reconciler ──► relay ──► kernel
 *   speaker ◄── nextHops, workloads ── mirror ◄──┘ dumps, events
 */

import type { Prefix } from "../ip/prefix.ts";
import { ALL_FAMILIES, type Family } from "../bgp/wire/context.ts";
import type { NextHopView } from "../bgp/rib/next-hop.ts";
import type { PrefixTable } from "../bgp/rib/prefix-table.ts";
import type { ForwardingChanges, KernelRoute } from "../speaker/vocabulary.ts";
import { Answered } from "./answered.ts";
import { Desired } from "./desired.ts";
import { EntryTable } from "./entries.ts";
import { type KernelLook, KernelView } from "./kernel-view.ts";
import { describeLearned, learnedRoutes } from "./learned.ts";
import { type ListingParts, auditOf, countRows, explainPrefix, hasInherited, listRows } from "./listing.ts";
import { NextHops } from "./next-hops.ts";
import { Reconciler } from "./reconcile.ts";
import { NetlinkPort, type PortHooks, type PortOptions } from "./relay/port.ts";
import { MAIN_TABLE } from "./rtnetlink-route.ts";
import { KernelMirror } from "./kernel-mirror.ts";
import { QUIET_MS, SlowStart } from "./slow-start.ts";
import { FibTimers } from "./timers.ts";
import type { FibAudit, FibExplanation, FibFact, FibRoute, FibSettings, FibState, FibStatus, ResyncReason, ResyncSummary } from "./vocabulary.ts";
import { TargetTable } from "./targets.ts";
import { interfaceMatcher, workloadPrefixes } from "./workloads.ts";

const PUMP_MS = 4; // of one turn: what is not compiled yet is slow, and sessions wait meanwhile
const CLOSE_MS = 5_000; // how long close() waits for the kernel

export interface FibHooks {
  /** Some answer of `nextHops` is another one now. */
  nextHopsChanged(): void;
  /** All prefixes of local workloads, as a whole value. */
  workloadsChanged(prefixes: readonly Prefix[]): void;
  /** All routes of others and connected networks, as a whole value; told instead of workloads where everything is learned. */
  kernelRoutesChanged?(routes: readonly KernelRoute[]): void;
  /** The kernel has answered for every route of the first so many calls of want(). */
  answered?(wants: number): void;
  report(fact: FibFact): void;
}

/** The part of NetlinkPort that is used: tests put a kernel of their own behind it. */
export type Port = Pick<NetlinkPort, "start" | "send" | "restart" | "close" | "carrier" | "restarts">;
export type OpenPort = (options: PortOptions, hooks: PortHooks) => Port;

const openNetlink: OpenPort = (options, hooks) => new NetlinkPort(options, hooks);

export class KernelFib {
  readonly #hooks: FibHooks;
  readonly #mirror: KernelMirror;
  readonly #nextHops: NextHops;
  readonly #view: KernelView;
  readonly #parts: ListingParts;
  readonly #reconciler: Reconciler;
  readonly #port: Port;
  readonly #timers: FibTimers;
  readonly #learn: NonNullable<FibSettings["learn"]>;
  readonly #isWorkload: (linkName: string) => boolean;
  #waiting: { readonly for: "synchronised" | "compared"; readonly resolve: () => void }[] = [];
  readonly #audits: ((audit: FibAudit | undefined) => void)[] = [];
  #turn: NodeJS.Immediate | undefined;
  readonly #nextDatagram = (): Uint8Array | undefined => this.#next(performance.now());
  #pumpUntilMs = 0;
  readonly #slowStart = new SlowStart();
  readonly #answered = new Answered();
  #seenVersion = -1;
  #learned = "";
  #overruns = 0;
  #resyncs = 0;
  #lastResync: ResyncSummary | undefined;
  #dumpStartedMs = 0;
  #state: "starting" | "running" | "relay-lost" | "no-carrier" | "closed" = "starting";

  /** `prefixes`: the numbers by which changes are told. */
  constructor(prefixes: PrefixTable, settings: FibSettings, hooks: FibHooks, openPort: OpenPort = openNetlink) {
    this.#hooks = hooks;
    this.#mirror = new KernelMirror(prefixes);
    this.#learn = settings.learn ?? "workloads";
    this.#isWorkload = interfaceMatcher(settings.workloadInterfaces);
    const { protocol, table, metric, families } = settings;
    this.#nextHops = new NextHops(this.#mirror, { table, isWorkload: this.#isWorkload });
    this.#view = new KernelView(this.#mirror, this.#nextHops, settings);
    const owner = { protocol, table, metric };
    const targets = new TargetTable(owner);
    const desired = new Desired(prefixes, new EntryTable(this.#nextHops, targets, settings), targets);
    this.#parts = { desired, targets, mirror: this.#mirror, owner };
    this.#reconciler = new Reconciler({ ...this.#parts, families }, {
      report: (fact) => hooks.report(fact),
      lookAround: () => this.#lookAround(),
      compared: (summary) => this.#compared(summary),
      doubt: (reason) => this.#timers.resyncSoon(reason),
    });
    this.#port = openPort({ carrier: settings.carrier, namespace: settings.namespace }, this.#portHooks());
    this.#timers = new FibTimers(settings.rescanMs, {
      resync: (reason) => this.#resync(reason),
      retryRefused: () => this.#retryRefused(),
      look: () => this.#soon(),
      unanswered: () => this.#port.restart("the kernel does not answer"),
    });
  }

  /** Resolves when links, addresses and routes are known, or when it is clear that they never will be. */
  start(): Promise<void> {
    const started = this.#until("compared");
    this.#port.start();
    return started;
  }

  /** What may be written now is on its way to the kernel when this returns: a single route waits for no turn. */
  want(changes: ForwardingChanges): void {
    this.#parts.desired.want(changes);
    this.#answered.want();
    this.#slowStart.came(performance.now(), this.#reconciler.order.opened);
    this.#pump();
    this.#soon();
  }

  /** Calls of want() so far. */
  get wants(): number {
    return this.#answered.wants;
  }

  /** What was found in the kernel at start and is wanted by nobody may go now. */
  converged(): void {
    this.#parts.desired.releaseInherited();
    this.#soon();
  }

  /** Families of which routes of an earlier life were found: their packets have been forwarded all the while. */
  inherited(): readonly Family[] {
    return ALL_FAMILIES.filter((family) => hasInherited(this.#parts, family));
  }

  get nextHops(): NextHopView {
    return this.#nextHops;
  }

  /** Resolves when the kernel has what is wanted, as far as it takes it. */
  settled(): Promise<void> {
    return this.#isSettled() ? Promise.resolve() : this.#until("synchronised");
  }

  /** Compares wanted and actual now; resolves when everything found is put right. undefined: there is no kernel to ask. */
  async check(): Promise<ResyncSummary | undefined> {
    if (!this.#mayAsk) return undefined;
    const compared = this.#until("compared");
    this.#resync("asked");
    await compared;
    await this.settled();
    return this.#lastResync;
  }

  /** What is there beside our routes. */
  view(): KernelLook {
    return this.#view;
  }

  /** Compares wanted and actual now and tells what it found; putting that right begins then. undefined: there is no kernel to ask. */
  audit(): Promise<FibAudit | undefined> {
    if (!this.#mayAsk) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#audits.push(resolve);
      this.#resync("asked");
    });
  }

  /** Wanted against actual, in no order. */
  routes(which: "all" | "differing"): Iterable<FibRoute> {
    return listRows(this.#parts, which);
  }

  /** Everything about one prefix: our route, what the kernel said to it, and who else has one. */
  explain(prefix: Prefix): FibExplanation {
    return explainPrefix(this.#parts, prefix, (row) => this.#reconciler.refusalOf(row));
  }

  status(): FibStatus {
    return {
      state: this.#fibState(),
      carrier: this.#port.carrier,
      ...countRows(this.#parts),
      refused: this.#reconciler.refused,
      written: this.#reconciler.written,
      resyncs: this.#resyncs,
      overruns: this.#overruns,
      relayRestarts: this.#port.restarts,
      lastResync: this.#lastResync,
      drift: { ...this.#reconciler.drift },
    };
  }

  /** Ends this relay; another one follows, and a comparison. */
  restartRelay(reason: string): void {
    this.#port.restart(reason);
  }

  /** `keep`: traffic flows on while the daemon is away. */
  async close({ routes }: { readonly routes: "keep" | "withdraw" }): Promise<void> {
    if (this.#state === "closed") return;
    if (routes === "withdraw" && this.#state === "running") {
      this.#parts.desired.wantNothing();
      this.#soon();
      await this.#timers.atMost(CLOSE_MS, this.settled());
    }
    this.#state = "closed";
    this.#timers.stop();
    clearImmediate(this.#turn);
    this.#port.close();
    this.#end();
  }

  #portHooks(): PortHooks {
    return {
      started: (carrier) => {
        const isFirst = this.#state === "starting";
        this.#state = "running";
        this.#hooks.report({ kind: "relay-started", carrier });
        this.#resync(isFirst ? "start" : "relay-restarted");
      },
      answer: (datagram) => {
        this.#reconciler.answer(datagram);
        this.#soon();
      },
      event: (datagram) => {
        this.#reconciler.event(datagram);
        this.#soon();
      },
      overrun: (socket) => {
        this.#overruns++;
        this.#hooks.report({ kind: "overrun", socket });
        if (socket === "request") this.#reconciler.forgetPending();
        else this.#reconciler.missedEvents();
        this.#timers.resyncSoon("overrun");
      },
      sendFailed: () => {
        this.#reconciler.forgetPending();
        this.#timers.resyncSoon("send-failed");
      },
      lost: (reason, retryMs) => {
        this.#state = "relay-lost";
        this.#reconciler.disconnected();
        this.#timers.pause();
        this.#hooks.report({ kind: "relay-lost", reason, retryMs });
      },
      unavailable: (reason) => {
        this.#state = "no-carrier";
        this.#nextHops.giveUp();
        this.#hooks.report({ kind: "no-carrier", reason });
        this.#end();
      },
    };
  }

  #resync(reason: ResyncReason): void {
    if (this.#state !== "running") return;
    this.#dumpStartedMs = performance.now();
    this.#timers.resyncStarted();
    this.#reconciler.resync(reason);
    this.#soon();
  }

  #compared(summary: ResyncSummary): void {
    this.#resyncs++;
    this.#lastResync = summary;
    const ms = performance.now() - this.#dumpStartedMs;
    this.#timers.resyncDone(ms);
    this.#hooks.report({ kind: "resynced", ms: Math.round(ms), ...summary });
    for (const tell of this.#audits.splice(0)) tell(auditOf(summary, this.#parts));
    this.#release((wish) => wish === "compared");
  }

  #retryRefused(): void {
    this.#reconciler.retryRefused();
    this.#soon();
  }

  /** Everything of one turn of the event loop is looked at once. */
  #soon(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      const phase = this.#slowStart.turn(performance.now());
      this.#pump();
      if (phase === "loading" || (phase === "draining" && !this.#reconciler.order.isEmpty)) this.#soon();
      else if (phase === "draining") this.#timers.lookAgain(QUIET_MS);
    });
  }

  #pump(): void {
    if (this.#state === "no-carrier") this.#reconciler.forgetWork();
    if (this.#state !== "running") return;
    if (this.#resyncs > 0) this.#lookAround();
    this.#pumpUntilMs = performance.now() + PUMP_MS;
    this.#port.send(this.#nextDatagram);
    if (this.#reconciler.isUnfinished) this.#soon();
    const answered = this.#answered.look(this.#reconciler.traffic);
    if (answered !== undefined) this.#hooks.answered?.(answered);
    this.#timers.watch({ isWaiting: this.#reconciler.isWaiting, answers: this.#reconciler.answers, refused: this.#reconciler.refused });
    if (this.#isSettled()) this.#release((wish) => wish === "synchronised");
  }

  #next(nowMs: number): Uint8Array | undefined {
    if (nowMs < this.#pumpUntilMs) return this.#reconciler.next(this.#slowStart.openable(nowMs));
    this.#soon(); // what is left is made in the next turn
    return undefined;
  }

  /** Tells what changed around us; before the first comparison is through, nothing is known well enough to be told. */
  #lookAround(): void {
    if (this.#mirror.version === this.#seenVersion) return;
    this.#seenVersion = this.#mirror.version;
    const changed = this.#nextHops.refresh();
    if (changed.hops) this.#parts.desired.resolveAgain();
    if (changed.metrics) this.#hooks.nextHopsChanged();
    if (this.#learn === "all") this.#learnAll();
    else this.#learnWorkloads();
  }

  #learnWorkloads(): void {
    const workloads = workloadPrefixes(this.#mirror, { table: MAIN_TABLE, isWorkload: this.#isWorkload });
    if (this.#isNew(workloads.join(" "))) this.#hooks.workloadsChanged(workloads);
  }

  #learnAll(): void {
    const routes = learnedRoutes(this.#mirror);
    if (this.#isNew(routes.map(describeLearned).join(","))) this.#hooks.kernelRoutesChanged?.(routes);
  }

  /** Is it another text than that of what was told last? */
  #isNew(learned: string): boolean {
    if (learned === this.#learned) return false;
    this.#learned = learned;
    return true;
  }

  #isSettled(): boolean {
    if (!this.#mayAsk) return true;
    return this.#state === "running" && ["idle", "forbidden"].includes(this.#reconciler.activity) && !this.#timers.isResyncDue;
  }

  /** There is a kernel, or there will be one again. */
  get #mayAsk(): boolean {
    return this.#state !== "no-carrier" && this.#state !== "closed";
  }

  #fibState(): FibState {
    if (this.#state !== "running") return this.#state;
    const { activity } = this.#reconciler;
    if (activity === "idle") return "synchronised";
    return activity === "forbidden" ? "not-permitted" : activity;
  }

  /** Whoever waits waits for nothing any more. */
  #end(): void {
    for (const tell of this.#audits.splice(0)) tell(undefined);
    this.#release(() => true);
  }

  #until(wish: "synchronised" | "compared"): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ for: wish, resolve }));
  }

  #release(isGranted: (wish: "synchronised" | "compared") => boolean): void {
    const granted = this.#waiting.filter((waiter) => isGranted(waiter.for));
    this.#waiting = this.#waiting.filter((waiter) => !isGranted(waiter.for));
    for (const waiter of granted) waiter.resolve();
  }
}
