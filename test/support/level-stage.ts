/**
 * One speaker among peers of every kind that tell, take back, ask again, vanish and come back while its configuration changes;
 * and what each of them was told in the end. See scenario/level.test.ts.
 */

import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { COMMUNITY } from "../../src/bgp/wire/code-points.ts";
import { FAMILIES, type CodecContext, type Family } from "../../src/bgp/wire/context.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import type { Capability, RouteRefresh } from "../../src/bgp/wire/message-types.ts";
import { listNlri, nlriOf } from "../../src/bgp/wire/nlri.ts";
import { attributeRow } from "../../src/control/answers/route.ts";
import type { TestSpeaker } from "./network.ts";
import { AGREED, ScriptedPeer } from "./scripted-peer.ts";
import { sequence } from "./why-stage.ts";

export const AS = 64512;
export const US = "10.0.0.1";
export const PREFIXES = ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/24", "10.5.0.1/32", "fd01::/48", "fd02::/64"] as readonly string[] as readonly Prefix[];
export const NEXT_HOPS = { ipv4: ["10.0.0.99", "10.0.0.98", "10.0.0.97"], ipv6: ["fd00::99", "fd00::98", "fd00::97"] } as const;
const MUCH = 1 << 20;

/** What a peer is by itself, whatever we are configured to take it for. */
interface Character {
  readonly address: string;
  readonly asn: number;
  readonly families: readonly Family[];
  /** Paths to one prefix that it tells. */
  readonly paths?: number;
  readonly takesPaths?: true;
  readonly restartSec?: number;
  readonly longLivedSec?: number;
  readonly refreshes?: true;
  readonly longMessages?: true;
  readonly narrowAs?: true;
  /** Takes IPv6 next hops for IPv4 prefixes, and tells some (RFC 8950). */
  readonly wideNextHops?: true;
}

export const CAST = {
  a: { address: "10.0.0.2", asn: AS, families: ["ipv4"], restartSec: 100, refreshes: true },
  b: { address: "10.0.0.3", asn: AS, families: ["ipv4", "ipv6"], longMessages: true },
  n: { address: "10.0.0.4", asn: AS, families: ["ipv4", "ipv6"], restartSec: 60, longLivedSec: 600, refreshes: true },
  x: { address: "10.0.0.5", asn: 65001, families: ["ipv4", "ipv6"], restartSec: 60 },
  y: { address: "10.0.0.6", asn: 65002, families: ["ipv4"], narrowAs: true },
  s: { address: "10.0.0.7", asn: AS, families: ["ipv4"], paths: 2, takesPaths: true, restartSec: 100, longLivedSec: 600 },
  t: { address: "10.0.0.8", asn: AS, families: ["ipv4", "ipv6"], takesPaths: true, refreshes: true, wideNextHops: true },
  r: { address: "10.0.9.1", asn: AS, families: ["ipv4"], restartSec: 100 },
} as const satisfies { readonly [name: string]: Character };
export type Name = keyof typeof CAST;
export const NAMES = Object.keys(CAST) as Name[];

/** What may be the matter with a path, beside where it leads to. */
export const MARKS = [
  {},
  { communities: [0xfc000001] },
  { communities: [COMMUNITY.noExport] },
  { communities: [COMMUNITY.noAdvertise] },
  { communities: [COMMUNITY.llgrStale] },
  { communities: [COMMUNITY.noLlgr] },
  { communities: [COMMUNITY.gracefulShutdown] },
  { otc: 65001 },
  { otc: 65009 },
  { med: 7 },
  { largeCommunities: [{ global: 1, local1: 2, local2: 3 }] },
  { unknown: [{ code: 99, flags: 0xe0, value: Uint8Array.of(1, 2) }] },
] as const satisfies readonly PathAttributes[];

export interface Telling {
  readonly prefix: number;
  readonly path: number;
  readonly nextHop: number;
  readonly localPref: number;
  /** Behind its own AS. */
  readonly through: readonly number[];
  readonly mark: number;
  /** Too long for a message of 4096 octets, or with an IPv6 next hop: where it can say such things. */
  readonly isOdd: boolean;
}

/** Everything that a peer has told and not taken back, by prefix and path identifier. */
export type Told = ReadonlyMap<string, Telling>;

export class Actor {
  readonly name: Name;
  readonly character: Character;
  readonly routerId: number;
  readonly told = new Map<string, Telling>();
  hasToldAll = false;
  /** Routes of an earlier session were kept for it. */
  isBack = false;
  readonly #us: TestSpeaker;
  readonly #peer: ScriptedPeer;
  readonly #holds = new Map<string, string>();
  /** Not told again since the round began; undefined: there is none. */
  #stale: Set<string> | undefined;

  /** `life`: another one has another router id. */
  constructor(us: TestSpeaker, name: Name, life: number) {
    this.#us = us;
    this.name = name;
    this.character = CAST[name];
    this.routerId = 0x0a000002 + NAMES.indexOf(name) + 256 * life;
    const { address, asn } = this.character;
    this.#peer = new ScriptedPeer(us, address, "clings"); // what follows from a closed connection comes after what follows from the reload
    this.#peer.window = "shut";
    if (!this.isGone) this.#peer.establish(asn, this.routerId, capabilitiesOf(this.character), codecOf(this.character));
  }

  get isGone(): boolean {
    return this.#peer.hungUp;
  }

  tell(telling: Telling): void {
    const family = familyOf(telling.prefix);
    const { families, paths = 1 } = this.character;
    if (!families.includes(family)) return;
    const cut = { ...telling, path: telling.path % paths };
    const key = keyOf(cut);
    this.told.delete(key);
    this.told.set(key, cut);
    this.#stale?.delete(key);
    const nlri = nlriOf(family, this.character.paths !== undefined, [{ prefix: PREFIXES[cut.prefix] as Prefix, pathId: cut.path }]);
    this.#peer.say({ kind: "update", withdrawn: [], announced: [{ nlri, attributes: this.#attributesOf(cut) }], faults: [] });
  }

  takeBack(prefix: number, path: number): void {
    const family = familyOf(prefix);
    const { families, paths = 1 } = this.character;
    if (!families.includes(family)) return;
    const cut = { prefix, path: path % paths };
    this.told.delete(keyOf(cut));
    this.#stale?.delete(keyOf(cut));
    const nlri = nlriOf(family, this.character.paths !== undefined, [{ prefix: PREFIXES[prefix] as Prefix, pathId: cut.path }]);
    this.#peer.say({ kind: "update", withdrawn: [nlri], announced: [], faults: [] });
  }

  /** End-of-RIB, of every family. */
  finishTelling(): void {
    if (this.hasToldAll) return;
    this.hasToldAll = true;
    for (const endOfRib of this.character.families) this.#peer.say({ kind: "update", withdrawn: [], announced: [], endOfRib, faults: [] });
  }

  askAgain(): void {
    this.#refresh("request");
  }

  beginRound(): void {
    if (!this.character.refreshes || !this.hasToldAll) return;
    this.#stale = new Set(this.told.keys());
    this.#refresh("begin");
  }

  endRound(): void {
    if (!this.#stale) return;
    for (const key of this.#stale) this.told.delete(key);
    this.#stale = undefined;
    this.#refresh("end");
  }

  /** Its TCP connection is lost. */
  vanish(): void {
    this.#peer.vanish();
  }

  /** It says goodbye. */
  leave(): void {
    this.#peer.say({ kind: "notification", notification: { code: 6, subcode: 2, data: new Uint8Array(0) } });
    this.#peer.vanish();
  }

  /** Takes so many bytes; whether there are more. */
  take(bytes: number): "some" | "none" {
    if (this.isGone) return "none";
    const { pieces, left } = this.#us.speaker.transmit(this.#peer.link, bytes);
    for (const piece of pieces) this.#peer.hear(piece);
    for (const { withdrawn, announced } of this.#peer.take("update")) {
      for (const block of withdrawn) for (const { prefix, pathId } of listNlri(block)) this.#holds.delete(`${prefix} ${pathId}`);
      for (const { nlri, attributes } of announced) for (const { prefix, pathId } of listNlri(nlri)) this.#holds.set(`${prefix} ${pathId}`, JSON.stringify(attributeRow(attributes)));
    }
    return left;
  }

  takeAll(): void {
    while (this.take(MUCH) === "some");
  }

  get routes(): number {
    return this.#holds.size;
  }

  /** By prefix; which identifier a path has says nothing. */
  holds(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(PREFIXES.map((prefix) => [prefix, [...this.#holds].filter(([key]) => key.startsWith(`${prefix} `)).map(([, attributes]) => attributes).sort()]));
  }

  #attributesOf({ prefix, nextHop, localPref, through, mark, isOdd }: Telling): PathAttributes {
    const isInside = this.character.asn === AS;
    const asns = isInside ? through : [this.character.asn, ...through];
    return {
      origin: "igp",
      asPath: asns.length > 0 ? sequence(...asns) : [],
      nextHop: { address: NEXT_HOPS[isOdd && this.character.wideNextHops ? "ipv6" : familyOf(prefix)][nextHop] as IpAddress },
      ...(isInside && { localPref }),
      ...(MARKS[mark] as PathAttributes),
      ...(isOdd && this.character.longMessages && { communities: Array.from({ length: 1100 }, (_, i) => 0xfc010000 + i) }),
    };
  }

  #refresh(subtype: RouteRefresh["subtype"]): void {
    for (const family of this.character.families) this.#peer.say({ kind: "route-refresh", family: FAMILIES[family], subtype });
  }
}

function keyOf({ prefix, path }: Pick<Telling, "prefix" | "path">): string {
  return `${prefix} ${path}`;
}

function familyOf(prefix: number): Family {
  return PREFIXES[prefix]?.includes(":") ? "ipv6" : "ipv4";
}

function capabilitiesOf({ asn, families, paths, takesPaths, restartSec, longLivedSec, refreshes, longMessages, narrowAs, wideNextHops }: Character): readonly Capability[] {
  const codes = families.map((family) => FAMILIES[family]);
  const list: Capability[] = [...codes.map((family) => ({ kind: "multiprotocol" as const, family })), { kind: "route-refresh" }];
  if (!narrowAs) list.push({ kind: "four-octet-as", asn });
  if (refreshes) list.push({ kind: "enhanced-route-refresh" });
  if (wideNextHops) list.push({ kind: "extended-next-hop", entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] });
  if (longMessages) list.push({ kind: "extended-message" });
  if (takesPaths) list.push({ kind: "add-path", entries: codes.map((code) => ({ ...code, mode: paths ? "both" : "receive" })) });
  if (restartSec !== undefined) list.push({ kind: "graceful-restart", restarting: false, notification: false, restartTimeSec: restartSec, entries: codes.map((code) => ({ ...code, forwarding: true })) });
  if (longLivedSec !== undefined) list.push({ kind: "long-lived-graceful-restart", entries: codes.map((code) => ({ ...code, forwarding: true, staleTimeSec: longLivedSec })) });
  return list;
}

function codecOf({ asn, families, paths, takesPaths, longMessages, narrowAs, wideNextHops }: Character): CodecContext {
  return {
    ...AGREED,
    fourOctetAs: !narrowAs,
    internal: asn === AS,
    maxMessageBytes: longMessages ? 65535 : 4096,
    extendedNextHop: new Set(wideNextHops ? ["ipv4"] : []),
    addPathSend: new Set(paths ? families : []),
    addPathReceive: new Set(takesPaths ? families : []),
  };
}
