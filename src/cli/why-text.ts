/**
 * The life of one prefix, for people: indented text that fits the terminal.
 * Pure but for the local time zone.
 */

import type { RouteRow } from "../control/answers/route.ts";
import type { WhyAnswer, WhyPathRow, WhyPeer } from "../control/why/answer.ts";
import type { WhyKernel } from "../control/why/kernel.ts";
import type { TellingGroup, TellingRow, WhyTelling } from "../control/why/tellings.ts";
import { counted } from "../control/text/counted.ts";
import type { ReasonToken } from "../speaker/queries/reasons.ts";
import { type Look, type Tint, tinted } from "./table.ts";
import { since } from "./times.ts";
import { wrapped } from "./wrapped.ts";

/** One line, as deep as it stands; what is too long goes on a little deeper. */
interface Line {
  readonly depth: number;
  readonly text: string;
  readonly tint?: Tint | undefined;
}

type Reasons = WhyAnswer["reasons"];

const STEP = 2; // columns
const NARROWEST = 40; // columns; below, lines are longer than the terminal
const MOST_NAMED = 6; // peers; the others are counted, and all are in --json

export function whyLines(answer: WhyAnswer, look: Look, nowMs: number): readonly string[] {
  const lines = [
    { depth: 0, text: headline(answer) },
    ...surroundings(answer),
    ...(answer.paths.length > 0 ? [heading("Received"), ...answer.paths.flatMap((path) => pathLines(path, answer, nowMs))] : []),
    ...(answer.known ? [heading("Kernel"), ...kernelLines(answer.kernel, answer.reasons)] : []),
    ...(answer.peer ? peerLines(answer.peer, answer.reasons, nowMs) : toldLines(answer)),
  ];
  return lines.flatMap((line) => laidOut(line, look));
}

function headline({ prefix, known, decided, best, paths, own }: WhyAnswer): string {
  if (!known) return `${prefix}: nobody has it`;
  if (paths.length === 0) return `${prefix}: a workload of this host${own.workload?.device ? ` on ${own.workload.device}` : ""}`;
  const count = counted(paths.length, "path");
  const none = decided === "deferred" ? "none is chosen yet" : "none can be used";
  return `${prefix}: ${count}, ${best === null ? none : `the best is ${best}`}${decided === "unfinished" ? " (being decided)" : ""}`;
}

function surroundings({ known, covering, longer, own, prefix }: WhyAnswer): readonly Line[] {
  const lines: string[] = [];
  if (own.block === prefix) lines.push("It is a block of this host.");
  else if (own.block !== null) lines.push(`It lies in ${own.block}, a block of this host.`);
  if (own.workload && own.workload.prefix !== prefix) lines.push(`${own.workload.prefix} is a workload of this host${own.workload.device === null ? "" : ` on ${own.workload.device}`}.`);
  if (covering.length > 0) lines.push(`${known ? "Held by" : "What holds it:"} ${covering.join(", ")}`);
  if (!known && covering.length === 0) lines.push("No known prefix holds it.");
  if (longer.count > 0) lines.push(`Inside it: ${longer.first.join(", ")}${longer.count > longer.first.length ? ` and ${longer.count - longer.first.length} more` : ""}`);
  return lines.map((text) => ({ depth: 1, text }));
}

function pathLines({ number, import: came, note, decision, shares, route }: WhyPathRow, { best, kernel, reasons }: WhyAnswer, nowMs: number): readonly Line[] {
  const from = route.from.peer === null ? `of this host (${route.from.kind})` : `from ${peerText({ name: route.from.peer, address: route.from.address ?? "" })}`;
  const standing = decision === null ? ", refused" : decision.reason === "best" ? ", the best" : "";
  return [
    { depth: 1, text: `${number}  ${from}${route.pathId === 0 ? "" : `, path identifier ${route.pathId}`}, since ${since(route.since, nowMs)}${standing}`, tint: decision === null ? "red" : route.best ? "green" : undefined },
    { depth: 3, text: attributeText(route) },
    ...importLines(came, reasons),
    ...(note === null ? [] : [{ depth: 3, text: sentence(note, reasons) }]),
    ...(decision && decision.reason !== "best" ? [decisionLine(decision, reasons)] : []),
    ...(shares === null || number === best || kernel.reason === "not-forwarding" ? [] : [{ depth: 3, text: sentence(shares, reasons) }]),
  ];
}

function importLines({ reason, policy, rule, ruleWords, changes }: WhyPathRow["import"], reasons: Reasons): readonly Line[] {
  if (reason === "originated") return [];
  return [
    { depth: 3, text: reason === "accepted" ? `let in by ${ruleText({ policy, rule, ruleWords })}` : sentence(reason, reasons), tint: reason === "accepted" ? undefined : "red" },
    ...(reason === "import-policy" ? [{ depth: 3, text: ruleText({ policy, rule, ruleWords }) }] : []),
    ...(changes.length === 0 ? [] : [{ depth: 3, text: `changed: ${changes.map(({ attribute, received, used }) => `${attribute} ${valueText(received)} -> ${valueText(used)}`).join(", ")}` }]),
  ];
}

function decisionLine({ reason, against, own, other }: NonNullable<WhyPathRow["decision"]>, reasons: Reasons): Line {
  if (against === null) return { depth: 3, text: `not used: ${sentence(reason, reasons)}`, tint: "red" };
  const values = own === null ? "" : `; here ${own}, there ${other}`;
  return { depth: 3, text: `lost against ${against} by ${sentence(reason, reasons)}${values}` };
}

function kernelLines(kernel: WhyKernel, reasons: Reasons): readonly Line[] {
  const { reason, purpose, rule, ruleWords, wanted, actual, refusal, others } = kernel;
  const asWanted = wanted !== null && wanted === actual;
  return [
    { depth: 1, text: sentence(reason, reasons), tint: KERNEL_TINTS[reason] },
    ...(asWanted ? [{ depth: 2, text: wanted }] : []),
    ...(asWanted || wanted === null ? [] : [{ depth: 2, text: `wanted         ${wanted}` }]),
    ...(asWanted || actual === null ? [] : [{ depth: 2, text: `there          ${actual}` }]),
    ...(refusal === null ? [] : [{ depth: 2, text: `it says        ${refusal.name}${refusal.text === "" ? "" : `: ${refusal.text}`}`, tint: "red" as const }]),
    ...others.map(({ target, protocolName, metric, standing }): Line => ({ depth: 2, text: `${OTHERS[standing]}  ${target} proto ${protocolName}${metric === 0 ? "" : ` metric ${metric}`}`, tint: standing === "in-the-way" ? "red" : undefined })),
    ...(purpose === null || purpose === "best-path" ? [] : [{ depth: 2, text: sentence(purpose, reasons) }]),
    ...(rule === null ? [] : [{ depth: 2, text: `rule ${rule}${ruleWords === null ? "" : `: ${ruleWords}`}` }]),
  ];
}

const KERNEL_TINTS: { readonly [T in WhyKernel["reason"]]?: Tint } = { installed: "green", "foreign-route": "red", "kernel-refused": "red", "kernel-unreachable": "red", "kernel-away": "red", "not-permitted": "red", outranked: "red" };

const OTHERS: { readonly [S in WhyKernel["others"][number]["standing"]]: string } = {
  "in-the-way": "in the way   ",
  preferred: "goes before  ",
  behind: "stands behind",
  alone: "of others    ",
};

function toldLines({ told, reasons }: WhyAnswer): readonly Line[] {
  const about = new Set(told.flatMap(({ path }) => path ?? [])).size > 1 ? "paths" : "the-path";
  const of = (outcome: TellingGroup["outcome"]): readonly Line[] => told.filter((group) => group.outcome === outcome).flatMap((group) => groupLines(group, reasons, about));
  const sections = [["Told", of("told")], ["Still in the queue", of("queued")], ["Not told", of("not-told")]] as const;
  return sections.flatMap(([title, lines]) => (lines.length === 0 ? [] : [heading(title), ...lines]));
}

/** "paths": peers hear different ones, so that each line says which. */
function groupLines(group: TellingGroup, reasons: Reasons, about: "paths" | "the-path"): readonly Line[] {
  const { count, peers, outcome, path, reason, note } = group;
  const names = peers.slice(0, MOST_NAMED).map(peerText);
  const more = count > names.length ? ` and ${count - names.length} more` : "";
  const what = about === "paths" && path !== null ? `path ${path}: ` : "";
  return [
    { depth: 1, text: `${what}${count === 1 ? "" : `${count} peers: `}${names.join(", ")}${more}`, tint: OUTCOMES[outcome].tint },
    ...(reason === "told" ? [] : [{ depth: 2, text: sentence(reason, reasons) }]),
    ...(reason === "export-policy" ? [{ depth: 2, text: ruleText(group) }] : []),
    ...(note === null || note === reason ? [] : [{ depth: 2, text: sentence(note, reasons) }]),
  ];
}

function peerLines(peer: WhyPeer, reasons: Reasons, nowMs: number): readonly Line[] {
  const { received, told } = peer;
  const numbers = received.paths.length === 0 ? [] : [{ depth: 1, text: `path ${received.paths.join(" and path ")}, as above` }];
  return [
    heading(`What ${peerText(peer)} told us; ${peer.state}, since ${since(peer.since, nowMs)}`),
    ...numbers,
    ...(received.reason === null ? [] : [{ depth: 1, text: sentence(received.reason, reasons) }]),
    heading("What we tell it"),
    ...(told.length === 0 ? [{ depth: 1, text: "nothing: nobody has it" }] : told.flatMap((row) => peerTellingLines(row, reasons))),
  ];
}

function peerTellingLines(row: TellingRow, reasons: Reasons): readonly Line[] {
  const { path, outcome, pathId, as, note, reason } = row;
  const { words, tint } = OUTCOMES[outcome];
  return [
    { depth: 1, text: `${path === null ? "" : `path ${path} `}${words}${reason === "told" ? "" : `, ${sentence(reason, reasons)}`}`, tint },
    ...(row.rule === null ? [] : [{ depth: 2, text: `by ${ruleText(row)}` }]),
    ...(as === null ? [] : [{ depth: 2, text: `as ${attributeText(as)}${pathId === null ? "" : `, path identifier ${pathId}`}` }]),
    ...(note === null || note === reason ? [] : [{ depth: 2, text: sentence(note, reasons) }]),
  ];
}

const OUTCOMES: { readonly [O in WhyTelling["outcome"]]: { readonly words: string; readonly tint: Tint } } = {
  told: { words: "told", tint: "green" },
  queued: { words: "waits", tint: "yellow" },
  "not-told": { words: "not told", tint: "red" },
};

/** Calico's names have the address in them. */
function peerText({ name, address }: { readonly name: string; readonly address: string }): string {
  return name.includes(address.replaceAll(/[.:]/g, "_")) ? name : `${name} (${address})`;
}

/** "pools/inside: accept what is in 10.0.0.0/8"; of a policy without rules its name alone. */
function ruleText({ policy, rule, ruleWords }: Pick<WhyTelling, "policy" | "rule" | "ruleWords">): string {
  const isWhole = rule === "otherwise" && (ruleWords ?? "").endsWith(" everything");
  return isWhole || rule === null ? `${policy}` : `${policy}/${rule}${ruleWords === null ? "" : `: ${ruleWords}`}`;
}

/** "as-loop: our AS is in its AS_PATH more often than it may (RFC 4271 §9.1.2)". */
function sentence(token: ReasonToken, reasons: Reasons): string {
  const reason = reasons[token];
  return reason ? `${token}: ${reason.means}${reason.rfc === "" ? "" : ` (${reason.rfc})`}` : token;
}

type Shown = Pick<RouteRow, "nextHop" | "localPref" | "med" | "asPath" | "communities" | "largeCommunities" | "originatorId" | "clusterList" | "otc">;

function attributeText(route: Shown): string {
  const parts = [
    route.nextHop === null ? "no next hop of its own" : `next hop ${route.nextHop}`,
    ...(route.localPref === null ? [] : [`LOCAL_PREF ${route.localPref}`]),
    ...(route.med === null ? [] : [`MED ${route.med}`]),
    route.asPath === "" ? "empty AS path" : `AS path ${route.asPath}`,
    ...(route.communities.length === 0 ? [] : [`communities ${route.communities.join(" ")}`]),
    ...(route.largeCommunities.length === 0 ? [] : [`large communities ${route.largeCommunities.join(" ")}`]),
    ...(route.originatorId === null ? [] : [`originator ${route.originatorId}`]),
    ...(route.clusterList.length === 0 ? [] : [`clusters ${route.clusterList.join(" ")}`]),
    ...(route.otc === null ? [] : [`OTC ${route.otc}`]),
  ];
  return parts.join(", ");
}

function valueText(value: unknown): string {
  if (value === null || value === "") return "none";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(String).join(" ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function heading(text: string): Line {
  return { depth: 0, text };
}

function laidOut({ depth, text, tint }: Line, look: Look): readonly string[] {
  const indent = depth * STEP;
  const width = look.width === undefined ? Infinity : Math.max(NARROWEST, look.width) - indent;
  const rows = wrapped(text, width, STEP);
  return rows.map((row, at) => " ".repeat(at === 0 ? indent : indent + STEP) + (tint ? tinted(row, tint, look) : row));
}
