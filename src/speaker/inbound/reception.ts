/**
 * After import policy: what well-known communities, roles and the peer's settings make of a path that it let pass.
 * Pure. RFC 8326 (GRACEFUL_SHUTDOWN), RFC 7999 (BLACKHOLE), RFC 9234 §5 (OTC).
 *
 * Applied to the path as policy left it: a community that policy removed has no effect, one that it added has.
 *
 * Deviates: RFC 7999 §3.3 honours BLACKHOLE only for prefixes that the neighbour may announce; which those are is for the
 * import policy to say.
 */

import { modify } from "../../bgp/policy/modify.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import { COMMUNITY } from "../../bgp/wire/code-points.ts";
import type { Role } from "../../bgp/wire/message-types.ts";
import { marksOnEntry } from "../../rr/only-to-customer.ts";
import type { PeerConfig } from "../config/config.ts";
import type { Packets } from "../tables/verdicts.ts";

interface Change {
  isDue(attributes: PathAttributes, peer: PeerConfig): boolean;
  make(attributes: PathAttributes, peer: PeerConfig): PathAttributes;
}

const LAST_RESORT = 0; // LOCAL_PREF, RFC 8326 §4.2

const CHANGES: readonly Change[] = [
  {
    isDue: (attributes, peer) => peer.gracefulShutdown === "honour" && has(attributes, COMMUNITY.gracefulShutdown),
    make: (attributes) => ({ ...attributes, localPref: LAST_RESORT }),
  },
  {
    isDue: (_, peer) => peer.drain === "session",
    make: (attributes) => withCommunity({ ...attributes, localPref: LAST_RESORT }, COMMUNITY.gracefulShutdown), // RFC 8326 §4.1
  },
  {
    isDue: (attributes, peer) => packetsFor(attributes, peer) === "discard" && !has(attributes, COMMUNITY.noAdvertise),
    make: (attributes) => withCommunity(attributes, COMMUNITY.noExport), // RFC 7999 §3.2
  },
  {
    isDue: ({ otc }, peer) => otc === undefined && marksEntry(peer),
    make: (attributes, { session }) => ({ ...attributes, otc: session.remoteAs }),
  },
];

const AS_NUMBERS = 2 ** 32;

/** What attributes became, by the changes that were due and the neighbour's AS: routes of one UPDATE share a set, and go on sharing one. */
const made = new WeakMap<PathAttributes, Map<number, PathAttributes>>();

/** The attributes to go on with: the same object where nothing asks for a change. */
export function receive(attributes: PathAttributes, peer: PeerConfig): PathAttributes {
  let due = 0;
  for (let i = 0; i < CHANGES.length; i++) if (CHANGES[i]?.isDue(attributes, peer)) due |= 1 << i;
  if (due === 0) return attributes;
  let known = made.get(attributes);
  if (!known) made.set(attributes, (known = new Map()));
  const key = due * AS_NUMBERS + peer.session.remoteAs;
  let after = known.get(key);
  if (!after) known.set(key, (after = CHANGES.reduce((before, { make }, i) => (due & (1 << i) ? make(before, peer) : before), attributes)));
  return after;
}

/** Whether paths of that peer go on as they came, unless a community asks for something; its role finds no leaks either. */
export function asksNothing(peer: PeerConfig): boolean {
  return peer.drain !== "session" && externalRole(peer) === undefined;
}

/** Our role towards another AS; inside ours there are none. */
export function externalRole({ session }: PeerConfig): Role | undefined {
  return session.remoteAs === session.localAs ? undefined : session.role?.local;
}

/** What packets for such a path of that peer meet. */
export function packetsFor(attributes: PathAttributes, peer: PeerConfig): Packets {
  return peer.blackhole === "honour" && has(attributes, COMMUNITY.blackhole) ? "discard" : "forward";
}

function marksEntry(peer: PeerConfig): boolean {
  const role = externalRole(peer);
  return role !== undefined && marksOnEntry(role);
}

function has(attributes: PathAttributes, community: number): boolean {
  return attributes.communities?.includes(community) ?? false;
}

function withCommunity(attributes: PathAttributes, community: number): PathAttributes {
  return modify(attributes, { kind: "communities", change: "add", values: [community] });
}
