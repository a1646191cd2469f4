/** Two OPENs -> Negotiated: what is offered, what is agreed, what is refused and with which code. */

import { describe, expect, it } from "vitest";
import { negotiate, openFor } from "../../src/bgp/session/negotiate.ts";
import type { SessionSettings } from "../../src/bgp/session/settings.ts";
import type { Negotiated } from "../../src/bgp/session/vocabulary.ts";
import { ProtocolError } from "../../src/bgp/wire/error.ts";
import type { AddPathMode, Capability, Open, Role } from "../../src/bgp/wire/message-types.ts";
import type { Notification } from "../../src/bgp/wire/notification.ts";
import { mirrored, openOffering, settingsWith, theirOpen } from "../support/session-builders.ts";

const EXTERNAL = settingsWith({ remoteAs: 65001 });
const BOTH_FAMILIES = settingsWith({ families: ["ipv4", "ipv6"] });
const IPV4: Capability = { kind: "multiprotocol", family: { afi: 1, safi: 1 } };
const IPV6: Capability = { kind: "multiprotocol", family: { afi: 2, safi: 1 } };
const VPNV4: Capability = { kind: "multiprotocol", family: { afi: 1, safi: 128 } };

function agree(settings: SessionSettings, theirs: Open): Negotiated {
  return negotiate(openFor(settings), theirs, settings);
}

/** What both ends make of two settings, each reading the other's OPEN. */
function agreeBoth(left: SessionSettings, right: SessionSettings): readonly [Negotiated, Negotiated] {
  return [negotiate(openFor(left), openFor(right), left), negotiate(openFor(right), openFor(left), right)];
}

function refusal(settings: SessionSettings, theirs: Open): Notification {
  try {
    agree(settings, theirs);
  } catch (error) {
    if (error instanceof ProtocolError) return error.notification;
    throw error;
  }
  throw new Error("was not refused");
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

describe("our OPEN", () => {
  it("offers each family, both kinds of route refresh and four-octet AS numbers", () => {
    const { capabilities } = openFor(BOTH_FAMILIES);
    const refreshes: readonly Capability[] = [{ kind: "route-refresh" }, { kind: "enhanced-route-refresh" }];
    expect(capabilities).toEqual([IPV4, IPV6, ...refreshes, { kind: "four-octet-as", asn: 64512 }]);
  });

  it("offers what the operator turned on, and what other floors add", () => {
    const settings = settingsWith({
      remoteAs: 65001,
      addPath: "send",
      extendedMessages: true,
      extendedNextHop: true,
      role: { local: "customer", strict: false },
      hostname: "node-1",
      softwareVersion: "ts-bgp/0.1",
      extraCapabilities: [{ kind: "unknown", code: 200, value: Uint8Array.of(1) }],
    });
    expect(openFor(settings).capabilities.slice(4)).toEqual([
      { kind: "extended-message" },
      { kind: "extended-next-hop", entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] },
      { kind: "add-path", entries: [{ afi: 1, safi: 1, mode: "send" }] },
      { kind: "role", role: "customer" },
      { kind: "hostname", host: "node-1", domain: "" },
      { kind: "software-version", version: "ts-bgp/0.1" },
      { kind: "unknown", code: 200, value: Uint8Array.of(1) },
    ]);
  });

  it("says nothing about a role inside one AS", () => {
    const settings = settingsWith({ role: { local: "peer", strict: false } });
    expect(openFor(settings).capabilities.map(({ kind }) => kind)).not.toContain("role");
  });

  it("offers no IPv6 next hops for IPv4 when IPv4 is not carried", () => {
    const settings = settingsWith({ families: ["ipv6"], extendedNextHop: true });
    expect(openFor(settings).capabilities.map(({ kind }) => kind)).not.toContain("extended-next-hop");
  });
});

describe("who the peer is", () => {
  it("another AS than configured is refused with 2/2", () => {
    expect(refusal(EXTERNAL, theirOpen(EXTERNAL, { asn: 65002 }))).toMatchObject({ code: 2, subcode: 2 });
  });

  it("any of several AS numbers is accepted, and is the one that was agreed", () => {
    const settings = settingsWith({ remoteAs: 65001, otherRemoteAses: [65002, 65003] });
    expect(agree(settings, theirOpen(settings, { asn: 65003 })).remoteAs).toBe(65003);
    expect(refusal(settings, theirOpen(settings, { asn: 65004 }))).toMatchObject({ code: 2, subcode: 2 });
  });

  it("our own router id is refused with 2/3 inside our AS", () => {
    const settings = settingsWith({});
    expect(refusal(settings, theirOpen(settings, { routerId: settings.localRouterId }))).toMatchObject({ code: 2, subcode: 3 });
  });

  it("our own router id is fine in another AS (RFC 6286) [5.1-router-id-ours]", () => {
    expect(agree(EXTERNAL, theirOpen(EXTERNAL, { routerId: EXTERNAL.localRouterId })).remoteRouterId).toBe(EXTERNAL.localRouterId);
  });

  it("a peer of our AS is internal, any other is not", () => {
    expect(agree(settingsWith({}), theirOpen(settingsWith({}))).codec.internal).toBe(true);
    expect(agree(EXTERNAL, theirOpen(EXTERNAL)).codec.internal).toBe(false);
  });
});

describe("hold time", () => {
  function liveness(oursSec: number, theirsSec: number): Negotiated["liveness"] {
    const settings = settingsWith({ holdTimeSec: oursSec });
    return agree(settings, theirOpen(settings, { holdTimeSec: theirsSec })).liveness;
  }

  it("is the smaller of the two, and keepalives go out at a third of it", () => {
    expect(liveness(90, 9)).toEqual({ holdMs: 9_000, keepaliveMs: 3_000 });
    expect(liveness(3, 90)).toEqual({ holdMs: 3_000, keepaliveMs: 1_000 });
  });

  it("keepalives may be sent more often, in proportion to the hold time that is agreed, but not more than one a second", () => {
    const settings = settingsWith({ holdTimeSec: 240, keepaliveSec: 10 });
    const agreed = (holdTimeSec: number) => agree(settings, theirOpen(settings, { holdTimeSec })).liveness;
    expect(agreed(240)).toEqual({ holdMs: 240_000, keepaliveMs: 10_000 });
    expect(agreed(120)).toEqual({ holdMs: 120_000, keepaliveMs: 5_000 });
    expect(agreed(9)).toEqual({ holdMs: 9_000, keepaliveMs: 1_000 });
  });

  it("zero on either side turns it off", () => {
    expect(liveness(0, 90)).toBe("off");
    expect(liveness(90, 0)).toBe("off");
  });

  it.each([1, 2])("of %i s is refused with 2/6", (holdTimeSec) => {
    expect(refusal(settingsWith({}), theirOpen(settingsWith({}), { holdTimeSec }))).toMatchObject({ code: 2, subcode: 6 });
  });
});

describe("families", () => {
  it("are those that both offer, in our order", () => {
    expect(agree(BOTH_FAMILIES, openOffering(BOTH_FAMILIES, [IPV6, VPNV4, IPV4])).families).toEqual(["ipv4", "ipv6"]);
    expect(agree(BOTH_FAMILIES, openOffering(BOTH_FAMILIES, [IPV6, VPNV4])).families).toEqual(["ipv6"]);
  });

  it("a peer without the multiprotocol capability means IPv4 only", () => {
    expect(agree(BOTH_FAMILIES, openOffering(BOTH_FAMILIES, [])).families).toEqual(["ipv4"]);
  });

  it("a peer that offers other families does not mean IPv4 too", () => {
    expect(refusal(settingsWith({}), openOffering(settingsWith({}), [VPNV4]))).toMatchObject({ code: 2, subcode: 7 });
  });

  it("none in common is refused with 2/7 and what we offered", () => {
    const { code, subcode, data } = refusal(BOTH_FAMILIES, openOffering(BOTH_FAMILIES, [VPNV4]));
    expect({ code, subcode, data: hex(data) }).toEqual({ code: 2, subcode: 7, data: "01 04 00 01 00 01 01 04 00 02 00 01" });
  });

  it("a required one that is missing is refused with 2/7 and that capability", () => {
    const settings = settingsWith({ families: ["ipv4", "ipv6"], requiredFamilies: ["ipv6"] });
    const { code, subcode, data } = refusal(settings, openOffering(settings, [IPV4]));
    expect({ code, subcode, data: hex(data) }).toEqual({ code: 2, subcode: 7, data: "01 04 00 02 00 01" });
  });
});

describe("what changes the bytes", () => {
  it("four-octet AS numbers and long messages need both sides [5.5-extended-message, 5.5-four-octet-as]", () => {
    const settings = settingsWith({ extendedMessages: true });
    expect(agree(settings, theirOpen(settings)).codec).toMatchObject({ fourOctetAs: true, maxMessageBytes: 65535 });
    expect(agree(settings, openOffering(settings, [IPV4])).codec).toMatchObject({ fourOctetAs: false, maxMessageBytes: 4096 });
    expect(agree(settingsWith({}), theirOpen(settings)).codec.maxMessageBytes).toBe(4096);
  });

  it("IPv6 next hops for IPv4 need both sides [5.5-extended-next-hop]", () => {
    const settings = settingsWith({ extendedNextHop: true });
    expect([...agree(settings, theirOpen(settings)).codec.extendedNextHop]).toEqual(["ipv4"]);
    expect([...agree(settings, theirOpen(settingsWith({}))).codec.extendedNextHop]).toEqual([]);
  });

  it("route refresh of either kind is agreed when the peer offers it", () => {
    expect(agree(settingsWith({}), theirOpen(settingsWith({})))).toMatchObject({ routeRefresh: true, enhancedRouteRefresh: true });
    const plain = openOffering(settingsWith({}), [IPV4, { kind: "route-refresh" }]);
    expect(agree(settingsWith({}), plain)).toMatchObject({ routeRefresh: true, enhancedRouteRefresh: false });
  });

  const MODES: readonly SessionSettings["addPath"][] = ["off", "receive", "send", "both"];
  const sends = (mode: SessionSettings["addPath"]): boolean => mode === "send" || mode === "both";
  const receives = (mode: SessionSettings["addPath"]): boolean => mode === "receive" || mode === "both";

  const PAIRS = MODES.flatMap((left) => MODES.map((right) => ({ left, right })));

  it.each(PAIRS)("path ids flow from who sends to who receives: $left and $right [5.5-add-path]", ({ left, right }) => {
    const ours = settingsWith({ addPath: left });
    const [here, there] = agreeBoth(ours, mirrored(ours, { addPath: right }));
    const out = sends(left) && receives(right);
    const back = sends(right) && receives(left);
    expect(here.codec.addPathSend.has("ipv4")).toBe(out);
    expect(here.codec.addPathReceive.has("ipv4")).toBe(back);
    expect(there.codec.addPathSend).toEqual(here.codec.addPathReceive);
    expect(there.codec.addPathReceive).toEqual(here.codec.addPathSend);
    const mode: AddPathMode | undefined = out && back ? "both" : out ? "send" : back ? "receive" : undefined;
    expect(here.addPath.get("ipv4")).toBe(mode);
  });

  it("path ids are agreed for families that are carried, and for no other", () => {
    const ours = settingsWith({ families: ["ipv4", "ipv6"], addPath: "both" });
    const [here] = agreeBoth(ours, mirrored(ours, { families: ["ipv6"] }));
    expect([...here.addPath]).toEqual([["ipv6", "both"]]);
  });
});

describe("roles (RFC 9234) [5.5-role]", () => {
  const PAIRS: readonly (readonly [Role, Role])[] = [
    ["provider", "customer"],
    ["customer", "provider"],
    ["route-server", "route-server-client"],
    ["route-server-client", "route-server"],
    ["peer", "peer"],
  ];

  function external(local: Role, strict: "strict" | "lenient"): SessionSettings {
    return settingsWith({ remoteAs: 65001, role: { local, strict: strict === "strict" } });
  }

  function roles(...told: readonly (Role | number)[]): Open {
    return openOffering(EXTERNAL, [IPV4, ...told.map((role): Capability => ({ kind: "role", role }))]);
  }

  it.each(PAIRS)("%s goes with %s and with nothing else", (local, remote) => {
    expect(agree(external(local, "strict"), roles(remote)).remoteAs).toBe(65001);
    const others = PAIRS.map(([role]) => role).filter((role) => role !== remote);
    for (const other of others) expect(refusal(external(local, "lenient"), roles(other))).toMatchObject({ code: 2, subcode: 11 });
  });

  it("a role nobody has heard of fits none", () => {
    expect(refusal(external("peer", "lenient"), roles(99))).toMatchObject({ code: 2, subcode: 11 });
  });

  it("no role at all is refused only where the operator is strict", () => {
    expect(refusal(external("peer", "strict"), roles())).toMatchObject({ code: 2, subcode: 11 });
    expect(agree(external("peer", "lenient"), roles()).remoteAs).toBe(65001);
  });

  it("one role told twice is one role, two roles are a mismatch", () => {
    expect(agree(external("peer", "lenient"), roles("peer", "peer")).remoteAs).toBe(65001);
    expect(refusal(external("peer", "lenient"), roles("peer", "customer"))).toMatchObject({ code: 2, subcode: 11 });
  });

  it("mean nothing inside one AS", () => {
    const settings = settingsWith({ role: { local: "provider", strict: true } });
    expect(agree(settings, theirOpen(settings)).remoteAs).toBe(64512);
  });
});
