/**
 * Hostile peers against a running speaker. An episode is a fresh stage and a row of acts: connections opened on top of
 * one another, good and spoiled messages in any chunks, silence, sudden ends. After every few acts and at the end the
 * stage is checked; one episode replays alone.
 */

import type { IpAddress } from "../../src/ip/address.ts";
import { type Prefix } from "../../src/ip/prefix.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import type { Family } from "../../src/bgp/wire/context.ts";
import type { Message, NlriBlock } from "../../src/bgp/wire/message-types.ts";
import { encodeMessage } from "../../src/bgp/wire/message.ts";
import { nlriOf } from "../../src/bgp/wire/nlri.ts";
import { INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import type { Fact } from "../../src/speaker/vocabulary.ts";
import { anySpecimen } from "./corpus.ts";
import { type Figures, Finding, hex } from "./figures.ts";
import { HostileLink } from "./hostile-peer.ts";
import { spoil } from "./mutations.ts";
import { PROFILES, type Profile } from "./profiles.ts";
import { Random } from "./random.ts";
import { Stage } from "./stage.ts";

const ACTS_AT_LEAST = 40;
const ACTS_AT_MOST = 160;
const CHECK_EVERY = 16; // acts
const PREFIXES: { readonly [F in Family]: readonly string[] } = {
  ipv4: ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/26", "10.3.0.64/26", "192.0.2.7/32", "0.0.0.0/0"],
  ipv6: ["fd20::/64", "fd31::/64", "fd31:0:0:1::/64", "2001:db8::/32", "::/0"],
};
const COMMUNITIES: readonly (readonly number[])[] = [[], [0xffffff01], [0xffffff02], [1, 2, 3]];

/** A hostile peer in the middle of an episode. */
interface Actor {
  readonly profile: Profile;
  link: HostileLink | undefined;
  /** Connections that were left open beside it. */
  readonly forgotten: HostileLink[];
}

interface Scene {
  readonly stage: Stage;
  readonly random: Random;
  readonly figures: Figures;
  readonly done: { readonly what: string; readonly bytes: Uint8Array | undefined }[];
}

type Act = (scene: Scene, actor: Actor) => void;

/** Each act as often as it stands here. */
const ACTS: readonly (readonly [times: number, act: Act])[] = [
  [10, (scene, actor) => say(scene, actor, "spoiled update", spoiledUpdate(scene, actor))],
  [4, (scene, actor) => say(scene, actor, "recorded update", scene.random.pick(actor.profile.updates).bytes)],
  [5, (scene, actor) => say(scene, actor, "good update", goodUpdate(scene.random, actor.profile))],
  [2, (scene, actor) => say(scene, actor, "anything spoiled", spoiledMessage(scene))],
  [1, (scene, actor) => say(scene, actor, "a whole message of anything", anySpecimen(scene.random).bytes)],
  [1, (scene, actor) => say(scene, actor, "noise", Uint8Array.from({ length: scene.random.below(200) }, () => scene.random.octet()))],
  [1, (scene, actor) => connect(scene, actor)],
  [1, (scene, actor) => say(scene, actor, "spoiled open", spoiledOpen(scene, actor))],
  [1, (_scene, actor) => actor.link?.drop()],
  [1, (_scene, { forgotten }) => void forgotten.shift()?.drop()],
  [1, ({ stage, random }) => stage.network.run(random.below(60_000))],
];

const LOT: readonly Act[] = ACTS.flatMap(([times, act]) => Array<Act>(times).fill(act));

/** One episode; throws a Finding. */
export function episode(seed: number, number: number, figures: Figures): void {
  const random = new Random(seed, number);
  const scene: Scene = { stage: new Stage(), random, figures, done: [] };
  const actors: Actor[] = PROFILES.map((profile) => ({ profile, link: undefined, forgotten: [] }));
  try {
    for (let left = random.from(ACTS_AT_LEAST, ACTS_AT_MOST); left > 0; left--) {
      perform(scene, random.pick(actors));
      if (left % CHECK_EVERY === 0) scene.stage.check();
    }
    for (const { link, forgotten } of actors) for (const open of [link, ...forgotten]) open?.drop();
    scene.stage.checkNothingLeft();
  } catch (cause) {
    throw new Finding("speaker", `--seed ${seed} --episode ${number}`, scene.done.map(({ what, bytes }) => `${what} ${bytes ? hex(bytes) : ""}`), cause);
  }
  figures.count("episodes", "all well");
  for (const fact of scene.stage.us.facts) countFact(fact, figures);
}

/** Mostly on an established session: what is said before is refused soon. */
function perform(scene: Scene, actor: Actor): void {
  if (!actor.link || actor.link.hungUp) {
    if (scene.random.oneIn(2)) for (const link of actor.forgotten.splice(0)) link.drop();
    connect(scene, actor);
    if (!scene.random.oneIn(10)) greet(scene, actor);
  }
  scene.random.pick(LOT)(scene, actor);
  scene.stage.network.run(0);
}

function connect({ stage, random, done }: Scene, actor: Actor): void {
  done.push({ what: `${actor.profile.name} connects`, bytes: undefined });
  if (actor.link && !actor.link.hungUp) actor.forgotten.push(actor.link);
  actor.link = new HostileLink(stage.us, random.pick(actor.profile.addresses));
}

function greet(scene: Scene, actor: Actor): void {
  say(scene, actor, "open", encoded(actor.profile.open));
  say(scene, actor, "keepalive", encoded({ kind: "keepalive" }));
}

/** In one piece or in several. */
function say({ random, done, figures }: Scene, { profile, link }: Actor, what: string, bytes: Uint8Array): void {
  done.push({ what: `${profile.name} says ${what}`, bytes });
  const pieces = random.oneIn(4) ? random.from(2, 5) : 1;
  for (let piece = 0; piece < pieces; piece++) link?.say(bytes.slice((bytes.length * piece) / pieces, (bytes.length * (piece + 1)) / pieces));
  figures.count(`said: ${what}`, link?.hungUp ? `ended by ${link.farewell ?? "a hang-up"}` : "the link lives");
}

function encoded(message: Message): Uint8Array {
  return encodeMessage(message, INITIAL_CONTEXT);
}

function spoiledUpdate({ random }: Scene, { profile }: Actor): Uint8Array {
  const start = random.oneIn(4) ? goodUpdate(random, profile) : random.pick(profile.updates).bytes;
  return spoil(start, random, () => random.pick(profile.updates).bytes).bytes;
}

function spoiledMessage({ random }: Scene): Uint8Array {
  return spoil(anySpecimen(random).bytes, random, () => anySpecimen(random).bytes).bytes;
}

function spoiledOpen({ random }: Scene, { profile }: Actor): Uint8Array {
  return spoil(encoded(profile.open), random, () => anySpecimen(random).bytes).bytes;
}

/** Announces or withdraws some of a few prefixes that many peers fight for. */
function goodUpdate(random: Random, { context, open }: Profile): Uint8Array {
  const family = random.pick(["ipv4", "ipv6"] as const);
  const nlri = nlriOfSome(random, family, context.addPathReceive.has(family));
  const sent = { ...context, addPathSend: context.addPathReceive };
  if (random.oneIn(3)) return encodeMessage({ kind: "update", withdrawn: [nlri], announced: [], faults: [] }, sent);
  const nextHop = { address: (family === "ipv4" ? "10.0.0.99" : "fd00::99") as IpAddress };
  const attributes: PathAttributes = {
    origin: random.pick(["igp", "egp", "incomplete"] as const),
    asPath: context.internal && random.oneIn(2) ? [] : [{ kind: "sequence", asns: [open.asn, random.from(1, 64000)] }],
    nextHop,
    med: random.below(3),
    communities: random.pick(COMMUNITIES),
    ...(context.internal ? { localPref: random.pick([50, 100, 200]) } : {}),
  };
  return encodeMessage({ kind: "update", withdrawn: [], announced: [{ nlri, attributes }], faults: [] }, sent);
}

function nlriOfSome(random: Random, family: Family, addPath: boolean): NlriBlock {
  const entries = Array.from({ length: random.from(1, 4) }, () => ({ prefix: random.pick(PREFIXES[family]) as Prefix, pathId: addPath ? random.below(3) : 0 }));
  return nlriOf(family, addPath, entries);
}

function countFact(fact: Fact, figures: Figures): void {
  if (fact.kind === "attribute-fault") return figures.count("attribute faults", `${fact.fault.code} ${fact.fault.severity}`);
  if (fact.kind === "prefix-limit") return figures.count("limits", "prefixes");
  if (fact.kind === "range-full") return figures.count("limits", "callers");
  if (fact.kind === "path-refused") return figures.count("limits", fact.by);
  if (fact.kind === "routes-kept") return figures.count("routes kept", fact.stage);
  if (fact.kind !== "peer-down") return undefined;
  const { reason } = fact;
  const why = !("notification" in reason) ? reason.kind : `${reason.kind} ${reason.notification.code}/${reason.notification.subcode}`;
  figures.count(fact.was === "established" ? "sessions ended" : "attempts ended", why);
}
