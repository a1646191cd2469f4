/**
 * One peer's UPDATE -> loop checks and limits -> import policy -> well-known communities and roles -> RIB.
 * Pure. RFC 4271 §9; RFC 4760 §6.
 *
 * Every path is kept as received beside what policy made of it, also a refused one: a changed policy is applied without a
 * ROUTE-REFRESH, and "why is it not used" has an answer.
 *
 * Hot: a set is judged once for all prefixes of an UPDATE unless the policy asks for the prefix, and no object of it is made
 * where nobody asks for anything.
 */

import { OTHERWISE, dependsOnPrefix, evaluate } from "../../bgp/policy/evaluate.ts";
import type { Policy } from "../../bgp/policy/policy.ts";
import { type AttrId, NO_ATTRIBUTES, type PathRow } from "../../bgp/rib/ids.ts";
import { NO_NEXT_HOP } from "../../bgp/rib/next-hop-table.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { Update } from "../../bgp/wire/message-types.ts";
import { NlriReader } from "../../bgp/wire/nlri.ts";
import type { PlainUpdate } from "../../bgp/wire/plain-update.ts";
import type { PeerConfig, RouterConfig } from "../config/config.ts";
import { type ImportOutcome, ImportCache } from "./import-cache.ts";
import { mayMisbehave, misconductIn } from "./misconduct.ts";
import { type Traces, TracesOf, leakIn, loopIn } from "./obstacles.ts";
import type { Peer, Session } from "../peers/peers.ts";
import { asksNothing, packetsFor, receive } from "./reception.ts";
import type { Tables } from "../tables/tables.ts";
import type { Packets, Refusal } from "../tables/verdicts.ts";

/** An attribute set as a peer told it. */
interface Heard {
  readonly received: AttrId;
  readonly traces: Traces;
  /** It may have communities with a meaning of their own. */
  readonly closerLook: "needed" | "not-needed";
}

/** Where a prefix stands in some buffer. */
interface PrefixBits {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly bits: number;
}

type Mark = (row: PathRow, usable: AttrId) => AttrId;

export class Inbound {
  readonly #tables: Tables;
  readonly #cache: ImportCache;
  readonly #simple = new WeakMap<Policy, Omit<ImportOutcome, "usable">>();
  /** The configuration asked about last, and whether paths of such a peer can be simple. */
  #asked: { readonly config: PeerConfig; readonly isOpen: boolean } | undefined;
  readonly #scratch = new Uint8Array(16);

  constructor(tables: Tables) {
    this.#tables = tables;
    this.#cache = new ImportCache(tables.attributes);
  }

  /**
   * What is of a family that was not agreed is ignored (RFC 4760 §6). Returns how many paths were ignored because the
   * peer had told as many of their prefix as it may: each prefix's paths are walked often, so they must be few.
   */
  update(peer: Peer, session: Session, update: Update, router: RouterConfig, nowMs: number): number {
    const { families } = session.negotiated;
    let ignored = 0;
    for (const block of update.withdrawn) if (families.includes(block.family)) this.#forget(peer, block.family, new NlriReader(block));
    for (const { nlri, attributes } of update.announced) {
      if (!families.includes(nlri.family)) continue;
      const heard: Heard = { received: this.#tables.attributes.intern(attributes), traces: new TracesOf(attributes), closerLook: "needed" };
      ignored += this.#learn(peer, nlri.family, new NlriReader(nlri), heard, router, nowMs);
    }
    return ignored;
  }

  /** update() for one that was read where it lies. */
  plainUpdate(peer: Peer, session: Session, update: PlainUpdate, router: RouterConfig, nowMs: number): number {
    if (!session.negotiated.families.includes("ipv4")) return 0;
    this.#forget(peer, "ipv4", update.withdrawn());
    if (update.announces === "nothing") return 0;
    const { attributes } = update;
    const closerLook = attributes.wellKnownCommunity === "some" ? "needed" : "not-needed";
    const heard: Heard = { received: this.#tables.attributes.internPlain(attributes), traces: attributes, closerLook };
    return this.#learn(peer, "ipv4", update.announced(), heard, router, nowMs);
  }

  /** The import policy or what counts as a loop is another one: judge every path of this peer again, soon. `mark`: what is made of it beside that. */
  reimport(peer: Peer, router: RouterConfig, mark: Mark): void {
    this.#tables.rib.walk(peer.source, (row) => this.#judgeAgain(peer, row, router, mark));
  }

  #judgeAgain(peer: Peer, row: PathRow, router: RouterConfig, mark: Mark): void {
    const { rib, prefixes, attributes } = this.#tables;
    const prefix = rib.paths.prefix(row);
    prefixes.copyAddress(prefix, this.#scratch, 0);
    const where = { bytes: this.#scratch, at: 0, bits: prefixes.bits(prefix) };
    const received = rib.paths.received(row);
    const heard: Heard = { received, traces: new TracesOf(attributes.get(received)), closerLook: "needed" };
    const outcome = this.#judge(peer, heard, router, prefixes.family(prefix), where);
    rib.rejudge(row, mark(row, outcome.usable), outcome.verdict);
    this.#count(peer, outcome, 1);
  }

  #forget(peer: Peer, family: Family, reader: NlriReader): void {
    const { rib, prefixes } = this.#tables;
    const before = rib.size;
    let told = 0;
    for (; reader.next(); told++) {
      const prefix = prefixes.find(family, reader.bytes, reader.at, reader.bits);
      if (prefix !== undefined) rib.forget(peer.source, prefix, reader.pathId);
    }
    if (told > 0) peer.counters.imports[family].withdrawn(told, before - rib.size);
  }

  #learn(peer: Peer, family: Family, reader: NlriReader, heard: Heard, router: RouterConfig, nowMs: number): number {
    if (dependsOnPrefix(peer.config.importPolicy)) return this.#learnEach(peer, family, reader, heard, router, nowMs);
    const outcome = this.#judgeOnce(peer, heard, router, family, reader);
    const { paths } = this.#tables.rib;
    const before = paths.additions;
    let told = 0;
    let learned = 0;
    for (; reader.next(); told++) if (this.#learnOne(peer, family, reader, heard.received, outcome, nowMs)) learned++;
    this.#count(peer, outcome, learned);
    peer.counters.imports[family].told(told);
    this.#countFate(peer, family, outcome, learned, paths.additions - before);
    return told - learned;
  }

  /** The policy asks for the prefix. */
  #learnEach(peer: Peer, family: Family, reader: NlriReader, heard: Heard, router: RouterConfig, nowMs: number): number {
    const { paths } = this.#tables.rib;
    let told = 0;
    let learned = 0;
    for (; reader.next(); told++) {
      const outcome = this.#judge(peer, heard, router, family, reader);
      const before = paths.additions;
      if (!this.#learnOne(peer, family, reader, heard.received, outcome, nowMs)) continue;
      learned++;
      this.#count(peer, outcome, 1);
      this.#countFate(peer, family, outcome, 1, paths.additions - before);
    }
    peer.counters.imports[family].told(told);
    return told - learned;
  }

  /** false: the peer has told as many paths of this prefix as it may. */
  #learnOne({ source, config }: Peer, family: Family, reader: NlriReader, received: AttrId, { usable, verdict }: ImportOutcome, nowMs: number): boolean {
    const { rib, prefixes } = this.#tables;
    const prefix = prefixes.intern(family, reader.bytes, reader.at, reader.bits);
    if (reader.idBytes !== 0 && !rib.paths.hasRoom(source, prefix, reader.pathId, config.maxPathsPerPrefix)) return false;
    rib.learn(source, prefix, reader.pathId, received, usable, verdict, nowMs);
    return true;
  }

  /** `added`: so many of the paths that were learned had not been there like that. */
  #countFate({ counters }: Peer, family: Family, { usable, rule }: ImportOutcome, learned: number, added: number): void {
    const tally = counters.imports[family];
    if (usable === NO_ATTRIBUTES) tally.refused(rule === undefined ? "obstacle" : "policy", learned);
    else tally.accepted(added);
  }

  #count(peer: Peer, { rule, verdict }: ImportOutcome, times: number): void {
    if (rule !== undefined) return this.#tables.hits.hit(rule, times);
    const said = this.#tables.verdicts.get(verdict);
    if (said?.kind === "refused") peer.counters.countRefusal(said.by, times);
  }

  /** For all prefixes that are told with this set. */
  #judgeOnce(peer: Peer, heard: Heard, router: RouterConfig, family: Family, where: PrefixBits): ImportOutcome {
    if (this.#isSimple(heard, peer)) return this.#judgeSimple(peer, heard, router);
    const known = this.#cache.get(heard.received, family, peer, router);
    if (known) return known;
    const outcome = this.#judge(peer, heard, router, family, where);
    this.#cache.put(heard.received, family, peer, router, outcome);
    return outcome;
  }

  #judge(peer: Peer, heard: Heard, router: RouterConfig, family: Family, where: PrefixBits): ImportOutcome {
    if (this.#isSimple(heard, peer)) return this.#judgeSimple(peer, heard, router);
    const { attributes: store } = this.#tables;
    const policy = peer.config.importPolicy;
    const attributes = store.get(heard.received);
    const obstacle = misconductIn(attributes, peer) ?? this.#loopIn(heard, router, peer) ?? leakIn(attributes, peer.config);
    if (obstacle) return this.#refuse(obstacle);
    const source = peer.internal ? "internal" : "external";
    const { accepted, rule: spoke } = evaluate(policy, { family, bytes: where.bytes, at: where.at, bits: where.bits, attributes, source, interface: "" });
    const { verdicts, hits } = this.#tables;
    const rule = hits.numberOf("import", policy.name, spoke);
    if (!accepted) return { usable: NO_ATTRIBUTES, verdict: verdicts.numberOf({ kind: "refused", by: "import-policy", spoke: { policy: policy.name, rule: spoke } }), rule };
    const packets = packetsFor(accepted, peer.config);
    return { usable: store.intern(receive(accepted, peer.config)), verdict: this.#accepted(policy, spoke, packets), rule };
  }

  #judgeSimple(peer: Peer, heard: Heard, router: RouterConfig): ImportOutcome {
    const loop = this.#loopIn(heard, router, peer);
    if (loop) return this.#refuse(loop);
    const { verdict, rule } = this.#simply(peer.config.importPolicy);
    return { usable: heard.received, verdict, rule };
  }

  #loopIn({ received, traces }: Heard, router: RouterConfig, peer: Peer): Refusal | undefined {
    const { ranking, nextHops } = this.#tables.attributes;
    const nextHop = ranking.nextHop(received);
    return loopIn(traces, nextHop === NO_NEXT_HOP ? undefined : nextHops.address(nextHop), router, peer);
  }

  #refuse(by: Refusal): ImportOutcome {
    return { usable: NO_ATTRIBUTES, verdict: this.#tables.verdicts.numberOf({ kind: "refused", by, spoke: undefined }), rule: undefined };
  }

  /** Nothing but a loop can stand in its way, and it goes on as it came. */
  #isSimple({ closerLook }: Heard, peer: Peer): boolean {
    return closerLook === "not-needed" && this.#isOpen(peer);
  }

  #isOpen(peer: Peer): boolean {
    const { config } = peer;
    if (this.#asked?.config === config) return this.#asked.isOpen;
    const isOpen = isAcceptAll(config.importPolicy) && asksNothing(config) && !mayMisbehave(peer);
    this.#asked = { config, isOpen };
    return isOpen;
  }

  /** What a policy without rules says of every path. */
  #simply(policy: Policy): Omit<ImportOutcome, "usable"> {
    let simple = this.#simple.get(policy);
    if (!simple) {
      simple = { verdict: this.#accepted(policy, OTHERWISE, "forward"), rule: this.#tables.hits.numberOf("import", policy.name, OTHERWISE) };
      this.#simple.set(policy, simple);
    }
    return simple;
  }

  #accepted({ name: policy }: Policy, rule: string, packets: Packets): number {
    return this.#tables.verdicts.numberOf({ kind: "accepted", spoke: { policy, rule }, packets });
  }
}

function isAcceptAll({ rules, otherwise }: Policy): boolean {
  return rules.length === 0 && otherwise === "accept";
}
