/**
 * `show route` in all its forms: [NETWORK | for ADDRESS | for NETWORK] [all] [primary] [count] [protocol P] [export P | noexport P] [filtered] [table master].
 * Pure. Filters written in BIRD's language are not ours to run; who asks for one is told so.
 */

import { parseAddress } from "../../ip/address.ts";
import { type Prefix, comparePrefixes, containsAddress, parsePrefix, prefixAddress } from "../../ip/prefix.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { RouteQuery, RouteView } from "../../speaker/view.ts";
import type { Look } from "../look.ts";
import { type Protocol, TABLE, matching, protocolsOf } from "./protocols.ts";
import { CODE, END, type ReplyLine, line } from "./reply.ts";
import { type Way, attributeLines, familyOfNetwork, otherWay, printed, wayOf } from "./route-lines.ts";

/** What was asked for; a text instead: what is wrong with it. */
interface Wish {
  readonly network: Network;
  readonly flags: ReadonlySet<"all" | "primary" | "count" | "filtered">;
  readonly protocol: Protocol | undefined;
  /** Seen from a peer: what it was told, or what it was not. */
  readonly towards: { readonly peer: Protocol; readonly how: "told" | "not-told" } | undefined;
}

type Network = { readonly kind: "every" } | { readonly kind: "exactly"; readonly prefix: Prefix } | { readonly kind: "for"; readonly prefix: Prefix };

const FLAGS = ["all", "primary", "count", "filtered"] as const;
const FILTERS = ["where", "filter", "in"];
const SEEN_FROM: { readonly [word: string]: "told" | "not-told" } = { export: "told", noexport: "not-told" };

export function* showRoute(words: readonly string[], family: Family, look: Look): Iterable<ReplyLine> {
  const wish = wishOf(words, family, look);
  if (typeof wish === "string") {
    yield line(CODE.syntax, wish);
    return;
  }
  const ways = waysFor(wish, family, look);
  if (wish.flags.has("count")) return yield counted(ways);
  if (ways.length === 0 && wish.network.kind !== "every") return yield line(CODE.notInTable, "Network not in table");
  let network: Prefix | undefined;
  for (const way of ways) {
    yield printed(way, way.prefix === network ? "further" : "first");
    if (wish.flags.has("all")) yield* attributeLines(way);
    network = way.prefix;
  }
  yield END;
}

function counted(ways: readonly Way[]): ReplyLine {
  const networks = new Set(ways.map(({ prefix }) => prefix)).size;
  return line(CODE.routeCount, `${ways.length} of ${ways.length} routes for ${networks} networks`);
}

function wishOf(words: readonly string[], family: Family, look: Look): Wish | string {
  let network: Network = { kind: "every" };
  let protocol: Wish["protocol"];
  let towards: Wish["towards"];
  const flags = new Set<(typeof FLAGS)[number]>();
  const protocols = protocolsOf(look, family);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const flag = FLAGS.find((known) => known === word);
    const argument = words[at + 1];
    const prefix = prefixOf(word, family);
    if (flag) flags.add(flag);
    else if (prefix) network = { kind: "exactly", prefix };
    else if (FILTERS.includes(word)) return `filters are not supported: ${word}`;
    else if (argument === undefined) return `syntax error, unexpected ${word}`;
    else {
      at++;
      const [named] = matching(protocols, argument);
      const wanted = prefixOf(argument, family);
      const how = SEEN_FROM[word];
      if (word === "for" && wanted) network = { kind: "for", prefix: wanted };
      else if (word === "protocol" && named) protocol = named;
      else if (how && named?.peer) towards = { peer: named, how };
      else if (word !== "table" || argument !== TABLE) return `syntax error, unexpected ${argument}`;
    }
  }
  return { network, flags, protocol, towards };
}

/** A network, or an address as the network of it alone. */
function prefixOf(word: string, family: Family): Prefix | undefined {
  const address = parseAddress(word);
  const prefix = address ? parsePrefix(`${address}/${address.includes(":") ? 128 : 32}`) : parsePrefix(word);
  return prefix && familyOfNetwork(prefix) === family ? prefix : undefined;
}

function waysFor({ network, flags, protocol, towards }: Wish, family: Family, look: Look): readonly Way[] {
  const known = towards ? seenFrom(towards, family, look) : [...pathsAsWays(network, flags.has("filtered"), family, look), ...othersAsWays(network, family, look)];
  const asked = known.filter((way) => (!protocol || way.protocol === protocol.name) && (!flags.has("primary") || way.primary));
  const sorted = asked.sort((a, b) => comparePrefixes(a.prefix, b.prefix) || Number(b.primary) - Number(a.primary));
  return towards ? sorted.filter(({ prefix }) => isAskedFor(prefix, network)) : longestOnly(sorted, network);
}

function pathsAsWays(network: Network, filtered: boolean, family: Family, look: Look): Way[] {
  return look.speaker
    .routes(queryFor(network, family))
    .filter((route) => isRefused(route) === filtered && !isTheKernels(route))
    .map((route) => wayOf(route, look));
}

function othersAsWays(network: Network, family: Family, look: Look): Way[] {
  return [...(look.kernel?.others(family) ?? [])].filter(({ prefix }) => isAskedFor(prefix, network)).map((route) => otherWay(route, look));
}

function seenFrom({ peer, how }: NonNullable<Wish["towards"]>, family: Family, look: Look): Way[] {
  if (!peer.peer) return [];
  const told = look.speaker.toldTo(peer.peer.name, { family });
  if (how === "told") return told.map((route) => wayOf(route, look));
  const heard = new Set(told.map(({ prefix }) => prefix));
  return look.speaker.routes({ family }).filter(({ best, prefix }) => best && !heard.has(prefix)).map((route) => wayOf(route, look));
}

/** What was learned from the kernel is shown as the kernel has it. */
function isTheKernels({ origin }: RouteView): boolean {
  return origin.kind === "workload" || origin.kind === "kernel" || origin.kind === "direct";
}

/** A path with an unreachable next hop stays in BIRD's table; a refused one does not. */
function isRefused({ rejectedBy }: RouteView): boolean {
  return rejectedBy !== undefined && rejectedBy !== "unreachable-next-hop";
}

function queryFor(network: Network, family: Family): RouteQuery {
  switch (network.kind) {
    case "every":
      return { family };
    case "exactly":
      return { family, prefix: network.prefix };
    case "for":
      return { family, covering: prefixAddress(network.prefix) };
  }
}

function isAskedFor(prefix: Prefix, network: Network): boolean {
  switch (network.kind) {
    case "every":
      return true;
    case "exactly":
      return prefix === network.prefix;
    case "for":
      return containsAddress(prefix, prefixAddress(network.prefix));
  }
}

/** "for": the network that a packet there would take, whoever knows it. */
function longestOnly(ways: readonly Way[], network: Network): readonly Way[] {
  if (network.kind !== "for") return ways;
  const longest = Math.max(...ways.map(({ prefix }) => bitsOf(prefix)));
  return ways.filter(({ prefix }) => bitsOf(prefix) === longest);
}

function bitsOf(prefix: Prefix): number {
  return Number(prefix.slice(prefix.indexOf("/") + 1));
}
