/**
 * DaemonConfig: the speaker's configuration, and the daemon's own: listening, kernel, control, BMP, log.
 * The daemon's own sections, one for each of its doors, stand here, each field once; the speaker's come from speaker/config/document.ts.
 */

import { type IpAddress, parseAddress } from "../../ip/address.ts";
import type { SpeakerConfig } from "../../speaker/config/config.ts";
import { SPEAKER_FIELDS } from "../../speaker/config/document.ts";
import { speakerConfigOf } from "../../speaker/config/parse.ts";
import { address, ipv4Address, ipv6Address, port } from "../../speaker/config/scalars.ts";
import { NO_FILES, type ReadSecret } from "../../speaker/config/transport-document.ts";
import { type StationSettings, checkStations, stationsShape } from "../bmp/settings.ts";
import { type ConfigFault, type JsonSchema, type ValueOf, checking, defaulted, defaultsOf, either, flag, integer, list, object, oneOf, optional, refined, required, text } from "../../speaker/config/schema.ts";
import { type Slices, whole } from "../../speaker/slices.ts";
import type { Endpoint } from "../../speaker/vocabulary.ts";
import { LOG_LEVELS } from "../../control/answers/log-levels.ts";
import { DEFAULT_SOCKET } from "../../control/sockets/socket-path.ts";

const BGP_PORT = 179;
const SOCKET_PATH_BYTES = 107; // sun_path of unix(7), without the closing NUL

const listenShape = object({
  address: required(address, 'an address of this host; "0.0.0.0" is every IPv4 one, "::" every IPv6 one'),
  port: defaulted(port, BGP_PORT, "TCP port"),
});

const kernelShape = object({
  enabled: defaulted(flag, true, "keep the kernel's routes as BGP has them (command node only)"),
  protocol: defaulted(integer(5, 255), 12, "the number that marks our routes (rtm_protocol); no other is ever touched. 12 is BIRD's"),
  metric: defaulted(integer(0, 0xffffffff), 0, "metric of our routes (RTA_PRIORITY) that do not bring their own"),
  table: defaulted(integer(1, 0xffffffff), 254, "routing table; 254 is main"),
  preferredSource: defaulted(
    object({ ipv4: optional(ipv4Address, "of IPv4 packets"), ipv6: optional(ipv6Address, "of IPv6 packets") }),
    { ipv4: undefined, ipv6: undefined },
    "source address of packets that this host itself sends along our routes; without it the kernel chooses",
  ),
  overlayDevice: optional(text("the name of a device"), 'every next hop is reached through this device, as if it were on its link: "tunl0", or a vxlan device'),
  carrier: defaulted(oneOf(["auto", "ffi", "perl"]), "auto", "how netlink is reached: inside Node (26 and later), by a perl child, or whichever works"),
  workloadInterfaces: defaulted(list(text("the name of an interface")), ["cali*"], "interfaces of local workloads (* stands for any text): their host routes are announced unless they lie in our blocks"),
  learn: defaulted(oneOf(["workloads", "all"]), "workloads", "which of the kernel's routes are announced: those of workloads, or all that others put there, and connected networks; then policy says which are told"),
  withoutNextHop: defaulted(oneOf(["no-route", "unreachable"]), "no-route", "what stands in the kernel while no next hop of a route can be reached: nothing, or a route that says so to whoever sends there"),
  rescanSec: defaulted(integer(1, 86_400), 60, "seconds between two full comparisons with the kernel"),
});

const SOCKET_PATH = `the path of a unix socket, from / on and of at most ${SOCKET_PATH_BYTES} octets`;
const socketPath = refined(text(SOCKET_PATH), (path) => path.startsWith("/") && Buffer.byteLength(path) <= SOCKET_PATH_BYTES, SOCKET_PATH);

const metricsShape = object({
  address: defaulted(address, "127.0.0.1" as IpAddress, "an address of this host"),
  port: required(port, "TCP port; Prometheus exporters have 9100 and up"),
  birdNames: defaulted(flag, false, "also the metrics of bird_exporter, by its names"),
});

const historyShape = object({
  minutes: defaulted(integer(1, 1440), 10, "how far back"),
  mebibytes: defaulted(integer(1, 128), 16, "of best paths that changed, some 30 000 in each; the oldest go first"),
});

const webShape = object({
  address: defaulted(address, "127.0.0.1" as IpAddress, "an address of this host"),
  port: required(port, "TCP port"),
});

const controlShape = object({
  socket: defaulted(socketPath, DEFAULT_SOCKET, "path of the unix socket that answers ts-bgp status and the others"),
  group: optional(text("a group of this host, by its name or number, as a text"), "group of this host, by name or number, whose members may use the control socket and those of BIRD's dialect; without it the group of the process"),
  readOnlySocket: optional(socketPath, "path of a socket that everybody on this host may ask, with ts-bgp --socket, and on which nothing can be ordered"),
  bird: optional(socketPath, "path of a socket that speaks BIRD's dialect about IPv4, for birdc, calicoctl and Calico's probes (/var/run/calico/bird.ctl)"),
  bird6: optional(socketPath, "the same about IPv6 (/var/run/calico/bird6.ctl)"),
  history: defaulted(either(oneOf(["off"]), historyShape), defaultsOf(historyShape), 'what is remembered for ts-bgp changes, history and flaps, at most; or "off"'),
  birdProcesses: defaulted(flag, false, 'beside the daemon run two small processes called "bird" and "bird6", because calicoctl looks for them before it asks anybody'),
  metrics: optional(metricsShape, "where /metrics (Prometheus), /healthz and /readyz are served over HTTP; without it nowhere"),
  web: optional(webShape, "where the page is served over HTTP, for looking only; without it nowhere"),
});

const level = oneOf(LOG_LEVELS);

const logShape = object({
  level: defaulted(level, "info", `how much is logged: one of ${LOG_LEVELS.join(", ")}`),
  levels: defaulted(
    object({
      daemon: optional(level, "start, ports, end"),
      config: optional(level, "configurations read, refused, and what they changed"),
      session: optional(level, "sessions up and down, what was wrong with messages"),
      routes: optional(level, "convergence, limits, families without a next hop"),
      kernel: optional(level, "the kernel's routes"),
      control: optional(level, "who asked what"),
    }),
    { daemon: undefined, config: undefined, session: undefined, routes: undefined, kernel: undefined, control: undefined },
    "levels of single topics, where they differ",
  ),
});

const daemonShape = object({
  $schema: optional(text(), "for editors; ignored"),
  ...SPEAKER_FIELDS,
  listen: optional(list(listenShape), "where peers may call; without it port 179 of every address, IPv6 only where a peer or a range has an IPv6 address; [] for nowhere"),
  kernel: defaulted(kernelShape, defaultsOf(kernelShape), "the kernel's routes"),
  control: defaulted(controlShape, defaultsOf(controlShape), "looking in"),
  bmp: defaulted(stationsShape, [], "monitoring stations that are told what every peer tells (BMP, RFC 7854)"),
  log: defaulted(logShape, defaultsOf(logShape), "logging, as JSON lines on standard output"),
});

export type DaemonDocument = ValueOf<typeof daemonShape>;
export type KernelSettings = DaemonDocument["kernel"];
export type ControlSettings = DaemonDocument["control"];
export type HistorySettings = ControlSettings["history"];
export type LogSettings = DaemonDocument["log"];

/** Where nothing is written down about them. */
export const KERNEL_DEFAULTS: KernelSettings = defaultsOf(kernelShape);
export const HISTORY_DEFAULTS: HistorySettings = defaultsOf(historyShape);
export const LOG_DEFAULTS: LogSettings = defaultsOf(logShape);

export interface DaemonConfig {
  readonly speaker: SpeakerConfig;
  readonly listen: readonly Endpoint[];
  readonly kernel: KernelSettings;
  readonly control: ControlSettings;
  readonly bmp: readonly StationSettings[];
  readonly log: LogSettings;
}

/** The configuration in `input`, a value as JSON.parse yields it; throws ConfigError with every fault. */
export function parseDaemonConfig(input: unknown, readSecret: ReadSecret = NO_FILES): DaemonConfig {
  return whole(parsingDaemonConfig(input, readSecret));
}

/** The same in slices. */
export function parsingDaemonConfig(input: unknown, readSecret: ReadSecret = NO_FILES): Slices<DaemonConfig> {
  return checking(daemonShape, input, (document, faults) => daemonConfigOf(document, faults, readSecret));
}

function* daemonConfigOf(document: DaemonDocument, faults: ConfigFault[], readSecret: ReadSecret): Slices<DaemonConfig> {
  const speaker = yield* speakerConfigOf(document, faults, readSecret);
  checkStations(document.bmp, faults);
  return {
    speaker,
    listen: document.listen ?? defaultListen(speaker),
    kernel: document.kernel,
    control: document.control,
    bmp: document.bmp,
    log: document.log,
  };
}

/** The whole document as JSON Schema (draft 2020-12). */
export function configSchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "ts-bgp configuration",
    ...daemonShape.schema,
  };
}

/** Sections that only a restart changes, of those that differ. */
export function sectionsNeedingRestart(before: DaemonConfig, after: DaemonConfig): readonly string[] {
  return (["kernel", "control"] as const).filter((section) => JSON.stringify(before[section]) !== JSON.stringify(after[section]));
}

function defaultListen(speaker: SpeakerConfig): readonly Endpoint[] {
  const callers = [...speaker.peers.map((peer) => peer.address), ...speaker.ranges.map((range) => range.prefix)];
  const wildcards = callers.some((caller) => caller.includes(":")) ? ["0.0.0.0", "::"] : ["0.0.0.0"];
  return wildcards.flatMap((wildcard) => parseAddress(wildcard) ?? []).map((every) => ({ address: every, port: BGP_PORT }));
}
