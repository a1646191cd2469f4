/**
 * One peer's UPDATE -> loop checks -> import policy -> what communities ask for -> RIB.
 * Pure. RFC 4271 §9, §5.1.3; RFC 4456 §8; RFC 9234 §5.
 *
 * Every path is kept as it came beside what policy made of it, also a refused one: a changed policy is applied without
 * asking the peer again, and "why is it not used" has an answer.
 */

import { isLoopback } from "../ip/address.ts";
import { dependsOnPrefix, evaluate } from "../bgp/policy/evaluate.ts";
import { type AttrId, NO_ATTRIBUTES } from "../bgp/rib/ids.ts";
import type { Announcement, NlriBlock, Update } from "../bgp/wire/message-types.ts";
import type { PathAttributes } from "../bgp/wire/attribute-types.ts";
import { countAs } from "../bgp/wire/as-path.ts";
import { NlriReader } from "../bgp/wire/nlri.ts";
import { isLeak } from "../rr/only-to-customer.ts";
import type { PeerConfig, RouterConfig } from "./config.ts";
import { misconductIn } from "./misconduct.ts";
import type { Peer, Session } from "./peers.ts";
import { externalRole, packetsFor, receive } from "./reception.ts";
import type { Tables } from "./tables.ts";
import type { Refusal } from "./verdicts.ts";

/** What became of one attribute set on its way in. */
interface Judgement {
  readonly usable: AttrId;
  readonly verdict: number;
  /** The policy's rule that spoke; undefined: none was asked. */
  readonly rule: number | undefined;
}

/** Where a prefix stands in some buffer. */
interface PrefixBits {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly bits: number;
}

export class Inbound {
  readonly #tables: Tables;
  readonly #scratch = new Uint8Array(16);

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /**
   * What is of a family that was not agreed is ignored (RFC 4760 §6). Returns how many paths were ignored because the
   * peer had told as many of their prefix as it may: each prefix's paths are walked often, so they must be few.
   */
  update(peer: Peer, session: Session, update: Update, router: RouterConfig, nowMs: number): number {
    const { families } = session.negotiated;
    let ignored = 0;
    for (const block of update.withdrawn) if (families.includes(block.family)) this.#withdraw(peer, block);
    for (const announcement of update.announced) if (families.includes(announcement.nlri.family)) ignored += this.#announce(peer, announcement, router, nowMs);
    return ignored;
  }

  /** The import policy or what counts as a loop is another one: judge every path of this peer again. */
  reimport(peer: Peer, router: RouterConfig): void {
    const { rib, prefixes, attributes } = this.#tables;
    const bytes = this.#scratch;
    for (const row of rib.rowsOf(peer.source)) {
      const prefix = rib.paths.prefix(row);
      prefixes.copyAddress(prefix, bytes, 0);
      const where = { bytes, at: 0, bits: prefixes.bits(prefix) };
      const judgement = this.#judge(peer, attributes.get(rib.paths.received(row)), router, prefixes.family(prefix), where);
      rib.rejudge(row, judgement.usable, judgement.verdict);
      this.#count(peer, judgement);
    }
  }

  #withdraw(peer: Peer, block: NlriBlock): void {
    const { rib, prefixes } = this.#tables;
    const reader = new NlriReader(block);
    while (reader.next()) {
      const prefix = prefixes.find(block.family, reader.bytes, reader.at, reader.bits);
      if (prefix !== undefined) rib.forget(peer.source, prefix, reader.pathId);
    }
  }

  #announce(peer: Peer, { nlri, attributes }: Announcement, router: RouterConfig, nowMs: number): number {
    const { rib, prefixes, attributes: store } = this.#tables;
    const received = store.intern(attributes);
    const perPrefix = dependsOnPrefix(peer.config.importPolicy);
    const reader = new NlriReader(nlri);
    let judgement: Judgement | undefined;
    let ignored = 0;
    while (reader.next()) {
      if (perPrefix || !judgement) judgement = this.#judge(peer, attributes, router, nlri.family, reader);
      const prefix = prefixes.intern(nlri.family, reader.bytes, reader.at, reader.bits);
      if (nlri.addPath && !rib.paths.hasRoom(peer.source, prefix, reader.pathId, peer.config.maxPathsPerPrefix)) {
        ignored++;
        continue;
      }
      rib.learn(peer.source, prefix, reader.pathId, received, judgement.usable, judgement.verdict, nowMs);
      this.#count(peer, judgement);
    }
    return ignored;
  }

  #count(peer: Peer, { rule, verdict }: Judgement): void {
    if (rule !== undefined) return this.#tables.hits.hit(rule);
    const said = this.#tables.verdicts.get(verdict);
    if (said?.kind === "refused") peer.counters.countRefusal(said.by);
  }

  #judge(peer: Peer, attributes: PathAttributes, router: RouterConfig, family: NlriBlock["family"], where: PrefixBits): Judgement {
    const { attributes: store, verdicts, hits } = this.#tables;
    const obstacle = misconductIn(attributes, peer) ?? loopIn(attributes, router, peer) ?? leakIn(attributes, peer.config);
    if (obstacle) return { usable: NO_ATTRIBUTES, verdict: verdicts.numberOf({ kind: "refused", by: obstacle, rule: "" }), rule: undefined };
    const policy = peer.config.importPolicy;
    const source = peer.internal ? "internal" : "external";
    const { accepted, rule: spoke } = evaluate(policy, { family, bytes: where.bytes, at: where.at, bits: where.bits, attributes, source, interface: "" });
    const rule = hits.numberOf("import", policy.name, spoke);
    const named = `${policy.name}/${spoke}`;
    if (!accepted) return { usable: NO_ATTRIBUTES, verdict: verdicts.numberOf({ kind: "refused", by: "import-policy", rule: named }), rule };
    const packets = packetsFor(accepted, peer.config);
    return { usable: store.intern(receive(accepted, peer.config)), verdict: verdicts.numberOf({ kind: "accepted", rule: named, packets }), rule };
  }
}

/** The loop or own address that makes these attributes unusable for us, whatever policy says. */
function loopIn(attributes: PathAttributes, router: RouterConfig, peer: Peer): Refusal | undefined {
  const { allowOwnAs, session } = peer.config;
  if (attributes.asPath && countAs(attributes.asPath, session.localAs) > allowOwnAs) return "as-loop";
  if (attributes.originatorId === router.routerId) return "own-originator-id";
  if (attributes.clusterList?.includes(router.clusterId)) return "cluster-loop";
  const nextHop = attributes.nextHop?.address;
  if (!nextHop) return undefined;
  if (nextHop === peer.session?.localAddress || nextHop === router.ipv4 || nextHop === router.ipv6) return "own-next-hop";
  return isLoopback(nextHop) && !isLoopback(peer.config.address) ? "loopback-next-hop" : undefined;
}

/** RFC 9234 §5: such a route is ineligible, whatever policy says. */
function leakIn(attributes: PathAttributes, peer: PeerConfig): Refusal | undefined {
  const role = externalRole(peer);
  return role && isLeak(attributes, role, peer.session.remoteAs) ? "route-leak" : undefined;
}
