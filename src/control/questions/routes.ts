/**
 * `routes`: which paths are asked for, and whether the wishes go together.
 * Pure. Filters are asked here, of each path as it is made; what does not fit never leaves the daemon.
 */

import { address, asn, prefix } from "../../speaker/config/scalars.ts";
import { parseCommunity, parseExtendedCommunity, parseLargeCommunity } from "../../speaker/config/communities.ts";
import { type ValueOf, defaulted, flag, object, oneOf, optional, parsed, text } from "../../speaker/config/schema.ts";
import type { RouteQuery, RouteView } from "../../speaker/view.ts";
import type { Answer, Look } from "../look.ts";
import { parsePathPattern } from "./path-pattern.ts";
import { type Question, findPeer, noSuchPeer, question } from "./question.ts";
import { formatAsPath, routeRow } from "../answers/route.ts";

const peerName = text("name or address of a peer");
const AS_PATH = 'an AS number such as 65001, or a regular expression over the path such as "^65001_" or "_65010$"';

const routeArguments = object({
  prefix: optional(prefix, "exactly this prefix"),
  covering: optional(address, "the longest prefix that holds this address"),
  longer: optional(prefix, "this prefix and all inside it"),
  family: optional(oneOf(["ipv4", "ipv6"]), "only this family"),
  from: optional(peerName, "only what came from this peer, as import policy left it"),
  in: optional(peerName, "what this peer sent, as it sent it; with what was refused, and why"),
  out: optional(peerName, "what this peer was told, as it was told"),
  best: defaulted(flag, false, "only the best path to each prefix"),
  rejected: defaulted(flag, false, "only paths that may not be used"),
  community: optional(parsed(parseCommunity, 'a community such as "64512:100" or "no-export"'), "only paths with this community"),
  largeCommunity: optional(parsed(parseLargeCommunity, 'a large community such as "64512:1:100"'), "only paths with this large community"),
  extendedCommunity: optional(parsed(parseExtendedCommunity, 'an extended community such as "rt:64512:100"'), "only paths with this extended community"),
  asPath: optional(parsed(pathTest, AS_PATH), "only paths whose AS_PATH has this AS number, or fits this pattern"),
});

type RouteArguments = ValueOf<typeof routeArguments>;
type Test = (route: RouteView) => boolean;

export const ROUTES: Question = question("routes", "paths, ranked", routeArguments, (look, args) => {
  const contradiction = contradictionIn(args);
  if (contradiction !== undefined) return { kind: "refused", reason: contradiction };
  const asked = args.in ?? args.out ?? args.from;
  const peer = asked === undefined ? undefined : findPeer(look.speaker, asked);
  if (asked !== undefined && !peer) return noSuchPeer(asked, look.speaker);
  const side = args.in !== undefined ? "sentBy" : args.out !== undefined ? "toldTo" : "from";
  const query: RouteQuery = {
    ...(args.family && { family: args.family }),
    ...(args.prefix && { prefix: args.prefix }),
    ...(args.covering && { covering: args.covering }),
    ...(args.longer && { within: args.longer }),
    ...(peer && { [side]: peer.name }),
  };
  return answerOf(look, query, testsOf(args));
});

function answerOf(look: Look, query: RouteQuery, tests: readonly Test[]): Answer {
  return { kind: "rows", rows: rowsOf(look, query, tests) };
}

/** One row at a time, so that a long table is neither built twice nor at once. */
function* rowsOf(look: Look, query: RouteQuery, tests: readonly Test[]): Iterable<object | undefined> {
  for (const route of look.speaker.walkRoutes(query)) {
    if (route === undefined) yield undefined;
    else if (tests.every((test) => test(route))) yield routeRow(route, look);
  }
}

/** What does not go together, by the names that the command line has for it. */
const CONTRADICTIONS: readonly { readonly holds: (args: RouteArguments) => boolean; readonly reason: string }[] = [
  { holds: (args) => [args.in, args.out, args.from].filter((peer) => peer !== undefined).length > 1, reason: "in, out, from: one of them: what a peer sent, or what it was told" },
  { holds: (args) => [args.prefix, args.covering, args.longer].filter((place) => place !== undefined).length > 1, reason: "prefix, covering, longer: one of them" },
  { holds: ({ best, rejected }) => best && rejected, reason: "best, rejected: a path that may not be used is never best" },
  { holds: ({ out, rejected }) => out !== undefined && rejected, reason: "out, rejected: nobody is told what may not be used" },
];

function contradictionIn(args: RouteArguments): string | undefined {
  return CONTRADICTIONS.find(({ holds }) => holds(args))?.reason;
}

function testsOf({ best, rejected, community, largeCommunity: large, extendedCommunity, asPath }: RouteArguments): readonly Test[] {
  return [
    ...(best ? [(route: RouteView) => route.best] : []),
    ...(rejected ? [(route: RouteView) => route.rejectedBy !== undefined] : []),
    ...(community === undefined ? [] : [({ attributes }: RouteView) => attributes.communities?.includes(community) ?? false]),
    ...(large === undefined
      ? []
      : [({ attributes }: RouteView) => attributes.largeCommunities?.some(({ global, local1, local2 }) => global === large.global && local1 === large.local1 && local2 === large.local2) ?? false]),
    ...(extendedCommunity === undefined ? [] : [({ attributes }: RouteView) => attributes.extendedCommunities?.includes(extendedCommunity) ?? false]),
    ...(asPath === undefined ? [] : [asPath]),
  ];
}

/** A number alone is an AS that the path goes through, not digits that stand somewhere in it. */
function pathTest(wanted: string): Test | undefined {
  if (/^\d+$/.test(wanted)) {
    const number = asn.read(Number(wanted), "", []);
    return number === undefined ? undefined : ({ attributes }) => attributes.asPath?.some(({ asns }) => asns.includes(number)) ?? false;
  }
  const pattern = parsePathPattern(wanted);
  return pattern && (({ attributes }) => pattern(formatAsPath(attributes.asPath ?? [])));
}
