/** A table that changes, one update group over it, and clients that believe only the bytes they get. */

import { expect } from "vitest";
import { NO_RESTART } from "../../src/bgp/session/restart-agreement.ts";
import { listNlri } from "../../src/bgp/wire/nlri.ts";
import type { IpAddress } from "../../src/ip/address.ts";
import { parsePrefix, type Prefix } from "../../src/ip/prefix.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { type CodecContext, type Family, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { Framer } from "../../src/bgp/wire/framer.ts";
import { decodeMessage } from "../../src/bgp/wire/message.ts";
import type { Message, Update } from "../../src/bgp/wire/message-types.ts";
import { PrefixTable } from "../../src/bgp/rib/prefix-table.ts";
import type { PrefixId, SourceId } from "../../src/bgp/rib/ids.ts";
import { type ExportSettings, exportIdentity } from "../../src/rr/export-identity.ts";
import type { GroupLimits } from "../../src/rr/group-limits.ts";
import type { GroupTable } from "../../src/rr/group-table.ts";
import type { Marks } from "../../src/rr/member.ts";
import { TransmitBuffer } from "../../src/rr/transmit-buffer.ts";
import type { HeardSet, Told } from "../../src/rr/tell.ts";
import { UpdateGroup } from "../../src/rr/update-group.ts";

const CODEC: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };
const POLICY = { name: "accept-all", version: 0 };
const NEXT_HOPS: { readonly [F in Family]: IpAddress } = { ipv4: "10.0.0.1" as IpAddress, ipv6: "2001:db8::1" as IpAddress };

/** Attribute sets to choose from; told apart by MED. The last fits into no message. */
export function attributeSets(family: Family): readonly PathAttributes[] {
  const plain = { origin: "igp", asPath: [], localPref: 100, nextHop: { address: NEXT_HOPS[family] } } as const;
  const sets = [1, 2, 3, 4].map((med): PathAttributes => ({ ...plain, med }));
  return [...sets, { ...plain, med: 5, communities: Array.from({ length: 1500 }, (_, i) => i) }];
}

export const UNSENDABLE_MED = 5;

/** One peer: what it holds follows from the bytes alone. */
export class Client {
  readonly holds = new Map<Prefix, PathAttributes>();
  /** By "prefix identifier": the same where there are no path identifiers. */
  readonly paths = new Map<string, PathAttributes>();
  /** `early`: marks before the first End-of-RIB. */
  readonly heard = { endOfRib: 0, begin: 0, end: 0, early: 0, frames: 0, bytes: 0, announced: 0, withdrawn: 0 };
  readonly #framer = new Framer();
  readonly #codec: CodecContext;

  constructor(codec: CodecContext = CODEC) {
    this.#codec = codec;
  }

  hear(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      this.heard.bytes += piece.length;
      this.#framer.push(piece);
      for (let frame = this.#framer.next(4096); frame; frame = this.#framer.next(4096)) this.#apply(decodeMessage(frame, this.#codec));
    }
  }

  #apply(message: Message): void {
    this.heard.frames++;
    if (message.kind === "route-refresh" && (message.subtype === "begin" || message.subtype === "end")) {
      this.heard[message.subtype]++;
      if (this.heard.endOfRib === 0) this.heard.early++;
    }
    if (message.kind === "update") this.#learn(message);
  }

  #learn(update: Update): void {
    expect(update.faults).toEqual([]);
    if (update.endOfRib) this.heard.endOfRib++;
    for (const block of update.withdrawn) for (const { prefix, pathId } of listNlri(block)) this.#forget(prefix, pathId);
    for (const { nlri, attributes } of update.announced) for (const { prefix, pathId } of listNlri(nlri)) this.#hold(prefix, pathId, attributes);
  }

  #hold(prefix: Prefix, pathId: number, attributes: PathAttributes): void {
    this.heard.announced++;
    this.holds.set(prefix, attributes);
    this.paths.set(`${prefix} ${pathId}`, attributes);
  }

  #forget(prefix: Prefix, pathId: number): void {
    this.heard.withdrawn++;
    this.holds.delete(prefix);
    this.paths.delete(`${prefix} ${pathId}`);
  }
}

/** The table holds its prefixes as a RIB does, and lets go of their ids as a RIB does. */
export class World implements GroupTable {
  readonly prefixes = new PrefixTable();
  readonly group: UpdateGroup;
  readonly clients = new Map<SourceId, Client>();
  readonly #table = new Map<PrefixId, Told>();
  readonly #family: Family;
  readonly #sets: readonly PathAttributes[];

  constructor(family: Family, limits: GroupLimits) {
    this.#family = family;
    this.#sets = attributeSets(family);
    const self = { address: NEXT_HOPS[family] };
    const settings: ExportSettings = { localAs: 65001, clusterId: 1, reflectorClient: true, nextHop: "auto", self, policy: POLICY, role: undefined, draining: "no", addPathSend: "all" };
    this.group = new UpdateGroup(exportIdentity(family, settings, { remoteAs: 65001, restart: NO_RESTART, codec: CODEC }), this.prefixes, this, limits);
  }

  told(prefix: PrefixId): Told | undefined {
    return this.#table.get(prefix);
  }

  walk(from: number, most: number, visit: (prefix: PrefixId, told: Told) => void): number | undefined {
    const until = Math.min(this.prefixes.end, from + most);
    for (let id = from; id < until; id++) {
      const told = this.#table.get(id as PrefixId);
      if (told) visit(id as PrefixId, told);
    }
    return until < this.prefixes.end ? until : undefined;
  }

  isBehind(prefix: PrefixId, at: number): boolean {
    return prefix < at;
  }

  announce(number: number, owner: SourceId, set: number): void {
    const id = this.prefixes.internPrefix(prefixOf(this.#family, number));
    const before = this.#table.get(id);
    if (!before) this.prefixes.retain(id);
    const after: Told = { owner, attributes: this.#sets[set] as PathAttributes };
    this.#table.set(id, after);
    this.group.changed(id, before, after);
  }

  withdraw(number: number): void {
    const id = this.prefixes.findPrefix(prefixOf(this.#family, number));
    const before = id === undefined ? undefined : this.#table.get(id);
    if (id === undefined || !before) return;
    this.#table.delete(id);
    this.group.changed(id, before, undefined);
    this.prefixes.release(id);
  }

  /** Ids that nobody holds mean something else from now on. */
  sweep(): void {
    this.prefixes.sweep();
  }

  join(member: SourceId): Client {
    const client = new Client();
    this.clients.set(member, client);
    this.group.join(member);
    return client;
  }

  leave(member: SourceId): void {
    this.clients.delete(member);
    this.group.leave(member);
  }

  resend(member: SourceId, marks: Marks): void {
    this.group.resend(member, marks);
  }

  take(member: SourceId, maxBytes: number): number {
    const buffer = new TransmitBuffer(maxBytes);
    const left = this.group.take(member, buffer);
    expect(left === "some").toBe(this.group.pending(member));
    const client = this.clients.get(member);
    const frames = client?.heard.frames ?? 0;
    client?.hear(buffer.pieces);
    if (client) expect(buffer.updates + buffer.refreshes).toBe(client.heard.frames - frames);
    return buffer.bytes;
  }

  drain(member: SourceId): void {
    while (this.take(member, 700) > 0);
    expect(this.group.pending(member)).toBe(false);
  }

  /** What RFC 4456 grants this member: the table but its own routes, and nothing that no message can carry. */
  ideal(member: SourceId): Map<Prefix, number | undefined> {
    const granted = [...this.#table].filter(([, { owner, attributes }]) => owner !== member && medOf(attributes) !== UNSENDABLE_MED);
    return new Map(granted.map(([id, { attributes }]) => [this.prefixes.prefix(id), medOf(attributes)]));
  }

  /** Like ideal(), counting what no message can carry. */
  routesFor(member: SourceId): number {
    return [...this.#table.values()].filter(({ owner }) => owner !== member).length;
  }

  expectIdeal(member: SourceId): void {
    const holds = this.clients.get(member)?.holds ?? new Map<Prefix, PathAttributes>();
    expect(new Map([...holds].map(([prefix, { med }]) => [prefix, med]))).toEqual(this.ideal(member));
  }
}

function prefixOf(family: Family, number: number): Prefix {
  const text = family === "ipv4" ? `10.${number >> 8}.${number & 255}.0/24` : `2001:db8:${number.toString(16)}::/48`;
  return parsePrefix(text) as Prefix;
}

/** Sets of this world are objects. */
function medOf(set: HeardSet): number | undefined {
  return typeof set === "number" ? undefined : set.med;
}
