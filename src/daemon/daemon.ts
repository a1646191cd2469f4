/**
 * The daemon: opens every door, wires them to the speaker, closes them in order.
 * The doors themselves are elsewhere: TCP (tcp/transport.ts), BFD (bfd/thread.ts), kernel (fib/kernel.ts), unix socket (control/sockets/server.ts), log.
 *
 *   start:  control socket ─► kernel's first answer ─► warm-up, where no routes of ours stand ─► ports ─► first turn
 *   stop:   no new calls ─► goodbye to every peer, or none where routes are kept until we are back ─► loop ─► sockets ─► kernel (routes stay) ─► control socket
 */

import { type NextHopView, ALL_REACHABLE } from "../bgp/rib/next-hop.ts";
import { PrefixTable } from "../bgp/rib/prefix-table.ts";
import { ALL_FAMILIES } from "../bgp/wire/context.ts";
import type { HistoryBounds } from "../history/change-ring.ts";
import type { SpeakerConfig } from "../speaker/config/config.ts";
import { Speaker } from "../speaker/speaker.ts";
import type { Absence, ForwardingChanges, SpeakerEvent } from "../speaker/vocabulary.ts";
import { KernelFib } from "../fib/kernel.ts";
import { ConvergenceTimes } from "../control/records/convergence-times.ts";
import { FactLog } from "../control/records/fact-log.ts";
import type { LogLook } from "../control/answers/log-levels.ts";
import type { DatastoreLook, Look, Reread } from "../control/look.ts";
import { RecentFailures } from "../control/records/recent.ts";
import { BfdThread } from "./bfd/thread.ts";
import { BmpExporter } from "./bmp/exporter.ts";
import { type DaemonConfig, type HistorySettings, type KernelSettings, sectionsNeedingRestart } from "./config/config.ts";
import { WarmUp, startWarm } from "./warm-up/warm-up.ts";
import { EventLoop, type OutwardAction, nowMs } from "./loop/event-loop.ts";
import type { AnyFact } from "./facts.ts";
import { Listening } from "./tcp/listening.ts";
import { ControlServers } from "./control/control-servers.ts";
import type { Written } from "./log/log.ts";
import { LoopDelay } from "./loop/delay.ts";
import { BirdProcesses } from "./control/bird-processes.ts";
import { keysOf } from "./tcp/peer-options.ts";
import { Planning } from "./control/planning.ts";
import { openFileLimit } from "../system/open-files.ts";
import { Stopwatch } from "./loop/stopwatch.ts";
import { toldFact, worthOf } from "./log/told-fact.ts";
import { Transport } from "./tcp/transport.ts";
import { WallClock } from "./loop/wall-clock.ts";

const OTHER_DESCRIPTORS = 64; // log, sockets that listen, netlink, whoever asks, and what Node needs itself
const MEBIBYTE = 1024 * 1024;
const MINUTE_MS = 60_000;
const GOODBYE_MS = 5_000; // for the last NOTIFICATIONs, after which we end without

export interface DaemonPorts {
  /** `atMs`: when it happened. */
  tell(fact: AnyFact, atMs: number): void;
  /** Somebody with access to the control socket wants the process to end. */
  askedToEnd(until: Absence): void;
  /** Somebody with access to the control socket wants the configuration read again. */
  reread(why: "apply" | "check"): Promise<Reread>;
  /** Our own mistake: the process has to end. */
  crashed(error: unknown): void;
  /** What is logged, for whoever asks and sets it. */
  readonly log: LogLook;
}

export interface DaemonOptions {
  /** A "rr" forwards no packets: no kernel routes, every next hop is as good as any other. */
  readonly role: "node" | "rr";
  readonly version: string;
  /** Where configurations come from; undefined: from a file. */
  readonly datastore: DatastoreLook | undefined;
}

/** How far the end is; `quiet` is called when the last connection is gone. */
type Ending = { readonly kind: "no" } | { readonly kind: "asked" | "goodbyes-said"; readonly quiet: () => void };

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #ports: DaemonPorts;
  readonly #failures = new RecentFailures();
  readonly #facts: FactLog;
  readonly #wall = new WallClock();
  /** Of the speaker and of the kernel's side: a prefix has one number in both. */
  readonly #prefixes = new PrefixTable();
  readonly #fib: KernelFib | undefined;
  readonly #speaker: Speaker;
  readonly #times = new ConvergenceTimes();
  readonly #stopwatch: Stopwatch;
  readonly #loopDelay = new LoopDelay();
  readonly #loop: EventLoop;
  readonly #transport: Transport;
  readonly #listening: Listening;
  readonly #bfd: BfdThread;
  readonly #bmp: BmpExporter;
  readonly #birdProcesses = new BirdProcesses((fact) => this.#tell(fact));
  readonly #control: ControlServers;
  readonly #warmUp: WarmUp;
  /** As it was at the start: most doors stay as they were opened. */
  readonly #config: DaemonConfig;
  #current: DaemonConfig;
  readonly #planning: Planning;
  #ending: Ending = { kind: "no" };
  #isClosed = false;

  constructor(config: DaemonConfig, options: DaemonOptions, ports: DaemonPorts) {
    this.#config = config;
    this.#current = config;
    this.#planning = new Planning({
      internals: () => this.#speaker.internals(),
      configs: () => ({ begun: this.#config, current: this.#current }),
      datastore: options.datastore,
    });
    this.#options = options;
    this.#ports = ports;
    this.#fib = options.role === "node" && config.kernel.enabled ? this.#kernelFib(config.kernel) : undefined;
    const history = boundsOf(config.control.history);
    this.#facts = new FactLog(history?.maxAgeMs ?? 0, nowMs());
    const nextHops: NextHopView = this.#fib?.nextHops ?? ALL_REACHABLE;
    this.#speaker = new Speaker(nextHops, { nowMs: nowMs(), packets: this.#fib ? "forwarded" : "not-ours", prefixes: this.#prefixes, ...(history && { history }) });
    this.#stopwatch = new Stopwatch(this.#speaker, this.#times, () => this.#transport.round, nowMs);
    this.#transport = new Transport({
      post: (event) => this.#loop.post(event),
      report: (fact) => this.#tell(fact),
      transmit: (link, maxBytes) => this.#speaker.transmit(link, maxBytes),
      wake: () => this.#loop.wake(),
    });
    this.#warmUp = new WarmUp(history, { isQuiet: () => this.#transport.links === 0 });
    this.#listening = new Listening({
      listen: (endpoints) => this.#transport.listen(endpoints),
      listening: () => this.#transport.listening(),
      report: (fact) => this.#tell(fact),
    });
    this.#loop = new EventLoop({
      speaker: this.#stopwatch,
      perform: (action, atMs) => this.#perform(action, atMs),
      absorbed: (event) => this.#absorbed(event),
      pump: () => this.#pump(),
      crashed: (error) => this.#crash(error),
    });
    this.#bfd = new BfdThread({
      post: (event) => this.#loop.post(event),
      report: (fact) => this.#tell(fact),
      crashed: (error) => this.#crash(error),
    });
    this.#bmp = new BmpExporter({
      monitoring: this.#speaker.monitoring,
      view: this.#speaker.view(),
      version: options.version,
      report: (fact) => this.#tell(fact),
      wake: () => this.#loop.wake(),
    });
    this.#control = new ControlServers(config.control, { look: () => this.#look(), report: (fact) => this.#tell(fact) });
  }

  /** Throws StartError, and then nothing stays open. */
  async start(): Promise<void> {
    const { speaker, listen, control } = this.#config;
    try {
      await this.#control.open();
      await this.#transport.setKeys(keysOf(speaker));
      this.#loop.post({ kind: "configure", config: speaker });
      const preserved = this.#fib ? await startWarm(this.#fib, boundsOf(control.history), () => this.#isClosed) : ALL_FAMILIES;
      if (this.#isClosed) return; // told to end before it had begun
      this.#loop.post({ kind: "restarted", preserved });
      await this.#listening.begin(listen);
    } catch (error) {
      await this.#closeDoors();
      throw error;
    }
    const { asn, routerId } = speaker.router;
    this.#tell({ kind: "started", version: this.#options.version, asn, routerId, peers: speaker.peers.length, forwarding: this.#fib ? "kernel" : "none" });
    this.#countDescriptors(speaker);
    this.#bmp.configure(this.#config.bmp);
    if (control.birdProcesses) this.#birdProcesses.start(["bird", "bird6"]);
    this.#loop.start();
    this.#loopDelay.start();
    if (this.#options.role === "rr") this.#warmUp.begin();
  }

  /** Applies what can be applied while running, and says and answers what cannot. Whoever has to sign has its new key before it is restarted. */
  async reconfigure(config: DaemonConfig): Promise<readonly string[]> {
    const sections = sectionsNeedingRestart(this.#config, config);
    if (sections.length > 0) this.#tell({ kind: "restart-needed", sections });
    await this.#transport.setKeys(keysOf(config.speaker));
    await this.#listening.change(config.listen);
    this.#loop.post({ kind: "configure", config: config.speaker });
    this.#current = config;
    this.#countDescriptors(config.speaker);
    this.#bmp.configure(config.bmp);
    return sections;
  }

  /** A line was logged, about us or about what we are told to be. */
  note(written: Written): void {
    this.#facts.note(toldFact(written), worthOf(written));
  }

  /** Closes everything; kernel routes stay, so that packets flow until we are back. For a restart the peers' routes to us stay too. */
  async stop(until: Absence, because: string): Promise<void> {
    const startMs = nowMs();
    this.#tell({ kind: "stopping", until, because });
    this.#listening.stop();
    this.#transport.stopCalls();
    await this.#goodbye(until);
    await this.#closeDoors();
    this.#tell({ kind: "stopped", ms: nowMs() - startMs });
  }

  /** Resolves when the last connection is gone, or patience is at its end. */
  async #goodbye(until: Absence): Promise<void> {
    if (!this.#loop.running) return;
    await new Promise<void>((resolve) => {
      const patience = setTimeout(resolve, GOODBYE_MS);
      const quiet = (): void => {
        clearTimeout(patience);
        resolve();
      };
      this.#ending = { kind: "asked", quiet };
      this.#loop.post({ kind: "shutdown", until, text: "" });
    });
  }

  async #closeDoors(): Promise<void> {
    this.#isClosed = true;
    this.#warmUp.stop();
    this.#loop.stop();
    this.#birdProcesses.stop();
    this.#loopDelay.stop();
    await this.#bmp.close();
    await this.#bfd.stop();
    this.#transport.destroy();
    await this.#fib?.close({ routes: "keep" });
    await this.#control.close();
  }

  /** Node says nothing when accept(2) finds no descriptor left. */
  #countDescriptors({ peers, ranges }: SpeakerConfig): void {
    const wanted = ranges.reduce((sum, { limit }) => sum + limit, peers.length) + OTHER_DESCRIPTORS;
    const limit = openFileLimit();
    if (limit !== undefined && limit < wanted) this.#tell({ kind: "few-descriptors", limit, wanted });
  }

  #kernelFib({ enabled: _, rescanSec, ...settings }: KernelSettings): KernelFib {
    return new KernelFib(
      this.#prefixes,
      { ...settings, rescanMs: rescanSec * 1000, families: ["ipv4", "ipv6"] },
      {
        nextHopsChanged: () => this.#loop.post({ kind: "next-hops-changed" }),
        workloadsChanged: (prefixes) => this.#loop.post({ kind: "workloads", prefixes }),
        answered: (wants) => this.#stopwatch.answered(wants),
        kernelRoutesChanged: (routes) => this.#loop.post({ kind: "kernel-routes", routes }),
        report: (fact) => this.#tell(fact),
      },
    );
  }

  #perform(action: OutwardAction, atMs: number): void {
    switch (action.kind) {
      case "dial":
        return this.#transport.dial(action);
      case "call-off":
        return this.#transport.callOff(action.peer);
      case "tune":
        return this.#transport.tune(action);
      case "hang-up":
        return this.#transport.hangUp(action.link);
      case "ready":
        return this.#transport.ready(action.link);
      case "watch":
        return this.#bfd.watch(action.targets);
      case "forward":
        return this.#ending.kind === "no" ? this.#forward(action.changes) : undefined; // what goodbyes make us forget, the kernel keeps
      case "converged":
        return this.#fib?.converged();
      case "report":
        this.#failures.note(action.fact, atMs);
        return this.#tell(action.fact, atMs);
    }
  }

  #forward(changes: ForwardingChanges): void {
    if (!this.#fib) return;
    this.#fib.want(changes);
    this.#stopwatch.forwarded(this.#fib.wants);
  }

  #absorbed(event: SpeakerEvent): void {
    if (event.kind === "accepted") this.#transport.seen();
    if (event.kind === "bytes") this.#transport.absorbed(event.link, event.bytes.length);
    if (event.kind === "shutdown" && this.#ending.kind === "asked") this.#ending = { ...this.#ending, kind: "goodbyes-said" };
  }

  #pump(): "done" | "more" {
    const stations = this.#bmp.pump();
    this.#stopwatch.filling();
    const sockets = this.#transport.pump();
    this.#stopwatch.filled();
    if (this.#ending.kind === "goodbyes-said" && this.#transport.links === 0) this.#ending.quiet();
    return sockets === "more" ? "more" : stations;
  }

  /** Once: the second of two that ask finds it done. */
  #obey(until: Absence): void {
    if (this.#ending.kind === "no") setImmediate(() => this.#ports.askedToEnd(until)); // the answer goes first
  }

  #crash(error: unknown): void {
    this.#tell({ kind: "crashed", error });
    this.#ports.crashed(error);
  }

  #tell(fact: AnyFact, atMs: number = nowMs()): void {
    this.#ports.tell(fact, atMs);
  }

  #look(): Look {
    const clock = this.#wall.read(nowMs, Date.now);
    return {
      speaker: this.#speaker.view(),
      convergence: this.#times,
      timers: this.#loop,
      failures: this.#failures,
      fib: this.#fib,
      kernel: this.#fib?.view(),
      bfd: this.#bfd,
      bmp: this.#bmp.view(),
      datastore: this.#options.datastore,
      history: { routes: this.#speaker.history, facts: this.#facts },
      doors: this.#control.doors,
      log: this.#ports.log,
      orders: {
        end: (until) => this.#obey(until),
        administer: (peer, order) => this.#loop.post({ kind: "administer", peer, order }),
        reread: (why) => this.#ports.reread(why),
        plan: (candidate) => this.#planning.plan(candidate),
      },
      memory: memoryOf(process.memoryUsage()),
      cpuSec: secondsOf(process.cpuUsage()),
      loopDelay: this.#loopDelay.delays,
      version: this.#options.version,
      platform: { node: process.versions.node, arch: process.arch },
      clock,
    };
  }
}

function secondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}

function boundsOf(history: HistorySettings): HistoryBounds | undefined {
  return history === "off" ? undefined : { maxBytes: history.mebibytes * MEBIBYTE, maxAgeMs: history.minutes * MINUTE_MS };
}

function memoryOf({ rss, heapUsed, external }: NodeJS.MemoryUsage): Look["memory"] {
  return { resident: rss, heap: heapUsed, buffers: external };
}
