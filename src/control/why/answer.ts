/**
 * The whole life of one prefix, as the JSON that `why` answers.
 * Pure. Reasons are tokens of speaker/queries/reasons.ts, and those that appear are explained in `reasons`. Paths are numbered from 1, in
 * the order in which `routes` lists them; absent is null, so that every key is always there.
 */

import type { IpAddress } from "../../ip/address.ts";
import type { Prefix } from "../../ip/prefix.ts";
import type { Family } from "../../bgp/wire/context.ts";
import { type DecisionReason, type ImportReason, REASONS, type Reason, type ReasonToken } from "../../speaker/queries/reasons.ts";
import type { PeerView, RouteView } from "../../speaker/view.ts";
import type { WhyPath, WhyView } from "../../speaker/queries/why-view.ts";
import type { Look } from "../look.ts";
import { statusPeer } from "../answers/peer.ts";
import { wordsOfRule } from "../text/policy.ts";
import { type AttributeRow, type RouteRow, attributeRow, routeRow } from "../answers/route.ts";
import { type WhyKernel, whyKernel } from "./kernel.ts";
import { type TellingGroup, type TellingRow, tellingGroups, tellingRow } from "./tellings.ts";

export interface WhyAnswer {
  /** What the answer is about; for an address the longest prefix that packets follow, or the address alone where there is none. */
  readonly prefix: string;
  readonly family: Family;
  /** Somebody has it, or it is a workload of this host. */
  readonly known: boolean;
  /** "unfinished": some of what is known is not decided yet; "deferred": nothing is, after a restart. */
  readonly decided: WhyView["decided"];
  /** The number of the best path. */
  readonly best: number | null;
  /** Best first, then those that cannot be used, then the refused. */
  readonly paths: readonly WhyPathRow[];
  readonly kernel: WhyKernel;
  /** Who is told what, and who is not, everybody named; of one peer where the question was about one. */
  readonly told: readonly TellingGroup[];
  /** Known prefixes that hold this one, the longest first. */
  readonly covering: readonly string[];
  /** Where nobody has it: known prefixes inside it, counted, and the first of them. */
  readonly longer: WhyView["longer"];
  readonly own: WhyOwn;
  /** Both directions of the peer that the question was about. */
  readonly peer: WhyPeer | null;
  /** Every reason that stands in this answer. */
  readonly reasons: { readonly [T in ReasonToken]?: Reason };
}

export interface WhyPathRow {
  readonly number: number;
  readonly import: {
    readonly reason: ImportReason;
    readonly policy: string | null;
    readonly rule: string | null;
    readonly ruleWords: string | null;
    /** What policy and communities made of it. */
    readonly changes: readonly AttributeChange[];
  };
  /** "kept": the peer is away, or is telling its routes again. */
  readonly note: "kept" | null;
  /** How it fared against the path right before it; null: it was refused before. */
  readonly decision: {
    readonly reason: DecisionReason;
    /** The number of that path. */
    readonly against: number | null;
    /** What was compared, of both. */
    readonly own: string | null;
    readonly other: string | null;
  } | null;
  /** "multipath": packets take it as well as the best. */
  readonly shares: "multipath" | null;
  readonly route: RouteRow;
}

export interface AttributeChange {
  readonly attribute: keyof AttributeRow;
  readonly received: unknown;
  readonly used: unknown;
}

/** What of this host the question touches. */
export interface WhyOwn {
  readonly block: string | null;
  readonly workload: { readonly prefix: string; readonly device: string | null } | null;
}

export interface WhyPeer {
  readonly name: string;
  readonly address: string;
  /** The state of RFC 4271, and what went wrong last. */
  readonly state: string;
  readonly since: string;
  /** What it told us: the numbers of its paths, and where there are none, why. */
  readonly received: { readonly paths: readonly number[]; readonly reason: ImportReason | null };
  /** What we tell it, path by path. */
  readonly told: readonly TellingRow[];
}

/** All of it in the step in which the speaker has answered, and so of one moment. */
export function* whyAnswer(target: { readonly prefix: Prefix } | { readonly covering: IpAddress }, peer: PeerView | undefined, look: Look): Generator<undefined, WhyAnswer> {
  const why = yield* look.speaker.why({ ...target, ...(peer && { peer: peer.name }) });
  const routes = look.speaker.routes({ prefix: why.prefix });
  const peers = new Map(look.speaker.peers().map((view) => [view.name as string, view]));
  const paths = why.paths.map((path, at) => pathRow(path, at, routes[at] as RouteView, { look, peers }));
  const best = routes.findIndex((route) => route.best);
  const answer = {
    prefix: why.prefix,
    family: why.family,
    known: paths.length > 0 || why.own.workload !== undefined,
    decided: why.decided,
    best: best < 0 ? null : best + 1,
    paths,
    kernel: whyKernel(why.prefix, why, look),
    told: tellingGroups(why.tellings, peers),
    covering: why.covering,
    longer: why.longer,
    own: ownRow(why, look),
    peer: peer ? peerRow(peer, why, look, peers) : null,
  };
  return { ...answer, reasons: explained(tokensIn(answer)) };
}

interface Beside {
  readonly look: Look;
  readonly peers: ReadonlyMap<string, PeerView>;
}

function pathRow(path: WhyPath, at: number, route: RouteView, { look, peers }: Beside): WhyPathRow {
  const { reason, policy, rule } = path.import;
  const chosen = route.origin.kind === "peer" ? peers.get(route.origin.peer)?.config.importPolicy : undefined;
  return {
    number: at + 1,
    import: {
      reason,
      policy: policy ?? null,
      rule: rule ?? null,
      ruleWords: (chosen && chosen.name === policy && rule !== undefined ? wordsOfRule(chosen, rule) : undefined) ?? null,
      changes: path.decision ? changesOf(attributeRow(path.received), attributeRow(route.attributes)) : [],
    },
    note: path.kept ? "kept" : null,
    decision: path.decision
      ? { reason: path.decision.reason, against: numberOf(path.decision.against), own: path.decision.values?.own ?? null, other: path.decision.values?.other ?? null }
      : null,
    shares: path.sharesTraffic ? "multipath" : null,
    route: routeRow(route, look),
  };
}

function changesOf(received: AttributeRow, used: AttributeRow): readonly AttributeChange[] {
  const names = Object.keys(used) as (keyof AttributeRow)[];
  const differing = names.filter((name) => JSON.stringify(received[name]) !== JSON.stringify(used[name]));
  return differing.map((attribute) => ({ attribute, received: received[attribute], used: used[attribute] }));
}

function numberOf(at: number | undefined): number | null {
  return at === undefined ? null : at + 1;
}

function ownRow({ own, family }: WhyView, { kernel }: Look): WhyOwn {
  const { workload } = own;
  if (workload === undefined) return { block: own.block ?? null, workload: null };
  const route = [...(kernel?.others(family) ?? [])].find(({ prefix }) => prefix === workload);
  return { block: own.block ?? null, workload: { prefix: workload, device: route?.target.kind === "via" ? route.target.device : null } };
}

function peerRow(peer: PeerView, why: WhyView, look: Look, peers: ReadonlyMap<string, PeerView>): WhyPeer {
  const { name, address, since, info } = statusPeer(peer, look);
  const told = why.tellings.map((telling) => tellingRow(telling, peers));
  return { name, address, state: info, since, received: { paths: (why.heard?.paths ?? []).map((at) => at + 1), reason: why.heard?.reason ?? null }, told };
}

function tokensIn({ paths, kernel, told, peer }: Omit<WhyAnswer, "reasons">): ReadonlySet<ReasonToken> {
  const named = [
    ...paths.flatMap((path) => [path.import.reason, path.note, path.decision?.reason, path.shares]),
    kernel.reason, kernel.purpose,
    ...told.flatMap(({ reason, note }) => [reason, note]),
    ...(peer?.told ?? []).flatMap(({ reason, note }) => [reason, note]),
    peer?.received.reason,
  ];
  return new Set(named.filter((token): token is ReasonToken => token !== null && token !== undefined));
}

function explained(tokens: ReadonlySet<ReasonToken>): WhyAnswer["reasons"] {
  return Object.fromEntries([...tokens].map((token) => [token, REASONS[token]]));
}
