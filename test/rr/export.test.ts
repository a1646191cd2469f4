/** What a path looks like to a listener, and when two listeners are one group. */

import { describe, expect, test } from "vitest";
import { NO_RESTART } from "../../src/bgp/session/restart-agreement.ts";
import { COMMUNITY } from "../../src/bgp/wire/code-points.ts";
import type { IpAddress } from "../../src/ip/address.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { type CodecContext, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { exportAttributes, type PathSource } from "../../src/rr/export-attributes.ts";
import { type ExportSettings, codecOf, exportIdentity, groupKey } from "../../src/rr/export-identity.ts";

const US = "10.0.0.1" as IpAddress;
const THEM = "10.0.0.9" as IpAddress;
const LEARNED: PathAttributes = {
  origin: "igp",
  asPath: [{ kind: "sequence", asns: [65010, 65011] }],
  nextHop: { address: THEM },
  med: 30,
  localPref: 150,
  communities: [(65000 << 16) | 1],
};

const INTERNAL: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };
const EXTERNAL: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true };
const SETTINGS: ExportSettings = {
  localAs: 65001,
  clusterId: 99,
  reflectorClient: false,
  nextHop: "auto",
  self: { address: US },
  policy: { name: "accept-all", version: 0 },
  role: undefined,
  draining: "no",
  addPathSend: "all",
};

const client = exportIdentity("ipv4", { ...SETTINGS, reflectorClient: true }, { remoteAs: 65001, restart: NO_RESTART, codec: INTERNAL });
const nonClient = exportIdentity("ipv4", SETTINGS, { remoteAs: 65001, restart: NO_RESTART, codec: INTERNAL });
const external = exportIdentity("ipv4", SETTINGS, { remoteAs: 65002, restart: NO_RESTART, codec: EXTERNAL });

const fromClient: PathSource = { kind: "client", routerId: 11 };
const fromExternal: PathSource = { kind: "external", routerId: 12 };
const local: PathSource = { kind: "local", routerId: 0 };

/** What is heard of a path that may be. */
function heardOf(...asked: Parameters<typeof exportAttributes>): PathAttributes {
  const heard = exportAttributes(...asked);
  if (typeof heard === "string") throw new Error(`withheld: ${heard}`);
  return heard;
}

describe("inside the AS", () => {
  test("a reflected route changes nothing but the two marks", () => {
    expect(exportAttributes(LEARNED, fromClient, nonClient)).toEqual({ ...LEARNED, originatorId: 11, clusterList: [99] });
  });

  test("what came from outside bears no marks and keeps its next hop", () => {
    expect(exportAttributes(LEARNED, fromExternal, client)).toEqual(LEARNED);
  });

  test("LOCAL_PREF is always there, 100 when nobody set it", () => {
    const { localPref: _, ...without } = LEARNED;
    expect(heardOf(without, fromExternal, client).localPref).toBe(100);
  });

  test("what we originate has our own next hop", () => {
    expect(heardOf({ origin: "igp" }, local, nonClient).nextHop).toEqual({ address: US });
  });

  test("what a non-client told us no other non-client hears", () => {
    expect(exportAttributes(LEARNED, { kind: "non-client", routerId: 13 }, nonClient)).toBe("reflection");
  });

  test("with next hop self even reflected routes go through us", () => {
    expect(heardOf(LEARNED, fromClient, { ...nonClient, nextHop: "self" }).nextHop).toEqual({ address: US });
  });
});

describe("out of the AS", () => {
  const inside = { ...LEARNED, originatorId: 4, clusterList: [1], aigp: 5n };
  const heard = heardOf(inside, fromClient, external);

  test("our AS is put in front", () => {
    expect(heard.asPath).toEqual([{ kind: "sequence", asns: [65001, 65010, 65011] }]);
  });

  test("what is meant for our AS alone stays inside", () => {
    expect(Object.keys(heard).sort()).toEqual(["asPath", "communities", "nextHop", "origin"]);
  });

  test("the next hop is ours, unless it is to stay unchanged", () => {
    expect(heard.nextHop).toEqual({ address: US });
    expect(heardOf(LEARNED, fromClient, { ...external, nextHop: "unchanged" }).nextHop).toEqual({ address: THEM });
  });

  test("a MED that another AS told us goes no further, our own and the policy's do", () => {
    expect(heard.med).toBeUndefined();
    expect(heardOf({ med: 30 }, local, external).med).toBe(30);
    expect(heardOf({ ...LEARNED, med: 5 }, fromClient, external, LEARNED).med).toBe(5);
  });

  test("a next hop that policy set is kept", () => {
    const nextHop = { address: "10.9.9.9" as IpAddress };
    expect(heardOf({ ...LEARNED, nextHop }, fromClient, external, LEARNED).nextHop).toBe(nextHop);
  });

  test("confederation segments stay inside: the listener would have to throw the path away (RFC 5065 §5)", () => {
    const asPath = [{ kind: "confed-sequence", asns: [65101] }, { kind: "sequence", asns: [65010] }, { kind: "confed-set", asns: [65102] }] as const;
    expect(heardOf({ ...LEARNED, asPath }, fromClient, external).asPath).toEqual([{ kind: "sequence", asns: [65001, 65010] }]);
    expect(heardOf({ ...LEARNED, asPath }, fromClient, nonClient).asPath).toEqual(asPath);
  });

  test("a path through the listener's AS is not told", () => {
    expect(exportAttributes(LEARNED, fromClient, { ...external, remoteAs: 65011 })).toBe("as-in-path");
  });

  test("non-transitive extended communities stay inside", () => {
    const extendedCommunities = [0x0002_0000_0000_0001n, 0x4002_0000_0000_0001n];
    expect(heardOf({ ...LEARNED, extendedCommunities }, fromClient, external).extendedCommunities).toEqual([0x0002_0000_0000_0001n]);
  });
});

describe("what is not told at all", () => {
  const NO_EXPORT = 0xffffff01;
  const NO_ADVERTISE = 0xffffff02;
  const NO_EXPORT_SUBCONFED = 0xffffff03;

  test.each([
    ["NO_ADVERTISE", NO_ADVERTISE, false, "no-advertise"],
    ["NO_EXPORT", NO_EXPORT, true, "no-export"],
    ["NO_EXPORT_SUBCONFED", NO_EXPORT_SUBCONFED, true, "no-export-subconfed"],
  ])("%s keeps a path where it belongs", (_name, community, inside, reason) => {
    const marked = { ...LEARNED, communities: [community] };
    expect(exportAttributes(marked, fromClient, nonClient)).toEqual(inside ? expect.objectContaining({ communities: [community] }) : reason);
    expect(exportAttributes(marked, fromClient, external)).toBe(reason);
  });

  test("without an address of our own, what needs one is kept back", () => {
    expect(exportAttributes({ origin: "igp" }, local, { ...nonClient, self: undefined })).toBe("no-own-address");
    expect(heardOf(LEARNED, fromClient, { ...nonClient, self: undefined })).toBeDefined();
  });

  test("an IPv6 next hop of an IPv4 prefix goes only to those who agreed to it [5.5-extended-next-hop]", () => {
    const sixth = { ...LEARNED, nextHop: { address: "2001:db8::1" as IpAddress } };
    expect(exportAttributes(sixth, fromClient, nonClient)).toBe("next-hop-family");
    expect(heardOf(sixth, fromClient, { ...nonClient, extendedNextHop: true })).toBeDefined();
  });
});

describe("a path that is long-lived stale (RFC 9494 §4.3)", () => {
  const stale = { ...LEARNED, communities: [COMMUNITY.llgrStale] };
  const knowing = { ...nonClient, longLivedStale: "told" } as const;

  test("is told only to who knows what that means", () => {
    expect(exportAttributes(stale, fromClient, nonClient)).toBe("long-lived-stale");
    expect(heardOf(stale, fromClient, knowing).communities).toEqual([COMMUNITY.llgrStale]);
  });

  test("keeps its mark, whatever export policy makes of its communities", () => {
    expect(heardOf(LEARNED, fromClient, knowing, stale).communities).toContain(COMMUNITY.llgrStale);
    expect(heardOf({ ...LEARNED, communities: [5] }, fromClient, { ...external, longLivedStale: "told" }, stale).communities).toEqual([5, COMMUNITY.llgrStale]);
  });
});

describe("identity", () => {
  test("peers that agreed on the same are one group", () => {
    const again = exportIdentity("ipv4", { ...SETTINGS, self: { address: US } }, { remoteAs: 65001, restart: NO_RESTART, codec: { ...INTERNAL } });
    expect(groupKey(again)).toBe(groupKey(nonClient));
  });

  test("everything that changes the bytes changes the group", () => {
    const others = [
      client,
      external,
      exportIdentity("ipv6", SETTINGS, { remoteAs: 65001, restart: NO_RESTART, codec: INTERNAL }),
      exportIdentity("ipv4", { ...SETTINGS, localAs: 65003 }, { remoteAs: 65001, restart: NO_RESTART, codec: INTERNAL }),
      exportIdentity("ipv4", { ...SETTINGS, clusterId: 98 }, { remoteAs: 65001, restart: NO_RESTART, codec: INTERNAL }),
      exportIdentity("ipv4", { ...SETTINGS, nextHop: "self" }, { remoteAs: 65001, restart: NO_RESTART, codec: INTERNAL }),
      exportIdentity("ipv4", { ...SETTINGS, self: { address: THEM } }, { remoteAs: 65001, restart: NO_RESTART, codec: INTERNAL }),
      exportIdentity("ipv4", { ...SETTINGS, policy: { name: "accept-all", version: 1 } }, { remoteAs: 65001, restart: NO_RESTART, codec: INTERNAL }),
      exportIdentity("ipv4", { ...SETTINGS, draining: "yes" }, { remoteAs: 65001, restart: NO_RESTART, codec: INTERNAL }),
      exportIdentity("ipv4", { ...SETTINGS, role: "peer" }, { remoteAs: 65002, restart: NO_RESTART, codec: EXTERNAL }),
      exportIdentity("ipv4", SETTINGS, { remoteAs: 65001, restart: NO_RESTART, codec: { ...INTERNAL, fourOctetAs: false } }),
      exportIdentity("ipv4", SETTINGS, { remoteAs: 65001, restart: NO_RESTART, codec: { ...INTERNAL, maxMessageBytes: 65535 } }),
      exportIdentity("ipv4", SETTINGS, { remoteAs: 65001, restart: NO_RESTART, codec: { ...INTERNAL, extendedNextHop: new Set(["ipv4"]) } }),
      exportIdentity("ipv4", SETTINGS, { remoteAs: 65001, restart: NO_RESTART, codec: { ...INTERNAL, addPathSend: new Set(["ipv4"]) } }),
      exportIdentity("ipv4", { ...SETTINGS, addPathSend: 2 }, { remoteAs: 65001, restart: NO_RESTART, codec: { ...INTERNAL, addPathSend: new Set(["ipv4"]) } }),
      exportIdentity("ipv4", SETTINGS, { remoteAs: 65001, restart: { ...NO_RESTART, longLived: "understood" }, codec: INTERNAL }),
    ];
    expect(new Set([nonClient, ...others].map(groupKey)).size).toBe(others.length + 1);
  });

  test("the group's codec writes what each member agreed to", () => {
    const agreed: CodecContext = { ...INTERNAL, maxMessageBytes: 65535, addPathSend: new Set(["ipv4"]), extendedNextHop: new Set(["ipv4"]) };
    expect(codecOf(exportIdentity("ipv4", SETTINGS, { remoteAs: 65001, restart: NO_RESTART, codec: agreed }))).toEqual(agreed);
  });
});
