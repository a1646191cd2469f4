/**
 * UpdateGroup: peers that hear the same bytes. Encoded once for all of them, read by each at its own pace.
 * Pure. RFC 4456, RFC 4724 §2 (End-of-RIB), RFC 2918 and RFC 7313 (route refresh).
 *
 *   changed() ─► batch ─commit─► log ──────────────► members that keep up
 *                  └───────────► journal ─ chunks ─► members the log has left behind
 *   table     ─► snapshot ─────────────────────────► members that join, or ask again; then the log from there
 *
 * A snapshot grows slice by slice, as its first reader takes it, so that a large table stops nobody for long.
 *
 * What holds, whatever comes in between: a member that has taken everything holds exactly the table but its own routes,
 * and has heard one closing mark for every join and every resend that began. It rests on one rule: before anybody
 * reads, what changed() was told is committed, so the table never shows what the log does not lead to.
 *
 * Bounds: the log by `logBytes`; the journal by one entry per prefix; the snapshot by the table, and it is kept for later
 * joiners only until the log since then is as long as itself. Nobody's session suffers for being slow.
 */

import { type CodecContext, FAMILIES } from "../bgp/wire/context.ts";
import { endOfRibFrame } from "../bgp/wire/frames.ts";
import { encodeMessage } from "../bgp/wire/message.ts";
import type { SourceId } from "../bgp/rib/ids.ts";
import { Batch } from "./batch.ts";
import { Census } from "./census.ts";
import { codecOf, type ExportIdentity } from "./export-identity.ts";
import { DEFAULT_LIMITS, type GroupLimits, type GroupStats } from "./group-limits.ts";
import type { GroupPrefixes, GroupTable, NlriId } from "./group-table.ts";
import { Journal } from "./journal.ts";
import { type Marks, Member } from "./member.ts";
import { Members } from "./members.ts";
import { Packer } from "./pack.ts";
import type { TransmitBuffer } from "./transmit-buffer.ts";
import { type Delivery, deliveryOf } from "./delivery.ts";
import { type Chunk, type Reading, Snapshot, lone, takeChunk } from "./snapshot.ts";
import { type Audience, type HeardSet, tell, type Told } from "./tell.ts";
import { UpdateLog } from "./update-log.ts";

const NOBODY: readonly SourceId[] = [];

export class UpdateGroup {
  readonly identity: ExportIdentity;
  readonly #codec: CodecContext;
  readonly #table: GroupTable;
  readonly #limits: GroupLimits;
  readonly #journal: Journal;
  readonly #packer: Packer;
  readonly #members = new Members();
  readonly #hasMoreOf = (member: Member): boolean => this.#hasMore(member);
  readonly #census = new Census();
  readonly #chunks = new Map<number, Chunk>();
  #log = new UpdateLog();
  #snapshot: Snapshot | undefined;
  /** The walk that counts the routes; those of which it has not come by are not counted as they change. */
  #counting: Snapshot | undefined;
  /** Not members, and the log since the snapshot lacks what it would have had for them: they need a newer one. */
  readonly #missed = new Set<SourceId>();
  readonly #batch: Batch;
  /** Something was appended or promised since members were last looked at. */
  #news = false;
  #trimmedAt = 0;
  /** Where changes stood when the next snapshot was last thought of. */
  #preparedAt = 0;
  #snapshotsTaken = 0;
  #leftBehind = 0;

  constructor(identity: ExportIdentity, prefixes: GroupPrefixes, table: GroupTable, limits: GroupLimits = DEFAULT_LIMITS) {
    this.identity = identity;
    this.#codec = codecOf(identity);
    this.#table = table;
    this.#limits = limits;
    this.#journal = new Journal(prefixes);
    this.#packer = new Packer(identity.family, this.#codec, prefixes, table);
    this.#batch = new Batch(this.#journal.end);
  }

  get size(): number {
    return this.#members.size;
  }

  /** Grows with every frame that is told to members as things change. */
  get logEnd(): number {
    return this.#log.end;
  }

  /** The path of this prefix that the group hears is another one; it hears of it with the next flush. */
  changed(prefix: NlriId, before: Told | undefined, after: Told | undefined): void {
    if (this.#members.size === 0) return; // whoever joins gets the table
    if (!before && !after) return; // nobody heard of the one, nor hears of the other
    const stamp = this.#journal.record(prefix, this.#batch.stamp);
    this.#batch.change(stamp - this.#batch.stamp, prefix, before, after);
  }

  /** Encodes what changed. Returns the members that now have something to take and had nothing before. */
  flush(): readonly SourceId[] {
    this.#commit();
    while (this.#log.bytes > this.#limits.logBytes) this.#shed();
    this.#dropOutgrownSnapshot();
    if (!this.#news) return NOBODY;
    this.#news = false;
    const woken = this.#members.wake(this.#hasMoreOf);
    this.#trimWhenDue();
    return woken;
  }

  /** A new member: hears the table, then End-of-RIB, then every change; something else before, where there is. The next flush names it. */
  join(id: SourceId, before?: Reading): void {
    const snapshot = this.#snapshotFor(id);
    this.#chunks.clear(); // they hold nothing for him
    const member = new Member(id, { kind: "log", frame: snapshot.frame });
    if (before) member.promise(before);
    member.promise(snapshot);
    member.close(this.#endOfRib(), this.#log.end);
    this.#members.add(member);
    this.#news = true;
  }

  leave(id: SourceId): void {
    if (this.#members.remove(id) === "removed" && this.#members.size === 0) this.#forgetAll();
  }

  /** Route refresh: the table once more. A request that was not begun to be answered answers this one too. */
  resend(id: SourceId, marks: Marks): void {
    const member = this.#members.get(id);
    if (!member || member.awaits(marks) || member.putsOff(marks)) return;
    const snapshot = this.#snapshotFor(id);
    if (marks === "begin-and-end") member.promise(lone(this.#refreshMark("begin"), id));
    member.promise(snapshot, marks);
    member.place = this.#earlier(member.place, snapshot);
    member.close(marks === "begin-and-end" ? this.#refreshMark("end") : this.#endOfRib(), this.#log.end);
    this.#news = true;
  }

  /** Whole frames in order, as many as the buffer admits; "none": it has heard everything. */
  take(id: SourceId, buffer: TransmitBuffer): "some" | "none" {
    const member = this.#members.get(id);
    if (!member) return "none";
    this.#commit();
    while (!member.isFollowing && this.#advance(member, buffer));
    if (member.isFollowing ? this.#follow(member, buffer) === "some" : this.#hasMore(member)) return "some";
    this.#rest(member);
    return "none";
  }

  /** Would take() hand out anything? */
  pending(id: SourceId): boolean {
    const member = this.#members.get(id);
    return member !== undefined && this.#hasMore(member);
  }

  /** A snapshot would be worth having for whoever joins next. */
  get isUnprepared(): boolean {
    const { least, most } = this.#limits.preparedRoutes;
    const { routes } = this.#census;
    return this.#members.size > 0 && routes >= least && routes <= most && this.#snapshot?.isWhole !== true;
  }

  /** Goes on with that snapshot, as far as nothing else is the matter; "busy": too much has changed since the last time. */
  prepare(): "done" | "more" | "busy" {
    this.#commit();
    this.#dropOutgrownSnapshot();
    if (!this.isUnprepared) return "done";
    const changes = this.#journal.end - this.#preparedAt;
    this.#preparedAt = this.#journal.end;
    if (changes > this.#limits.chunkPrefixes) return "busy";
    const snapshot = this.#snapshot ?? this.#beginSnapshot();
    snapshot.grow();
    return snapshot.isWhole ? "done" : "more";
  }

  /** How far behind a member is: frames it has not taken; in the journal, prefixes it has to hear about. */
  lag(id: SourceId): number {
    const member = this.#members.get(id);
    if (!member) return 0;
    const { place } = member;
    return member.framesAhead + (place.kind === "log" ? this.#log.end - this.#frameOf(place) : this.#journal.end - place.stamp);
  }

  /** Whether a member has taken the last word about this prefix. */
  delivery(id: SourceId, nlri: NlriId): Delivery {
    const member = this.#members.get(id);
    if (!member) return "taken";
    this.#commit();
    return this.#hasMore(member) ? deliveryOf(member, this.#journal.stampOf(nlri), this.#unheardFrom(member)) : "taken";
  }

  /** Routes that a member has been told, or is about to be. */
  advertised(id: SourceId): number {
    if (!this.#members.has(id)) return 0;
    this.#countAll();
    return this.#census.toldTo(id);
  }

  /** The same as far as it is counted: nobody is held up by the counting. */
  advertisedSoFar(id: SourceId): number {
    return this.#members.has(id) ? this.#census.toldTo(id) : 0;
  }

  stats(): GroupStats {
    return {
      members: this.#members.size,
      routes: this.#census.routes,
      logFrames: this.#log.end - this.#log.start,
      logBytes: this.#log.bytes,
      journalPrefixes: this.#journal.size,
      snapshotBytes: this.#snapshot?.run.bytes ?? 0,
      snapshotsTaken: this.#snapshotsTaken,
      leftBehind: this.#leftBehind,
      unsendable: this.#packer.unsendable,
    };
  }

  /** Whoever was to read the table while it is counted may have left. */
  #countAll(): void {
    if (this.#counting?.isWhole !== false) return;
    this.#commit();
    while (!this.#counting.isWhole) this.#counting.grow();
  }

  /** What changed() was told becomes frames in the log. */
  #commit(): void {
    const batch = this.#batch;
    if (batch.size === 0) return;
    this.#log.beginBatch(batch.stamp);
    let about: NlriId;
    const say = (attributes: HeardSet | undefined, audience: Audience): void => {
      if (this.#isHeard(audience)) this.#packer.add(about, attributes, audience);
    };
    batch.each((prefix, before, after) => {
      if (this.#counting?.hasPassed(prefix) !== false) this.#census.change(before, after);
      about = prefix;
      tell(before, after, say);
    });
    this.#packer.pack((frame, audience) => this.#log.append(frame, audience));
    this.#chunks.clear();
    batch.begin(this.#journal.end);
    this.#news = true;
  }

  /** What is for one peer alone is not worth a frame when he is not here. */
  #isHeard(audience: Audience): boolean {
    if (audience.kind !== "only" || this.#members.has(audience.peer)) return true;
    if (this.#snapshot) this.#missed.add(audience.peer);
    return false;
  }

  #snapshotFor(id: SourceId): Snapshot {
    this.#commit();
    this.#dropOutgrownSnapshot();
    return this.#snapshot && !this.#missed.has(id) ? this.#snapshot : this.#beginSnapshot();
  }

  #beginSnapshot(): Snapshot {
    const snapshot = new Snapshot(this.#table, this.#packer, { frame: this.#log.end, slice: this.#limits.chunkPrefixes }, (told) => {
      if (this.#counting === snapshot) this.#census.change(undefined, told);
    });
    this.#snapshot = snapshot;
    this.#snapshotsTaken++;
    this.#missed.clear();
    if (this.#members.size === 0 || this.#counting?.isWhole === false) {
      this.#census.clear();
      this.#counting = snapshot;
    }
    return snapshot;
  }

  #dropOutgrownSnapshot(): void {
    const snapshot = this.#snapshot;
    if (!snapshot) return;
    const worth = Math.max(snapshot.run.bytes, this.#limits.snapshotBytes);
    if (snapshot.frame < this.#log.start || this.#log.bytesFrom(snapshot.frame) > worth) this.#snapshot = undefined;
  }

  /** The way of nearly every transmission: one stretch of the log. */
  #follow(member: Member, buffer: TransmitBuffer): "some" | "none" {
    const { place } = member;
    if (place.kind !== "log") return "some";
    const reached = this.#log.read(member.id, this.#frameOf(place), this.#log.end, buffer);
    member.place = { kind: "log", frame: reached };
    return reached < this.#log.end && this.#hasMore(member) ? "some" : "none";
  }

  /** One step of reading; false when the buffer is full or nothing is left. */
  #advance(member: Member, buffer: TransmitBuffer): boolean {
    if (member.isAhead) return member.readAhead(buffer);
    const { place } = member;
    if (place.kind === "journal") {
      this.#catchUp(member, place.stamp);
      return true;
    }
    const until = member.stopsAt(this.#log.end);
    const frame = this.#frameOf(place);
    if (frame < until) {
      const reached = this.#log.read(member.id, frame, until, buffer);
      member.place = { kind: "log", frame: reached };
      return reached === until;
    }
    const closing = member.owesClosing ? member.readClosing(buffer) : "full";
    if (closing === "asks-again") this.resend(member.id, "begin-and-end");
    return closing !== "full";
  }

  /** The next piece of what the log can no longer tell; at the end of it the member is back in the log. */
  #catchUp(member: Member, from: number): void {
    const chunk = this.#chunks.get(from) ?? this.#encodeChunk(from);
    member.promise(chunk);
    member.place = chunk.next < this.#journal.end ? { kind: "journal", stamp: chunk.next } : { kind: "log", frame: this.#log.end };
  }

  #encodeChunk(from: number): Chunk {
    const present = { table: this.#table, packer: this.#packer, isMember: (source: SourceId) => this.#members.has(source) };
    const chunk = takeChunk(this.#journal, from, this.#limits.chunkPrefixes, present);
    if (this.#chunks.size >= this.#limits.chunks) this.#chunks.clear();
    this.#chunks.set(from, chunk);
    return chunk;
  }

  #hasMore(member: Member): boolean {
    if (member.isAhead || member.owesClosing || member.place.kind === "journal") return true;
    const next = this.#log.next(member.id, this.#frameOf(member.place));
    if (next > member.place.frame) member.place = { kind: "log", frame: next };
    return next < this.#log.end;
  }

  /** What the log has dropped behind somebody who rests was not for him. */
  #frameOf({ frame }: { readonly frame: number }): number {
    return Math.max(frame, this.#log.start);
  }

  #rest(member: Member): void {
    this.#members.rest(member);
    if (this.#members.allRest && !this.#news) this.#trim();
  }

  /** Over the bound: the oldest quarter of the log goes, and who has not read it goes on in the journal. */
  #shed(): void {
    const frame = this.#log.start + Math.ceil((this.#log.end - this.#log.start) / 4);
    this.#members.each((member) => {
      const { place } = member;
      if (place.kind === "journal" || place.frame >= frame) return;
      member.place = { kind: "journal", stamp: this.#unheardFrom(member) };
      this.#leftBehind++;
    });
    this.#log.dropBefore(frame);
  }

  #trimWhenDue(): void {
    if (this.#members.allRest || this.#log.bytes > this.#trimmedAt + this.#limits.trimBytes) this.#trim();
  }

  /** Lets go of what nobody will ask for any more. */
  #trim(): void {
    let frame = this.#snapshot?.frame ?? this.#log.end;
    let stamp = this.#batch.stamp;
    if (this.#news || !this.#members.allRest) {
      this.#members.each(({ place }) => {
        if (place.kind === "log") frame = Math.min(frame, place.frame);
        else stamp = Math.min(stamp, place.stamp);
      });
    }
    this.#journal.forgetBefore(Math.min(stamp, this.#stampAt(frame)));
    this.#log.dropBefore(frame);
    this.#trimmedAt = this.#log.bytes;
  }

  /** The first change of which a member may not have heard. */
  #unheardFrom({ place }: Member): number {
    return place.kind === "log" ? this.#stampAt(this.#frameOf(place)) : place.stamp;
  }

  /** The first change that a reader of the log at `frame` may not have heard of. */
  #stampAt(frame: number): number {
    return this.#log.unheardFrom(frame) ?? this.#batch.stamp;
  }

  #earlier(place: Member["place"], { frame }: Snapshot): Member["place"] {
    if (place.kind === "log") return { kind: "log", frame: Math.min(this.#frameOf(place), frame) };
    return { kind: "journal", stamp: Math.min(place.stamp, this.#stampAt(frame)) };
  }

  #endOfRib(): Uint8Array {
    return endOfRibFrame(this.identity.family, this.#codec);
  }

  #refreshMark(subtype: "begin" | "end"): Uint8Array {
    return encodeMessage({ kind: "route-refresh", family: FAMILIES[this.identity.family], subtype }, this.#codec);
  }

  /** Nobody is left to hear anything. */
  #forgetAll(): void {
    this.#batch.begin(this.#journal.end);
    this.#journal.forgetBefore(this.#journal.end);
    this.#log = new UpdateLog();
    this.#snapshot = undefined;
    this.#counting = undefined;
    this.#missed.clear();
    this.#chunks.clear();
    this.#census.clear();
    this.#trimmedAt = 0;
  }
}
