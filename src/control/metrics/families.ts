/**
 * Our own metrics: a row each. Every number is read when somebody asks; nothing is counted for the sake of being shown.
 * Pure. Names and labels are a contract: rows may be added, none is renamed.
 */

import { addressFromNumber } from "../../ip/address.ts";
import { attributeName } from "../../bgp/wire/attribute-name.ts";
import type { MessageCounters, PeerView } from "../../speaker/view.ts";
import { STEPS, type Step } from "../records/convergence-times.ts";
import { type DoorCounts, TURNED_AWAY } from "../records/door-counts.ts";
import { datastoreAnswer } from "../answers/datastore.ts";
import { fibAnswer } from "../answers/fib.ts";
import type { Look } from "../look.ts";
import { peerType } from "../answers/peer.ts";
import { type Labels, type MetricFamily, type Sample, counter, durations, gauge } from "./exposition.ts";

const MESSAGE_NAMES: { readonly [Kind in keyof MessageCounters]: string } = {
  open: "open",
  update: "update",
  keepalive: "keepalive",
  notification: "notification",
  routeRefresh: "route_refresh",
};

type ByKind = { readonly [Kind in keyof MessageCounters]: Labels };
const MESSAGE_LABELS: { readonly received: ByKind; readonly sent: ByKind } = { received: messageLabels("received"), sent: messageLabels("sent") };

const SESSION_STATES = ["Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"] as const;

/** What is to be said of the peers is read while it is written, so that a page of thousands need not be made in one go. */
export function familiesOf(look: Look, peers: readonly PeerView[] = look.speaker.peers()): readonly MetricFamily[] {
  return [...processFamilies(look), ...routerFamilies(look), ...convergenceFamilies(look), ...doorFamilies(look), ...peerFamilies(look, peers), ...rangeFamilies(look), ...fibFamilies(look), ...stationFamilies(look), ...datastoreFamilies(look)];
}

function processFamilies({ version, platform, memory, cpuSec, loopDelay, speaker }: Look): readonly MetricFamily[] {
  const { asn, routerId } = speaker.router();
  return [
    gauge("tsbgp_info", "who answers; always 1", [{ labels: { version, asn: `${asn}`, router_id: addressFromNumber(routerId) }, value: 1 }]),
    gauge("tsbgp_build_info", "what runs; always 1", [{ labels: { version, node: platform.node, arch: platform.arch }, value: 1 }]),
    counter("tsbgp_cpu_seconds_total", "processor time of the process, all its threads", one(cpuSec)),
    durations("tsbgp_event_loop_delay_seconds", "how late the event loop was for a timer, looked at ten times a second", loopDelay),
    gauge("tsbgp_memory_bytes", "memory of the process: resident, and of it JavaScript's heap and buffers outside it", Object.entries(memory).map(([kind, value]) => ({ labels: { kind }, value }))),
  ];
}

function doorFamilies({ doors }: Look): readonly MetricFamily[] {
  const value = (of: (counts: DoorCounts) => number): readonly Sample[] => doors.map(({ door, counts }) => ({ labels: { door }, value: of(counts) }));
  return [
    gauge("tsbgp_control_clients", "clients that look in, by the path of their socket, or what is served over HTTP", value(({ clients }) => clients)),
    counter("tsbgp_control_connections_total", "clients that came to look in", value(({ connections }) => connections)),
    counter("tsbgp_control_requests_total", "what they asked and ordered", value(({ requests }) => requests)),
    counter("tsbgp_control_turned_away_total", "clients that were turned away or left, by reason", doors.flatMap(({ door, counts }) => TURNED_AWAY.map((why) => ({ labels: { door, why }, value: counts.turnedAway[why] })))),
  ];
}

function routerFamilies(look: Look): readonly MetricFamily[] {
  const router = look.speaker.router();
  const wallSec = (atMs: number): number => (look.clock.wallMs - (look.clock.nowMs - atMs)) / 1000;
  return [
    gauge("tsbgp_start_time_seconds", "when the daemon started, since 1970", one(wallSec(router.startedAtMs))),
    gauge("tsbgp_last_configuration_time_seconds", "when a configuration was last applied, since 1970", one(wallSec(router.configuredAtMs))),
    gauge("tsbgp_converged", "1: every peer has told its first routes, or was waited for long enough", one(Number(router.converged))),
    gauge("tsbgp_restart_waiting_peers", "after a restart, peers whose routes are waited for before ours are told", one(router.deferral?.waitingFor.length ?? 0)),
    gauge("tsbgp_prefixes", "prefixes with a path", one(router.prefixes)),
    gauge("tsbgp_paths", "paths known, refused ones included", one(router.paths)),
    gauge("tsbgp_attribute_sets", "distinct attribute sets", one(router.attributeSets)),
    counter("tsbgp_unknown_connections_total", "connections from addresses that are no peer", one(router.unknownConnections)),
    counter("tsbgp_refused_connections_total", "connections that were one too many", one(router.refusedConnections)),
    gauge("tsbgp_pending_connections", "connections that are no session yet", one(router.pendingConnections)),
  ];
}

/** One family per step: each has a sentence of its own, and a count of its own UPDATEs. */
const CONVERGENCE_HELP: { readonly [S in Step]: string } = {
  best: "UPDATEs by how long it took from reading the chunk that completed them from the socket until every prefix that they touched was decided",
  kernel: "UPDATEs decided in a turn that changed kernel routes, by how long it took from the socket until the kernel had answered for every route that was to be written by then",
  sent: "UPDATEs decided in a turn that had something to tell, by how long it took from the socket until every peer that was to hear of it and whose TCP window was open had it in its socket",
};

function convergenceFamilies({ convergence }: Look): readonly MetricFamily[] {
  return [
    ...STEPS.map((step) => durations(`tsbgp_convergence_${step}_seconds`, CONVERGENCE_HELP[step], convergence.all(step))),
    counter("tsbgp_convergence_unmeasured_total", "UPDATEs whose way to the kernel or the sockets was not measured, because too many were under way", one(convergence.unmeasured)),
  ];
}

type SamplesOf = (peer: PeerView, labels: Labels) => readonly Sample[];

/** Labels are made with the first family that is written, peer by peer, and kept for the others. */
function* samplesOf(peers: readonly PeerView[], labels: Labels[], samples: SamplesOf): Iterable<Sample> {
  for (const [at, peer] of peers.entries()) yield* samples(peer, (labels[at] ??= labelsOf(peer)));
}

function peerFamilies(look: Look, peers: readonly PeerView[]): readonly MetricFamily[] {
  const allLabels: Labels[] = [];
  const each = (samples: SamplesOf): Iterable<Sample> => samplesOf(peers, allLabels, samples);
  const value = (of: (peer: PeerView) => number): Iterable<Sample> => each((peer, labels) => [{ labels, value: of(peer) }]);
  const byFamily = (of: (family: PeerView["families"][number]) => number): Iterable<Sample> =>
    each((peer, labels) => peer.families.map((family) => ({ labels, more: { family: family.family }, value: of(family) })));
  return [
    gauge("tsbgp_peers", "peers by the state of their session", SESSION_STATES.map((state) => ({ labels: { state }, value: peers.reduce((count, peer) => count + Number(peer.state === state), 0) }))),
    gauge("tsbgp_peer_up", "1: Established", value(({ state }) => Number(state === "Established"))),
    gauge("tsbgp_peer_shutdown", "1: administratively down", value(({ config }) => Number(config.shutdown !== undefined))),
    gauge("tsbgp_peer_state_seconds", "for how long the session is up, or is not", value(({ sinceMs }) => Math.max(0, look.clock.nowMs - sinceMs) / 1000)),
    counter("tsbgp_peer_established_total", "sessions that came up", value(({ counters }) => counters.established)),
    counter("tsbgp_peer_flaps_total", "sessions that went down", value(({ counters }) => counters.flaps)),
    counter("tsbgp_peer_messages_total", "messages by direction and type", each(messageSamples)),
    counter("tsbgp_peer_malformed_total", "attributes that broke a rule, by attribute and by what was done (RFC 7606)", each(faultSamples)),
    counter("tsbgp_peer_paths_ignored_total", "paths beyond the number that the peer may tell for one prefix", value(({ counters }) => counters.pathsIgnored)),
    gauge("tsbgp_peer_prefixes_received", "prefixes that the peer has told", byFamily(({ received }) => received)),
    gauge("tsbgp_peer_prefixes_accepted", "prefixes that import policy and loop checks let in", byFamily(({ accepted }) => accepted)),
    gauge("tsbgp_peer_prefixes_best", "prefixes whose best path is the peer's", byFamily(({ best }) => best)),
    gauge("tsbgp_peer_prefixes_advertised", "prefixes that the peer has been told", byFamily(({ advertised }) => advertised)),
    gauge("tsbgp_peer_stale_paths", "paths kept of a peer that went away (RFC 4724)", each((peer, labels) => peer.kept.map(({ family, stale }) => ({ labels, more: { family }, value: stale })))),
  ];
}

function rangeFamilies({ speaker }: Look): readonly MetricFamily[] {
  const ranges = speaker.ranges();
  const value = (of: (range: (typeof ranges)[number]) => number): readonly Sample[] => ranges.map((range) => ({ labels: { range: range.name }, value: of(range) }));
  return [
    gauge("tsbgp_range_peers", "peers that came in by the range", value(({ peers }) => peers)),
    gauge("tsbgp_range_limit", "as many may", value(({ limit }) => limit)),
    counter("tsbgp_range_refused_total", "callers that found no room", value(({ refused }) => refused)),
  ];
}

function fibFamilies({ fib }: Look): readonly MetricFamily[] {
  if (!fib) return [];
  const { settled, wanted, installed, unreachable, conflicts, refused, inherited, written, resyncs, overruns, relayRestarts, drift } = fibAnswer(fib);
  const routes = { wanted, installed, unreachable, conflict: conflicts, refused, inherited };
  return [
    gauge("tsbgp_fib_settled", "1: the kernel has every route that is wanted", one(Number(settled))),
    gauge("tsbgp_fib_routes", "routes by how they stand in the kernel", Object.entries(routes).map(([state, value]) => ({ labels: { state }, value }))),
    counter("tsbgp_fib_operations_total", "route messages sent to the kernel", one(written)),
    counter("tsbgp_fib_comparisons_total", "times that all routes were compared with the kernel's", one(resyncs)),
    counter("tsbgp_fib_overruns_total", "times that the kernel lost messages for us", one(overruns)),
    counter("tsbgp_fib_relay_restarts_total", "times that the netlink relay was started anew", one(relayRestarts)),
    counter("tsbgp_fib_drift_total", "routes of ours that somebody changed, and how it came out", Object.entries(drift).map(([how, value]) => ({ labels: { how }, value }))),
  ];
}

function stationFamilies({ bmp }: Look): readonly MetricFamily[] {
  if (bmp.length === 0) return [];
  const value = (of: (station: (typeof bmp)[number]) => number): readonly Sample[] => bmp.map((station) => ({ labels: { station: station.name }, value: of(station) }));
  return [
    gauge("tsbgp_bmp_station_up", "1: the monitoring station is connected", value(({ state }) => Number(state === "table" || state === "live"))),
    counter("tsbgp_bmp_station_connections_total", "times that it answered", value(({ connections }) => connections)),
    counter("tsbgp_bmp_station_sent_bytes_total", "octets that it was told", value(({ sentBytes }) => sentBytes)),
    gauge("tsbgp_bmp_station_backlog_bytes", "octets that wait for it", value(({ backlogBytes }) => backlogBytes)),
    counter("tsbgp_bmp_station_dropped_total", "connections dropped because it did not read", value(({ dropped }) => dropped)),
  ];
}

function datastoreFamilies({ datastore, clock }: Look): readonly MetricFamily[] {
  if (!datastore) return [];
  const { state, running, held, keys, ignored } = datastoreAnswer(datastore.view(), clock);
  return [
    gauge("tsbgp_datastore_followed", "1: every change in the cluster's datastore reaches us", one(Number(state === "following"))),
    gauge("tsbgp_datastore_change_held", "1: a change that would be a loss waits for ts-bgp accept-change", one(Number(held !== null))),
    gauge("tsbgp_datastore_last_good", "1: what runs is the last good configuration from disk", one(Number(running === "last-good"))),
    gauge("tsbgp_datastore_keys", "keys of the datastore that concern us", one(keys)),
    gauge("tsbgp_datastore_ignored_resources", "resources that count as absent because something is wrong with them", one(ignored.length)),
  ];
}

function labelsOf(peer: PeerView): Labels {
  const { name, config } = peer;
  return { peer: name, address: config.address, asn: `${config.session.remoteAs}`, type: peerType(peer) };
}

function messageLabels(direction: "received" | "sent"): ByKind {
  return mapped((message) => ({ direction, message }));
}

function mapped(of: (name: string) => Labels): ByKind {
  const { open, update, keepalive, notification, routeRefresh } = MESSAGE_NAMES;
  return { open: of(open), update: of(update), keepalive: of(keepalive), notification: of(notification), routeRefresh: of(routeRefresh) };
}

function messageSamples({ counters }: PeerView, labels: Labels): readonly Sample[] {
  const kinds = Object.keys(MESSAGE_NAMES) as (keyof MessageCounters)[];
  return (["received", "sent"] as const).flatMap((direction) => kinds.map((kind) => ({ labels, more: MESSAGE_LABELS[direction][kind], value: counters[direction][kind] })));
}

function faultSamples({ counters }: PeerView, labels: Labels): readonly Sample[] {
  return counters.attributeFaults.map(({ code, action, count }) => ({ labels, more: { attribute: attributeName(code), action }, value: count }));
}

function one(value: number): readonly Sample[] {
  return [{ labels: {}, value }];
}
