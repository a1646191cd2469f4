/**
 * A route of more than 4096 octets from a real peer (RFC 8654): who agreed on long messages gets it, who did not loses it.
 *
 *   BIRD ── a ── long       a reflects; BIRD and long agreed on 65535 octets with it,
 *           └─── short      short did not
 */

import { afterAll, beforeAll, expect, it } from "vitest";
import type { Prefix } from "../../src/ip/prefix.ts";
import { birdPeer } from "../support/bird-peer.ts";
import { Lan } from "../support/lan.ts";
import { describeWith } from "../support/needs.ts";
import type { Announcement, Neighbor, RunningPeer } from "../support/peers.ts";
import { tsBgpPeer } from "../support/ts-bgp-peer.ts";
import { until } from "../support/until.ts";

const MANY = Array.from({ length: 1500 }, (_, value) => [1, value] as const); // 6000 octets

await describeWith(birdPeer.programs, "BIRD 2 and extended messages", () => {
  let lan: Lan;
  let bird: RunningPeer;
  let listeners: { readonly long: RunningPeer; readonly short: RunningPeer };

  beforeAll(async () => {
    lan = await Lan.raise(["bird", "a", "long", "short"]);
    const session = (from: string, to: string, extendedMessages: "on" | "off" = "on"): Neighbor => ({ name: to, local: lan.host(from).ipv4, remote: lan.host(to).ipv4, families: ["ipv4"], extendedMessages });
    await tsBgpPeer.start({ host: lan.host("a"), role: "reflector", neighbors: ["bird", "long", "short"].map((to) => session("a", to)) });
    bird = await birdPeer.start({ host: lan.host("bird"), role: "plain", neighbors: [session("bird", "a")] });
    listeners = {
      long: await tsBgpPeer.start({ host: lan.host("long"), role: "plain", neighbors: [session("long", "a")] }),
      short: await tsBgpPeer.start({ host: lan.host("short"), role: "plain", neighbors: [session("short", "a", "off")] }),
    };
  });

  afterAll(() => lan?.remove());

  function routes(communities: Announcement["communities"]): readonly Announcement[] {
    const nextHop = lan.host("bird").ipv4;
    return [
      { prefix: "10.201.0.0/24" as Prefix, nextHop, med: 10, ...(communities && { communities }) },
      { prefix: "10.202.0.0/24" as Prefix, nextHop, med: 10 },
    ];
  }

  async function holds(name: keyof typeof listeners, prefixes: readonly string[]): Promise<void> {
    await until(async () => JSON.stringify([...(await listeners[name].learned()).keys()].sort()) === JSON.stringify(prefixes), `${name} has ${prefixes.join(", ")}`);
  }

  it("both listeners hear short routes", async () => {
    await bird.announce(routes(undefined));
    await holds("long", ["10.201.0.0/24", "10.202.0.0/24"]);
    await holds("short", ["10.201.0.0/24", "10.202.0.0/24"]);
  });

  it("one that became too long stays with the one and goes from the other, and no session ends [5.5-extended-message]", async () => {
    const sessions = (): Promise<readonly (number | undefined)[]> => Promise.all([listeners.short.sessionsSoFar?.(), listeners.long.sessionsSoFar?.()]);
    const before = await sessions();
    await bird.announce(routes(MANY));
    await holds("short", ["10.202.0.0/24"]);
    await holds("long", ["10.201.0.0/24", "10.202.0.0/24"]);
    expect(await sessions()).toEqual(before);
  });
});
