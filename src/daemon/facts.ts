/**
 * DaemonFact: what the process itself reports, beside the facts of the speaker and of the FIB.
 * Pure, types only.
 */

import type { Prefix } from "../ip/prefix.ts";
import type { Absence, Endpoint, Fact } from "../speaker/vocabulary.ts";
import type { Ordered } from "../control/sockets/server.ts";
import type { DatastoreFact } from "../calico/datastore-facts.ts";
import type { FibFact } from "../fib/vocabulary.ts";
import type { NamesakeFact } from "./control/bird-processes.ts";
import type { StationFact } from "./bmp/station.ts";
import type { UdpFact } from "./bfd/udp.ts";

export type DaemonFact =
  | { readonly kind: "started"; readonly version: string; readonly asn: number; readonly routerId: number; readonly peers: number; readonly forwarding: "kernel" | "none" }
  | { readonly kind: "listening"; readonly endpoint: Endpoint }
  /** Nobody can call there; it is tried again. */
  | { readonly kind: "listen-failed"; readonly reason: string; readonly retryMs: number }
  /** Not everybody whom the configuration lets in can be connected at a time. */
  | { readonly kind: "few-descriptors"; readonly limit: number; readonly wanted: number }
  | { readonly kind: "control-open"; readonly socket: string }
  | { readonly kind: "metrics-open"; readonly endpoint: Endpoint }
  | { readonly kind: "web-open"; readonly endpoint: Endpoint }
  /** More connections came in at once than can be looked at; this one was reset. */
  | { readonly kind: "connection-flood"; readonly remote: Endpoint }
  | ({ readonly kind: "ordered" } & Ordered)
  | { readonly kind: "control-failed"; readonly error: unknown }
  | { readonly kind: "config-read"; readonly file: string }
  /** The running configuration stays. */
  | { readonly kind: "config-rejected"; readonly file: string; readonly faults: readonly string[] }
  | { readonly kind: "restart-needed"; readonly sections: readonly string[] }
  /** Sockets are used without it. */
  | { readonly kind: "socket-option-failed"; readonly option: string; readonly reason: string }
  /** Whoever calls from there is refused; the reason is that of the first. */
  | { readonly kind: "passwords-failed"; readonly prefixes: readonly Prefix[]; readonly reason: string }
  /** A peer's connection that could not be made as configured was closed. */
  | { readonly kind: "connection-unfit"; readonly remote: Endpoint; readonly reason: string }
  | { readonly kind: "stopping"; readonly until: Absence; readonly because: string }
  | { readonly kind: "stopped"; readonly ms: number }
  | { readonly kind: "crashed"; readonly error: unknown };

export type AnyFact = Fact | FibFact | DatastoreFact | DaemonFact | NamesakeFact | StationFact | UdpFact;
