/**
 * The metrics that bird_exporter makes of BIRD, by its names, for panels that exist.
 * Pure. Those of its names whose numbers we have; one row per session and family, as it shows one per protocol and channel.
 */

import { addressFromNumber } from "../../ip/address.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { RouteChanges } from "../../speaker/peers/route-changes.ts";
import type { PeerFamilyView, PeerView } from "../../speaker/view.ts";
import { stateOf, symbolOf } from "../bird/protocols.ts";
import type { Look } from "../look.ts";
import { type Labels, type MetricFamily, type Sample, gauge } from "./exposition.ts";

const FATES = { receive: "received", reject: "rejected", filter: "filtered", ignore: "ignored", accept: "accepted" } as const;

const DIRECTIONS = [
  { name: "update_import", what: "paths told by the peer", of: ({ importUpdates }: RouteChanges) => importUpdates },
  { name: "withdraw_import", what: "paths taken back by the peer", of: ({ importWithdraws }: RouteChanges) => importWithdraws },
  { name: "update_export", what: "best paths for the peer to hear", of: ({ exportUpdates }: RouteChanges) => exportUpdates },
  { name: "withdraw_export", what: "best paths for the peer to forget", of: ({ exportWithdraws }: RouteChanges) => exportWithdraws },
] as const;

/** BIRD's "Route change stats"; gauges, as bird_exporter has them. What is "---" in BIRD is 0. */
const CHANGES = DIRECTIONS.flatMap(({ name, what, of }) =>
  Object.entries(FATES).map(([fate, key]) => ({
    name: `${name}_${fate}`,
    help: `${what}: ${key}`,
    of: (changes: RouteChanges): number => ({ ignored: 0, ...of(changes) })[key],
  })),
);

type Counts = Omit<PeerFamilyView, "family">;

const NOTHING: Counts = { received: 0, accepted: 0, best: 0, advertised: 0, endOfRib: false };

interface Row {
  readonly peer: PeerView;
  readonly family: Family;
  readonly labels: Labels;
}

export function birdFamiliesOf(look: Look, peers: readonly PeerView[] = look.speaker.peers()): readonly MetricFamily[] {
  const { routerId, startedAtMs, configuredAtMs } = look.speaker.router();
  const wallSec = (atMs: number): number => Math.floor((look.clock.wallMs - (look.clock.nowMs - atMs)) / 1000);
  const rows = new Rows(peers);
  const value = (of: (row: Row) => number): Iterable<Sample> => rows.samples(of);
  const counted = (of: (counts: Counts) => number): Iterable<Sample> => rows.samples(({ peer, family }) => of(countsOf(peer, family)));
  const changes = (of: (changes: RouteChanges) => number): Iterable<Sample> =>
    rows.samples(({ peer, family }) => {
      const known = look.speaker.routeChanges(peer.name, family);
      return known ? of(known) : 0;
    });
  return [
    gauge("bird_daemon_up", "1: the daemon answers", [{ labels: {}, value: 1 }]),
    gauge("bird_daemon_info", "who answers; always 1", [{ labels: { router_id: addressFromNumber(routerId), version: look.version }, value: 1 }]),
    gauge("bird_socket_query_success", "1: the daemon answered", [{ labels: {}, value: 1 }]),
    gauge("bird_last_reboot_timestamp_seconds", "when the daemon started", [{ labels: {}, value: wallSec(startedAtMs) }]),
    gauge("bird_last_reconfig_timestamp_seconds", "when a configuration was last applied", [{ labels: {}, value: wallSec(configuredAtMs) }]),
    gauge("bird_server_time_timestamp_seconds", "now", [{ labels: {}, value: wallSec(look.clock.nowMs) }]),
    gauge("bird_protocol_up", "1: Established", value(({ peer }) => Number(peer.state === "Established"))),
    gauge("bird_protocol_uptime", "seconds since the session came up or went down", value(({ peer }) => Math.floor((look.clock.nowMs - peer.sinceMs) / 1000))),
    gauge("bird_protocol_prefix_import_count", "prefixes let in", counted((counts) => counts.accepted)),
    gauge("bird_protocol_prefix_export_count", "prefixes told", counted((counts) => counts.advertised)),
    gauge("bird_protocol_prefix_filter_count", "prefixes refused", counted((counts) => counts.received - counts.accepted)),
    gauge("bird_protocol_prefix_preferred_count", "prefixes whose best path is the session's", counted((counts) => counts.best)),
    ...CHANGES.map(({ name, help, of }) => gauge(`bird_protocol_changes_${name}_count`, help, changes(of))),
  ];
}

/** Made as the first family of metrics is written, peer by peer, and kept for the others. */
class Rows {
  readonly #peers: readonly PeerView[];
  readonly #rows: Row[][] = [];

  constructor(peers: readonly PeerView[]) {
    this.#peers = peers;
  }

  *samples(of: (row: Row) => number): Iterable<Sample> {
    for (const [at, peer] of this.#peers.entries()) {
      this.#rows[at] ??= peer.config.session.families.map((family) => ({ peer, family, labels: labelsOf(peer, family) }));
      for (const row of this.#rows[at] ?? []) yield { labels: row.labels, value: of(row) };
    }
  }
}

function countsOf(peer: PeerView, family: Family): Counts {
  return peer.families.find((row) => row.family === family) ?? NOTHING;
}

function labelsOf(peer: PeerView, family: Family): Labels {
  return {
    name: symbolOf(peer.name),
    proto: "BGP",
    ip_version: family === "ipv4" ? "4" : "6",
    import_filter: peer.config.importPolicy.name,
    export_filter: peer.config.exportPolicy.name,
    state: stateOf(peer),
  };
}
