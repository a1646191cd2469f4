/**
 * A whole new configuration arrived: apply the difference to the one in force, and nothing else.
 * Pure.
 */

import { assertNever, present } from "../../ip/assert.ts";
import type { Farewell } from "../../bgp/session/vocabulary.ts";
import { diffing } from "../config/diff.ts";
import { CALLERS } from "../sessions/selection-deferral.ts";
import { type ConfigChange, NO_CALLS, type PeerConfig, type PeerName, type RouterConfig, type SpeakerConfig } from "../config/config.ts";
import type { Forwarding } from "../forwarding/forwarding.ts";
import type { Gateways } from "../forwarding/gateways.ts";
import type { Liveness } from "../sessions/liveness.ts";
import type { LocalRoutes } from "../forwarding/local-routes.ts";
import { type Peer, roleOf } from "../peers/peers.ts";
import { longestRange, memberName, memberOf } from "../config/range-parse.ts";
import type { Ranges } from "../peers/ranges.ts";
import { register, unregister } from "../peers/registration.ts";
import type { Rooms, RouteExchange } from "../sessions/route-exchange.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { type Slices, whole } from "../slices.ts";

/** Before the first configuration: nobody, with nothing. */
const UNCONFIGURED: SpeakerConfig = {
  router: { asn: 0, routerId: 0, clusterId: 0, ipv4: undefined, ipv6: undefined, routePriority: undefined, multipath: 1, deferralMs: 0 },
  networks: [],
  blocks: [],
  statics: [],
  directExcept: [],
  forwarding: [],
  peers: [],
  ranges: [],
  limits: NO_CALLS,
};

const PEERS_PER_SLICE = 256; // that adopt what needs no restart
const CHANGES_PER_SLICE = 64; // carried out

export interface ReconfigurationRooms extends Rooms {
  readonly local: LocalRoutes;
  readonly ranges: Ranges;
  readonly sessions: Sessions;
  readonly liveness: Liveness;
  readonly exchange: RouteExchange;
  readonly forwarding: Forwarding;
  readonly gateways: Gateways;
}

export class Reconfiguration {
  readonly #rooms: ReconfigurationRooms;
  #config: SpeakerConfig = UNCONFIGURED;
  /** What every peer is to be: those of the configuration, and those who came in by its ranges. */
  #wanted: ReadonlyMap<PeerName, PeerConfig> = new Map();
  #lastChanges: readonly ConfigChange[] = [];
  #configuredAtMs = 0;

  constructor(rooms: ReconfigurationRooms) {
    this.#rooms = rooms;
  }

  get router(): RouterConfig {
    return this.#config.router;
  }

  get forwardingRules(): SpeakerConfig["forwarding"] {
    return this.#config.forwarding;
  }

  get lastChanges(): readonly ConfigChange[] {
    return this.#lastChanges;
  }

  get standing(): "unconfigured" | "configured" {
    return this.#config === UNCONFIGURED ? "unconfigured" : "configured";
  }

  get configuredAtMs(): number {
    return this.#configuredAtMs;
  }

  configure(config: SpeakerConfig, nowMs: number): void {
    whole(this.configuring(config, nowMs));
  }

  /** The same in slices; nothing else may be done to the speaker until it is through. */
  *configuring(config: SpeakerConfig, nowMs: number): Slices {
    const changes = yield* this.#compare(config);
    this.#rooms.exchange.router = config.router;
    this.#rooms.sessions.pending.limits = config.limits;
    this.#config = config;
    this.#lastChanges = changes;
    this.#configuredAtMs = nowMs;
    this.#rooms.ranges.configure(config.ranges);
    yield* this.#adopt(changes, nowMs);
    for (const [at, change] of changes.entries()) {
      if (at % CHANGES_PER_SLICE === CHANGES_PER_SLICE - 1) yield;
      this.#carryOut(change, nowMs);
    }
    this.#rooms.liveness.watch();
    this.#awaitFirstRoutes(config, nowMs);
    this.#rooms.actions.report({ kind: "configured", changes });
  }

  #awaitFirstRoutes({ peers, ranges, router }: SpeakerConfig, nowMs: number): void {
    const awaited = peers.filter((peer) => peer.shutdown === undefined).map((peer) => peer.name);
    this.#rooms.deferral.begin(ranges.length > 0 ? [...awaited, CALLERS] : awaited, router.deferralMs, nowMs);
  }

  /** It was held down long enough. */
  release(name: PeerName, nowMs: number): void {
    this.#withPeer(name, (peer) => peer.held && this.#readmit(peer, nowMs));
  }

  /** An operator wants the session to begin anew. */
  reset(name: PeerName, nowMs: number): void {
    this.#withPeer(name, (peer) => {
      if (this.#isMember(peer)) return this.#sendAway(peer, { cease: "administrative-reset", text: "" }, nowMs);
      this.#stop(peer, { cease: "administrative-reset", text: "" }, nowMs);
      this.#start(peer, nowMs);
    });
  }

  /** Peers that came in by a range are compared like all others: with what the new configuration makes of them. */
  *#compare(config: SpeakerConfig): Slices<readonly ConfigChange[]> {
    const members = [...this.#rooms.ranges.members()].flatMap((name) => this.#rooms.peers.named(name) ?? []);
    const after = [...config.peers, ...members.flatMap((peer) => memberAgain(peer, config) ?? [])];
    for (const { name } of config.peers) this.#rooms.ranges.leave(name); // from now on configured
    this.#wanted = new Map(after.map((peer) => [peer.name, peer]));
    return yield* diffing({ ...this.#config, peers: [...this.#config.peers, ...members.map((peer) => peer.config)] }, { ...config, peers: after });
  }

  /** What needs no restart is simply true from now on. */
  *#adopt(changes: readonly ConfigChange[], nowMs: number): Slices {
    const restarting = new Set(changes.flatMap((change) => (change.kind === "restart-peer" ? [change.peer] : [])));
    let adopted = 0;
    for (const config of this.#wanted.values()) {
      if (++adopted % PEERS_PER_SLICE === 0) yield;
      const peer = this.#rooms.peers.named(config.name);
      if (!peer || restarting.has(config.name)) continue;
      const anotherLimit = JSON.stringify(peer.config.maxPrefixes) !== JSON.stringify(config.maxPrefixes);
      const held = this.#rooms.liveness.holds(peer);
      this.#rooms.peers.reconfigure(peer, config);
      const released = held && !this.#rooms.liveness.holds(peer) && !peer.held;
      if (anotherLimit) this.#limit(peer, nowMs);
      if (released) this.#start(peer, nowMs);
    }
  }

  /** Who was held down for the old limit comes back; who is beyond the new one goes. */
  #limit(peer: Peer, nowMs: number): void {
    const { limits } = this.#rooms.exchange;
    if (peer.held) return this.#readmit(peer, nowMs);
    limits.changed(peer);
    const farewell = limits.check(peer, nowMs);
    if (farewell) this.#stop(peer, farewell, nowMs);
  }

  #carryOut(change: ConfigChange, nowMs: number): void {
    switch (change.kind) {
      case "add-peer":
        return this.#add(this.#configOf(change.peer), nowMs);
      case "remove-peer":
        return this.#remove(change.peer, nowMs);
      case "restart-peer":
        return this.#restart(change.peer, nowMs);
      case "re-import":
        return this.#withPeer(change.peer, (peer) => this.#rooms.exchange.reimport(peer));
      case "re-export":
        return this.#withPeer(change.peer, (peer) => this.#rooms.exchange.reexport(peer));
      case "originate":
        return this.#originate(nowMs);
      case "ranges":
        return;
      default:
        return assertNever(change);
    }
  }

  #add(config: PeerConfig, nowMs: number): void {
    this.#start(register(config, this.#rooms, nowMs), nowMs);
  }

  #remove(name: PeerName, nowMs: number): void {
    this.#withPeer(name, (peer) => {
      if (this.#isMember(peer)) return this.#sendAway(peer, { cease: "peer-deconfigured", text: "" }, nowMs);
      this.#stop(peer, { cease: "peer-deconfigured", text: "" }, nowMs);
      this.#rooms.exchange.limits.release(peer);
      this.#rooms.exchange.forgetKept(peer, nowMs);
      unregister(peer, this.#rooms);
      this.#rooms.deferral.complete(name, nowMs);
    });
  }

  #restart(name: PeerName, nowMs: number): void {
    this.#withPeer(name, (peer) => {
      const config = this.#configOf(name);
      if (roleOf(config) !== peer.role) return this.#replace(peer, config, nowMs);
      this.#rooms.exchange.limits.release(peer);
      this.#stop(peer, farewellBefore(config), nowMs);
      if (!isSameNeighbour(peer.config, config)) this.#rooms.exchange.forgetKept(peer, nowMs);
      if (peer.config.address !== config.address) peer.liveness = "unknown"; // nothing was said of that path
      if (this.#rooms.peers.named(name) !== peer) return; // of a range, with nothing kept: it is welcome when it calls again
      this.#rooms.peers.reconfigure(peer, config);
      this.#rooms.exchange.reimport(peer);
      this.#start(peer, nowMs);
    });
  }

  /** What it told was told on as that of another kind of peer, and is taken back as such: it ends, and begins anew. */
  #replace(peer: Peer, config: PeerConfig, nowMs: number): void {
    this.#sendAway(peer, farewellBefore(config), nowMs);
    if (this.#rooms.peers.named(peer.name) !== peer) return; // of a range: it is welcome when it calls again
    unregister(peer, this.#rooms);
    const again = register(config, this.#rooms, nowMs);
    again.succeed(peer);
    this.#start(again, nowMs);
  }

  /** It need not be held down any more. */
  #readmit(peer: Peer, nowMs: number): void {
    if (this.#isMember(peer)) this.#sendAway(peer, { cease: "other-configuration-change", text: "" }, nowMs);
    else this.#start(peer, nowMs);
  }

  /** As a peer of a range goes: with its session and everything it told. */
  #sendAway(peer: Peer, farewell: Farewell, nowMs: number): void {
    this.#rooms.exchange.limits.release(peer);
    this.#stop(peer, farewell, nowMs);
    this.#rooms.exchange.forgetKept(peer, nowMs);
  }

  #isMember(peer: Peer): boolean {
    return this.#rooms.ranges.rangeOf(peer.name) !== undefined;
  }

  #start(peer: Peer, nowMs: number): void {
    this.#rooms.exchange.limits.release(peer);
    if (peer.config.shutdown !== undefined) this.#rooms.deferral.complete(peer.name, nowMs);
    else if (!this.#rooms.liveness.holds(peer)) this.#rooms.sessions.tell(peer, { kind: "start" }, nowMs);
  }

  #stop(peer: Peer, farewell: Farewell, nowMs: number): void {
    this.#rooms.sessions.tell(peer, { kind: "stop", ...farewell }, nowMs);
  }

  #originate(nowMs: number): void {
    const { router, statics } = this.#config;
    const gateways = this.#rooms.gateways.configure(statics);
    if (gateways === "changed") this.#rooms.tables.rib.reconsiderNextHops();
    this.#rooms.local.configure(this.#config, nowMs);
    const settings = this.#rooms.forwarding.configure(this.#config);
    if (gateways === "same" && settings === "same") return; // what is decided anew is looked at anyway
    const changes = this.#rooms.forwarding.all(router.multipath);
    if (changes.length > 0) this.#rooms.actions.add({ kind: "forward", changes });
  }

  #configOf(name: PeerName): PeerConfig {
    return present(this.#wanted.get(name), `a change names ${name}, which is not configured`);
  }

  #withPeer(name: PeerName, act: (peer: Peer) => void): void {
    const peer = this.#rooms.peers.named(name);
    if (peer) act(peer);
  }
}

/** What the old session is told, for the new one is another. */
function farewellBefore({ shutdown }: PeerConfig): Farewell {
  return shutdown === undefined ? { cease: "other-configuration-change", text: "" } : { cease: "administrative-shutdown", text: shutdown };
}

/** What this peer of a range is under another configuration; undefined: a peer no longer, or one of another kind. */
function memberAgain(peer: Peer, { peers, ranges }: SpeakerConfig): PeerConfig | undefined {
  const { address, name } = peer.config;
  const range = longestRange(ranges, address);
  const isConfigured = peers.some((other) => other.name === name || other.address === address);
  if (isConfigured || !range || memberName(range.name, address) !== name) return undefined;
  const again = memberOf(range, address);
  const known = peer.config.session.remoteAs;
  if (peer.counters.established === 0 || !range.asns.includes(known)) return again;
  return { ...again, session: { ...again.session, remoteAs: known, otherRemoteAses: [] } };
}

/** Whether routes that are kept over a restart of the session may still be told again by the same neighbour. */
function isSameNeighbour(before: PeerConfig, after: PeerConfig): boolean {
  if (after.shutdown !== undefined || after.session.gracefulRestart === "off") return false;
  return before.address === after.address && before.session.remoteAs === after.session.remoteAs && before.session.localAs === after.session.localAs;
}
