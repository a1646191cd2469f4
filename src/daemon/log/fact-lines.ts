/**
 * Facts -> log lines: topic, level, a sentence for people, fields for programs. One row per kind of fact.
 * Pure. The mapped type of the table demands a row for every new kind of fact.
 */

import { addressFromNumber } from "../../ip/address.ts";
import { assertNever } from "../../ip/assert.ts";
import { isFailure } from "../../bfd/vocabulary.ts";
import { attributeName } from "../../bgp/wire/attribute-name.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { DownReason } from "../../bgp/session/vocabulary.ts";
import { counted } from "../../control/text/counted.ts";
import { describeBfdCause, describeFailure, lastErrorOf } from "../../control/text/reasons.ts";
import type { ConfigChange, PrefixLimit } from "../../speaker/config/config.ts";
import { REASONS } from "../../speaker/queries/reasons.ts";
import type { Endpoint, PeerOrder } from "../../speaker/vocabulary.ts";
import { userName } from "../../system/accounts.ts";
import type { LogTopic } from "../../control/answers/log-levels.ts";
import type { AnyFact } from "../facts.ts";

export interface LogLine {
  readonly topic: LogTopic;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: object;
}

type Rows = { readonly [Kind in AnyFact["kind"]]: (fact: Extract<AnyFact, { readonly kind: Kind }>) => LogLine };

const MAX_BYTES_SHOWN = 64; // of an attribute that a peer sent
const SHOWN = 3; // of a list in a sentence
const MOST_LISTED = 20; // of a list that may hold every peer, in a field; how many there are in all stands beside it

const AFTER_LIMIT: { readonly [Action in PrefixLimit["action"]]: string } = {
  stop: "; its session stays down until the limit is another one",
  restart: "; its session comes back later",
  warn: "",
};

const ROWS: Rows = {
  started: ({ kind: _, ...fact }) => {
    const routerId = addressFromNumber(fact.routerId);
    return line("daemon", "info", `ts-bgp ${fact.version} started: AS ${fact.asn}, router id ${routerId}, ${peers(fact.peers)}`, { ...fact, routerId });
  },
  listening: ({ endpoint }) => line("daemon", "info", `listening on ${formatEndpoint(endpoint)}`, endpoint),
  "listen-failed": ({ reason, retryMs }) => line("daemon", "error", `${reason}; next try in ${retryMs} ms`, { reason, retryMs }),
  "connection-flood": ({ remote }) => line("session", "warn", `reset a connection from ${remote.address}: too many come in at once`, { address: remote.address, port: remote.port }),
  "few-descriptors": ({ limit, wanted }) =>
    line("daemon", "warn", `the limit of open files is ${limit}, and peers and ranges ask for ${wanted}: whoever comes beyond it is not heard; raise the hard limit (ulimit -Hn, LimitNOFILE=)`, { limit, wanted }),
  "web-open": ({ endpoint }) => line("control", "info", `the page is at http://${formatEndpoint(endpoint)}/`, { ...endpoint }),
  "metrics-open": ({ endpoint }) => line("control", "info", `metrics on http://${formatEndpoint(endpoint)}/metrics`, { ...endpoint }),
  "control-open": ({ socket }) => line("control", "info", `answering questions on ${socket}`, { socket }),
  ordered: ({ socket, order, by }) => {
    const user = by && (userName(by.uid) ?? "a user without a name here");
    return line("control", "info", `${by ? `${user} (uid ${by.uid}, process ${by.pid})` : "somebody"} ordered on ${socket}: ${order}`, { socket, order, user: user ?? null, uid: by?.uid ?? null, pid: by?.pid ?? null });
  },
  "control-failed": ({ error }) => line("control", "error", "a question could not be answered; this is a defect of ts-bgp", { error: stackOf(error) }),
  "config-read": ({ file }) => line("config", "info", `configuration read from ${file}`, { file }),
  "config-rejected": ({ file, faults }) => line("config", "error", `configuration refused, the running one stays: ${faults.join("; ")}`, { file, faults }),
  "restart-needed": ({ sections }) => line("config", "warn", `changed, but only a restart applies it: ${sections.join(", ")}`, { sections }),
  "socket-option-failed": ({ option, reason }) => line("daemon", "warn", `sockets go without ${option}: ${reason}`, { option, reason }),
  "passwords-failed": ({ prefixes, reason }) => {
    const hint = reason === "ENOMEM" ? " (net.core.optmem_max bounds how many there may be)" : "";
    return line("session", "error", `calls from ${few(prefixes)} are refused, because the kernel does not take their passwords: ${reason}${hint}`, { prefixes, reason });
  },
  "connection-unfit": ({ remote, reason }) => line("session", "error", `closed a connection from ${remote.address} that cannot be had as configured: ${reason}`, { address: remote.address, reason }),
  stopping: ({ until, because }) => line("daemon", "info", `stopping ${until === "restart" ? "to come back" : "until further notice"}: ${because}`, { until, because }),
  stopped: ({ ms }) => line("daemon", "info", `stopped after ${Math.round(ms)} ms`, { ms: Math.round(ms) }),
  crashed: ({ error }) => line("daemon", "error", "cannot go on; this is a defect of ts-bgp", { error: stackOf(error) }),
  "peer-up": ({ peer, remote, negotiated }) =>
    line("session", "info", `${peer} is up`, {
      peer,
      address: remote.address,
      asn: negotiated.remoteAs,
      routerId: addressFromNumber(negotiated.remoteRouterId),
      families: negotiated.families,
      holdTimeSec: negotiated.liveness === "off" ? 0 : negotiated.liveness.holdMs / 1000,
    }),
  "peer-down": ({ peer, was, reason }) =>
    line("session", was === "established" ? "warn" : "info", `${peer} ${was === "established" ? "went down" : "did not come up"}: ${describeFailure(reason)}`, { peer, was, ...errorFields(reason) }),
  "peer-state": ({ peer, from, to }) => line("session", "debug", `${peer}: ${from} -> ${to}`, { peer, from, to }),
  "dial-failed": ({ peer, reason }) => line("session", "debug", `${peer} does not answer: ${reason}`, { peer, reason }),
  "bfd-up": ({ peer }) => line("session", "info", `BFD hears ${peer}`, { peer }),
  "bfd-down": ({ peer, because }) => {
    const text = `BFD no longer hears ${peer}: ${describeBfdCause(because)}`;
    return line("session", isFailure(because) ? "warn" : "info", text, { peer, because });
  },
  "bfd-deaf": ({ kind: _, ...fact }) => {
    const text = `BFD hears nobody over IPv${fact.version}, next try in ${fact.retryMs} ms: UDP port ${fact.port}: ${fact.reason}`;
    return line("session", "error", text, fact);
  },
  "bfd-unguarded": ({ version, reason }) => {
    const text = `BFD over IPv${version} hears packets from beyond the link too, the TTL is not checked: ${reason}`;
    return line("session", "warn", text, { version, reason });
  },
  "unknown-connection": ({ remote }) => line("session", "info", `refused a connection from ${remote.address}: no peer has that address`, { address: remote.address, port: remote.port }),
  "too-many-connections": ({ remote, limit }) =>
    line("session", "warn", `refused a connection from ${remote.address}: too many are no session yet (limits.${limit})`, { address: remote.address, port: remote.port, limit }),
  "range-full": ({ range, remote, limit, refused }) =>
    line("session", "warn", `${range} is full: refused ${remote.address}, because its limit is ${peers(limit)} (${refused} refused so far)`, { range, address: remote.address, limit, refused }),
  "range-peer-left": ({ peer, range }) => line("session", "debug", `${peer} has left ${range}`, { peer, range }),
  "attribute-fault": ({ peer, fault }) =>
    line("session", "warn", `${peer} sent a bad ${attributeName(fault.code)}, ${fault.severity}: ${fault.reason}`, {
      peer,
      attribute: attributeName(fault.code),
      code: fault.code,
      action: fault.severity,
      reason: fault.reason,
      bytes: hex(fault.bytes),
    }),
  "end-of-rib": ({ peer, family }) => line("session", "debug", `${peer} has sent its initial ${family} routes`, { peer, family }),
  "prefix-limit": ({ peer, family, limit, action }) =>
    line("routes", "error", `${peer} sent more than ${prefixes(limit, family)}${AFTER_LIMIT[action]}`, { peer, family, limit, action }),
  "prefix-limit-near": ({ peer, family, paths, limit }) => line("routes", "warn", `${peer} has sent ${paths} of at most ${prefixes(limit, family)}`, { peer, family, paths, limit }),
  "path-limit": ({ peer, limit }) => line("routes", "warn", `${peer} tells more than ${counted(limit, "path")} to one prefix; further ones are ignored`, { peer, limit }),
  "refresh-unfinished": ({ peer, family, gone }) => line("routes", "warn", `${peer} has not finished telling its ${family} routes again: ${routes(gone)} went that it had not told yet`, { peer, family, gone }),
  "path-refused": ({ peer, by }) => line("routes", "warn", `${peer} told a path that is refused: ${REASONS[by].means}`, { peer, by }),
  "family-without-next-hop": ({ peer, family }) =>
    line("routes", "warn", `${peer} is not told our ${family} routes: we have no ${family} address to name as next hop (router.${family})`, { peer, family }),
  converged: ({ waitedMs, missing }) =>
    line("routes", missing.length === 0 ? "info" : "warn", missing.length === 0 ? "every peer has sent its initial routes" : `went on without the initial routes of ${few(missing)}`, withMissing(waitedMs, missing)),
  "restart-complete": ({ waitedMs, missing }) =>
    line("routes", "info", `restarted: every peer is told our routes after ${seconds(waitedMs)}${missing.length === 0 ? "" : `, without the routes of ${few(missing)}`}`, withMissing(waitedMs, missing)),
  "routes-kept": ({ kind: _, ...fact }) => line("routes", "info", `${fact.peer}, ${fact.family}: ${KEPT_WORDS[fact.stage](fact)}`, fact),
  "peer-order": ({ peer, order }) => line("session", "info", `${peer}: ${describeOrder(order)}, asked for by an operator`, { peer, order }),
  configured: ({ changes }) => line("config", "info", changes.length === 0 ? "configuration unchanged" : `configuration applied: ${summary(changes)}`, { changes: changes.slice(0, MOST_LISTED), changesInAll: changes.length }),

  "namesake-failed": ({ name, reason }) => line("control", "warn", `no process called ${name}: ${reason}; calicoctl will say that BIRD does not run`, { name, reason }),
  "bmp-station-up": ({ station }) => line("control", "info", `monitoring station ${station} is connected`, { station }),
  "bmp-station-lost": ({ station, reason, retryMs }) => line("control", "warn", `monitoring station ${station} is lost, next try in ${retryMs / 1000} s: ${reason}`, { station, reason, retryMs }),
  "bmp-station-slow": ({ station, backlogBytes, dropped }) =>
    line("control", "error", `monitoring station ${station} does not read and is dropped: ${backlogBytes} octets wait for it (bmp[].backlogBytes)`, { station, backlogBytes, dropped }),

  "datastore-followed": ({ servers, keys, ms }) => line("config", "info", `following the datastore at ${servers}: ${keys} keys`, { servers, keys, ms }),
  "datastore-lost": ({ reason, retryMs }) => line("config", "warn", `the datastore is lost and what it said last stays, next try in ${retryMs} ms: ${reason}`, { reason, retryMs }),
  "datastore-listed-again": ({ prefix, because }) => line("config", "info", `listing ${prefix} again: its history is ${because}`, { prefix, because }),
  "datastore-missed": ({ prefix, keys }) => line("config", "info", `${keys} keys below ${prefix} went without our being told`, { prefix, keys }),
  "configuration-awaited": ({ reason }) => line("config", "warn", `nothing runs yet: ${reason}`, { reason }),
  "resource-ignored": ({ key, reason }) => line("config", "warn", `${key} counts as absent: ${reason}`, { key, reason }),
  "change-held": ({ reasons }) =>
    line("config", "error", `A CHANGE IS HELD BACK, the last good configuration stays: ${reasons.join(", ")}; if that is meant, ts-bgp accept-change`, { reasons }),
  "change-accepted": ({ reasons }) => line("config", "warn", `the change that was held back is accepted: ${reasons.join(", ")}`, { reasons }),
  "last-good-used": ({ file, ageMs }) =>
    line("config", "error", `STARTING WITH THE LAST GOOD CONFIGURATION, because the datastore is away or wrong: ${file}, which held until ${seconds(ageMs)} ago`, { file, ageMs }),
  "last-good-unfit": ({ file, reason }) => line("config", "warn", `${file} is no last good configuration: ${reason}`, { file, reason }),
  "last-good-unwritten": ({ file, reason }) => line("config", "error", `the last good configuration cannot be written to ${file}, a restart needs the datastore: ${reason}`, { file, reason }),

  "relay-started": ({ carrier }) => line("kernel", "info", `netlink is reached by ${carrier}`, { carrier }),
  "relay-lost": ({ reason, retryMs }) => line("kernel", "warn", `netlink is lost, next try in ${retryMs} ms: ${reason}`, { reason, retryMs }),
  "no-carrier": ({ reason }) => line("kernel", "error", `no route goes into the kernel, BGP goes on; netlink needs Node.js 26 or perl: ${reason}`, { reason }),
  overrun: ({ socket }) => line("kernel", "warn", "the kernel had more to tell than it could keep; comparing everything again", { socket }),
  conflict: ({ prefix, protocol, metric }) =>
    line("kernel", "warn", `somebody else's route to ${prefix} stands in the way and stays`, { prefix, protocol, metric }),
  refused: ({ prefix, errno, text }) => line("kernel", "error", `the kernel does not take the route to ${prefix}: ${text}`, { prefix, errno, text }),
  "permission-denied": () => line("kernel", "error", "no route goes into the kernel: that needs root or CAP_NET_ADMIN; BGP goes on", {}),
  resynced: ({ kind: _, ...fields }) =>
    line("kernel", fields.added + fields.changed + fields.removed > 0 ? "info" : "debug", `kernel compared (${fields.reason}): ${fields.added} added, ${fields.changed} changed, ${fields.removed} removed`, fields),
};

export function lineOf(fact: AnyFact): LogLine {
  return (ROWS[fact.kind] as (fact: AnyFact) => LogLine)(fact);
}

function line(topic: LogTopic, level: LogLine["level"], message: string, fields: object): LogLine {
  return { topic, level, message, fields };
}

function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** "10.0.0.1/32, 10.0.0.2/32 and 7 more". */
function few(texts: readonly string[]): string {
  const more = texts.length - SHOWN;
  return more > 0 ? `${texts.slice(0, SHOWN).join(", ")} and ${more} more` : texts.join(", ");
}

function withMissing(waitedMs: number, missing: readonly string[]): object {
  return { waitedMs: Math.round(waitedMs), missing: missing.slice(0, MOST_LISTED), missingInAll: missing.length };
}

function errorFields(reason: DownReason): object {
  const { kind, code, subcode, text } = lastErrorOf(reason, "");
  const bytes = "notification" in reason && reason.notification.data.length > 0 ? { bytes: hex(reason.notification.data) } : {};
  return { error: { kind, code, subcode, text, ...bytes } };
}

function describeOrder(order: PeerOrder): string {
  switch (order.kind) {
    case "shutdown":
      return order.text === "" ? "shut down" : `shut down (${order.text})`;
    case "enable":
      return "enabled";
    case "reset":
      return "session reset";
    case "refresh":
      return order.direction === "in" ? "its routes judged again" : "our routes told again";
    default:
      return assertNever(order);
  }
}

/** "2 peers added, 1 peer restarted". */
function summary(changes: readonly ConfigChange[]): string {
  const counts = new Map<ConfigChange["kind"], number>();
  for (const { kind } of changes) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => CHANGE_WORDS[kind](count)).join(", ");
}

const CHANGE_WORDS: { readonly [Kind in ConfigChange["kind"]]: (count: number) => string } = {
  "add-peer": (count) => `${peers(count)} added`,
  "remove-peer": (count) => `${peers(count)} removed`,
  "restart-peer": (count) => `${peers(count)} restarted`,
  "re-import": (count) => `${peers(count)} re-imported`,
  "re-export": (count) => `${peers(count)} re-exported`,
  originate: () => "our own prefixes",
  ranges: () => "ranges of neighbours",
};

type RoutesKept = Extract<AnyFact, { readonly kind: "routes-kept" }>;

const KEPT_WORDS: { readonly [Stage in RoutesKept["stage"]]: (fact: Pick<RoutesKept, "paths" | "gone" | "forMs">) => string } = {
  fresh: ({ paths, gone }) => `nothing is stale any more: ${routes(gone)} gone, ${paths} current`,
  restarting: ({ paths, forMs }) => `away, ${routes(paths)} kept for ${seconds(forMs)}`,
  "long-lived": ({ paths, gone, forMs }) => `away for long, ${routes(paths)} kept as the last choice${forMs === undefined ? "" : ` for ${seconds(forMs)}`}, ${gone} gone`,
  returning: ({ paths, forMs }) => `back, ${routes(paths)} to be told again within ${seconds(forMs)}`,
  "returning-late": ({ paths }) => `back, ${routes(paths)} kept as the last choice until told again`,
};

function seconds(ms: number | undefined): string {
  return `${Math.round((ms ?? 0) / 1000)} s`;
}

function peers(count: number): string {
  return counted(count, "peer");
}

function routes(count: number): string {
  return counted(count, "route");
}

function prefixes(count: number, family: Family): string {
  return counted(count, `${family} prefix`, `${family} prefixes`);
}

function hex(bytes: Uint8Array): string {
  return [...bytes.subarray(0, MAX_BYTES_SHOWN)].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
