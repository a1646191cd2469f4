/**
 * What one export identity hears of a path: export policy, then the attributes as that identity gets them.
 * Pure. A function of path and identity, computed when needed; it is stored nowhere but in a cache by attribute set, which goes with
 * the set.
 */

import { addressBytesOf } from "../../ip/address.ts";
import { OTHERWISE, type PolicyVerdict, dependsOnPrefix, evaluate } from "../../bgp/policy/evaluate.ts";
import type { Policy, RouteSource } from "../../bgp/policy/policy.ts";
import type { AttrId, PathRow, PrefixId, SourceId } from "../../bgp/rib/ids.ts";
import { decodePlainSection } from "../../bgp/wire/attribute-section.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import { FAMILIES } from "../../bgp/wire/context.ts";
import { Writer } from "../../bgp/wire/cursor.ts";
import { type PathSource, type Withholding, exportAttributes } from "../../rr/export-attributes.ts";
import { type ExportIdentity, codecOf } from "../../rr/export-identity.ts";
import type { GroupPrefixes, NlriId } from "../../rr/group-table.ts";
import { Packer } from "../../rr/pack.ts";
import { writePassedOn } from "../../rr/plain-export.ts";
import { isReflection, mayTell } from "../../rr/reflect.ts";
import { EVERYONE, type PlainSet, type Told } from "../../rr/tell.ts";
import type { Tables } from "../tables/tables.ts";

/** Where a path came from, as policy and reflection see it. */
export interface SourceFacts {
  readonly path: PathSource;
  readonly policy: RouteSource;
  /** Where a route of this machine leads to; "" for all others. */
  readonly interface: string;
  /** The same number for sources that differ in nothing of this. */
  readonly key: number;
}

export type SourceFactsOf = (source: SourceId) => SourceFacts;

/** Why this identity does not hear a path. */
export type Withheld = Withholding | "export-policy";

/** What becomes of a path on its way to an identity, for whoever asks why. */
export interface Outcome {
  readonly told: Told | Withheld;
  /** Of the export policy; undefined: it was not asked. */
  readonly rule: string | undefined;
}

/** What is heard of a path, or why nothing is, and the number of the policy rule that said so. */
interface Heard {
  readonly attributes: PathAttributes | Withheld;
  readonly rule: number;
}

/** What became of an attribute set, by who told it. */
type ByTeller = Map<number, Heard>;

/** Sets beyond are told as objects: a number has 31 bits before it becomes an object itself, of which whose mark it is gets ten. */
const MAX_PLAIN_SETS = 2 ** 21;
const NOBODY = -1; // no source
const OF_PREDECESSOR: PathAttributes = {};

export class Exporter {
  readonly identity: ExportIdentity;
  readonly #tables: Tables;
  readonly #factsOf: SourceFactsOf;
  readonly #policy: Policy;
  readonly #hear: (row: PathRow, learned: PathAttributes, facts: SourceFacts) => Heard;
  readonly #passesOn: "quiet-sets" | "nothing";
  /** The number of the only rule of a policy that lets everything pass, once it has spoken. */
  #openRule: number | undefined;
  readonly #known = new WeakMap<PathAttributes, ByTeller>();
  readonly #withoutMed = new WeakMap<PathAttributes, PathAttributes>();
  readonly #octets: Uint8Array;

  constructor(identity: ExportIdentity, policy: Policy, tables: Tables, factsOf: SourceFactsOf) {
    this.identity = identity;
    this.#tables = tables;
    this.#factsOf = factsOf;
    this.#policy = policy;
    this.#hear = dependsOnPrefix(policy) ? (row, learned, facts) => this.#hearOne(row, learned, facts) : (_, learned, facts) => this.#hearAny(learned, facts);
    this.#passesOn = asksNothing(identity, policy) ? "quiet-sets" : "nothing";
    this.#octets = new Uint8Array(addressBytesOf(FAMILIES[identity.family].version));
  }

  /** The path as this identity hears it; undefined: it does not. */
  told(row: PathRow): Told | undefined {
    const facts = this.#factsOf(this.#tables.rib.paths.source(row));
    if (!mayTell(facts.path.kind, this.identity.remoteIs)) return undefined;
    return this.#passedOn(row, facts) ?? this.#told(row, this.#heard(row, facts));
  }

  /** The same, for a path that is about to be told: the rule that spoke is counted. */
  tell(row: PathRow): Told | undefined {
    const { rib, hits } = this.#tables;
    const facts = this.#factsOf(rib.paths.source(row));
    if (!mayTell(facts.path.kind, this.identity.remoteIs)) return undefined;
    const passedOn = this.#passedOn(row, facts);
    if (passedOn) {
      hits.hit((this.#openRule ??= hits.numberOf("export", this.#policy.name, OTHERWISE)));
      return passedOn;
    }
    const heard = this.#heard(row, facts);
    hits.hit(heard.rule);
    return this.#told(row, heard);
  }

  /**
   * As it was told until now. What somebody told who had the source's address before was told with the marks of that one, which
   * nobody knows any more: it is not the same, whatever it would be now.
   */
  asTold(told: Told, row: PathRow): Told {
    const { rib, sourceChanges } = this.#tables;
    const isOfPredecessor = rib.paths.isStale(row) && sourceChanges.isSuccessor(rib.paths.source(row));
    return isOfPredecessor ? { ...told, attributes: OF_PREDECESSOR } : told;
  }

  /** So many more paths of the same source and set were told, by what tell() passed on as it came. */
  toldAlike(paths: number): void {
    if (this.#openRule !== undefined) this.#tables.hits.hit(this.#openRule, paths);
  }

  /** Whether reflection rules let it hear such a path at all; then its policy is asked. */
  mayHear(row: PathRow): boolean {
    return mayTell(this.#factsOf(this.#tables.rib.paths.source(row)).path.kind, this.identity.remoteIs);
  }

  /** told(), and where it is nothing, why. */
  explain(row: PathRow): Outcome {
    const facts = this.#factsOf(this.#tables.rib.paths.source(row));
    if (!mayTell(facts.path.kind, this.identity.remoteIs)) return { told: "reflection", rule: undefined };
    const passedOn = this.#passedOn(row, facts);
    if (passedOn) return { told: passedOn, rule: OTHERWISE };
    const { attributes, rule } = this.#heard(row, facts);
    const told = typeof attributes === "string" ? attributes : { owner: this.#tables.rib.paths.source(row), attributes };
    return { told, rule: this.#tables.hits.nameOf(rule) };
  }

  /** Is there a message that can carry it? Asked of a packer of its own, which packs as the group's does. */
  carries(nlri: NlriId, { attributes }: Told, keys: GroupPrefixes): boolean {
    const packer = new Packer(this.identity.family, codecOf(this.identity), keys, this);
    packer.add(nlri, attributes, EVERYONE);
    packer.pack(() => undefined);
    return packer.unsendable === 0;
  }

  /** The object of what is told, for whoever shows it. */
  attributesOf({ attributes }: Told): PathAttributes {
    if (typeof attributes !== "number") return attributes;
    const writer = new Writer();
    this.writePlain(attributes, writer);
    return decodePlainSection(writer.view(), 0, writer.length);
  }

  /** Writes the attributes of a set that is told as a number. */
  writePlain(set: PlainSet, out: Writer): void {
    const id = (set % MAX_PLAIN_SETS) as AttrId;
    const marked = (Math.floor(set / MAX_PLAIN_SETS) + NOBODY) as SourceId;
    const { bytes, from, to } = this.#tables.attributes.octets(id);
    writePassedOn(bytes, from, to, marked === NOBODY ? "no-marks" : { sourceRouterId: this.#factsOf(marked).path.routerId, clusterId: this.identity.clusterId }, out);
  }

  #told(row: PathRow, { attributes }: Heard): Told | undefined {
    return typeof attributes === "string" ? undefined : { owner: this.#tables.rib.paths.source(row), attributes };
  }

  /** As it came, but for a reflector's marks: which set, and whose mark, is all there is to say. */
  #passedOn(row: PathRow, { path }: SourceFacts): Told | undefined {
    const { rib, attributes } = this.#tables;
    if (this.#passesOn === "nothing" || path.kind === "local") return undefined;
    const set = rib.paths.usable(row);
    if (set >= MAX_PLAIN_SETS || !attributes.isQuiet(set)) return undefined;
    const owner = rib.paths.source(row);
    const marked = isReflection(path.kind, this.identity.remoteIs) ? owner : NOBODY;
    return { owner, attributes: ((marked - NOBODY) * MAX_PLAIN_SETS + set) as PlainSet };
  }

  #heard(row: PathRow, facts: SourceFacts): Heard {
    const { rib, attributes } = this.#tables;
    return this.#hear(row, this.#leaving(attributes.get(rib.paths.usable(row)), facts), facts);
  }

  /** Another AS's MED goes no further (RFC 4271 §5.1.4): taken off before policy, so that one which policy sets stays. */
  #leaving(attributes: PathAttributes, facts: SourceFacts): PathAttributes {
    if (this.identity.remoteIs !== "external" || facts.path.kind === "local" || attributes.med === undefined) return attributes;
    const known = this.#withoutMed.get(attributes);
    if (known) return known;
    const { med: _, ...rest } = attributes;
    this.#withoutMed.set(attributes, rest);
    return rest;
  }

  /**
   * The policy asks for the prefix: evaluated for each. What a rule makes of an attribute set is one object, so the answer
   * is remembered beside that object; two sets that a rule makes alike stay apart, for what they were learned with counts.
   */
  #hearOne(row: PathRow, learned: PathAttributes, facts: SourceFacts): Heard {
    const { rib, prefixes } = this.#tables;
    const prefix: PrefixId = rib.paths.prefix(row);
    prefixes.copyAddress(prefix, this.#octets, 0);
    const verdict = this.#evaluate(learned, facts, prefixes.bits(prefix));
    const { accepted } = verdict;
    if (!accepted) return { attributes: "export-policy", rule: this.#numberOf(verdict) };
    const { attributes } = this.#remember(accepted, facts, () => this.#export(verdict, learned, facts));
    return { attributes, rule: this.#numberOf(verdict) };
  }

  #hearAny(learned: PathAttributes, facts: SourceFacts): Heard {
    return this.#remember(learned, facts, () => this.#export(this.#evaluate(learned, facts, 0), learned, facts));
  }

  #evaluate(attributes: PathAttributes, facts: SourceFacts, bits: number): PolicyVerdict {
    return evaluate(this.#policy, { family: this.identity.family, bytes: this.#octets, at: 0, bits, attributes, source: facts.policy, interface: facts.interface });
  }

  #export(verdict: PolicyVerdict, learned: PathAttributes, facts: SourceFacts): Heard {
    const { accepted } = verdict;
    return { attributes: accepted ? exportAttributes(accepted, facts.path, this.identity, learned) : "export-policy", rule: this.#numberOf(verdict) };
  }

  #numberOf({ rule }: PolicyVerdict): number {
    return this.#tables.hits.numberOf("export", this.#policy.name, rule);
  }

  #remember(attributes: PathAttributes, facts: SourceFacts, compute: () => Heard): Heard {
    let byTeller = this.#known.get(attributes);
    if (!byTeller) this.#known.set(attributes, (byTeller = new Map()));
    let heard = byTeller.get(facts.key);
    if (!heard) byTeller.set(facts.key, (heard = compute()));
    return heard;
  }
}

/** Whether paths that come from elsewhere go on to these listeners as they came, unless a community asks for something. */
function asksNothing({ family, remoteIs, nextHop, draining, fourOctetAs }: ExportIdentity, { rules, otherwise }: Policy): boolean {
  const isOpen = rules.length === 0 && otherwise === "accept";
  return isOpen && family === "ipv4" && remoteIs !== "external" && nextHop !== "self" && draining === "no" && fourOctetAs;
}
