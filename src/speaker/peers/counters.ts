/**
 * Counters of one peer: sessions, messages and octets, faults. They live as long as the peer is configured.
 * Pure.
 */

import type { Family } from "../../bgp/wire/context.ts";
import { attributeName } from "../../bgp/wire/attribute-name.ts";
import { MESSAGE_TYPE_AT } from "../../bgp/wire/code-points.ts";
import { type AttributeFault, SEVERITIES, type Severity } from "../../bgp/wire/error.ts";
import type { Message } from "../../bgp/wire/message-types.ts";
import { ERROR_CODE, type Notification } from "../../bgp/wire/notification.ts";
import type { TransmitBuffer } from "../../rr/transmit-buffer.ts";
import { ImportTally, PeerExports } from "./route-changes.ts";
import { type Misconduct, type Refusal, isMisconduct } from "../tables/verdicts.ts";
import type { AttributeFaultCount, MessageCounters, PeerCounters } from "../view.ts";

type Kind = keyof MessageCounters;
type ByFamily<Tally> = { readonly [F in Family]: Tally };

const COUNTER_OF: { readonly [K in Message["kind"]]: Kind } = {
  open: "open",
  update: "update",
  keepalive: "keepalive",
  notification: "notification",
  "route-refresh": "routeRefresh",
};

/** Message types by their octet in the header (RFC 4271 §4.1, RFC 2918), for frames that were encoded elsewhere. */
const COUNTER_OF_TYPE: readonly (Kind | undefined)[] = [undefined, "open", "update", "notification", "keepalive", "routeRefresh"];
const HEADER_LENGTH_AT = 16;

/** Subcodes of an UPDATE error whose data is the attribute, flags first (RFC 4271 §6.3). */
const SUBCODES_WITH_ATTRIBUTE: readonly number[] = [2, 4, 5, 6, 8, 9];
const ATTRIBUTE_CODES = 256;
const NO_CODE = 0;

export class Counters {
  readonly imports: ByFamily<ImportTally> = { ipv4: new ImportTally(), ipv6: new ImportTally() };
  readonly exports: ByFamily<PeerExports> = { ipv4: new PeerExports(), ipv6: new PeerExports() };
  readonly received: Record<Kind, number> = none();
  readonly sent: Record<Kind, number> = none();
  established = 0;
  flaps = 0;
  attributesDiscarded = 0;
  treatedAsWithdraw = 0;
  pathsIgnored = 0;
  /** By severity and attribute code: as many as there are of both. */
  readonly #faults = new Map<number, number>();
  readonly #refusals = new Map<Refusal, number>();
  #misconduct: Misconduct | undefined;

  countReceived({ kind }: Pick<Message, "kind">): void {
    this.received[COUNTER_OF[kind]]++;
  }

  /** What the update groups gave. */
  countTransmitted({ updates, refreshes }: TransmitBuffer): void {
    this.sent.update += updates;
    this.sent.routeRefresh += refreshes;
  }

  /** Counts the messages in a run of whole frames. */
  countSent(bytes: Uint8Array): void {
    for (let at = 0; at + MESSAGE_TYPE_AT < bytes.length; ) {
      const kind = COUNTER_OF_TYPE[bytes[at + MESSAGE_TYPE_AT] ?? 0];
      if (kind) this.sent[kind]++;
      at += ((bytes[at + HEADER_LENGTH_AT] ?? 0) << 8) | (bytes[at + HEADER_LENGTH_AT + 1] ?? 0) || bytes.length;
    }
  }

  countFault(fault: AttributeFault): void {
    if (fault.severity === "discard-attribute") this.attributesDiscarded++;
    else this.treatedAsWithdraw++;
    this.#countAttribute(fault.code, fault.severity);
  }

  /** A message that costs the session: where it was an attribute's fault, that is counted too. */
  countRefused({ code, subcode, data }: Notification): void {
    if (code === ERROR_CODE.update) this.#countAttribute(SUBCODES_WITH_ATTRIBUTE.includes(subcode) ? (data[1] ?? NO_CODE) : NO_CODE, "reset-session");
  }

  /** Paths that no policy was asked about. */
  countRefusal(by: Refusal, paths: number): void {
    if (paths === 0) return;
    this.#refusals.set(by, (this.#refusals.get(by) ?? 0) + paths);
    if (isMisconduct(by)) this.#misconduct = by;
  }

  /** The latest that was counted since this was last asked. */
  takeMisconduct(): Misconduct | undefined {
    const misconduct = this.#misconduct;
    this.#misconduct = undefined;
    return misconduct;
  }

  snapshot(): PeerCounters {
    return {
      received: { ...this.received },
      sent: { ...this.sent },
      established: this.established,
      flaps: this.flaps,
      attributesDiscarded: this.attributesDiscarded,
      treatedAsWithdraw: this.treatedAsWithdraw,
      attributeFaults: this.#attributeFaults(),
      pathsIgnored: this.pathsIgnored,
      pathsRefused: Object.fromEntries(this.#refusals),
    };
  }

  #countAttribute(code: number, severity: Severity): void {
    const key = SEVERITIES.indexOf(severity) * ATTRIBUTE_CODES + code;
    this.#faults.set(key, (this.#faults.get(key) ?? 0) + 1);
  }

  #attributeFaults(): readonly AttributeFaultCount[] {
    return [...this.#faults].map(([key, count]) => {
      const code = key % ATTRIBUTE_CODES;
      const action = SEVERITIES[Math.floor(key / ATTRIBUTE_CODES)] as Severity;
      return { code, attribute: attributeName(code), action, count };
    }).sort((a, b) => a.code - b.code || SEVERITIES.indexOf(a.action) - SEVERITIES.indexOf(b.action));
  }
}

function none(): Record<Kind, number> {
  return { open: 0, update: 0, keepalive: 0, notification: 0, routeRefresh: 0 };
}
