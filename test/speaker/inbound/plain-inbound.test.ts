/**
 * The short way in and the long one end at the same table: UPDATEs read where they lie, and the same UPDATEs decoded.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../../src/ip/address.ts";
import { present } from "../../../src/ip/assert.ts";
import { AttributeStore } from "../../../src/bgp/rib/attribute-store.ts";
import { NO_ATTRIBUTES } from "../../../src/bgp/rib/ids.ts";
import { ALL_REACHABLE } from "../../../src/bgp/rib/next-hop.ts";
import { PrefixTable } from "../../../src/bgp/rib/prefix-table.ts";
import { Rib } from "../../../src/bgp/rib/rib.ts";
import { SourceTable } from "../../../src/bgp/rib/source-table.ts";
import type { PathAttributes } from "../../../src/bgp/wire/attribute-types.ts";
import { type CodecContext, INITIAL_CONTEXT } from "../../../src/bgp/wire/context.ts";
import { ProtocolError } from "../../../src/bgp/wire/error.ts";
import { announceFrames, withdrawFrames } from "../../../src/bgp/wire/frames.ts";
import { decodeMessage } from "../../../src/bgp/wire/message.ts";
import { nlriOf } from "../../../src/bgp/wire/nlri.ts";
import { PlainUpdate } from "../../../src/bgp/wire/plain-update.ts";
import type { SpeakerConfig } from "../../../src/speaker/config/config.ts";
import { parseSpeakerConfig } from "../../../src/speaker/config/parse.ts";
import { Inbound } from "../../../src/speaker/inbound/inbound.ts";
import { Peer, type Session } from "../../../src/speaker/peers/peers.ts";
import { RuleHits } from "../../../src/speaker/tables/rule-hits.ts";
import { SourceChanges } from "../../../src/speaker/tables/source-changes.ts";
import type { Tables } from "../../../src/speaker/tables/tables.ts";
import { Verdicts } from "../../../src/speaker/tables/verdicts.ts";
import { spoil } from "../../fuzz/mutations.ts";
import { Random } from "../../fuzz/random.ts";
import { prefix } from "../../rib/kit.ts";

const AS = 64512;
const PREFIXES = ["10.0.0.0/8", "10.65.0.0/26", "0.0.0.0/0", "192.0.2.1/32"].map(prefix);
const POLICIES = {
  "accept-all": { rules: [], otherwise: "accept" },
  marks: {
    rules: [
      { name: "far", when: [{ asPath: { contains: 65002 } }], then: "reject" },
      { name: "mark", set: [{ localPref: 50 }], then: "accept" },
    ],
  },
  "one-prefix": { rules: [{ name: "default", when: [{ prefixList: "default" }], then: "reject" }], otherwise: "accept" },
} as const;

type Way = "short" | "long";

/** One peer's way in, with tables of its own. */
class WayIn {
  readonly tables = makeTables();
  readonly #inbound = new Inbound(this.tables);
  readonly #plain = new PlainUpdate();
  readonly #peer: Peer;
  readonly #session: Session;
  readonly #config: SpeakerConfig;
  readonly #codec: CodecContext;
  readonly #way: Way;
  ignored = 0;
  plain = 0;

  constructor(way: Way, config: SpeakerConfig, codec: CodecContext) {
    this.#way = way;
    this.#config = config;
    this.#codec = codec;
    const peer = present(config.peers[0], "one peer is configured");
    this.#peer = new Peer(peer, this.tables.sources.add({ kind: "internal", asn: AS, routerId: 2, address: peer.address }), 0);
    this.#session = { negotiated: { families: ["ipv4"] }, localAddress: "10.0.0.100" as IpAddress } as unknown as Session;
    this.#peer.session = this.#session;
  }

  hear(frame: Uint8Array): void {
    const { router } = this.#config;
    if (this.#way === "short" && this.#plain.read(frame, 0, frame.length, this.#codec)) {
      this.plain++;
      this.ignored += this.#inbound.plainUpdate(this.#peer, this.#session, this.#plain, router, 0);
      return;
    }
    const update = decoded(frame, this.#codec);
    if (update) this.ignored += this.#inbound.update(this.#peer, this.#session, update, router, 0);
  }

  /** Every path, with all that is known about it. */
  picture(): readonly unknown[] {
    const { rib, prefixes, attributes, verdicts } = this.tables;
    rib.decide();
    return [...rib.rowsOf(this.#peer.source)].reverse().map((row) => {
      const { paths } = rib;
      const usable = paths.usable(row);
      return {
        prefix: prefixes.prefix(paths.prefix(row)),
        pathId: paths.pathId(row),
        received: attributes.get(paths.received(row)),
        usable: usable === NO_ATTRIBUTES ? "refused" : attributes.get(usable),
        verdict: verdicts.get(paths.verdict(row)),
        ranking: usable === NO_ATTRIBUTES ? [] : Object.values(attributes.ranking).map((column) => (column as { get?(id: number): number }).get?.(usable)),
        best: rib.best(paths.prefix(row)) === row,
      };
    });
  }

  hits(): readonly number[] {
    const { importPolicy: policy } = this.#peer.config;
    return ["otherwise", "far", "mark", "default"].map((rule) => this.tables.hits.of("import", policy.name, rule));
  }

  /** Everything is withdrawn: what is left of it? */
  leftovers(): readonly number[] {
    const { rib, prefixes, attributes } = this.tables;
    rib.forgetSource(this.#peer.source);
    for (let round = 0; round < 3; round++) rib.decide();
    return [rib.size, prefixes.size, attributes.size, attributes.nextHops.size];
  }
}

function makeTables(): Tables {
  const prefixes = new PrefixTable();
  const attributes = new AttributeStore();
  const sources = new SourceTable();
  return { prefixes, attributes, sources, rib: new Rib({ nextHops: ALL_REACHABLE, sources, attributes, prefixes }), verdicts: new Verdicts(), hits: new RuleHits(), sourceChanges: new SourceChanges() };
}

function decoded(frame: Uint8Array, codec: CodecContext) {
  try {
    const message = decodeMessage(frame, codec);
    return message.kind === "update" ? message : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined; // the session is over, for both
    throw error;
  }
}

const often = <T>(usual: T, ...others: readonly T[]) => fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(usual, ...others) });

const anySet = fc.record({
  origin: often<PathAttributes["origin"]>("igp", "incomplete"),
  asns: fc.constantFrom([], [65001], [65002, 65001], [65001, AS]),
  hop: often("10.0.0.1", "10.0.0.2", "10.0.0.100", "127.0.0.1"),
  med: fc.constantFrom(undefined, 0, 5),
  localPref: often(100, undefined, 200),
  communities: often<readonly number[] | undefined>(undefined, [0xfde90001], [0xffff0000], [0xffff029a], [0xffff0006]),
  originatorId: often<number | undefined>(undefined, 7, 0x01010101),
  clusterList: often<readonly number[] | undefined>(undefined, [7], [0x01010101, 7]),
}).map(({ asns, hop, ...rest }): PathAttributes => {
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { ...known, asPath: asns.length === 0 ? [] : [{ kind: "sequence", asns }], nextHop: { address: hop as IpAddress } };
});

const anyMove = fc.record({
  kind: fc.constantFrom("announce" as const, "announce" as const, "announce" as const, "withdraw" as const),
  set: anySet,
  entries: fc.array(fc.record({ prefix: fc.constantFrom(...PREFIXES), pathId: fc.constantFrom(1, 2, 3, 4) }), { minLength: 1, maxLength: 3 }),
  spoilt: fc.option(fc.nat(), { nil: undefined, freq: 4 }),
});

const anyPlay = fc.record({
  policy: fc.constantFrom(...(Object.keys(POLICIES) as (keyof typeof POLICIES)[])),
  peerAs: fc.constantFrom(AS, AS, 65001),
  addPath: fc.constantFrom("off" as const, "receive" as const),
  moves: fc.array(anyMove, { minLength: 1, maxLength: 40, size: "max" }),
});

describe("the short way in", () => {
  it("ends at the same table as the long one, whatever is told and however it is spoilt", () => {
    let plain = 0;
    let long = 0;
    fc.assert(
      fc.property(anyPlay, ({ policy, peerAs, addPath, moves }) => {
        const config = parseSpeakerConfig({
          router: { asn: AS, id: "1.1.1.1" },
          prefixLists: { default: [{ prefix: "0.0.0.0/0" }] },
          policies: policy === "accept-all" ? {} : { [policy]: POLICIES[policy] },
          peers: [{ address: "10.0.0.2", asn: peerAs, importPolicy: policy }],
        });
        const codec: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: peerAs === AS, addPathReceive: new Set(addPath === "off" ? [] : ["ipv4"]), addPathSend: new Set(addPath === "off" ? [] : ["ipv4"]) };
        const [short, other] = [new WayIn("short", config, codec), new WayIn("long", config, codec)];
        for (const frame of moves.flatMap((move) => framesOf(move, codec))) for (const way of [short, other]) way.hear(frame);
        expect(short.picture()).toEqual(other.picture());
        expect([short.ignored, short.hits()]).toEqual([other.ignored, other.hits()]);
        expect(short.leftovers()).toEqual(other.leftovers());
        expect(short.leftovers()).toEqual([0, 0, 0, 0]);
        plain += short.plain;
        long += moves.length - short.plain;
      }),
      { numRuns: 150 },
    );
    expect(Math.min(plain, long)).toBeGreaterThan(200);
  });
});

function framesOf({ kind, set, entries, spoilt }: typeof anyMove extends fc.Arbitrary<infer M> ? M : never, codec: CodecContext): readonly Uint8Array[] {
  const nlri = nlriOf("ipv4", codec.addPathSend.has("ipv4"), entries);
  const frames = kind === "withdraw" ? withdrawFrames(nlri, codec) : announceFrames({ nlri, attributes: set }, codec);
  if (typeof frames === "string") throw new Error(frames);
  if (spoilt === undefined) return frames;
  const random = new Random(spoilt);
  return frames.map((frame) => spoil(new Uint8Array(frame), random, () => frame).bytes).filter(isWhole);
}

/** A framer hands out nothing else. */
function isWhole(frame: Uint8Array): boolean {
  return frame.length >= 23 && frame.length <= 4096 && ((frame[16] ?? 0) << 8 | (frame[17] ?? 0)) === frame.length && frame.subarray(0, 16).every((octet) => octet === 0xff) && frame[18] === 2;
}
