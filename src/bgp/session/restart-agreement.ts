/**
 * What two speakers tell one another about restarts, and what follows from it.
 * Pure. RFC 4724 §3 (graceful restart), RFC 8538 §2 to §5 (NOTIFICATIONs that a session's routes survive), RFC 9494 §3 to §5
 * (long-lived graceful restart).
 *
 * Each side says for how long its routes are worth keeping while it is away; the other keeps them. A family that stands only
 * in the long-lived capability has a restart time of zero (RFC 9494 §4.2).
 */

import { FAMILIES, type Family, type FamilyCode, familyOf } from "../wire/context.ts";
import type { Capability, Forwarding, GracefulRestartCapability, Open } from "../wire/message-types.ts";
import { type Notification, CEASE, ERROR_CODE, hardReset } from "../wire/notification.ts";
import type { RestartSettings } from "./settings.ts";
import type { Cease, DownReason, KeepTerms, RestartAgreement } from "./vocabulary.ts";

/** Where we stand in a restart of our own, as the next OPEN tells it. */
export interface OwnRestart {
  /** "restarting" is the R bit: whoever hears it must not wait for our End-of-RIB. */
  readonly phase: "steady" | "restarting";
  /** Families whose packets were forwarded all the while (F bit). */
  readonly forwarding: readonly Family[];
}

/** One side did not offer it: nothing is kept. */
export const NO_RESTART: RestartAgreement = { notifications: "end-routes", peerIs: "steady", ourRoutes: "lost", families: new Map(), longLived: "unknown" };

/** Before anything is known about an earlier life. */
export const STEADY: OwnRestart = { phase: "steady", forwarding: [] };

/**
 * The capabilities that offer it; long-lived only for the families an operator asked for (RFC 9494 §5). Without any the capability
 * still says that we know what LLGR_STALE means: who does not is not told such routes (§4.3).
 */
export function restartOffers(settings: RestartSettings | "off", families: readonly Family[], own: OwnRestart): readonly Capability[] {
  if (settings === "off") return [];
  const forwarding = (family: Family): Forwarding => ({ ...codeOf(family), forwarding: own.forwarding.includes(family) });
  const longLived = families.filter((family) => settings.longLivedSec[family] > 0);
  const graceful: GracefulRestartCapability = {
    kind: "graceful-restart",
    restarting: own.phase === "restarting",
    notification: settings.notifications === "end-session",
    restartTimeSec: settings.restartTimeSec,
    entries: families.map(forwarding),
  };
  const entries = longLived.map((family) => ({ ...forwarding(family), staleTimeSec: settings.longLivedSec[family] }));
  return [graceful, { kind: "long-lived-graceful-restart", entries }];
}

/** What both OPENs add up to, for the families of the session. */
export function agreeOnRestart(ours: Open, theirs: Open, families: readonly Family[]): RestartAgreement {
  const [mine, other] = [offerOf(ours, "graceful-restart"), offerOf(theirs, "graceful-restart")];
  const peersLongLived = other && offerOf(theirs, "long-lived-graceful-restart"); // without the other it counts for nothing (RFC 9494 §4.5)
  const longLived = peersLongLived ? "understood" : "unknown";
  if (!mine || !other) return { ...NO_RESTART, longLived };
  const terms = families.map((family) => [family, termsOf(family, other, longLivedTermsOf(family, ours, theirs))] as const);
  return {
    notifications: mine.notification && other.notification ? "end-session" : "end-routes",
    peerIs: other.restarting ? "restarting" : "steady",
    ourRoutes: mine.restartTimeSec > 0 ? "kept" : "lost",
    families: new Map(terms.filter(([, { restartMs, longLivedMs }]) => restartMs + longLivedMs > 0)),
    longLived,
  };
}

/** Whether the routes outlive a session that ended like this. */
export function routesSurvive(agreement: RestartAgreement, reason: DownReason): boolean {
  switch (reason.kind) {
    case "lost":
    case "replaced":
    case "left":
      return agreement.families.size > 0;
    case "sent":
    case "received":
      return agreement.families.size > 0 && agreement.notifications === "end-session" && !isHardReset(reason.notification);
  }
}

/** The peer may mean to go on where it was when it connects again (RFC 4724 §5). */
export function mayComeBack(agreement: RestartAgreement): boolean {
  return agreement.families.size > 0;
}

/** Whether a session that we end on purpose takes its routes along (RFC 8538 §5.1). */
const MEANT_FOR: { readonly [C in Cease]: "session" | "routes" } = {
  "administrative-shutdown": "routes",
  "administrative-reset": "routes",
  "peer-deconfigured": "routes",
  "maximum-prefixes": "routes",
  "other-configuration-change": "session",
  "out-of-resources": "session",
  "bfd-down": "routes", // RFC 9384 §3: what it forwards does not arrive
};

/** The NOTIFICATION in the form in which this peer takes it as it is meant. */
export function asMeant(notification: Notification, cease: Cease, agreement: RestartAgreement): Notification {
  return agreement.notifications === "end-session" && MEANT_FOR[cease] === "routes" ? hardReset(notification) : notification;
}

function isHardReset({ code, subcode }: Notification): boolean {
  return code === ERROR_CODE.cease && subcode === CEASE["hard-reset"];
}

interface LongLivedTerms {
  readonly longLivedMs: number;
  readonly longLivedForwarding: "kept" | "lost";
}

function termsOf(family: Family, { entries, restartTimeSec }: GracefulRestartCapability, longLived: LongLivedTerms): KeepTerms {
  const entry = entries.find((candidate) => familyOf(candidate) === family);
  return { restartMs: entry ? restartTimeSec * 1000 : 0, restartForwarding: entry?.forwarding ? "kept" : "lost", ...longLived };
}

/** Only where both configured it for that family; no longer than we find good ourselves (RFC 9494 §4.2). */
function longLivedTermsOf(family: Family, ours: Open, theirs: Open): LongLivedTerms {
  const [mine, other] = [longLivedEntry(ours, family), longLivedEntry(theirs, family)];
  if (!mine || !other) return { longLivedMs: 0, longLivedForwarding: "lost" };
  return { longLivedMs: Math.min(mine.staleTimeSec, other.staleTimeSec) * 1000, longLivedForwarding: other.forwarding ? "kept" : "lost" };
}

function longLivedEntry(open: Open, family: Family): (Forwarding & { readonly staleTimeSec: number }) | undefined {
  return offerOf(open, "long-lived-graceful-restart")?.entries.find((entry) => familyOf(entry) === family);
}

/** Of several the last one counts (RFC 4724 §3). */
function offerOf<Kind extends Capability["kind"]>(open: Open, kind: Kind): Extract<Capability, { kind: Kind }> | undefined {
  return open.capabilities.findLast((capability): capability is Extract<Capability, { kind: Kind }> => capability.kind === kind);
}

function codeOf(family: Family): FamilyCode {
  const { afi, safi } = FAMILIES[family];
  return { afi, safi };
}
