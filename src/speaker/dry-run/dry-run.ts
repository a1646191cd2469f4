/**
 * What would a configuration change? A second speaker with the same neighbours applies it, and its routing state before is compared
 * with that after.
 * Pure. No rule of sessions, policies, decision or export is written a second time for it: the shadow speaker is a whole
 * Speaker, in front of simulated neighbours who announce what they announced to the real one.
 *
 *   real speaker ── what its neighbours told ──► shadow, old configuration ──► state
 *                                                     │ configure                    │  differences
 *                   whoever was hung up on calls again▼                              ▼
 *                                                shadow, new configuration ──► state
 *
 * It is taken for granted that neighbours go on telling what they told, and agree to what they agreed to before; a neighbour
 * whom nobody has heard yet tells nothing.
 */

import { NO_PATH, type PathRow, type PrefixId } from "../../bgp/rib/ids.ts";
import type { ConfigChange, PeerConfig, PeerName, SpeakerConfig } from "../config/config.ts";
import type { Slices } from "../slices.ts";
import { ToldDifferences, differingBest, differingKernel } from "./differences.ts";
import { HeardSets } from "./heard-sets.ts";
import { Neighbour } from "./neighbour.ts";
import type { PeerFate, PeerPlan, Plan } from "./plan.ts";
import { type BestPath, type RoutingState, routingStateOf } from "./routing-state.ts";
import type { SpeakerInternals } from "./speaker-internals.ts";
import { ShadowSpeaker } from "./shadow-speaker.ts";

const PREFIXES_PER_SLICE = 256;
/** The shadow speaker needs as much memory as the speaker, and some seconds of work for so many. */
const MOST_PATHS = 1_000_000;

/** What `next` would change; undefined: there is no configuration yet. The real speaker is only read. */
export function* dryRun(real: SpeakerInternals, next: SpeakerConfig, nowMs: number, mostPaths = MOST_PATHS): Slices<Plan | undefined> {
  const { configured } = real.administration;
  if (!configured) return undefined;
  const routes = real.tables.rib.size <= mostPaths ? ("compared" as const) : ("left-out" as const);
  const neighbours = yield* neighboursOf(real, routes);
  const shadow = new ShadowSpeaker(real, nowMs);
  yield* shadow.configure(configured);
  for (const [peer, text] of real.administration.byHand) {
    shadow.hear({ kind: "administer", peer, order: text === undefined ? { kind: "enable" } : { kind: "shutdown", text } });
  }
  shadow.hear({ kind: "workloads", prefixes: real.local.workloads });
  shadow.hear({ kind: "kernel-routes", routes: real.local.kernelRoutes });
  for (const neighbour of neighbours) yield* shadow.meet(neighbour);
  yield* shadow.settle();
  const sets = new HeardSets();
  const before = yield* routingStateOf(shadow, sets);
  const { exchange } = shadow.internals;
  yield* exchange.forgetTold(); // to change from one update group to another costs a walk over the table; to join one costs nothing yet
  yield* shadow.configure(next);
  yield* shadow.settle();
  exchange.tellAnew();
  yield* shadow.settle();
  const after = yield* routingStateOf(shadow, sets);
  return yield* planOf(shadow, { before, after, sets, routes, unrehearsed: neighbours.reduce((sum, { unwritable }) => sum + unwritable, 0) });
}

/** Everybody who has a session, or whose routes are kept. */
function* neighboursOf({ tables, peers }: SpeakerInternals, routes: Plan["routes"]): Slices<readonly Neighbour[]> {
  const { rib, prefixes, attributes } = tables;
  const parts = new Map<PeerName, Neighbour>();
  for (const peer of peers.all()) if (peer.session) parts.set(peer.name, new Neighbour(peer, peer.session));
  if (routes === "left-out") return [...parts.values()];
  const octets = new Uint8Array(16);
  let walked = 0;
  for (const prefix of rib.prefixes()) {
    for (let row: PathRow = rib.paths.firstOfPrefix(prefix); row !== NO_PATH; row = rib.paths.nextOfPrefix(row)) {
      const peer = peers.ofSource(rib.paths.source(row));
      if (!peer) continue; // this machine
      let part = parts.get(peer.name);
      if (!part && peer.last) parts.set(peer.name, (part = new Neighbour(peer, peer.last)));
      prefixes.copyAddress(prefix, octets, 0);
      part?.tells(prefixes.family(prefix), attributes.get(rib.paths.received(row)), rib.paths.pathId(row), prefixes.bits(prefix), octets);
    }
    if (++walked % PREFIXES_PER_SLICE === 0) yield;
  }
  for (const part of parts.values()) part.finish();
  return [...parts.values()];
}

interface Compared {
  readonly before: RoutingState;
  readonly after: RoutingState;
  readonly sets: HeardSets;
  readonly routes: Plan["routes"];
  readonly unrehearsed: number;
}

function* planOf(shadow: ShadowSpeaker, { before, after, sets, routes, unrehearsed }: Compared): Slices<Plan> {
  const { prefixes, attributes } = shadow.internals.tables;
  const { changes } = shadow;
  const best = yield* differingBest(before, after);
  const kernel = yield* differingKernel(before, after);
  const told = new ToldDifferences(before, after, sets);
  const peers: PeerPlan[] = [];
  const byPeer = changesByPeer(changes);
  for (const peer of namesOf(before, after, changes)) {
    yield;
    yield* told.compare(peer);
    peers.push(peerPlan(peer, byPeer.get(peer) ?? [], shadow, before, after, told));
  }
  const at = (id: PrefixId) => ({ prefix: prefixes.prefix(id), family: prefixes.family(id) });
  const path = (here: BestPath | undefined) => here && { origin: here.origin, attributes: attributes.get(here.set) };
  const moves = peers.some(({ fate, told: counts }) => fate !== "stays" || counts.gained + counts.lost + counts.changed > 0);
  const isOtherwise = changes.length > 0 || moves || best.prefixes.length > 0 || kernel.prefixes.length > 0;
  return {
    changes: isOtherwise ? "some" : "none",
    peers,
    routes,
    counts: routes === "left-out" ? { best: undefined, kernel: undefined } : { best: best.counts, kernel: shadow.internals.packets === "forwarded" ? kernel.counts : undefined },
    originates: changes.some(({ kind }) => kind === "originate") ? "otherwise" : "the-same",
    ranges: changes.flatMap((change) => (change.kind === "ranges" ? change.ranges : [])),
    unrehearsed,
    *best() {
      for (const id of best.prefixes) yield { ...at(id), before: path(before.best(id)), after: path(after.best(id)) };
    },
    *kernel() {
      for (const id of kernel.prefixes) yield { ...at(id), before: before.kernel[id], after: after.kernel[id] };
    },
    *told(peer) {
      for (const { prefix, ...change } of told.of(peer)) yield { peer, ...at(prefix), ...change };
    },
  };
}

/** Those that go first, as they are carried out; then the others in the order of the new configuration. */
function namesOf(before: RoutingState, after: RoutingState, changes: readonly ConfigChange[]): readonly PeerName[] {
  const removed = changes.flatMap((change) => (change.kind === "remove-peer" ? [change.peer] : []));
  return [...new Set([...removed, ...before.sources.keys(), ...after.sources.keys()])];
}

function changesByPeer(changes: readonly ConfigChange[]): ReadonlyMap<PeerName, readonly ConfigChange[]> {
  const byPeer = new Map<PeerName, ConfigChange[]>();
  for (const change of changes) {
    if (!("peer" in change)) continue;
    const known = byPeer.get(change.peer);
    if (known) known.push(change);
    else byPeer.set(change.peer, [change]);
  }
  return byPeer;
}

function peerPlan(peer: PeerName, changes: readonly ConfigChange[], shadow: ShadowSpeaker, before: RoutingState, after: RoutingState, told: ToldDifferences): PeerPlan {
  const down = shadow.downOf(peer);
  const fate = fateOf(changes, down === undefined ? "undisturbed" : "ended");
  const restart = changes.find((change) => change.kind === "restart-peer");
  const now = shadow.internals.peers.named(peer);
  const address = now?.config.address ?? before.addresses.get(peer);
  return {
    peer,
    address: address as PeerConfig["address"],
    fate,
    because: restart?.because,
    directions: changes.flatMap(({ kind }) => (kind === "re-import" ? ["import" as const] : kind === "re-export" ? ["export" as const] : [])),
    before: before.sources.has(peer) ? standing(before, peer) : undefined,
    after: afterwards(peer, fate, before, after, now?.config),
    down: now && now.config.shutdown === undefined && !after.up.has(peer) ? down : undefined,
    told: told.counts(peer),
  };
}

function fateOf(changes: readonly ConfigChange[], session: "undisturbed" | "ended"): PeerFate {
  const kinds = new Set(changes.map(({ kind }) => kind));
  if (kinds.has("remove-peer")) return "removed";
  if (kinds.has("add-peer")) return "added";
  if (kinds.has("restart-peer") || session === "ended") return "resets";
  return kinds.size > 0 ? "refreshes" : "stays";
}

function standing(state: RoutingState, peer: PeerName): "up" | "down" {
  return state.up.has(peer) ? "up" : "down";
}

/** A neighbour whom nobody has heard may well agree. */
function afterwards(peer: PeerName, fate: PeerFate, before: RoutingState, after: RoutingState, config: PeerConfig | undefined): PeerPlan["after"] {
  if (!config) return undefined;
  if (after.up.has(peer)) return "up";
  const isNew = fate === "added" || (fate === "resets" && !before.up.has(peer));
  return isNew && config.shutdown === undefined ? "unknown" : "down";
}
