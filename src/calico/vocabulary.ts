/**
 * What compile is given beside the resources, and what it answers.
 * Pure, types only.
 */

import type { SpeakerConfig } from "../speaker/config/config.ts";
import type { SecretFile } from "../speaker/config/transport-document.ts";
import type { Endpoint } from "../speaker/vocabulary.ts";
import type { Complaint, LogSeverity, SecretKeyRef, WorkloadStatus } from "./resources.ts";

/** What this host adds to the cluster's resources. */
export interface Environment {
  /** CALICO_ROUTER_ID: an id, or "hash"; undefined: the node's IPv4 address. */
  readonly routerId: string | undefined;
  /** CALICO_ADVERTISE_CLUSTER_IPS: stands instead of serviceClusterIPs. */
  readonly advertiseClusterIps: string | undefined;
  /** USE_POD_CIDR: pod CIDRs of this node count as its blocks. */
  readonly podCidrs: "ignore" | "use-as-blocks";
  /** The secret's value. Without Kubernetes: a file per secret. */
  secret(ref: SecretKeyRef): SecretFile;
  /** SHA-256, for the router id "hash". */
  sha256(text: string): Uint8Array;
  /** Local workloads that speak BGP, as Felix tells them. */
  readonly workloads: readonly WorkloadStatus[];
}

export type Compiled =
  | ({ readonly kind: "compiled"; readonly complaints: readonly Complaint[] } & CompiledConfig)
  /** There is nothing to run yet: this node's own resource is missing, or it has no router id. */
  | { readonly kind: "incomplete"; readonly reason: string; readonly complaints: readonly Complaint[] };

export interface CompiledConfig {
  readonly speaker: SpeakerConfig;
  /** Where peers may call. */
  readonly listen: readonly Endpoint[];
  readonly log: LogSeverity;
}
