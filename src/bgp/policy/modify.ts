/**
 * Carries out one modification of a policy.
 * Pure. What a modification leaves as it was comes back as the same object: attribute sets are shared, and an
 * unchanged one keeps its number in the RIB.
 */

import { assertNever } from "../../ip/assert.ts";
import { prependAs } from "../wire/as-path.ts";
import type { LargeCommunity, PathAttributes } from "../wire/attribute-types.ts";
import type { Modification, SetChange } from "./policy.ts";

export function modify(attributes: PathAttributes, modification: Modification): PathAttributes {
  switch (modification.kind) {
    case "local-pref":
      return attributes.localPref === modification.value ? attributes : { ...attributes, localPref: modification.value };
    case "med":
      return withMed(attributes, modification.value);
    case "origin":
      return attributes.origin === modification.value ? attributes : { ...attributes, origin: modification.value };
    case "next-hop": {
      const { nextHop } = attributes;
      const same = nextHop?.address === modification.address && nextHop.linkLocal === undefined;
      return same ? attributes : { ...attributes, nextHop: { address: modification.address } };
    }
    case "communities":
      return withSet(attributes, "communities", changed(attributes.communities, modification, identical));
    case "large-communities":
      return withSet(attributes, "largeCommunities", changed(attributes.largeCommunities, modification, sameLargeCommunity));
    case "extended-communities":
      return withSet(attributes, "extendedCommunities", changed(attributes.extendedCommunities, modification, identical));
    case "prepend":
      return withPrepended(attributes, modification.asn, modification.times);
    default:
      return assertNever(modification);
  }
}

function withMed(attributes: PathAttributes, med: number | undefined): PathAttributes {
  if (attributes.med === med) return attributes;
  if (med !== undefined) return { ...attributes, med };
  const { med: _, ...rest } = attributes;
  return rest;
}

function withPrepended(attributes: PathAttributes, asn: number, times: number): PathAttributes {
  return times === 0 ? attributes : { ...attributes, asPath: prependAs(attributes.asPath ?? [], asn, times) };
}

type SetField = "communities" | "largeCommunities" | "extendedCommunities";

/** An attribute without members does not exist (RFC 7606 §7.8). */
function withSet<Field extends SetField>(
  attributes: PathAttributes,
  field: Field,
  members: NonNullable<PathAttributes[Field]>,
): PathAttributes {
  if (attributes[field] === members) return attributes;
  if (members.length > 0) return { ...attributes, [field]: members };
  if (attributes[field] === undefined) return attributes;
  const { [field]: _, ...rest } = attributes;
  return rest as PathAttributes;
}

type Same<Member> = (a: Member, b: Member) => boolean;

/** The members after the change; the same array when there is nothing to change. */
function changed<Member>(
  members: readonly Member[] = [],
  { change, values }: { readonly change: SetChange; readonly values: readonly Member[] },
  same: Same<Member>,
): readonly Member[] {
  const among = (list: readonly Member[], member: Member): boolean => list.some((other) => same(other, member));
  switch (change) {
    case "add": {
      const missing = values.filter((value, index) => !among(members, value) && !among(values.slice(0, index), value));
      return missing.length === 0 ? members : [...members, ...missing];
    }
    case "remove": {
      const left = members.filter((member) => !among(values, member));
      return left.length === members.length ? members : left;
    }
    case "replace": {
      const alike = values.length === members.length && values.every((value, index) => same(value, members[index] as Member));
      return alike ? members : values;
    }
    default:
      return assertNever(change);
  }
}

function identical<Member>(a: Member, b: Member): boolean {
  return a === b;
}

/** By value: two sessions decode two objects. */
export function sameLargeCommunity(a: LargeCommunity, b: LargeCommunity): boolean {
  return a.global === b.global && a.local1 === b.local1 && a.local2 === b.local2;
}
