/** One UPDATE, wrong in one way, within a session: what it costs, seen from outside. Used by every table of bad UPDATEs. */

import { expect } from "vitest";
import type { RouteRow } from "../../src/control/answers/route.ts";
import { AS_PATH_65001, NEXT_HOP_10_0_0_1, ORIGIN_IGP, WELL_KNOWN, attribute, rawMessage, rawUpdate } from "../wire/raw.ts";
import type { RawOpen } from "./bytes.ts";
import type { RawPeer } from "./raw-peer.ts";
import type { PeerKind, Subject } from "./subject.ts";

/** 10.1.0.0/16, announced as it should be before the UPDATE in question. */
export const PREFIX = "10.1.0.0/16";
export const NLRI = [16, 10, 1];
export const MANDATORY: readonly number[] = [...ORIGIN_IGP, ...AS_PATH_65001, ...NEXT_HOP_10_0_0_1];
/** Means the same whether AS numbers have two octets or four. */
export const NO_AS_PATH = attribute(WELL_KNOWN, 2, []);

export interface BadUpdate {
  readonly title: string;
  /** "client" unless another kind of peer matters. */
  readonly from?: PeerKind;
  readonly says?: Partial<RawOpen>;
  /** The body of the UPDATE. */
  readonly update: readonly number[];
  readonly costs: Cost;
}

/** The severities of RFC 7606 §2, and no cost at all. */
export type Cost =
  | { readonly kind: "reset"; readonly refusal: string }
  | { readonly kind: "withdraw" }
  /** `route`: what the route looks like without the attributes that were discarded. */
  | { readonly kind: "discard"; readonly route: Partial<RouteRow> }
  | { readonly kind: "nothing"; readonly route: Partial<RouteRow> };

export const WITHDRAW: Cost = { kind: "withdraw" };

export function reset(refusal: string): Cost {
  return { kind: "reset", refusal };
}

/** The body of an UPDATE that announces PREFIX with these attributes. */
export function announcing(...attributes: readonly (readonly number[])[]): readonly number[] {
  return update([], attributes.flat(), NLRI);
}

export function update(withdrawn: readonly number[], attributes: readonly number[], nlri: readonly number[]): readonly number[] {
  return Array.from(rawUpdate({ withdrawn, attributes, nlri }).subarray(19));
}

/** Says it in a session of its own, and sees to it that it costs what it should and nothing more. */
export async function suffers(subject: Subject, { from = "client", says = {}, update: body, costs }: BadUpdate): Promise<void> {
  const peer = await subject.establish(from, says);
  peer.say(rawMessage(2, announcing(ORIGIN_IGP, NO_AS_PATH, NEXT_HOP_10_0_0_1)));
  await subject.caughtUp(from, peer);
  expect(await subject.route(from, PREFIX), "the route was there before").toBeDefined();
  const before = await subject.detail(from);
  peer.say(rawMessage(2, body));
  if (costs.kind === "reset") return refused(subject, from, peer, costs.refusal);
  await subject.caughtUp(from, peer);
  const { counters } = await subject.detail(from);
  const route = await subject.route(from, PREFIX);
  if (costs.kind === "withdraw") expect(route).toBeUndefined();
  else expect(route).toMatchObject({ rejectedBy: null, ...costs.route });
  expect(counters.treatedAsWithdraw > before.counters.treatedAsWithdraw, "counted as treated as withdrawn").toBe(
    costs.kind === "withdraw",
  );
  if (costs.kind !== "withdraw")
    expect(counters.attributesDiscarded > before.counters.attributesDiscarded, "counted as discarded").toBe(
      costs.kind === "discard",
    );
}

async function refused(subject: Subject, from: PeerKind, peer: RawPeer, refusal: string): Promise<void> {
  expect(await peer.refusal()).toBe(refusal);
  expect(await subject.route(from, PREFIX), "its routes go with the session").toBeUndefined();
}
