/**
 * Every reason that `why` may give, at each station of a route's way: a closed list.
 * Pure. Tokens are for programs: rows are added, none is renamed or taken away. The sentences are for people.
 *
 * What decides has its own short lists (obstacles, decision rules, export, forwarding); the compiler holds them to this one.
 */

import type { RuleName } from "../../bgp/rib/decide.ts";
import type { Passed } from "../outbound/export-group.ts";
import type { Unforwarded } from "../forwarding/forwarding.ts";
import type { Refusal } from "../tables/verdicts.ts";

/** Where in the life of a prefix: it came in, was chosen or not, went into the kernel, was told to others. */
export type Station = "import" | "decision" | "kernel" | "export";

export interface Reason {
  readonly station: Station;
  /** One sentence, about the path or the prefix. */
  readonly means: string;
  /** Where the rule stands; "": it is ours. */
  readonly rfc: string;
}

type Rows<Token extends string> = { readonly [T in Token]: Reason };

type ImportToken = Refusal | "accepted" | "originated" | "not-received" | "path-limit" | "kept" | "no-import-policy";
type DecisionToken = Exclude<RuleName, "resolvable"> | "best" | "unreachable-next-hop" | "multipath" | "undecided";
type KernelToken =
  | Unforwarded | "installed" | "outranked" | "foreign-route" | "kernel-refused" | "kernel-unreachable" | "kernel-pending" | "inherited" | "kernel-away" | "not-permitted"
  | "own-block" | "blackhole-community" | "static-route" | "best-path";
type ExportToken =
  | Passed | "told" | "queued" | "initial-table" | "table-again" | "split-horizon" | "no-export-policy" | "message-too-long" | "no-best-path" | "withdrawal-queued"
  | "shut-down" | "held-down" | "no-session" | "family-not-agreed" | "restart-deferral" | "table-undecided" | "inside-own-block";

const IMPORT: Rows<ImportToken> = {
  accepted: { station: "import", means: "the import policy let it in", rfc: "RFC 4271 §9.1.1" },
  originated: { station: "import", means: "this host announces it itself", rfc: "RFC 4271 §9.4" },
  "not-received": { station: "import", means: "this peer has not told it to us", rfc: "RFC 4271 §3.2" },
  "path-limit": { station: "import", means: "this peer has told as many paths to the prefix as it may; further ones are ignored (maxPathsPerPrefix)", rfc: "RFC 7911" },
  kept: { station: "import", means: "the peer went away or is telling its routes again, and this one is kept meanwhile", rfc: "RFC 4724 §4.2" },
  "as-path-length": { station: "import", means: "its AS_PATH has more AS numbers than the peer may tell (maxAsPathLength)", rfc: "" },
  communities: { station: "import", means: "it has more communities than the peer may tell (maxCommunities)", rfc: "" },
  "first-as": { station: "import", means: "its AS_PATH does not begin with the peer's AS", rfc: "RFC 4271 §6.3" },
  "as-loop": { station: "import", means: "our AS is in its AS_PATH more often than it may", rfc: "RFC 4271 §9.1.2" },
  "own-originator-id": { station: "import", means: "its ORIGINATOR_ID is our router id", rfc: "RFC 4456 §8" },
  "cluster-loop": { station: "import", means: "our cluster id is in its CLUSTER_LIST", rfc: "RFC 4456 §8" },
  "own-next-hop": { station: "import", means: "its next hop is an address of ours", rfc: "RFC 4271 §5.1.3" },
  "loopback-next-hop": { station: "import", means: "its next hop is a loopback address, which is somebody else's", rfc: "RFC 4271 §6.3" },
  "route-leak": { station: "import", means: "its OTC says that the peer should not have told it", rfc: "RFC 9234 §5" },
  "no-import-policy": { station: "import", means: "the import policy is reject-all, as it is towards another AS where no other was chosen", rfc: "RFC 8212 §2" },
  "import-policy": { station: "import", means: "the import policy refused it", rfc: "RFC 4271 §9.1.1" },
};

const DECISION: Rows<DecisionToken> = {
  best: { station: "decision", means: "it stands before all others", rfc: "RFC 4271 §9.1.2.2" },
  "unreachable-next-hop": { station: "decision", means: "its next hop cannot be reached from here", rfc: "RFC 4271 §9.1.2.1" },
  multipath: { station: "decision", means: "it is as good as the best up to the way to the next hop, and shares the packets with it", rfc: "RFC 4271 §9.1.2.2" },
  undecided: { station: "decision", means: "best paths are not chosen yet: this speaker has restarted and waits for its peers' routes", rfc: "RFC 4724 §4.1" },
  "not-kernel": { station: "decision", means: "what a peer tells goes before what somebody else put into this host's kernel", rfc: "" },
  "not-llgr-stale": { station: "decision", means: "a path that is long-lived stale is the last choice", rfc: "RFC 9494 §4.4" },
  "local-pref": { station: "decision", means: "the higher LOCAL_PREF goes first", rfc: "RFC 4271 §9.1.1" },
  local: { station: "decision", means: "what this host announces itself goes first", rfc: "" },
  aigp: { station: "decision", means: "the lower accumulated metric goes first", rfc: "RFC 7311 §4.1" },
  "as-path": { station: "decision", means: "the shorter AS_PATH goes first", rfc: "RFC 4271 §9.1.2.2 a" },
  origin: { station: "decision", means: "the lower ORIGIN goes first: IGP, EGP, INCOMPLETE", rfc: "RFC 4271 §9.1.2.2 b" },
  med: { station: "decision", means: "the lower MED goes first among paths from one neighbouring AS", rfc: "RFC 4271 §9.1.2.2 c" },
  external: { station: "decision", means: "what another AS told goes before what our own did", rfc: "RFC 4271 §9.1.2.2 d" },
  "igp-metric": { station: "decision", means: "the nearer next hop goes first", rfc: "RFC 4271 §9.1.2.2 e" },
  "oldest-external": { station: "decision", means: "of paths from other ASes the one goes first that was there first", rfc: "RFC 5004" },
  "router-id": { station: "decision", means: "the lower router id (or ORIGINATOR_ID) goes first", rfc: "RFC 4271 §9.1.2.2 f, RFC 4456 §9" },
  "cluster-list": { station: "decision", means: "the shorter CLUSTER_LIST goes first", rfc: "RFC 4456 §9" },
  "peer-address": { station: "decision", means: "the lower address of the peer goes first", rfc: "RFC 4271 §9.1.2.2 g" },
  "path-id": { station: "decision", means: "of two paths of one peer the lower path identifier goes first", rfc: "" },
  source: { station: "decision", means: "of two that are alike in everything the one goes first whose source was known first", rfc: "" },
};

const KERNEL: Rows<KernelToken> = {
  "best-path": { station: "kernel", means: "packets follow the best path", rfc: "RFC 4271 §9.1.3" },
  "static-route": { station: "kernel", means: "packets follow a static route of the configuration", rfc: "" },
  "own-block": { station: "kernel", means: "it is a block of this host: what no workload takes is swallowed", rfc: "" },
  "blackhole-community": { station: "kernel", means: "the best path has the community BLACKHOLE, and its peer is believed: packets are swallowed", rfc: "RFC 7999 §3.3" },
  "no-usable-path": { station: "kernel", means: "no path can be used, so nothing is wanted", rfc: "RFC 4271 §9.1.2" },
  "own-route": { station: "kernel", means: "this host announces it itself, and the kernel has its own route", rfc: "" },
  "forwarding-rule": { station: "kernel", means: "a rule of `forwarding` leaves it to others", rfc: "" },
  "not-forwarding": { station: "kernel", means: "this process keeps no kernel routes", rfc: "" },
  installed: { station: "kernel", means: "the kernel has it as wanted", rfc: "" },
  outranked: { station: "kernel", means: "the kernel has it, but somebody else's route to the prefix has a lower metric, and packets follow that", rfc: "" },
  "foreign-route": { station: "kernel", means: "somebody else's route stands in its place; theirs stays, ours waits", rfc: "" },
  "kernel-refused": { station: "kernel", means: "the kernel does not take it; it is tried again", rfc: "" },
  "kernel-unreachable": { station: "kernel", means: "no next hop can be reached over the links and routes of this host", rfc: "" },
  "kernel-pending": { station: "kernel", means: "it is being written", rfc: "" },
  inherited: { station: "kernel", means: "an earlier life of this daemon left it there, and it stays until peers have told their routes again", rfc: "RFC 4724 §4.1" },
  "kernel-away": { station: "kernel", means: "the kernel cannot be heard now", rfc: "" },
  "not-permitted": { station: "kernel", means: "the kernel allows this process no routes (CAP_NET_ADMIN)", rfc: "" },
};

const EXPORT: Rows<ExportToken> = {
  told: { station: "export", means: "it has been told", rfc: "RFC 4271 §9.2" },
  queued: { station: "export", means: "the last word about it is still in the queue: the peer has not taken it yet", rfc: "" },
  "initial-table": { station: "export", means: "the table is on its way to the peer, and this is in it", rfc: "RFC 4271 §9.2" },
  "table-again": { station: "export", means: "it has been told; the peer asked for the table again, and that is on its way", rfc: "RFC 2918" },
  "withdrawal-queued": { station: "export", means: "the last word about it is still in the queue: until the peer takes that, it may hold an older one", rfc: "" },
  "split-horizon": { station: "export", means: "the peer told us this path itself", rfc: "RFC 4456 §6" },
  reflection: { station: "export", means: "it came from an ordinary internal peer, and only clients and other ASes hear such a path from us", rfc: "RFC 4456 §6" },
  "no-export-policy": { station: "export", means: "the export policy is reject-all, as it is towards another AS where no other was chosen", rfc: "RFC 8212 §2" },
  "export-policy": { station: "export", means: "the export policy refused it", rfc: "RFC 4271 §9.1.3" },
  "no-advertise": { station: "export", means: "it has the community NO_ADVERTISE: nobody hears it", rfc: "RFC 1997" },
  "no-export": { station: "export", means: "it has the community NO_EXPORT: other ASes do not hear it", rfc: "RFC 1997" },
  "no-export-subconfed": { station: "export", means: "it has the community NO_EXPORT_SUBCONFED: other ASes do not hear it", rfc: "RFC 1997" },
  "long-lived-stale": { station: "export", means: "it is long-lived stale, and the peer does not know what that means", rfc: "RFC 9494 §4.3" },
  "only-to-customer": { station: "export", means: "it has OTC, and goes only to customers and clients of a route server", rfc: "RFC 9234 §5" },
  "as-in-path": { station: "export", means: "the peer's AS is in its AS_PATH: the peer would have to refuse it", rfc: "RFC 4271 §9.1.2" },
  "no-own-address": { station: "export", means: "we have no address of that family to tell as next hop", rfc: "RFC 4271 §5.1.3" },
  "next-hop-family": { station: "export", means: "its next hop is of another family than the prefix, which was not agreed", rfc: "RFC 8950" },
  "message-too-long": { station: "export", means: "no message that was agreed has room for its attributes", rfc: "RFC 8654 §4" },
  "not-best": { station: "export", means: "another path is the best, and the peer hears the best alone", rfc: "RFC 4271 §9.2" },
  "not-selected": { station: "export", means: "the peer hears several paths, and as many stand before it (addPathSend)", rfc: "RFC 7911" },
  "no-best-path": { station: "export", means: "no path can be used, so there is nothing to tell", rfc: "RFC 4271 §9.1.2" },
  "shut-down": { station: "export", means: "the peer is shut down here", rfc: "RFC 9003" },
  "held-down": { station: "export", means: "the peer told more prefixes than it may, and was sent away", rfc: "RFC 4486" },
  "no-session": { station: "export", means: "there is no session with the peer", rfc: "RFC 4271 §8" },
  "family-not-agreed": { station: "export", means: "the session does not carry this family", rfc: "RFC 4760 §8" },
  "restart-deferral": { station: "export", means: "this speaker has restarted, and tells nothing before its peers have told their routes", rfc: "RFC 4724 §4.1" },
  "table-undecided": { station: "export", means: "the table is told when best paths are chosen for all of it", rfc: "RFC 4724 §2" },
  "inside-own-block": { station: "export", means: "it is a workload inside a block of this host: the block is told in its place", rfc: "" },
};

/** Every reason there is, by its token. */
export const REASONS = { ...IMPORT, ...DECISION, ...KERNEL, ...EXPORT };

export type ReasonToken = keyof typeof REASONS;
export type ImportReason = ImportToken;
export type DecisionReason = DecisionToken;
export type KernelReason = KernelToken;
export type ExportReason = ExportToken;
