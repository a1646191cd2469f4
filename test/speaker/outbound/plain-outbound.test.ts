/**
 * The short way out and the long one say the same: sets passed on as octets, and the same sets as objects.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../../src/ip/address.ts";
import { present } from "../../../src/ip/assert.ts";
import { ACCEPT_ALL, type Policy, REJECT_ALL } from "../../../src/bgp/policy/policy.ts";
import type { PathRow, SourceId } from "../../../src/bgp/rib/ids.ts";
import { NO_RESTART } from "../../../src/bgp/session/restart-agreement.ts";
import type { PathAttributes } from "../../../src/bgp/wire/attribute-types.ts";
import { encodeAttributes } from "../../../src/bgp/wire/attribute.ts";
import { type CodecContext, INITIAL_CONTEXT } from "../../../src/bgp/wire/context.ts";
import { Writer } from "../../../src/bgp/wire/cursor.ts";
import { decodeMessage } from "../../../src/bgp/wire/message.ts";
import { countNlri } from "../../../src/bgp/wire/nlri.ts";
import { PlainSection } from "../../../src/bgp/wire/plain-section.ts";
import { codecOf, exportIdentity } from "../../../src/rr/export-identity.ts";
import { exportAttributes } from "../../../src/rr/export-attributes.ts";
import { Packer } from "../../../src/rr/pack.ts";
import { writePassedOn } from "../../../src/rr/plain-export.ts";
import { allBut, only } from "../../../src/rr/tell.ts";
import { Exporter, type SourceFacts } from "../../../src/speaker/outbound/exporter.ts";
import { RuleHits } from "../../../src/speaker/tables/rule-hits.ts";
import { SourceChanges } from "../../../src/speaker/tables/source-changes.ts";
import { Verdicts } from "../../../src/speaker/tables/verdicts.ts";
import { PREFIX, RibKit, internal, prefix } from "../../rib/kit.ts";
import { attributesOf, v4NextHop } from "../../wire/arbitraries.ts";

const AS = 64512;
const INTERNAL: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };
const MARKS: Policy = { name: "marks", rules: [{ name: "mark", when: [], set: [{ kind: "med", value: 7 }], then: "accept" }], otherwise: "reject" };

const anySet = fc.tuple(attributesOf(["sequence"]), v4NextHop, fc.constantFrom(undefined, undefined, undefined, undefined, 0xffff0006, 0xffffff02, 0xffffff01, 0xffff0000)).map(([attributes, nextHop, community]): PathAttributes => {
  const { unknown: _, aigp: __, ipv6ExtendedCommunities: ___, asPath = [], ...rest } = attributes;
  const short = Object.fromEntries(Object.entries(rest).map(([field, value]) => [field, Array.isArray(value) ? value.slice(0, field === "clusterList" ? 63 : 6) : value]));
  const communities = community === undefined ? {} : { communities: [1, community] };
  return { ...short, ...communities, asPath: asPath.slice(0, 1).map(({ kind, asns }) => ({ kind, asns: asns.slice(0, 60) })), nextHop };
});

const anySettings = fc.record({
  remoteAs: fc.constantFrom(AS, AS, AS, 65002),
  reflectorClient: fc.boolean(),
  nextHop: fc.constantFrom("auto" as const, "auto" as const, "unchanged" as const, "self" as const),
  draining: fc.constantFrom("no" as const, "no" as const, "yes" as const),
  fourOctetAs: fc.constantFrom(true, true, false),
  policy: fc.constantFrom(ACCEPT_ALL, ACCEPT_ALL, ACCEPT_ALL, MARKS, REJECT_ALL),
  source: fc.constantFrom<SourceFacts>(
    { path: { kind: "client", routerId: 7 }, policy: "internal", interface: "", key: 1 },
    { path: { kind: "non-client", routerId: 0xfffffffe }, policy: "internal", interface: "", key: 2 },
    { path: { kind: "external", routerId: 9 }, policy: "external", interface: "", key: 3 },
  ),
});

function plain(attributes: PathAttributes): PlainSection {
  const bytes = encodeAttributes(attributes, INTERNAL);
  const section = new PlainSection();
  expect(section.read(bytes, 0, bytes.length, INTERNAL)).toBe(true);
  return section;
}

/** A RIB with one path, whose set came as octets or as an object. */
function holding(attributes: PathAttributes, form: "octets" | "object"): { readonly kit: RibKit; readonly row: PathRow } {
  const kit = new RibKit();
  const source = kit.sources.add(internal("10.0.0.1"));
  const set = form === "octets" ? kit.attributes.internPlain(plain(attributes)) : kit.attributes.intern(attributes);
  kit.rib.learn(source, kit.prefixes.internPrefix(PREFIX), 0, set, set, 0, 0);
  kit.rib.decide();
  return { kit, row: kit.row(source) };
}

function exporterOf(kit: RibKit, { source, policy, fourOctetAs, remoteAs, ...settings }: typeof anySettings extends fc.Arbitrary<infer S> ? S : never) {
  const codec = { ...INTERNAL, fourOctetAs, internal: remoteAs === AS };
  const all = { ...settings, localAs: AS, clusterId: 0x01010101, self: { address: "10.0.0.9" as IpAddress }, policy: { name: policy.name, version: 0 }, role: undefined, addPathSend: "all" } as const;
  const identity = exportIdentity("ipv4", all, { remoteAs, restart: NO_RESTART, codec });
  const hits = new RuleHits();
  const tables = { prefixes: kit.prefixes, attributes: kit.attributes, sources: kit.sources, rib: kit.rib, verdicts: new Verdicts(), hits, sourceChanges: new SourceChanges() };
  return { exporter: new Exporter(identity, policy, tables, () => source), hits, identity };
}

describe("the short way out", () => {
  it("says what the long one says, to every listener", () => {
    const told = { short: 0, long: 0, nothing: 0 };
    fc.assert(
      fc.property(anySet, anySettings, (attributes, settings) => {
        const heard = (["octets", "object"] as const).map((form) => {
          const { kit, row } = holding(attributes, form);
          const { exporter, hits } = exporterOf(kit, settings);
          const saying = exporter.tell(row);
          if (form === "octets") told[saying === undefined ? "nothing" : typeof saying.attributes === "number" ? "short" : "long"]++;
          return { attributes: saying && exporter.attributesOf(saying), hits: ["otherwise", "mark"].map((rule) => hits.of("export", settings.policy.name, rule)) };
        });
        expect(heard[0]).toEqual(heard[1]);
      }),
      { numRuns: 1500 },
    );
    expect(Math.min(told.short, told.long, told.nothing)).toBeGreaterThan(20);
  });

  it("writes the octets that the encoder writes", () => {
    let long = 0;
    fc.assert(
      fc.property(anySet, fc.constantFrom("client", "external" as const), (attributes, kind) => {
        const { exporter: _, identity } = exporterOf(new RibKit(), { remoteAs: AS, reflectorClient: true, nextHop: "auto", draining: "no", fourOctetAs: true, policy: ACCEPT_ALL, source: { path: { kind: "client", routerId: 7 }, policy: "internal", interface: "", key: 1 } });
        const { communities: __, ...quiet } = attributes;
        const expected = exportAttributes(quiet, { kind: kind as "client" | "external", routerId: 7 }, identity);
        const { bytes, at, end } = plain(quiet);
        const out = new Writer();
        writePassedOn(bytes, at, end, kind === "client" ? { sourceRouterId: 7, clusterId: identity.clusterId } : "no-marks", out);
        expect(Buffer.from(out.view()).toString("hex")).toBe(Buffer.from(encodeAttributes(expected as PathAttributes, codecOf(identity))).toString("hex"));
        if ((quiet.clusterList?.length ?? 0) === 63) long++;
      }),
      { numRuns: 300 },
    );
    expect(long).toBeGreaterThan(3); // a CLUSTER_LIST whose length needs two octets from now on
  });

  it("fills messages with prefixes as the long one does, and takes back what fits into none", () => {
    const { kit, row } = holding({ origin: "igp", asPath: [], nextHop: { address: "10.0.0.1" as IpAddress } }, "octets");
    const { exporter, identity } = exporterOf(kit, { remoteAs: AS, reflectorClient: true, nextHop: "auto", draining: "no", fourOctetAs: true, policy: ACCEPT_ALL, source: { path: { kind: "client", routerId: 7 }, policy: "internal", interface: "", key: 1 } });
    const set = present(exporter.told(row), "a client hears it").attributes;
    const frames = (attributes: typeof set, maxMessageBytes: number) => {
      const codec = { ...codecOf(identity), maxMessageBytes: maxMessageBytes as 4096 };
      const packer = new Packer("ipv4", codec, kit.prefixes, { writePlain: (one, out) => exporter.writePlain(one, out) });
      for (let number = 0; number < 3000; number++) {
        const id = kit.prefixes.internPrefix(prefix(`10.${number >> 8}.${number & 255}.0/${16 + (number % 17)}`));
        packer.add(id, attributes, number < 2000 ? allBut(1 as SourceId) : only(2 as SourceId));
      }
      const made: Uint8Array[] = [];
      packer.pack((frame) => made.push(new Uint8Array(frame)));
      return { made, unsendable: packer.unsendable };
    };
    expect(typeof set).toBe("number");
    const [short, long] = [frames(set, 4096), frames(exporter.attributesOf(present(exporter.told(row), "a client hears it")), 4096)];
    expect(short.made.map((frame) => Buffer.from(frame).toString("hex"))).toEqual(long.made.map((frame) => Buffer.from(frame).toString("hex")));
    expect(short.made.length).toBeGreaterThan(3);
    for (let tight = 60; tight < 90; tight++) {
      const [plainly, written] = [set, exporter.attributesOf(present(exporter.told(row), "a client hears it"))].map((way) => frames(way, tight).made);
      expect(plainly?.every((frame) => frame.length <= tight), `messages of ${tight} octets`).toBe(true); // short prefixes fit where longer ones do not
      expect(plainly?.map((frame) => Buffer.from(frame).toString("hex"))).toEqual(written?.map((frame) => Buffer.from(frame).toString("hex")));
    }
    const tight = frames(set, 60); // attributes alone take that
    expect(tight.unsendable).toBe(2);
    const withdrawn = tight.made.map((frame) => decodeMessage(frame, codecOf(identity))).map((update) => (update.kind === "update" ? update.withdrawn.reduce((sum, block) => sum + countNlri(block), 0) : 0));
    expect(withdrawn.reduce((sum, count) => sum + count, 0)).toBe(3000);
  });
});
