/**
 * The one table of questions and orders. Every dialect (JSON lines now) and the command line ask from here.
 * Pure. A question only reads; its answer is JSON whose shapes programs may rely on:
 *
 *   status          one value: StatusAnswer            (here)
 *   peers           a row per peer: PeerRow            (answers/peer.ts)
 *   peer            one value: PeerDetail              (answers/peer.ts)
 *   routes          a row per path, best first within a prefix: RouteRow   (answers/route.ts)
 *   why             one value: WhyAnswer               (why/answer.ts), about a `prefix` or the longest one that is `covering` an address
 *   policy          one value: PolicyAnswer            (answers/policy.ts)
 *   kernel-rules    a row per rule: KernelRuleRow      (answers/policy.ts)
 *   policy-rules    a row per rule of every policy in use: PolicyRuleView  (speaker/view.ts)
 *   fib             FibAnswer                          (answers/fib.ts)
 *   fib-check       FibCheckAnswer, when the kernel has told what it holds
 *   fib-routes      a row per prefix of the kernel's routes that differs, or per any: FibRow
 *   convergence     how long UPDATEs take to be decided, in the kernel, told on. One value: ConvergenceAnswer   (records/convergence-times.ts)
 *   plan            what a configuration would change: PlanSummary, then PlanPeerRow and PlanRouteRow   (questions/plan.ts)
 *   names           what a beginning may go on to, for shells: NameRow   (questions/names.ts)
 *   changes         the timeline, the oldest first: a ReachRow, then RouteEventRows and FactEventRows   (answers/events.ts)
 *   flaps           what changed most: a ReachRow, then PrefixFlapRows, then SessionFlapRows
 *   monitor         without an end: a BeganRow, then RouteEventRows and FactEventRows as they come, a MissedRow where some were forgotten
 *   mrt             a row per record of a TABLE_DUMP_V2: MrtRow
 *   restart, stop   orders: the process ends. One value: OrderAnswer   (questions/orders.ts)
 *   shutdown, enable, clear   orders about one peer. One value: PeerOrderAnswer   (questions/orders.ts)
 *   log-level       how much is logged about what. One value: LogLevelAnswer   (answers/log-levels.ts)
 *   set-log-level   an order: more or less of it, with the same answer   (questions/orders.ts)
 *   reload          the configuration is read again. One value: ReloadAnswer   (questions/orders.ts)
 *   accept-change   what is held back shall be. One value: DatastoreAnswer   (answers/datastore.ts)
 *
 * Conventions: names are the RFC's nouns in camelCase; absent is null, never a missing key; points in time are ISO 8601
 * in UTC; durations carry their unit in the name; router ids are dotted quads. Keys may be added, none is renamed.
 */

import { addressFromNumber } from "../ip/address.ts";
import { defaulted, object, oneOf, optional, text } from "../speaker/config/schema.ts";
import type { DeferralView, RangeView } from "../speaker/view.ts";
import { type BfdSummary, bfdSummary } from "./answers/bfd.ts";
import { type Answer, type Look, type PromptAnswer, wallTime } from "./look.ts";
import { type ConvergenceAnswer, convergenceAnswer } from "./records/convergence-times.ts";
import { type StationAnswer, stationAnswer } from "./answers/bmp.ts";
import { type DatastoreAnswer, datastoreAnswer } from "./answers/datastore.ts";
import { type FibAnswer, type FibView, fibAnswer, fibCheckAnswer, fibRows } from "./answers/fib.ts";
import { HISTORY_QUESTIONS } from "./questions/history.ts";
import { MONITOR_QUESTION } from "./questions/monitor.ts";
import { logLevelAnswer } from "./answers/log-levels.ts";
import { inHex, tableDump } from "./questions/mrt.ts";
import { ORDERS } from "./questions/orders.ts";
import { type StatusPeer, isHealthy, peerDetail, peerRow, statusPeer } from "./answers/peer.ts";
import { type Question, findPeer, noSuchPeer, noSuchQuestion, question } from "./questions/question.ts";
import { NAMES } from "./questions/names.ts";
import { PLAN } from "./questions/plan.ts";
import { kernelRuleRows, policyAnswer } from "./answers/policy.ts";
import { ROUTES } from "./questions/routes.ts";
import { WHY } from "./why/question.ts";

export interface StatusAnswer {
  readonly version: string;
  /** Every session that is not shut down is up, the kernel has what is wanted, no full range has turned anybody away, and the datastore is followed. */
  readonly healthy: boolean;
  readonly router: RouterAnswer;
  readonly peers: readonly StatusPeer[];
  readonly ranges: readonly RangeAnswer[];
  /** null: this process keeps no kernel routes. */
  readonly fib: FibAnswer | null;
  /** null: the configuration is a file. */
  readonly datastore: DatastoreAnswer | null;
  /** null: BFD watches nobody. */
  readonly bfd: BfdSummary | null;
  readonly convergence: ConvergenceAnswer;
  /** A row per monitoring station; that one is away makes nobody unhealthy. */
  readonly bmp: readonly StationAnswer[];
}

/** A range of neighbours: how many are here, and how many callers found no room. */
export type RangeAnswer = RangeView;

/** Whose routes are waited for, by name, of how many peers, and for how long. */
export interface RestartingAnswer {
  readonly waitingFor: readonly string[];
  readonly peers: number;
  readonly elapsedSec: number;
  readonly capSec: number;
}

export interface RouterAnswer {
  readonly asn: number;
  readonly routerId: string;
  readonly clusterId: string;
  readonly startedAt: string;
  readonly configuredAt: string;
  readonly now: string;
  readonly converged: boolean;
  /** After a restart: best paths are not told yet; null: they are. */
  readonly restarting: RestartingAnswer | null;
  readonly prefixes: number;
  readonly paths: number;
  readonly attributeSets: number;
  readonly unknownConnections: number;
  readonly pendingConnections: number;
  readonly refusedConnections: number;
}

/** A record of RFC 6396, header included, in hexadecimal. */
export interface MrtRow {
  readonly record: string;
}

const noArguments = object({});
const peerArguments = object({ peer: optional(text(), "name or address; without it every peer") });

const fibArguments = object({ which: defaulted(oneOf(["differing", "all"]), "differing", "only what is not as it should be, or all") });

const NO_FIB: Answer = { kind: "refused", reason: "this process keeps no kernel routes" };

export const QUESTIONS: readonly Question[] = [
  question("status", "is all well: router, sessions, kernel", noArguments, (look) => ({ kind: "value", value: statusOf(look) })),
  question("peers", "every neighbour", noArguments, (look) => ({ kind: "rows", rows: look.speaker.peers().map((peer) => peerRow(peer, look)) })),
  question("peer", "one neighbour in full", peerArguments, (look, args) => {
    const found = findPeer(look.speaker, args.peer ?? "");
    return found ? { kind: "value", value: peerDetail(found, look) } : noSuchPeer(args.peer ?? "", look.speaker);
  }),
  ROUTES,
  WHY,
  question("policy", "what may pass between us and one neighbour, in words", peerArguments, (look, args) => {
    const found = findPeer(look.speaker, args.peer ?? "");
    return found ? { kind: "value", value: policyAnswer(found, look.speaker) } : noSuchPeer(args.peer ?? "", look.speaker);
  }),
  question("kernel-rules", "which routes the kernel gets from us, in words", noArguments, (look) => ({ kind: "rows", rows: kernelRuleRows(look.speaker) })),
  question("policy-rules", "every policy in use, rule by rule, with its hits", noArguments, (look) => ({ kind: "rows", rows: look.speaker.policyRules() })),
  question("fib", "the kernel's routes against the wanted ones, counted", noArguments, ({ fib }) => (fib ? { kind: "value", value: fibAnswer(fib) } : NO_FIB)),
  question("fib-routes", "the kernel's routes against the wanted ones, one by one", fibArguments, ({ fib }, args) =>
    fib ? { kind: "rows", rows: fibRows(fib, args.which) } : NO_FIB,
  ),
  question("convergence", "how long UPDATEs take from the socket to best path, kernel and peers", noArguments, ({ convergence, clock }) => ({ kind: "value", value: convergenceAnswer(convergence, clock.nowMs) })),
  question("log-level", "how much is logged about what", noArguments, ({ log }) => ({ kind: "value", value: logLevelAnswer(log) })),
  question("mrt", "the routing table as an MRT dump, a record in hexadecimal per row", noArguments, (look) => ({ kind: "rows", rows: mrtRows(look) })),
  question("fib-check", "compares the kernel's routes with the wanted ones now, and says what it found", noArguments, ({ fib }) =>
    fib ? { kind: "later", answer: checkFib(fib) } : NO_FIB,
  ),
  PLAN,
  NAMES,
  ...HISTORY_QUESTIONS,
  MONITOR_QUESTION,
  ...ORDERS,
];

async function checkFib(fib: FibView): Promise<PromptAnswer> {
  const value = await fibCheckAnswer(fib);
  return value ? { kind: "value", value } : { kind: "refused", reason: "the kernel cannot be asked: see ts-bgp fib" };
}

/** The answer to a question by name, of those that may be asked there. */
export function answer(look: Look, name: string, args: unknown, questions = QUESTIONS): Answer {
  const known = questions.find((candidate) => candidate.name === name);
  return known ? known.ask(look, args) : noSuchQuestion(name, questions);
}

function* mrtRows(look: Look): Iterable<MrtRow | undefined> {
  for (const record of tableDump(look)) yield record && { record: inHex(record) };
}

function statusOf(look: Look): StatusAnswer {
  const datastore = look.datastore ? datastoreAnswer(look.datastore.view(), look.clock) : null;
  const peers = look.speaker.peers();
  const ranges = look.speaker.ranges();
  const fib = look.fib ? fibAnswer(look.fib) : null;
  return {
    version: look.version,
    healthy: peers.every(isHealthy) && (fib === null || fib.settled) && !ranges.some(isTooSmall) && datastore?.settled !== false,
    router: routerOf(look),
    peers: peers.map((peer) => statusPeer(peer, look)),
    ranges,
    fib,
    datastore,
    bfd: bfdSummary(peers, look) ?? null,
    convergence: convergenceAnswer(look.convergence, look.clock.nowMs),
    bmp: look.bmp.map((station) => stationAnswer(station, look.clock)),
  };
}

function isTooSmall({ peers, limit, refused }: RangeView): boolean {
  return peers >= limit && refused > 0;
}

function routerOf(look: Look): RouterAnswer {
  const router = look.speaker.router();
  return {
    asn: router.asn,
    routerId: addressFromNumber(router.routerId),
    clusterId: addressFromNumber(router.clusterId),
    startedAt: wallTime(router.startedAtMs, look.clock),
    configuredAt: wallTime(router.configuredAtMs, look.clock),
    now: wallTime(look.clock.nowMs, look.clock),
    converged: router.converged,
    restarting: router.deferral ? restartingOf(router.deferral, look) : null,
    prefixes: router.prefixes,
    paths: router.paths,
    attributeSets: router.attributeSets,
    unknownConnections: router.unknownConnections,
    pendingConnections: router.pendingConnections,
    refusedConnections: router.refusedConnections,
  };
}

function restartingOf({ waitingFor, peers, sinceMs, capMs }: DeferralView, look: Look): RestartingAnswer {
  return { waitingFor, peers, elapsedSec: Math.floor((look.clock.nowMs - sinceMs) / 1000), capSec: capMs / 1000 };
}
