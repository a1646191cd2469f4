/**
 * Several paths to a prefix (RFC 7911) with real peers: ours to them, theirs to us.
 *
 *   b, c ── a ── peer        b and c announce one prefix; a reflects, and has agreed on add-path with the peer alone;
 *                            the peer has two paths of its own to another prefix
 */

import { afterAll, beforeAll, expect, it } from "vitest";
import type { Prefix } from "../../src/ip/prefix.ts";
import { birdPeer } from "../support/bird-peer.ts";
import { gobgpPeer } from "../support/gobgp-peer.ts";
import { Lan } from "../support/lan.ts";
import { describeWith } from "../support/needs.ts";
import type { Neighbor, PeerKind, RunningPeer } from "../support/peers.ts";
import { tsBgpPeer } from "../support/ts-bgp-peer.ts";
import { until } from "../support/until.ts";

const OURS = "10.200.0.0/24" as Prefix;
const THEIRS = "10.201.0.0/24" as Prefix;
const FAMILIES = ["ipv4"] as const;

for (const kind of [birdPeer, gobgpPeer]) await describeWith(kind.programs, `${kind.title} and add-path`, () => scenarios(kind));

function scenarios(kind: PeerKind): void {
  let lan: Lan;
  let running: { readonly [Name in "peer" | "a" | "b" | "c"]: RunningPeer };

  beforeAll(async () => {
    lan = await Lan.raise(["peer", "a", "b", "c"]);
    const session = (from: string, to: string): Neighbor => ({ name: to, local: lan.host(from).ipv4, remote: lan.host(to).ipv4, families: FAMILIES });
    const withPaths = (from: string, to: string): Neighbor => ({ ...session(from, to), addPath: "both" });
    running = {
      a: await tsBgpPeer.start({ host: lan.host("a"), role: "reflector", neighbors: [withPaths("a", "peer"), session("a", "b"), session("a", "c")] }),
      b: await tsBgpPeer.start({ host: lan.host("b"), role: "plain", neighbors: [session("b", "a")] }),
      c: await tsBgpPeer.start({ host: lan.host("c"), role: "plain", neighbors: [session("c", "a")] }),
      peer: await kind.start({ host: lan.host("peer"), role: "plain", neighbors: [withPaths("peer", "a")] }),
    };
  });

  afterAll(() => lan?.remove());

  async function paths(at: keyof typeof running, prefix: Prefix, wanted: readonly string[]): Promise<void> {
    let seen: readonly string[] = [];
    await until(
      async () => {
        seen = (await running[at].pathsTo?.(prefix)) ?? [];
        return JSON.stringify(seen) === JSON.stringify(wanted);
      },
      `${at} has ${prefix} via ${wanted.join(", ") || "nobody"}`,
    ).catch((error: unknown) => {
      expect(seen).toEqual(wanted);
      throw error;
    });
  }

  it("hears both of our paths, and one when the other goes [5.5-add-path-send]", async () => {
    const [b, c] = [lan.host("b").ipv4, lan.host("c").ipv4];
    await running.b.announce([{ prefix: OURS, nextHop: b, med: 10 }]);
    await running.c.announce([{ prefix: OURS, nextHop: c, med: 10 }]);
    await paths("peer", OURS, [b, c]);
    await running.b.announce([]);
    await paths("peer", OURS, [c]);
    await running.b.announce([{ prefix: OURS, nextHop: b, med: 20 }]);
    await paths("peer", OURS, [b, c]);
  });

  it("tells us both of its paths, and we lose the one that it takes back [5.5-add-path]", async () => {
    const routes = [lan.host("b").ipv4, lan.host("c").ipv4].map((nextHop, index) => ({ prefix: THEIRS, nextHop, med: 10 + index }));
    await running.peer.announce(routes);
    await paths("a", THEIRS, routes.map(({ nextHop }) => nextHop));
    await running.peer.announce([]);
    await paths("a", THEIRS, []);
  });

  it("is the only one who hears more than the best", async () => {
    await running.peer.announce([]);
    await running.c.announce([]);
    await paths("c", OURS, [lan.host("b").ipv4]);
    await paths("peer", OURS, [lan.host("b").ipv4]);
  });
}
