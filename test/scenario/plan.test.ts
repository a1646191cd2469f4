/**
 * What a configuration would change, told before it does: a plan, and then the reload that it foretold.
 *
 *   clients and non-clients of our AS, and another AS, around us; they only tell, and use nothing of what they hear
 */

import fc from "fast-check";
import { expect, it } from "vitest";
import { parseSpeakerConfig } from "../../src/speaker/config/parse.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import type { PeerName } from "../../src/speaker/config/config.ts";
import type { Plan } from "../../src/speaker/dry-run/plan.ts";
import { dryRun } from "../../src/speaker/dry-run/dry-run.ts";
import type { RouteView } from "../../src/speaker/view.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const US = "10.0.0.1";
const SETTLED_MS = 15 * 60_000; // longer than any restart, rest or deferral

type Document = Record<string, unknown>;

/** Neighbours by address: AS, what they announce, and how they look upon us. */
const NEIGHBOURS: Readonly<Record<string, { readonly asn: number; readonly networks: readonly string[]; readonly communities?: readonly string[]; readonly addPath?: string }>> = {
  "10.0.0.2": { asn: AS, networks: ["10.20.0.0/16", "10.99.0.0/16", "10.98.1.0/24"], addPath: "both" },
  "10.0.0.3": { asn: AS, networks: ["10.30.0.0/16", "10.99.0.0/16"], communities: ["64512:3"] },
  "10.0.0.4": { asn: 65004, networks: ["10.40.0.0/16", "10.99.0.0/16", "10.98.1.0/24"], communities: ["65004:4"] },
  "10.0.0.5": { asn: 65005, networks: ["10.50.0.0/16", "10.99.0.0/16", "10.0.0.0/24"] },
};

const POLICIES = {
  short: { rules: [{ when: [{ prefixList: "short" }], then: "accept" }] },
  liked: { rules: [{ set: [{ localPref: 300 }, { addCommunities: ["64512:300"] }], then: "accept" }] },
  marked: { rules: [{ when: [{ community: ["64512:3"] }], set: [{ med: 7 }], then: "accept" }], otherwise: "accept" },
  mine: { rules: [{ when: [{ source: ["network", "block", "static"] }], then: "accept" }] },
};
const POLICY_NAMES = ["accept-all", "reject-all", "short", "liked", "marked"];

function neighbourDocument(address: string): Document {
  const { asn, networks, communities, addPath = "off" } = NEIGHBOURS[address] ?? { asn: AS, networks: [] };
  const rules = [{ ...(communities && { set: [{ addCommunities: communities }] }), then: "accept" }];
  return {
    router: { asn, id: address },
    networks,
    policies: { tell: { rules } },
    peers: [{ name: "us", address: US, asn: AS, addPath, importPolicy: "reject-all", exportPolicy: "tell", families: ["ipv4"] }],
  };
}

function ours(peers: readonly object[], rest: Document = {}): Document {
  return { router: { asn: AS, id: US, deferralSec: 1 }, prefixLists: { short: [{ prefix: "10.0.0.0/8", ge: 9, le: 16 }] }, policies: POLICIES, peers, ...rest };
}

function neighbour(address: string, options: object = {}): object {
  return { name: `to-${address}`, address, asn: NEIGHBOURS[address]?.asn, importPolicy: "accept-all", exportPolicy: "accept-all", ...options };
}

function stage(document: Document): { readonly network: Network; readonly us: TestSpeaker; readonly others: readonly TestSpeaker[] } {
  const network = new Network();
  const us = network.add(US, document);
  const others = Object.keys(NEIGHBOURS).map((address) => network.add(address, neighbourDocument(address)));
  network.run(SETTLED_MS);
  return { network, us, others };
}

function planFor(us: TestSpeaker, document: Document, nowMs: number): Plan {
  const work = dryRun(us.speaker.internals(), parseSpeakerConfig(document), nowMs);
  for (;;) {
    const { done, value } = work.next();
    if (!done) continue;
    if (!value) throw new Error("there is no configuration to compare with");
    return value;
  }
}

/** How things stand: best paths, what every peer hears, what the kernel is to do; each as text by its key. */
interface Picture {
  readonly best: ReadonlyMap<string, string>;
  readonly told: ReadonlyMap<string, readonly string[]>;
  readonly kernel: ReadonlyMap<string, string>;
}

function pictureOf(us: TestSpeaker): Picture {
  const view = us.speaker.view();
  const told = new Map<string, string[]>();
  for (const { name } of view.peers()) {
    for (const { prefix, attributes } of view.toldTo(name, {})) {
      const key = `${name} ${prefix}`;
      told.set(key, [...(told.get(key) ?? []), textOf(attributes)]);
    }
  }
  return {
    best: new Map(us.best().map((route) => [route.prefix, bestText(route)])),
    told,
    kernel: new Map([...us.forwarding].map(([prefix, entry]) => [prefix, JSON.stringify(entry)])),
  };
}

function bestText({ origin, attributes }: Pick<RouteView, "origin" | "attributes">): string {
  return `${origin.kind === "peer" ? origin.address : origin.kind} ${textOf(attributes)}`;
}

function textOf(attributes: PathAttributes): string {
  return JSON.stringify(Object.entries(attributes).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)), (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}

/** "key: before -> after" for everything that differs between two pictures. */
function difference(before: Picture, after: Picture): readonly string[] {
  const tables = (["best", "kernel"] as const).flatMap((table) => {
    const keys = new Set([...before[table].keys(), ...after[table].keys()]);
    return [...keys].flatMap((key) => line(`${table} ${key}`, before[table].get(key), after[table].get(key)));
  });
  const keys = new Set([...before.told.keys(), ...after.told.keys()]);
  const told = [...keys].flatMap((key) => {
    const comes = [...(after.told.get(key) ?? [])];
    const goes = (before.told.get(key) ?? []).filter((text) => {
      const at = comes.indexOf(text);
      if (at >= 0) comes.splice(at, 1);
      return at < 0;
    });
    return Array.from({ length: Math.max(goes.length, comes.length) }, (_, at) => line(`told ${key}`, goes[at], comes[at])).flat();
  });
  return [...tables, ...told].sort();
}

function planned(plan: Plan): readonly string[] {
  const best = [...plan.best()].flatMap(({ prefix, before, after }) => line(`best ${prefix}`, before && bestText(before), after && bestText(after)));
  const kernel = [...plan.kernel()].flatMap(({ prefix, before, after }) => line(`kernel ${prefix}`, before && JSON.stringify(before), after && JSON.stringify(after)));
  const told = plan.peers.flatMap(({ peer }) => [...plan.told(peer)].flatMap(({ prefix, before, after }) => line(`told ${peer} ${prefix}`, before && textOf(before), after && textOf(after))));
  return [...best, ...kernel, ...told].sort();
}

function line(key: string, before: string | undefined, after: string | undefined): readonly string[] {
  return before === after ? [] : [`${key}: ${before ?? "-"} -> ${after ?? "-"}`];
}

const everyone = (options: object = {}): readonly object[] => Object.keys(NEIGHBOURS).map((address) => neighbour(address, options));

it("the same configuration changes nothing", () => {
  const { network, us } = stage(ours(everyone()));
  const plan = planFor(us, ours(everyone()), network.nowMs);
  expect({ changes: plan.changes, fates: new Set(plan.peers.map(({ fate }) => fate)), lines: planned(plan), unrehearsed: plan.unrehearsed }).toEqual({ changes: "none", fates: new Set(["stays"]), lines: [], unrehearsed: 0 });
});

it("nothing of a dry run is heard, and nobody hears of it", () => {
  const { network, us } = stage(ours(everyone()));
  const before = { picture: pictureOf(us), peers: us.speaker.view().peers(), router: us.speaker.view().router(), rules: us.speaker.view().policyRules() };
  planFor(us, ours([]), network.nowMs);
  us.flush();
  network.run(1_000);
  expect({ picture: pictureOf(us), router: us.speaker.view().router(), rules: us.speaker.view().policyRules() }).toEqual({ picture: before.picture, router: before.router, rules: before.rules });
  expect(us.speaker.view().peers().map(({ state }) => state)).toEqual(before.peers.map(({ state }) => state));
});

it("says of every peer what becomes of it, and why", () => {
  const { network, us } = stage(ours([...everyone().slice(0, 3), neighbour("10.0.0.5", { shutdown: "later" })]));
  const next = ours([neighbour("10.0.0.3", { exportPolicy: "short" }), neighbour("10.0.0.4", { holdTimeSec: 30, description: "x" }), neighbour("10.0.0.5", { shutdown: "later" }), neighbour("10.0.0.5", { name: "new", address: "10.0.0.6", asn: AS })]);
  const { peers } = planFor(us, next, network.nowMs);
  expect(peers.map(({ peer, fate, because, directions, before, after }) => [peer, fate, because, directions.join(), before, after])).toEqual([
    ["to-10.0.0.2", "removed", undefined, "", "up", undefined],
    ["to-10.0.0.3", "refreshes", undefined, "export", "up", "up"],
    ["to-10.0.0.4", "resets", "holdTimeSec", "", "up", "up"],
    ["to-10.0.0.5", "stays", undefined, "", "down", "down"],
    ["new", "added", undefined, "", undefined, "unknown"],
  ]);
});

it("a peer whose AS number is mistyped stays down, and what it told is lost", () => {
  const { network, us } = stage(ours(everyone()));
  const plan = planFor(us, ours([...everyone().slice(0, 3), neighbour("10.0.0.5", { asn: 65006 })]), network.nowMs);
  const wrong = plan.peers.find(({ peer }) => peer === "to-10.0.0.5");
  expect(wrong).toMatchObject({ fate: "resets", before: "up", after: "down", down: { kind: "sent", notification: { code: 2, subcode: 2 } } });
  expect([...plan.best()].filter(({ after }) => after === undefined).map(({ prefix }) => prefix)).toEqual(["10.50.0.0/16", "10.0.0.0/24"]);
});

it("a peer under another name loses nothing, because the same neighbour calls", () => {
  const { network, us } = stage(ours(everyone()));
  const plan = planFor(us, ours([...everyone().slice(0, 3), neighbour("10.0.0.5", { name: "renamed" })]), network.nowMs);
  expect(plan.peers.filter(({ fate }) => fate !== "stays").map(({ peer, fate, after }) => [peer, fate, after])).toEqual([
    ["to-10.0.0.5", "removed", undefined],
    ["renamed", "added", "up"],
  ]);
  expect(planned(plan).filter((text) => text.startsWith("best"))).toEqual([]);
});

it("a peer that would tell more than it may is planned to be sent away", () => {
  const { network, us } = stage(ours(everyone()));
  const plan = planFor(us, ours([...everyone().slice(0, 3), neighbour("10.0.0.5", { maxPrefixes: 1 })]), network.nowMs);
  expect(plan.peers.find(({ peer }) => peer === "to-10.0.0.5")).toMatchObject({ fate: "resets", after: "down", down: { kind: "sent", notification: { code: 6, subcode: 1 } } });
});

it("what was shut down by hand stays so in the plan too", () => {
  const { network, us } = stage(ours(everyone()));
  us.absorb({ kind: "administer", peer: "to-10.0.0.4" as PeerName, order: { kind: "shutdown", text: "by hand" } });
  network.run(SETTLED_MS);
  expect(planFor(us, ours(everyone()), network.nowMs).changes).toBe("none");
});

it("routes that are kept for a peer that is away are no change", () => {
  const { network, us } = stage(ours(everyone()));
  const away = network.add("10.0.0.9", { ...neighbourDocument("10.0.0.2"), router: { asn: AS, id: "10.0.0.9" }, networks: ["10.90.0.0/16"] });
  us.configure(ours([...everyone(), neighbour("10.0.0.9", { asn: AS })]));
  network.run(SETTLED_MS);
  network.kill(away);
  network.run(5_000);
  expect(us.table()).toHaveProperty("10.90.0.0/16");
  const plan = planFor(us, ours([...everyone(), neighbour("10.0.0.9", { asn: AS, importPolicy: "liked" })]), network.nowMs);
  expect([...plan.best()].map(({ prefix, before, after }) => [prefix, before?.attributes.localPref, after?.attributes.localPref])).toEqual([["10.90.0.0/16", 100, 300]]);
});

it("is made in steps of a peer or some, however many there are, for others have their turn between two of them", () => {
  const MANY = 500;
  const addressOf = (at: number): string => `10.8.${at >> 8}.${at & 255}`;
  const document = (holdTimeSec: number) => ours(Array.from({ length: MANY }, (_, at) => ({ name: `n${at}`, address: addressOf(at), asn: AS, passive: true, holdTimeSec })));
  const us = new Network().add(US, document(90));
  for (let at = 0; at < MANY; at++) new ScriptedPeer(us, addressOf(at)).establish(AS, 0x0a080000 + at, [{ kind: "four-octet-as", asn: AS }, { kind: "multiprotocol", family: { afi: 1, safi: 1 } }]);
  const work = dryRun(us.speaker.internals(), parseSpeakerConfig(document(60)), 1_000);
  let steps = 0;
  let step = work.next();
  for (; !step.done; step = work.next()) steps++;
  expect(step.value?.peers.map(({ fate, after }) => `${fate} ${after}`)).toEqual(Array.from({ length: MANY }, () => "resets up"));
  expect(steps).toBeGreaterThan(6 * MANY); // met, pictured, forgotten, met again, pictured again, compared
});

const peerOptions = fc.record(
  {
    importPolicy: fc.constantFrom(...POLICY_NAMES),
    exportPolicy: fc.constantFrom(...POLICY_NAMES, "mine"),
    nextHop: fc.constantFrom("auto", "self", "unchanged"),
    reflectorClient: fc.boolean(),
    addPath: fc.constantFrom("off", "both", "receive"),
    holdTimeSec: fc.constantFrom(90, 30),
    shutdown: fc.constantFrom("maintenance"),
    drain: fc.boolean(),
    maxPrefixes: fc.constantFrom(2, 10),
    allowOwnAs: fc.constantFrom(0, 1),
    gracefulRestart: fc.constantFrom({ enabled: false }, { enabled: true }),
    maxCommunities: fc.constantFrom(1),
    localAsn: fc.constantFrom(AS, 64999),
    name: fc.constantFrom("another"),
  },
  { requiredKeys: [] },
);

const configuration = fc
  .record({
    peers: fc.array(fc.record({ address: fc.constantFrom(...Object.keys(NEIGHBOURS)), options: peerOptions, plain: fc.boolean() }), { minLength: 2, maxLength: 6 }),
    networks: fc.subarray(["10.1.0.0/16", "10.99.0.0/16"]),
    blocks: fc.subarray(["10.2.0.0/26", "10.30.0.0/16"]),
    statics: fc.subarray([{ prefix: "10.3.0.0/16", via: "10.0.0.3" }]),
    forwarding: fc.subarray([{ when: [{ prefixList: "short" }], then: "program", tunnel: "tunl0" }, { when: [{ community: ["64512:3"] }], then: "leave" }]),
    router: fc.record({ clusterId: fc.constantFrom("9.9.9.9"), multipath: fc.constantFrom(2), asn: fc.constantFrom(AS, AS, AS, 64600), drain: fc.boolean(), routePriority: fc.constantFrom({}) }, { requiredKeys: [] }),
    range: fc.boolean(),
  })
  .map(({ peers, networks, blocks, statics, forwarding, router, range }) => {
    const once = [...new Map(peers.map((peer) => [peer.address, peer])).values()];
    const named = once.map(({ address, options, plain }, at) => {
      const asn = NEIGHBOURS[address]?.asn;
      const { name, reflectorClient, localAsn, ...rest } = plain ? {} as typeof options : options;
      const localAs = localAsn ?? router.asn ?? AS;
      return neighbour(address, { ...rest, ...(localAsn && asn !== AS && { localAsn }), ...(name && at === 0 && { name }), ...(reflectorClient && asn === localAs && asn === (router.asn ?? AS) && { reflectorClient }) });
    });
    const ranges = range ? [{ name: "rack", prefix: "10.0.0.0/29", asns: [65004, 65005], importPolicy: "accept-all", exportPolicy: "accept-all" }] : [];
    return ours(named, { router: { asn: AS, id: US, deferralSec: 1, ...router }, networks, blocks, statics, forwarding, ranges });
  });

it("a plan, and the reload after it: what happens is what was planned, whatever the configurations", () => {
  const reached = { changes: 0, quiet: 0, told: 0, kernel: 0, resets: 0, refreshes: 0 };
  fc.assert(
    fc.property(configuration, configuration, (first, second) => {
      const { network, us, others } = stage(first);
      const heard = new Set<string>(us.speaker.view().peers().filter(({ state }) => state === "Established").map(({ config }) => config.address));
      for (const other of others) if (!heard.has(other.address)) network.kill(other); // what they would tell nobody can know
      const before = pictureOf(us);
      const plan = planFor(us, second, network.nowMs);
      us.configure(second);
      network.run(SETTLED_MS);
      const lines = planned(plan);
      expect(lines).toEqual(difference(before, pictureOf(us)));
      for (const { peer, fate, after, told } of plan.peers) {
        const now = us.speaker.view().peers().find(({ name }) => name === peer);
        if (after === "up" || after === "down") expect([peer, fate, now?.state === "Established" ? "up" : "down"]).toEqual([peer, fate, after]);
        const rows = [...plan.told(peer)];
        expect(told).toEqual({ gained: rows.filter(({ before: was }) => !was).length, lost: rows.filter(({ after: will }) => !will).length, changed: rows.filter((row) => row.before && row.after).length });
      }
      if (lines.length > 0) expect(plan.changes).toBe("some");
      if (plan.changes === "none") expect(lines).toEqual([]);
      reached[plan.changes === "some" ? "changes" : "quiet"]++;
      if (lines.some((text) => text.startsWith("told"))) reached.told++;
      if (lines.some((text) => text.startsWith("kernel"))) reached.kernel++;
      if (plan.peers.some(({ fate }) => fate === "resets")) reached.resets++;
      if (plan.peers.some(({ fate }) => fate === "refreshes")) reached.refreshes++;
    }),
    { numRuns: 150, seed: 7 },
  );
  for (const [what, times] of Object.entries(reached)) if (what !== "quiet") expect([what, times > 20]).toEqual([what, true]);
});
