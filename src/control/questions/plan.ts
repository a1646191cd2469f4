/**
 * What a configuration would change, as rows: a summary, then a row per peer, then a row per route that would change.
 * Pure.
 */

import { assertNever } from "../../ip/assert.ts";
import type { Family } from "../../bgp/wire/context.ts";
import { type Shape, integer, object, optional, required, text } from "../../speaker/config/schema.ts";
import type { BestPlan, ChangeCounts, KernelPlan, PeerPlan, Plan, ToldPlan } from "../../speaker/dry-run/plan.ts";
import type { ForwardingEntry } from "../../speaker/vocabulary.ts";
import type { Answer, Candidate, Doors, Look, PromptAnswer } from "../look.ts";
import { type Question, notAmongPeers, question } from "./question.ts";
import { describeFailure } from "../text/reasons.ts";
import { type AttributeRow, type RouteRow, attributeRow, originRow } from "../answers/route.ts";

/** The first row. */
export interface PlanSummary {
  readonly kind: "summary";
  readonly changes: boolean;
  /** "left-out": the table is too large to be rehearsed, and all counts of routes are null or zero. */
  readonly routes: Plan["routes"];
  readonly best: ChangeCounts | null;
  /** null: this process keeps no kernel routes. */
  readonly kernel: ChangeCounts | null;
  /** What this machine announces, and puts into its kernel, is described otherwise. */
  readonly originates: boolean;
  /** Ranges that are other ones, by name. */
  readonly ranges: readonly string[];
  /** Peers may call elsewhere. */
  readonly listens: boolean;
  /** Sections of the file that only a restart changes. */
  readonly restartNeeded: readonly string[];
  /** Paths that could not be rehearsed. */
  readonly unrehearsed: number;
}

export interface PlanPeerRow {
  readonly kind: "peer";
  readonly peer: string;
  readonly address: string;
  readonly fate: PeerPlan["fate"];
  /** Fields that end its session. */
  readonly because: string | null;
  readonly directions: readonly ("import" | "export")[];
  /** null: there is no such peer. */
  readonly before: "up" | "down" | null;
  readonly after: "up" | "down" | "unknown" | null;
  /** Why it stays down. */
  readonly down: string | null;
  /** Of what it is told. */
  readonly told: ChangeCounts;
}

interface RouteChangeRow {
  readonly change: "gained" | "lost" | "changed";
  readonly prefix: string;
  readonly family: Family;
}

export type BestState = Pick<RouteRow, "from"> & AttributeRow;

export interface KernelState {
  readonly kind: ForwardingEntry["kind"];
  readonly nextHops: readonly string[];
  readonly tunnel: string | null;
  readonly metric: number | null;
}

export type PlanRouteRow = RouteChangeRow &
  (
    | { readonly kind: "best"; readonly before: BestState | null; readonly after: BestState | null }
    | { readonly kind: "kernel"; readonly before: KernelState | null; readonly after: KernelState | null }
    | { readonly kind: "told"; readonly peer: string; readonly before: AttributeRow | null; readonly after: AttributeRow | null }
  );

export type PlanRow = PlanSummary | PlanPeerRow | PlanRouteRow;

const anything: Shape<unknown> = { schema: {}, read: (input) => input };

const planArguments = object({
  document: required(anything, "a configuration"),
  file: required(text(), "the file it stands in: files that it names are looked for beside it"),
  told: optional(text(), 'rows about what this peer is told, by its name or address; "nobody": none; without it of every peer'),
  most: optional(integer(0, 1_000_000), "rows about routes in each list: best paths, kernel, each peer; without it all"),
});

export const PLAN: Question = question("plan", "what a configuration would change, without changing anything", planArguments, (look, { document, file, told, most }): Answer => ({
  kind: "later",
  answer: plan(look, { document, file }, { told, most: most ?? Infinity }),
}));

const NOBODY = "nobody";

/** Which rows about routes are wanted. */
interface Wanted {
  readonly told: string | undefined;
  readonly most: number;
}

async function plan({ orders }: Look, candidate: Candidate, wanted: Wanted): Promise<PromptAnswer> {
  const planned = await orders.plan(candidate);
  switch (planned.kind) {
    case "refused":
      return planned;
    case "planned": {
      const names: readonly string[] = planned.plan.peers.flatMap(({ peer, address }) => [peer, address]);
      if (wanted.told !== undefined && wanted.told !== NOBODY && !names.includes(wanted.told)) return notAmongPeers(wanted.told, names);
      return { kind: "rows", rows: rowsOf(planned.plan, planned.doors, wanted) };
    }
    default:
      return assertNever(planned);
  }
}

function* rowsOf(plan: Plan, doors: Doors, { told, most }: Wanted): Iterable<PlanRow> {
  yield summaryOf(plan, doors);
  for (const peer of plan.peers) yield peerRowOf(peer);
  for (const change of first(plan.best(), most)) yield bestRow(change);
  for (const change of first(plan.kernel(), most)) yield kernelRow(change);
  const hearers = plan.peers.filter(({ peer, address }) => told === undefined || told === peer || told === address);
  for (const { peer } of hearers) for (const change of first(plan.told(peer), most)) yield toldRow(change);
}

function summaryOf(plan: Plan, { restartNeeded, listening }: Doors): PlanSummary {
  return {
    kind: "summary",
    changes: plan.changes === "some" || restartNeeded.length > 0 || listening === "otherwise",
    routes: plan.routes,
    best: plan.counts.best ?? null,
    kernel: plan.counts.kernel ?? null,
    originates: plan.originates === "otherwise",
    ranges: plan.ranges,
    listens: listening === "otherwise",
    restartNeeded,
    unrehearsed: plan.unrehearsed,
  };
}

function peerRowOf({ peer, address, fate, because, directions, before, after, down, told }: PeerPlan): PlanPeerRow {
  return { kind: "peer", peer, address, fate, because: because ?? null, directions, before: before ?? null, after: after ?? null, down: down ? describeFailure(down) : null, told };
}

function bestRow({ prefix, family, before, after }: BestPlan): PlanRouteRow {
  const state = (path: BestPlan["before"]): BestState | null => (path ? { from: originRow(path.origin), ...attributeRow(path.attributes) } : null);
  return { kind: "best", change: changeOf(before, after), prefix, family, before: state(before), after: state(after) };
}

function kernelRow({ prefix, family, before, after }: KernelPlan): PlanRouteRow {
  return { kind: "kernel", change: changeOf(before, after), prefix, family, before: kernelState(before), after: kernelState(after) };
}

function toldRow({ peer, prefix, family, before, after }: ToldPlan): PlanRouteRow {
  return { kind: "told", peer, change: changeOf(before, after), prefix, family, before: before ? attributeRow(before) : null, after: after ? attributeRow(after) : null };
}

function kernelState(entry: ForwardingEntry | undefined): KernelState | null {
  if (!entry) return null;
  const { kind, metric = null } = entry;
  return kind === "via" ? { kind, nextHops: entry.nextHops.map(({ address }) => address), tunnel: entry.tunnel ?? null, metric } : { kind, nextHops: [], tunnel: null, metric };
}

function changeOf(before: unknown, after: unknown): RouteChangeRow["change"] {
  return before === undefined ? "gained" : after === undefined ? "lost" : "changed";
}

function* first<Row>(rows: Iterable<Row>, most: number): Iterable<Row> {
  let count = 0;
  for (const row of rows) {
    if (count++ >= most) return;
    yield row;
  }
}
