/**
 * Counts of route changes per peer, received and sent, in the categories of BIRD's "Route change stats".
 * Pure. Received routes are counted per section of an UPDATE. Sent ones are counted per group, once for all its members, who
 * differ only in the routes that are their own: a member's count is the group's since it joined, less its own.
 *
 * Deviates from BIRD: of a table that a peer hears at first, or again, only what it is told is counted, not what is kept from
 * it, and each route once, although a snapshot made for an earlier member may bring a path and take it back. A peer that
 * hears several paths to a prefix (RFC 7911) has a change for each path, and none that is kept from it.
 */

import type { SourceId } from "../../bgp/rib/ids.ts";
import type { Told } from "../../rr/tell.ts";

/** Paths that a peer told, or took back. */
export interface ImportChanges {
  readonly received: number;
  /** By what no policy was asked about: loops and the like. */
  readonly rejected: number;
  readonly filtered: number;
  /** Told again as they were, one too many of a prefix, or taken back although nobody had told them. */
  readonly ignored: number;
  readonly accepted: number;
}

/** Best paths that a peer was to hear, or to forget. */
export interface ExportChanges {
  readonly received: number;
  /** Its own, and what reflection rules keep from it. */
  readonly rejected: number;
  readonly filtered: number;
  readonly accepted: number;
}

export interface RouteChanges {
  readonly importUpdates: ImportChanges;
  readonly importWithdraws: ImportChanges;
  readonly exportUpdates: ExportChanges;
  readonly exportWithdraws: ExportChanges;
}

export class ImportTally {
  #received = 0;
  #rejected = 0;
  #filtered = 0;
  #accepted = 0;
  #withdrawn = 0;
  #gone = 0;

  told(paths: number): void {
    this.#received += paths;
  }

  accepted(paths: number): void {
    this.#accepted += paths;
  }

  refused(by: "policy" | "obstacle", paths: number): void {
    if (by === "policy") this.#filtered += paths;
    else this.#rejected += paths;
  }

  /** `gone`: so many of them were there. */
  withdrawn(paths: number, gone: number): void {
    this.#withdrawn += paths;
    this.#gone += gone;
  }

  get updates(): ImportChanges {
    const ignored = this.#received - this.#rejected - this.#filtered - this.#accepted;
    return { received: this.#received, rejected: this.#rejected, filtered: this.#filtered, ignored, accepted: this.#accepted };
  }

  get withdraws(): ImportChanges {
    return { received: this.#withdrawn, rejected: 0, filtered: 0, ignored: this.#withdrawn - this.#gone, accepted: this.#gone };
  }
}

/** What a group has counted for one of its members. */
interface Reading {
  readonly offered: number;
  readonly rejected: number;
  readonly filtered: number;
  readonly told: number;
  readonly vanished: number;
  readonly takenBack: number;
  /** Routes that it holds more than it did when the group began. */
  readonly net: number;
}

export class ExportTally {
  #offered = 0;
  #rejected = 0;
  #filtered = 0;
  #told = 0;
  #vanished = 0;
  #takenBack = 0;
  #net = 0;
  /** By source: what of these does not hold for it, because a route is its own. */
  readonly #ownTold: number[] = [];
  readonly #ownTakenBack: number[] = [];
  readonly #ownNet: number[] = [];

  /** Another path is best; `why` nobody hears it, where that is so. */
  changed(before: Told | undefined, after: Told | undefined, why: "reflection" | "policy" | "gone" | undefined): void {
    if (why === "gone") this.#vanished++;
    else this.#offered++;
    if (why === "reflection") this.#rejected++;
    if (why === "policy") this.#filtered++;
    if (before) this.#leaves(before, after);
    if (after) this.#comes(before, after);
  }

  of(member: SourceId): Reading {
    const own = this.#ownTold[member] ?? 0;
    return {
      offered: this.#offered,
      rejected: this.#rejected + own,
      filtered: this.#filtered,
      told: this.#told - own,
      vanished: this.#vanished,
      takenBack: this.#takenBack - (this.#ownTakenBack[member] ?? 0),
      net: this.#net - (this.#ownNet[member] ?? 0),
    };
  }

  #comes(before: Told | undefined, after: Told): void {
    this.#told++;
    add(this.#ownTold, after.owner, 1);
    this.#net++;
    add(this.#ownNet, after.owner, 1);
    if (before && before.owner !== after.owner) add(this.#ownTakenBack, after.owner, -1); // he had the other one
  }

  #leaves(before: Told, after: Told | undefined): void {
    this.#net--;
    add(this.#ownNet, before.owner, -1);
    if (after) return;
    this.#takenBack++;
    add(this.#ownTakenBack, before.owner, 1);
  }
}

const NOTHING: Reading = { offered: 0, rejected: 0, filtered: 0, told: 0, vanished: 0, takenBack: 0, net: 0 };

/** Of one peer and family, through all groups that it is a member of in its time. */
export class PeerExports {
  /** Of groups that it has left. */
  #past: Reading = NOTHING;
  /** Where the group's counts stood when it joined. */
  #joined: Reading = NOTHING;
  #again = 0;

  joined(reading: Reading): void {
    this.#joined = reading;
  }

  /** It hears its table once more, of so many routes. */
  heardAgain(routes: number): void {
    this.#again += routes;
  }

  /** `advertised`: routes that it holds. */
  left(reading: Reading, advertised: number): void {
    this.#past = sum(this.#past, this.#since(reading, advertised));
    this.#joined = NOTHING;
  }

  updates(now: Reading | undefined, advertised: number): ExportChanges {
    const { offered, rejected, filtered, told } = this.#all(now, advertised);
    return { received: offered + this.#again, rejected, filtered, accepted: told + this.#again };
  }

  withdraws(now: Reading | undefined, advertised: number): ExportChanges {
    const { vanished, takenBack } = this.#all(now, advertised);
    return { received: vanished, rejected: 0, filtered: 0, accepted: takenBack };
  }

  #all(now: Reading | undefined, advertised: number): Reading {
    return now ? sum(this.#past, this.#since(now, advertised)) : this.#past;
  }

  /** What changed since it joined, and the table that it heard first: what it holds but for those changes. */
  #since(now: Reading, advertised: number): Reading {
    const since = difference(now, this.#joined);
    const table = Math.max(0, advertised - since.net);
    return { ...since, offered: since.offered + table, told: since.told + table };
  }
}

function sum(a: Reading, b: Reading): Reading {
  return combined(a, b, 1);
}

function difference(a: Reading, b: Reading): Reading {
  return combined(a, b, -1);
}

function combined(a: Reading, b: Reading, sign: 1 | -1): Reading {
  return {
    offered: a.offered + sign * b.offered,
    rejected: a.rejected + sign * b.rejected,
    filtered: a.filtered + sign * b.filtered,
    told: a.told + sign * b.told,
    vanished: a.vanished + sign * b.vanished,
    takenBack: a.takenBack + sign * b.takenBack,
    net: a.net + sign * b.net,
  };
}

function add(counts: number[], source: SourceId, by: number): void {
  counts[source] = (counts[source] ?? 0) + by;
}
