/**
 * Which peers hear which path to a prefix, which do not, and why.
 * Pure. Asks the update groups themselves: the answer is computed by the functions that decide what is sent.
 */

import { present } from "../../ip/assert.ts";
import type { PathRow, PrefixId } from "../../bgp/rib/ids.ts";
import { REJECT_ALL } from "../../bgp/policy/policy.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { NlriId } from "../../rr/group-table.ts";
import type { Delivery } from "../../rr/delivery.ts";
import { isFor } from "../../rr/tell.ts";
import type { ExportGroup, Fate, Passed } from "../outbound/export-group.ts";
import type { Peer } from "../peers/peers.ts";
import type { ExportReason } from "./reasons.ts";
import type { Rooms } from "../sessions/route-exchange.ts";
import type { Telling } from "./why-view.ts";

/** The prefix as the RIB knows it, and its usable paths, in the order in which the answer shows them. */
export interface Subject {
  readonly prefix: PrefixId | undefined;
  readonly family: Family;
  readonly rows: readonly PathRow[];
}

/** "every": also the paths that a peer does not hear because it hears the best alone. */
export type Detail = "what-matters" | "every";

/** What becomes of one path in a group, for all its members; "unsendable": no message can carry it. */
interface GroupFate extends Fate {
  readonly fits: "sendable" | "unsendable";
}

const TO_REASON: { readonly [W in Delivery]: ExportReason } = { taken: "told", queued: "queued", table: "initial-table", again: "table-again" };
const WAITING: ReadonlySet<ExportReason> = new Set<ExportReason>(["queued", "initial-table"]);

export class Tellings {
  readonly #rooms: Rooms;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  /** For each of these peers one, or with add-path one for each path. */
  of(subject: Subject, peers: Iterable<Peer>, detail: Detail): readonly Telling[] {
    const known = new Map<ExportGroup, readonly GroupFate[]>();
    const fates = (group: ExportGroup): readonly GroupFate[] => {
      let found = known.get(group);
      if (!found) known.set(group, (found = fatesIn(group, subject, detail)));
      return found;
    };
    return [...peers].flatMap((peer) => this.#toPeer(subject, peer, fates));
  }

  /** Why this peer hears nothing of the family at all; undefined: it is in a group. */
  absence(peer: Peer, family: Family): ExportReason | undefined {
    if (peer.config.shutdown !== undefined) return "shut-down";
    if (peer.held) return "held-down";
    if (!peer.session) return "no-session";
    if (!peer.session.negotiated.families.includes(family)) return "family-not-agreed";
    if (this.#rooms.outbound.groupOf(peer.source, family)) return undefined;
    return this.#rooms.deferral.mayTell(peer.session.negotiated.restart) ? "table-undecided" : "restart-deferral";
  }

  #toPeer(subject: Subject, peer: Peer, fates: (group: ExportGroup) => readonly GroupFate[]): readonly Telling[] {
    const absence = this.absence(peer, subject.family);
    if (absence) return [untold(peer, absence)];
    const group = present(this.#rooms.outbound.groupOf(peer.source, subject.family), "who is not absent is in a group");
    const found = fates(group);
    const tellings = found.length === 0 ? [untold(peer, "no-best-path")] : found.map((fate) => this.#tellingOf(fate, group, peer, subject));
    return owes(group, peer, subject, found) ? noted(tellings, peer) : tellings;
  }

  /** Whose path it is does not hear it, whatever else is to be said: that comes first. */
  #tellingOf(fate: GroupFate, group: ExportGroup, peer: Peer, { rows }: Subject): Telling {
    const { row, heard, rule } = fate;
    const about = { path: rows.indexOf(row), policy: rule === undefined ? undefined : peer.config.exportPolicy.name, rule };
    if (!isFor({ owner: this.#rooms.tables.rib.paths.source(row) }, peer.source)) return { ...untold(peer, "split-horizon"), ...about };
    if (typeof heard === "string") return { ...untold(peer, reasonOf(heard, peer)), ...about };
    if (fate.fits === "unsendable") return { ...untold(peer, "message-too-long"), ...about };
    const reason = TO_REASON[group.updates.delivery(peer.source, heard.nlri)];
    return {
      peer: peer.name,
      address: peer.config.address,
      ...about,
      outcome: WAITING.has(reason) ? "queued" : "told",
      reason,
      pathId: group.keys.pathId?.(heard.nlri),
      withdrawal: "none",
      attributes: () => group.attributesOf(heard.told),
    };
  }
}

/** Is there something in the queue about the prefix that is not told to this peer, or not any more? */
function owes(group: ExportGroup, { source }: Peer, { prefix }: Subject, fates: readonly GroupFate[]): boolean {
  if (prefix === undefined) return false;
  const isTold = (nlri: NlriId): boolean => fates.some(({ heard, fits }) => typeof heard !== "string" && heard.nlri === nlri && isFor(heard.told, source) && fits === "sendable");
  return group.idsOf(prefix).some((nlri) => !isTold(nlri) && group.updates.delivery(source, nlri) === "queued");
}

/** Beside several paths it is said on its own: it may be about one that is gone. */
function noted(tellings: readonly Telling[], peer: Peer): readonly Telling[] {
  const [only] = tellings;
  if (tellings.length === 1 && only?.outcome === "not-told") return [{ ...only, withdrawal: "queued" }];
  return [...tellings, { ...untold(peer, "withdrawal-queued"), withdrawal: "queued" }];
}

function fatesIn(group: ExportGroup, { prefix, rows }: Subject, detail: Detail): readonly GroupFate[] {
  if (prefix === undefined) return [];
  const fates = group.explain(prefix, rows).filter(({ heard }) => detail === "every" || heard !== "not-best");
  return fates.map((fate) => ({ ...fate, fits: typeof fate.heard === "string" || group.carries(fate.heard.nlri, fate.heard.told) ? "sendable" : "unsendable" }));
}

function untold(peer: Peer, reason: ExportReason): Telling {
  const nothing = { path: undefined, policy: undefined, rule: undefined, pathId: undefined, attributes: undefined };
  return { peer: peer.name, address: peer.config.address, ...nothing, outcome: "not-told", reason, withdrawal: "none" };
}

function reasonOf(passed: Passed, { config, internal }: Peer): ExportReason {
  const chosen = internal || config.exportPolicy.name !== REJECT_ALL.name;
  return passed === "export-policy" && !chosen ? "no-export-policy" : passed;
}
