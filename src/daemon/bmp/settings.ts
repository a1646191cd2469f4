/**
 * Settings of BMP: the stations, and what this router calls itself.
 * The door: host name and Node version.
 */

import { hostname } from "node:os";
import { address, port } from "../../speaker/config/scalars.ts";
import type { Endpoint } from "../../speaker/vocabulary.ts";
import { type ConfigFault, type ValueOf, defaulted, fault, integer, list, object, optional, required, text } from "../../speaker/config/schema.ts";

const MIB = 1024 * 1024;

const stationShape = object({
  address: required(address, "where the station listens"),
  port: required(port, "its TCP port; there is no usual one"),
  localAddress: optional(address, "an address of this host to call from; without it the kernel chooses"),
  sysName: optional(text(), "what we call ourselves there; without it the host's name"),
  sysDescr: optional(text(), "what we say that we are; without it ts-bgp and its version"),
  statisticsSec: defaulted(integer(0, 86_400), 60, "seconds between two reports of what is counted about each peer; 0: none"),
  retrySec: defaulted(integer(1, 3_600), 30, "seconds until it is called again when it went away; twice as long each time, until it takes a whole table"),
  retryMaxSec: defaulted(integer(1, 86_400), 720, "and at most so many"),
  backlogBytes: defaulted(integer(MIB, 4096 * MIB), 64 * MIB, "octets that may wait for a station that does not read; beyond it the connection is dropped"),
});

export const stationsShape = list(stationShape);

export type StationSettings = ValueOf<typeof stationShape>;

/** "10.0.0.9:5000": how a station is called in log, answers and metrics. */
export function stationName({ address: host, port: number }: Pick<StationSettings, "address" | "port">): string {
  return host.includes(":") ? `[${host}]:${number}` : `${host}:${number}`;
}

/** One about which nothing else is said. */
export function stationAt({ address: host, port: number }: Endpoint): StationSettings {
  return stationShape.read({ address: host, port: number }, "", []) as StationSettings;
}

/** A station is known by where it is. */
export function checkStations(stations: readonly StationSettings[], faults: ConfigFault[]): void {
  const seen = new Set<string>();
  for (const [index, station] of stations.entries()) {
    const name = stationName(station);
    if (seen.has(name)) fault(faults, `bmp[${index}].address`, station.address, "another station than those before it (address and port)");
    seen.add(name);
  }
}

/** Who we are to that station. */
export function identityTo({ sysName, sysDescr }: StationSettings, version: string): { readonly sysName: string; readonly sysDescr: string } {
  return { sysName: sysName ?? hostname(), sysDescr: sysDescr ?? `ts-bgp ${version}, Node.js ${process.versions.node}, ${process.platform} ${process.arch}` };
}
