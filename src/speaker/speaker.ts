/**
 * Speaker: the whole protocol machine as one object with three verbs.
 * Pure. absorb() takes an event, flush() decides and says what is to be done, transmit() hands out bytes.
 *
 * This file only routes: every branch is one call into the room that knows.
 */

import { assertNever } from "../ip/assert.ts";
import { AttributeStore } from "../bgp/rib/attribute-store.ts";
import type { DecisionOptions } from "../bgp/rib/decide.ts";
import type { NextHopView } from "../bgp/rib/next-hop.ts";
import { PrefixTable } from "../bgp/rib/prefix-table.ts";
import { Rib } from "../bgp/rib/rib.ts";
import { SourceTable } from "../bgp/rib/source-table.ts";
import type { LinkId } from "../bgp/session/vocabulary.ts";
import type { ChangeRing, HistoryBounds } from "../history/change-ring.ts";
import { Actions } from "./actions.ts";
import { Administration } from "./orders/administration.ts";
import { Answers } from "./queries/answers.ts";
import { BestPathHistory } from "./history/best-paths.ts";
import { SelectionDeferral } from "./sessions/selection-deferral.ts";
import { type Forwarding, NoForwarding, PacketForwarding } from "./forwarding/forwarding.ts";
import { Gateways } from "./forwarding/gateways.ts";
import { KeptRoutes } from "./inbound/kept-routes.ts";
import { Liveness } from "./sessions/liveness.ts";
import { LocalRoutes } from "./forwarding/local-routes.ts";
import { Monitoring } from "./monitoring/monitoring.ts";
import { DynamicPeers } from "./sessions/dynamic-peers.ts";
import { Outbound } from "./outbound/outbound.ts";
import { neighbourOf } from "./peers/neighbour.ts";
import { Peers } from "./peers/peers.ts";
import { Ranges } from "./peers/ranges.ts";
import { Reconfiguration } from "./orders/reconfiguration.ts";
import { Preparation } from "./outbound/preparation.ts";
import { Progress } from "./queries/progress.ts";
import type { SpeakerInternals } from "./dry-run/speaker-internals.ts";
import { FULL_TURN, RouteExchange, type TurnLimits } from "./sessions/route-exchange.ts";
import { RuleHits } from "./tables/rule-hits.ts";
import { Sessions } from "./sessions/sessions.ts";
import { sourceFacts } from "./outbound/source-facts.ts";
import type { Tables } from "./tables/tables.ts";
import { SourceChanges } from "./tables/source-changes.ts";
import { Verdicts } from "./tables/verdicts.ts";
import type { RouteOrigin, SpeakerView } from "./view.ts";
import type { PacketDuty, RoutesDue, SpeakerAction, SpeakerEvent, TimerKey, Transmission } from "./vocabulary.ts";

export interface SpeakerOptions {
  readonly nowMs: number;
  readonly packets?: PacketDuty;
  /** How much of a large table one flush() takes on. */
  readonly turn?: TurnLimits;
  /** How much of what changed is remembered; absent: nothing. */
  readonly history?: HistoryBounds;
  /** The numbers of prefixes, where somebody else keeps columns by them too; numbers that he holds stay. */
  readonly prefixes?: PrefixTable;
  /** How paths are compared, where that is not the usual. */
  readonly decision?: Partial<DecisionOptions>;
}

export class Speaker {
  readonly #tables: Tables;
  readonly #peers = new Peers();
  readonly #actions = new Actions();
  readonly #ranges = new Ranges();
  readonly #local: LocalRoutes;
  readonly #forwarding: Forwarding;
  readonly #outbound: Outbound;
  readonly #preparation: Preparation;
  readonly #deferral: SelectionDeferral;
  readonly #exchange: RouteExchange;
  readonly #dynamicPeers: DynamicPeers;
  readonly #sessions: Sessions;
  readonly #liveness: Liveness;
  readonly #reconfiguration: Reconfiguration;
  readonly #administration: Administration;
  readonly #answers: Answers;
  readonly progress: Progress;
  /** What peers tell, for whoever wants to hear it. */
  readonly monitoring: Monitoring;
  readonly #internals: SpeakerInternals;
  readonly #history: BestPathHistory | undefined;

  /** `nextHops` is asked whenever a path is decided; say "next-hops-changed" when one of its answers changes. */
  constructor(nextHops: NextHopView, { nowMs, packets = "forwarded", turn = FULL_TURN, history, prefixes = new PrefixTable(), decision = {} }: SpeakerOptions) {
    const gateways = new Gateways(nextHops, (source) => neighbourOf(this.#peers, source));
    this.#tables = makeTables(gateways, { turn, prefixes, decision });
    this.#local = new LocalRoutes(this.#tables);
    this.#forwarding = packets === "forwarded" ? new PacketForwarding(this.#tables, this.#local, gateways) : new NoForwarding();
    this.#outbound = new Outbound(this.#tables, sourceFacts(this.#tables.sources, this.#peers, this.#local));
    this.#preparation = new Preparation(this.#outbound, this.#actions);
    this.#deferral = new SelectionDeferral(this.#actions, packets);
    const kept = new KeptRoutes(this.#tables, this.#actions);
    const shared = { kept, tables: this.#tables, peers: this.#peers, actions: this.#actions, ranges: this.#ranges, outbound: this.#outbound, deferral: this.#deferral };
    this.#dynamicPeers = new DynamicPeers(shared);
    this.monitoring = new Monitoring(this.#tables, this.#peers);
    const rooms = { ...shared, dynamicPeers: this.#dynamicPeers, monitoring: this.monitoring };
    this.#history = history && new BestPathHistory({ ...shared, local: this.#local }, gateways, history, nowMs);
    this.#exchange = new RouteExchange(rooms, turn, this.#history);
    this.#sessions = new Sessions(this.#peers, this.#actions, this.#exchange, this.#dynamicPeers, this.monitoring);
    this.#liveness = new Liveness(this.#peers, this.#sessions, this.#actions);
    this.#reconfiguration = new Reconfiguration({
      ...rooms,
      gateways,
      local: this.#local,
      sessions: this.#sessions,
      liveness: this.#liveness,
      exchange: this.#exchange,
      forwarding: this.#forwarding,
    });
    this.#administration = new Administration({ ...rooms, reconfiguration: this.#reconfiguration, exchange: this.#exchange, sessions: this.#sessions });
    this.#internals = { ...shared, local: this.#local, exchange: this.#exchange, administration: this.#administration, nextHops, packets };
    this.#answers = new Answers({ ...rooms, nextHops: gateways, forwarding: this.#forwarding, local: this.#local, sessions: this.#sessions, reconfiguration: this.#reconfiguration }, nowMs);
    this.progress = new Progress(this.#sessions, this.#tables.rib, this.#outbound);
  }

  /** Something happened; what follows from it is told by the next flush(). */
  absorb(event: SpeakerEvent, nowMs: number): void {
    switch (event.kind) {
      case "configure":
        return this.#administration.configure(event.config, nowMs);
      case "administer":
        return this.#administration.carryOut(event.peer, event.order, nowMs);
      case "accepted":
      case "dialled":
        return this.#sessions.connected(event, nowMs);
      case "dial-failed":
        return this.#sessions.dialFailed(event.peer, event.reason, nowMs);
      case "dial-called-off":
        return this.#sessions.dialCalledOff(event.peer, nowMs);
      case "bytes":
        return this.#sessions.bytes(event.link, event.bytes, nowMs);
      case "closed":
        return this.#sessions.closed(event.link, nowMs);
      case "timer":
        return this.#timer(event.key, nowMs);
      case "liveness-up":
        return this.#liveness.up(event.peer, nowMs);
      case "liveness-lost":
        return this.#liveness.lost(event.peer, event.because, nowMs);
      case "next-hops-changed":
        return this.#tables.rib.reconsiderNextHops();
      case "workloads":
        return this.#local.setWorkloads(event.prefixes, nowMs);
      case "kernel-routes":
        return this.#local.setKernelRoutes(event.routes, nowMs);
      case "restarted":
        return this.#deferral.restarted(event.preserved, nowMs);
      case "shutdown":
        return this.#sessions.shutdown(event.until, event.text, nowMs);
      default:
        return assertNever(event);
    }
  }

  /** Decides what was touched, encodes what changed, and says what is to be done about everything absorbed. */
  flush(nowMs: number, routes: RoutesDue = "now"): readonly SpeakerAction[] {
    if (this.#dynamicPeers.takeNews() === "some") this.#liveness.watch();
    this.#sessions.turn(nowMs);
    if (routes === "now") this.#tellRoutes(nowMs);
    return this.#actions.take();
  }

  /** Bytes for this link, whole messages, about `maxBytes`. */
  transmit(id: LinkId, maxBytes: number): Transmission {
    return this.#sessions.transmit(id, maxBytes, this.#outbound);
  }

  view(): SpeakerView {
    return this.#answers;
  }

  /** The rooms themselves, to read: for a dry run of another configuration. */
  internals(): SpeakerInternals {
    return this.#internals;
  }

  /** What became of best paths, and when; undefined: nobody remembers. */
  get history(): ChangeRing<RouteOrigin> | undefined {
    return this.#history?.ring;
  }

  #tellRoutes(nowMs: number): void {
    this.#exchange.flush(nowMs);
    const forwarding = this.#forwarding.changes(this.#reconfiguration.router.multipath);
    if (forwarding.length > 0) this.#actions.add({ kind: "forward", changes: forwarding });
    for (const source of this.#outbound.flush()) this.#sessions.wakeSource(source);
    if (this.#exchange.standing === "settled" && this.#forwarding.standing === "settled") this.#deferral.settled();
    else this.#actions.add({ kind: "unfinished" });
    this.#preparation.consider();
  }

  #timer(key: TimerKey, nowMs: number): void {
    switch (key.kind) {
      case "peer":
      case "link":
        return this.#sessions.timer(key, nowMs);
      case "held-peer":
        return this.#reconfiguration.release(key.peer, nowMs);
      case "kept":
        return this.#exchange.keptLongEnough(key.peer, key.family, nowMs);
      case "refresh-round":
        return this.#exchange.refreshedLongEnough(key.peer, key.family, nowMs);
      case "speaker":
        return key.timer === "preparation" ? this.#preparation.proceed() : this.#exchange.waited(key.timer, nowMs);
      default:
        return assertNever(key);
    }
  }
}

function makeTables(nextHops: NextHopView, { turn, prefixes, decision }: Required<Pick<SpeakerOptions, "turn" | "prefixes" | "decision">>): Tables {
  const attributes = new AttributeStore();
  const sources = new SourceTable();
  const rib = new Rib({ nextHops, sources, attributes, prefixes }, decision, turn.walked);
  return { prefixes, attributes, sources, rib, verdicts: new Verdicts(), hits: new RuleHits(), sourceChanges: new SourceChanges() };
}

