/**
 * RIB changes -> every update group -> the links of its members.
 * Pure. Peers with equal export identities are members of one group; which peer is in which group is decided here.
 */

import { type IpAddress, versionOf } from "../../ip/address.ts";
import type { Policy } from "../../bgp/policy/policy.ts";
import type { SourceId } from "../../bgp/rib/ids.ts";
import type { BestChanges } from "../../bgp/rib/best-changes.ts";
import type { NextHop } from "../../bgp/wire/attribute-types.ts";
import { FAMILIES, type Family } from "../../bgp/wire/context.ts";
import { type ExportIdentity, type GroupKey, exportIdentity, groupKey } from "../../rr/export-identity.ts";
import { TransmitBuffer } from "../../rr/transmit-buffer.ts";
import { PathSlots } from "../../rr/path-slots.ts";
import type { RouterConfig } from "../config/config.ts";
import { BestGroup, type ExportGroup } from "./export-group.ts";
import { Exporter, type SourceFactsOf } from "./exporter.ts";
import { GroupMoves } from "./group-moves.ts";
import { PathsGroup } from "./paths-group.ts";
import type { Peer, Session } from "../peers/peers.ts";
import type { RouteChanges } from "../peers/route-changes.ts";
import type { Tables } from "../tables/tables.ts";

const BACKLOG_BYTES = 1024 * 1024; // of one peer that changes groups, in one turn
const NO_GROUPS: readonly ExportGroup[] = [];

export class Outbound {
  readonly #tables: Tables;
  readonly #factsOf: SourceFactsOf;
  readonly #groups = new Map<GroupKey, ExportGroup>();
  readonly #memberships = new Map<SourceId, Map<Family, ExportGroup>>();
  readonly #policyVersions = new PolicyVersions();
  /** Of all groups that hear several paths: who moves from one to the other keeps the path identifiers. */
  readonly #slots: PathSlots;
  readonly #moves: GroupMoves;
  /** They are to change groups, and have to take what was told them before. */
  readonly #late = new Set<Peer>();
  /** Nobody holds them any more since the last flush. */
  #released: SourceId[] = [];

  constructor(tables: Tables, factsOf: SourceFactsOf) {
    this.#tables = tables;
    this.#factsOf = factsOf;
    this.#slots = new PathSlots(tables.prefixes);
    this.#moves = new GroupMoves(tables);
  }

  /** A session came up: its peer hears the whole table and then every change. Returns families that cannot be served. */
  join(peer: Peer, session: Session, router: RouterConfig): readonly Family[] {
    const memberships = new Map<Family, ExportGroup>();
    this.#memberships.set(peer.source, memberships);
    for (const family of session.negotiated.families) {
      const group = this.#groupFor(this.#identityOf(peer, session, family, router), peer.config.exportPolicy);
      memberships.set(family, group);
      group.updates.join(peer.source);
      peer.counters.exports[family].joined(group.tally.of(peer.source));
    }
    return session.negotiated.families.filter((family) => memberships.get(family)?.identity.self === undefined);
  }

  leave(peer: Peer): void {
    this.#moves.abandon(peer.source);
    this.#late.delete(peer);
    for (const group of this.#memberships.get(peer.source)?.values() ?? []) this.#remove(peer, group);
    this.#memberships.delete(peer.source);
  }

  /** The peer asked for the family again (RFC 2918); with marks around the answer where both know them (RFC 7313). */
  resend(peer: Peer, session: Session, family: Family): void {
    const marks = session.negotiated.enhancedRouteRefresh ? "begin-and-end" : "none";
    const group = this.#memberships.get(peer.source)?.get(family);
    group?.updates.resend(peer.source, marks);
    if (group) peer.counters.exports[family].heardAgain(group.updates.advertisedSoFar(peer.source));
  }

  /** What this peer is to hear may be another thing now: where it is, it changes groups and hears the difference, soon. */
  reexport(peer: Peer, session: Session, router: RouterConfig): void {
    for (const [family, old] of this.#memberships.get(peer.source) ?? []) {
      const identity = this.#identityOf(peer, session, family, router);
      if (groupKey(identity) === groupKey(old.identity)) continue;
      if (this.#moves.holds(peer.source, family) || this.#takeBacklog(peer, session, old) === "some") this.#late.add(peer);
      else this.#move(peer, old, this.#groupFor(identity, peer.config.exportPolicy));
    }
  }

  /** Peers change groups, and are not at the end of it. */
  get moving(): "some" | "nobody" {
    return this.#late.size > 0 || this.#moves.standing === "some" ? "some" : "nobody";
  }

  /** Peers that change groups get on, as far as a walk over so many entries leads. */
  goOn(entries: number, router: RouterConfig): void {
    for (const member of this.#moves.goOn(entries)) this.#released.push(member);
    for (const peer of [...this.#late]) {
      if (!peer.session || this.#moves.holds(peer.source)) continue;
      this.#late.delete(peer);
      this.reexport(peer, peer.session, router);
    }
  }

  changed(changes: BestChanges): void {
    this.#slots.sweep();
    for (const group of this.#groups.values()) group.changed(changes);
    this.#moves.changed(changes);
  }

  /** Encodes what changed; returns the members that have something to take now. */
  flush(): readonly SourceId[] {
    const woken = this.#released;
    this.#released = [];
    for (const group of this.#groups.values()) for (const member of group.updates.flush()) woken.push(member);
    return woken;
  }

  /** Another number than before: there are frames that there were not. */
  get frames(): number {
    let frames = 0;
    for (const group of this.#groups.values()) frames += group.updates.logEnd;
    return frames;
  }

  /** There is a group whose next member would have to wait for its snapshot. */
  get isUnprepared(): boolean {
    for (const group of this.#groups.values()) if (group.updates.isUnprepared) return true;
    return false;
  }

  /** One slice of a snapshot, of the first group that needs one and is not busy. */
  prepare(): "done" | "more" | "busy" {
    let outcome: "done" | "busy" = "done";
    for (const group of this.#groups.values()) {
      const prepared = group.updates.prepare();
      if (prepared === "more") return "more";
      if (prepared === "busy") outcome = "busy";
    }
    return outcome;
  }

  /** "none": nothing is left that this peer has not taken. */
  take(source: SourceId, buffer: TransmitBuffer): "some" | "none" {
    let left: "some" | "none" = "none";
    const mayBeHeld = this.#moves.standing === "some"; // asked once: a fan-out comes through here for every socket
    for (const group of this.#memberships.get(source)?.values() ?? NO_GROUPS) {
      if (mayBeHeld && this.#moves.holds(source, group.identity.family)) continue;
      if (group.updates.take(source, buffer) === "some") left = "some";
    }
    return left;
  }

  pending(source: SourceId): boolean {
    return [...(this.#memberships.get(source)?.values() ?? [])].some((group) => group.updates.pending(source));
  }

  /** What became of the paths that this peer told, and of those it was to be told. */
  changesOf({ source, counters }: Peer, family: Family): RouteChanges {
    const reading = this.#memberships.get(source)?.get(family)?.tally.of(source);
    const advertised = this.advertised(source, family);
    const [imports, exports] = [counters.imports[family], counters.exports[family]];
    return { importUpdates: imports.updates, importWithdraws: imports.withdraws, exportUpdates: exports.updates(reading, advertised), exportWithdraws: exports.withdraws(reading, advertised) };
  }

  advertised(source: SourceId, family: Family): number {
    return this.groupOf(source, family)?.updates.advertised(source) ?? 0;
  }

  /** The group in which this peer hears that family; undefined: it hears nothing of it. */
  groupOf(source: SourceId, family: Family): ExportGroup | undefined {
    return this.#memberships.get(source)?.get(family);
  }

  /** The groups that this peer is in, one for each family. */
  groupsOf(source: SourceId): Iterable<ExportGroup> {
    return this.#memberships.get(source)?.values() ?? NO_GROUPS;
  }

  get groups(): number {
    return this.#groups.size;
  }

  #identityOf(peer: Peer, session: Session, family: Family, router: RouterConfig): ExportIdentity {
    const { config } = peer;
    const settings = {
      localAs: config.session.localAs,
      clusterId: router.clusterId,
      reflectorClient: config.reflectorClient,
      nextHop: config.nextHop,
      addPathSend: config.addPathSend,
      self: selfFor(family, session.localAddress, router, session.negotiated.codec.extendedNextHop.has(family)),
      role: config.session.role?.local,
      draining: config.drain === "off" ? ("no" as const) : ("yes" as const),
      policy: this.#policyVersions.identityOf(config.exportPolicy),
    };
    return exportIdentity(family, settings, session.negotiated);
  }

  #groupFor(identity: ExportIdentity, policy: Policy): ExportGroup {
    const key = groupKey(identity);
    let group = this.#groups.get(key);
    if (!group) this.#groups.set(key, (group = this.#newGroup(identity, policy)));
    return group;
  }

  #newGroup(identity: ExportIdentity, policy: Policy): ExportGroup {
    const exporter = new Exporter(identity, policy, this.#tables, this.#factsOf);
    if (exporter.identity.addPathSend === "off") return new BestGroup(exporter, this.#tables);
    this.#tables.rib.rankAll();
    return new PathsGroup(exporter, this.#tables, this.#slots);
  }

  #remove({ source, counters }: Peer, group: ExportGroup): void {
    counters.exports[group.identity.family].left(group.tally.of(source), group.updates.advertisedSoFar(source));
    group.updates.leave(source);
    if (group.updates.size > 0) return;
    this.#groups.delete(groupKey(group.identity));
    if ([...this.#groups.values()].every(({ identity }) => identity.addPathSend === "off")) this.#tables.rib.rankBest();
  }

  /** What the peer would still have heard; "some": that was not all of it. */
  #takeBacklog({ source }: Peer, { link }: Session, group: ExportGroup): "some" | "none" {
    const backlog = new TransmitBuffer(BACKLOG_BYTES);
    const left = group.updates.take(source, backlog);
    link.sendFrames(backlog.pieces);
    return left;
  }

  /** First it hears what it must forget, then everything it hears now. */
  #move(peer: Peer, old: ExportGroup, next: ExportGroup): void {
    const { family } = next.identity;
    this.#remove(peer, old);
    this.#memberships.get(peer.source)?.set(family, next);
    next.updates.join(peer.source, this.#moves.begin(peer.source, old, next));
    peer.counters.exports[family].joined(next.tally.of(peer.source));
  }
}

/** Our own address in that family, as this peer should use it. */
function selfFor(family: Family, localAddress: IpAddress, router: RouterConfig, extendedNextHop: boolean): NextHop | undefined {
  const { version } = FAMILIES[family];
  const configured = version === 4 ? router.ipv4 : router.ipv6;
  if (configured) return { address: configured };
  return versionOf(localAddress) === version || extendedNextHop ? { address: localAddress } : undefined;
}

/** Policies by their text: one that was edited under its old name is another policy. */
class PolicyVersions {
  readonly #versions = new Map<string, number>();

  identityOf(policy: Policy): { readonly name: string; readonly version: number } {
    const text = JSON.stringify(policy, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
    const known = this.#versions.get(text);
    if (known !== undefined) return { name: policy.name, version: known };
    this.#versions.set(text, this.#versions.size);
    return { name: policy.name, version: this.#versions.size - 1 };
  }
}
