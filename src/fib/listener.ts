/**
 * Sorts the kernel's messages: routes of ours go to the desired table, everything else to the mirror.
 * Pure. The same messages come in dumps (this is how it stands) and as events (this is what changed).
 */

import type { Desired } from "./desired.ts";
import { isOfLinkItself, readAddress, readLink } from "./rtnetlink-link.ts";
import { readObject } from "./rtnetlink-object.ts";
import { type Destination, MAIN_TABLE, type RouteOwner, RouteReader, placeMetric } from "./rtnetlink-route.ts";
import { FLAG, MESSAGE, type MessageAt, u32At } from "./rtnetlink.ts";
import type { KernelMirror } from "./kernel-mirror.ts";
import type { ResyncReason } from "./vocabulary.ts";
import { NO_TARGET, type TargetTable } from "./targets.ts";

/** A route of ours that stands beside the one wanted: at another metric, of an earlier configuration, or for another type of service. */
export interface Stray extends Destination {
  readonly metric: number;
  readonly tos: number;
}

/** How often the kernel was found to hold something else of ours than what we put there: told of it, or by comparing. */
export interface Drift {
  noticed: number;
  found: number;
}

export interface ListenerParts {
  readonly owner: RouteOwner;
  readonly desired: Desired;
  readonly targets: TargetTable;
  readonly mirror: KernelMirror;
}

const LINK_INDEX_AT = 4;

export class Listener {
  readonly #parts: ListenerParts;
  readonly #reader = new RouteReader();
  readonly drift: Drift = { noticed: 0, found: 0 };
  #strays: Stray[] = [];
  readonly #noteDead = (device: number): void => this.#parts.mirror.noteDeadHop(device);

  constructor(parts: ListenerParts) {
    this.#parts = parts;
  }

  beginDump(): void {
    this.#strays = [];
    this.#parts.mirror.beginDump();
    this.#parts.desired.beginDump();
  }

  /** Routes of ours that the dump showed where we never write. */
  takeStrays(): readonly Stray[] {
    const strays = this.#strays;
    this.#strays = [];
    return strays;
  }

  heardInDump(message: MessageAt): void {
    if (message.type !== MESSAGE.newRoute) {
      this.#heardBesideRoutes(message);
      return;
    }
    const reader = this.#reader;
    if (reader.read(message) === "skip") return;
    reader.eachDeadDevice(this.#noteDead);
    switch (this.#whose()) {
      case "ours":
        return this.#sawOurs();
      case "stray":
        this.#strays.push(strayFrom(reader, reader));
        return;
      case "foreign":
        this.#parts.mirror.putRoute(reader, "beside");
        return;
      case "elsewhere":
        return;
    }
  }

  /** Of several of ours to one prefix the one at the wanted metric stays. */
  #sawOurs(): void {
    const { desired, targets } = this.#parts;
    const reader = this.#reader;
    const row = desired.rowOfRoute(reader);
    const target = targets.internRead(reader);
    if (!desired.wasSeenInDump(row)) return desired.sawInDump(row, target);
    const other = desired.have(row);
    const isWanted = placeMetric(reader.family, desired.goalMetric(row) ?? -1) === reader.metric;
    this.#strays.push(strayFrom(reader, { metric: isWanted ? targets.metric(other) : reader.metric, tos: 0 }));
    if (isWanted) desired.sawInDump(row, target);
  }

  /** Answers why everything should be compared again, if it should. */
  heardEvent(message: MessageAt): ResyncReason | undefined {
    if (message.type === MESSAGE.delNextHop) return this.#objectGone(message);
    if (message.type !== MESSAGE.newRoute && message.type !== MESSAGE.delRoute) return this.#heardBesideRoutes(message);
    if (this.#reader.read(message) === "skip") return undefined;
    switch (this.#whose()) {
      case "ours":
        return this.#ourRouteTouched(message);
      case "foreign":
        return this.#foreignRouteChanged(message);
      case "stray":
        return "drift";
      case "elsewhere":
        return undefined;
    }
  }

  /** Somebody changed a route of ours: our own requests cause no events. */
  #ourRouteTouched(message: MessageAt): ResyncReason {
    const { desired, targets } = this.#parts;
    const row = desired.rowOfRoute(this.#reader);
    const have = desired.have(row);
    const isThere = have !== NO_TARGET && targets.metric(have) === this.#reader.metric;
    const now = message.type === MESSAGE.newRoute ? targets.internRead(this.#reader) : this.#restOf(have);
    if (have !== NO_TARGET && !isThere) return "drift"; // of another metric than the one we know: comparing sorts them out
    if (now !== have) this.drift.noticed++;
    desired.setHave(row, now);
    desired.touch(row);
    return "drift";
  }

  /** IPv6 tells the end of each hop alone. */
  #restOf(have: number): number {
    const standing = have === NO_TARGET ? undefined : this.#parts.targets.get(have);
    const gone = this.#reader.family === "ipv6" && standing?.kind === "via" && standing.hops.length > 1 ? this.#reader.target() : undefined;
    if (standing?.kind !== "via" || gone?.kind !== "via") return NO_TARGET;
    const hops = standing.hops.filter(({ device, gateway }) => !gone.hops.some((other) => other.device === device && other.gateway === gateway));
    return hops.length === 0 ? NO_TARGET : this.#parts.targets.intern("ipv6", { ...standing, hops }, this.#parts.targets.metric(have));
  }

  #foreignRouteChanged(message: MessageAt): ResyncReason | undefined {
    const { desired, targets, mirror, owner } = this.#parts;
    const reader = this.#reader;
    const replaces = message.type === MESSAGE.newRoute && (message.flags & FLAG.replace) !== 0;
    const change = message.type === MESSAGE.newRoute ? mirror.putRoute(reader, replaces ? "replaces" : "beside") : mirror.dropRoute(reader);
    const doubt: ResyncReason | undefined = change === "unclear" ? "drift" : undefined;
    const row = reader.table === owner.table && reader.tos === 0 ? desired.findRow(reader) : undefined;
    if (row === undefined) return doubt;
    const have = desired.have(row);
    const isOurPlace = have !== NO_TARGET && targets.metric(have) === reader.metric;
    if (replaces && isOurPlace) {
      desired.setHave(row, NO_TARGET); // theirs took the place of ours
      this.drift.noticed++;
    }
    desired.touch(row);
    // ours may have been written over theirs before this was read; and in IPv6 both in one place are one route
    return isOurPlace && (replaces || reader.family === "ipv6") ? "drift" : doubt;
  }

  /** Its routes go without a word, ours too where somebody gave them to it. */
  #objectGone(message: MessageAt): ResyncReason | undefined {
    const { mirror } = this.#parts;
    const object = readObject(message);
    if (object) mirror.dropObject(object.id);
    this.#touchLeft();
    return mirror.mayUseObjects ? "drift" : undefined;
  }

  #heardBesideRoutes(message: MessageAt): ResyncReason | undefined {
    const { mirror } = this.#parts;
    switch (message.type) {
      case MESSAGE.newLink: {
        const link = readLink(message);
        return link && mirror.putLink(link) === "changed" ? this.#linkChanged(link.index) : undefined;
      }
      case MESSAGE.delLink: {
        if (!isOfLinkItself(message)) return undefined;
        const index = u32At(message.bytes, message.at + LINK_INDEX_AT);
        mirror.dropLink(index);
        return this.#linkChanged(index);
      }
      case MESSAGE.newNextHop: {
        const object = readObject(message);
        if (object) mirror.putObject(object);
        return undefined;
      }
      case MESSAGE.newAddress: {
        const own = readAddress(message);
        return own && mirror.putAddress(own) === "new" && this.#mayHelp(own.link) ? "link-changed" : undefined;
      }
      case MESSAGE.delAddress: {
        const own = readAddress(message);
        if (own) mirror.dropAddress(own);
        return "link-changed"; // with a link's last address its routes go without a word
      }
      default:
        return undefined;
    }
  }

  /** Links come and go with every container; only those that carry routes of ours, or will again, are worth a comparison. */
  #linkChanged(index: number): ResyncReason | undefined {
    const { mirror, targets } = this.#parts;
    this.#touchLeft();
    return targets.anyUses(index) || mirror.hadDeadHops(index) ? "link-changed" : undefined;
  }

  /** Where somebody may have gone without a word, nobody may be in our way any more. */
  #touchLeft(): void {
    const { desired, mirror } = this.#parts;
    for (const row of mirror.takeLeft()) if (desired.isWanted(row)) desired.touch(row);
  }

  /** With an address hops over its link come back to life, and what was refused for want of a source may be taken. */
  #mayHelp(link: number): boolean {
    const { desired, mirror } = this.#parts;
    return mirror.hadDeadHops(link) || desired.counts.tally.count("refused") > 0;
  }

  #whose(): "ours" | "stray" | "foreign" | "elsewhere" {
    const { table, protocol, tos } = this.#reader;
    const { owner } = this.#parts;
    if (table === owner.table && protocol === owner.protocol) return tos === 0 ? "ours" : "stray";
    return table === owner.table || table === MAIN_TABLE ? "foreign" : "elsewhere";
  }
}

function strayFrom(reader: RouteReader, { metric, tos }: { readonly metric: number; readonly tos: number }): Stray {
  const octets = reader.family === "ipv4" ? 4 : 16;
  const at = reader.destinationAt;
  const address = at === undefined ? new Uint8Array(octets) : reader.bytes.slice(at, at + octets);
  return { family: reader.family, address, bits: reader.bits, metric, tos };
}
