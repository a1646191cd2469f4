/**
 * BMP: every peer's UPDATEs, for monitoring stations.
 * The doors are the stations (station.ts); the octets are made in src/bmp. RFC 7854.
 *
 * Encoded once for all stations, gathered for one turn, and written in one piece. As long as no station is connected the
 * speaker has no monitor, and nothing is done. A station that connects later gets the table at the pace at which it reads.
 */

import { INITIAL_CONTEXT } from "../../bgp/wire/context.ts";
import { Writer } from "../../bgp/wire/cursor.ts";
import { encodeMessage } from "../../bgp/wire/message.ts";
import type { Notification } from "../../bgp/wire/notification.ts";
import type { DownReason } from "../../bgp/session/vocabulary.ts";
import { assertNever } from "../../ip/assert.ts";
import { FSM_EVENT } from "../../bmp/code-points.ts";
import { type PeerDown, peerHeader, writeInitiation, writePeerDown, writePeerUp, writeRouteMonitoring, writeStatistics, writeTermination } from "../../bmp/message.ts";
import type { AdjRibInDump } from "../../speaker/monitoring/adj-rib-in-dump.ts";
import type { Monitor, Monitoring } from "../../speaker/monitoring/monitoring.ts";
import type { PeerName } from "../../speaker/config/config.ts";
import type { Session } from "../../speaker/peers/peers.ts";
import type { SpeakerView } from "../../speaker/view.ts";
import type { StationView } from "../../control/answers/station.ts";
import { nowMs } from "../loop/event-loop.ts";
import { figuresOf } from "./figures.ts";
import { type StationSettings, identityTo } from "./settings.ts";
import { Station, type StationFact, type StationPorts } from "./station.ts";

const TABLE_BYTES_PER_TURN = 256 * 1024; // per station

const ENDING = terminationOf("administratively-closed", "ts-bgp ends");
const CHANGED = terminationOf("administratively-closed", "other settings");
const GONE = terminationOf("permanently-closed", "no station of ours any more");

export interface ExporterPorts {
  readonly monitoring: Monitoring;
  readonly view: SpeakerView;
  readonly version: string;
  report(fact: StationFact): void;
  /** There is a table to tell: have a turn soon. */
  wake(): void;
}

export class BmpExporter implements Monitor {
  readonly #ports: ExporterPorts;
  readonly #stationPorts: StationPorts;
  /** By their settings: one whose settings change is another one. */
  #stations = new Map<string, Station>();
  /** Those that know who is up. */
  readonly #audience = new Set<Station>();
  readonly #dumps = new Map<Station, AdjRibInDump>();
  /** Of the sessions that are up, while anybody listens. */
  readonly #headers = new Map<PeerName, Uint8Array>();
  /** What happened in this turn. */
  readonly #news = new Writer();

  constructor(ports: ExporterPorts) {
    this.#ports = ports;
    this.#stationPorts = {
      report: ports.report,
      connected: (station) => this.#begin(station),
      hungry: () => ports.wake(),
      lost: (station) => this.#leave(station),
      countsDue: (station) => this.#tellCounts(station),
    };
  }

  /** These stations and no others; one that is as it was stays connected. */
  configure(wanted: readonly StationSettings[]): void {
    const before = this.#stations;
    this.#stations = new Map();
    for (const settings of wanted) {
      const key = JSON.stringify(settings);
      const known = before.get(key);
      before.delete(key);
      const station = known ?? new Station(settings, this.#stationPorts);
      this.#stations.set(key, station);
      if (!known) station.call();
    }
    const farewell = (name: string) => ([...this.#stations.values()].some((station) => station.name === name) ? CHANGED : GONE);
    for (const station of before.values()) {
      void station.close(farewell(station.name));
      this.#leave(station);
    }
  }

  up(peer: PeerName, session: Session, atMs: number): void {
    writeUp(this.#enter(peer, session), session, wallMs(atMs), this.#news);
  }

  heard(peer: PeerName, update: Uint8Array, atMs: number): void {
    const header = this.#headers.get(peer);
    if (header) writeRouteMonitoring(header, wallMs(atMs), update, this.#news);
  }

  down(peer: PeerName, reason: DownReason, atMs: number): void {
    const header = this.#headers.get(peer);
    if (header) writePeerDown(header, wallMs(atMs), downOf(reason), this.#news);
    this.#headers.delete(peer);
  }

  /** Hands out what happened in the turn, and then a part of the table to whoever is to hear it; "more": there is more of it. */
  pump(): "done" | "more" {
    if (this.#audience.size === 0) return "done";
    this.#tellNews();
    let standing: "done" | "more" = "done";
    for (const [station, dump] of this.#dumps) if (station.wantsTable && this.#tellTable(station, dump) === "more") standing = "more";
    return standing;
  }

  view(): readonly StationView[] {
    return [...this.#stations.values()].map((station) => station.view());
  }

  /** Tells what is left to tell, and that we go. */
  async close(): Promise<void> {
    this.#tellNews();
    this.#ports.monitoring.monitor = undefined;
    await Promise.all([...this.#stations.values()].map((station) => station.close(ENDING)));
    this.#stations.clear();
  }

  /** Who we are, and who is up; what those have told follows in turns. */
  #begin(station: Station): void {
    const { monitoring, version } = this.#ports;
    this.#tellNews(); // happened before: it is in the table
    const out = new Writer();
    writeInitiation(identityTo(station.settings, version), out);
    for (const { peer, session, sinceMs } of monitoring.established()) writeUp(this.#enter(peer, session), session, wallMs(sinceMs), out);
    monitoring.monitor = this;
    this.#audience.add(station);
    this.#dumps.set(station, monitoring.dump());
    station.send(out.finish());
    this.#ports.wake();
  }

  #enter(peer: PeerName, { negotiated, link }: Session): Uint8Array {
    const asPath = negotiated.codec.fourOctetAs ? "four-octet" : "two-octet";
    const header = peerHeader({ address: link.remote.address, asn: negotiated.remoteAs, routerId: negotiated.remoteRouterId, asPath });
    this.#headers.set(peer, header);
    return header;
  }

  #leave(station: Station): void {
    this.#dumps.delete(station);
    this.#audience.delete(station);
    if (this.#audience.size > 0) return;
    this.#ports.monitoring.monitor = undefined;
    this.#headers.clear();
    this.#news.truncate(0);
  }

  #tellNews(): void {
    if (this.#news.length === 0) return;
    const octets = this.#news.finish();
    for (const station of this.#audience) station.send(octets);
  }

  #tellTable(station: Station, dump: AdjRibInDump): "done" | "more" {
    const out = new Writer();
    const standing = dump.part(TABLE_BYTES_PER_TURN, (peer, update, atMs) => {
      const header = this.#headers.get(peer);
      if (header) writeRouteMonitoring(header, atMs === undefined ? undefined : wallMs(atMs), update, out);
    });
    station.send(out.finish());
    if (standing === "more") return station.wantsTable ? "more" : "done"; // it says when it can take more
    this.#dumps.delete(station);
    if (station.isConnected) station.tableTold();
    return "done";
  }

  #tellCounts(station: Station): void {
    this.#tellNews();
    const out = new Writer();
    const atMs = Date.now();
    for (const peer of this.#ports.view.peers()) {
      const header = this.#headers.get(peer.name);
      if (header) writeStatistics(header, atMs, figuresOf(peer), out);
    }
    station.send(out.finish());
  }
}

function writeUp(header: Uint8Array, { link, localAddress }: Session, atMs: number, out: Writer): void {
  const { sentOpen, heardOpen } = link;
  if (!sentOpen || !heardOpen) return; // no session without both
  writePeerUp(header, atMs, { local: localAddress, localPort: link.local.port, remotePort: link.remote.port, sentOpen, receivedOpen: heardOpen }, out);
}

function downOf(reason: DownReason): PeerDown {
  switch (reason.kind) {
    case "sent":
      return { kind: "local-notification", message: octetsOf(reason.notification) };
    case "received":
      return { kind: "remote-notification", message: octetsOf(reason.notification) };
    case "lost":
      return { kind: "remote-lost" };
    case "replaced":
      return { kind: "local-event", event: FSM_EVENT.openCollisionDump };
    case "left":
      return { kind: "local-event", event: FSM_EVENT.automaticStop };
    default:
      return assertNever(reason);
  }
}

function octetsOf(notification: Notification): Uint8Array {
  return encodeMessage({ kind: "notification", notification }, INITIAL_CONTEXT);
}

function terminationOf(reason: "administratively-closed" | "permanently-closed", text: string): Uint8Array {
  const out = new Writer();
  writeTermination(reason, text, out);
  return out.finish();
}

/** A point on the speaker's clock, as the wall has it. */
function wallMs(atMs: number): number {
  return Date.now() - (nowMs() - atMs);
}
