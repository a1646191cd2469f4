/**
 * Thousands of random plays; the ledger holds the machine to its laws at every step. The counters prove that the plays
 * reached what they are about: sessions that came up, collisions won by either side, links that came back as ghosts.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PeerState } from "../../src/bgp/session/peer.ts";
import type { PeerAction, PeerEvent, Side } from "../../src/bgp/session/vocabulary.ts";
import { type Play, eventOf, freshLinks, play } from "../support/session-moves.ts";
import { SessionRig, notified } from "../support/session-rig.ts";

const RUNS = 3_000;

class Reached {
  readonly #counts = new Map<string, number>();

  count(what: string): void {
    this.#counts.set(what, this.of(what) + 1);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }
}

/** Told about each step: what was, what happened, what was done, what is. */
type Witness = (before: PeerState, event: PeerEvent, actions: readonly PeerAction[], rig: SessionRig) => void;

function run({ settings, theirs, moves }: Play, witness: Witness): void {
  const rig = new SessionRig(settings);
  const fresh = freshLinks();
  rig.start();
  for (const move of moves) {
    const event = eventOf(move, rig, theirs, fresh());
    if (!event) continue;
    const before = rig.state;
    witness(before, event, rig.tell(event), rig);
  }
}

describe("whatever happens", () => {
  it("no law of the ledger is broken, and late events for dead links do nothing", () => {
    const reached = new Reached();
    const witness: Witness = (before, event, actions, rig) => {
      reached.count(rig.shown);
      for (const action of actions) reached.count(action.kind === "down" ? `down: ${action.reason.kind}` : action.kind);
      const ghost = "link" in event && event.kind !== "connected" && !connectionsOf(before).some(({ link }) => link === event.link);
      if (!ghost) return;
      reached.count("ghost");
      expect(actions).toEqual([]);
      expect(rig.state).toBe(before);
    };
    fc.assert(fc.property(play, (game) => run(game, witness)), { numRuns: RUNS });
    const states = ["Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"];
    for (const what of [...states, "up", "down: sent", "deliver", "refresh", "ghost"]) expect(reached.of(what), what).toBeGreaterThan(RUNS / 10);
    for (const what of ["down: replaced", "down: left"]) expect(reached.of(what), what).toBeGreaterThan(RUNS / 100);
  });

  it("a collision leaves the connection that the higher router id called for, in equal router ids the higher AS", () => {
    const reached = new Reached();
    fc.assert(
      fc.property(play, (game) => {
        const winner = winnerOf(game);
        run(game, (before, event, actions, rig) => {
          if (!isCollision(before, event, game)) return;
          const [survivor, ...others] = connectionsOf(rig.state);
          const [loser] = connectionsOf(before).filter(({ link }) => link !== survivor?.link);
          expect([survivor?.side, others]).toEqual([winner, []]);
          expect(notified(loser?.link ?? 0, actions)).toEqual(["6/7"]);
          reached.count(winner);
        });
      }),
      { numRuns: RUNS },
    );
    expect(reached.of("ours")).toBeGreaterThan(RUNS / 100);
    expect(reached.of("theirs")).toBeGreaterThan(RUNS / 100);
  });

  it("stop ends everything: nothing is open, nothing is armed, and only start begins again", () => {
    const reached = new Reached();
    const witness: Witness = (before, event, actions, rig) => {
      if (before.kind === "stopped" && event.kind !== "start") expect(rig.state.kind).toBe("stopped");
      if (event.kind !== "stop" && event.kind !== "leave") return;
      expect(rig.ledger.liveLinks).toEqual([]);
      expect(rig.ledger.armed).toEqual([]);
      if (actions.length > 0) reached.count("something to end");
    };
    fc.assert(fc.property(play, (game) => run(game, witness)), { numRuns: RUNS });
    expect(reached.of("something to end")).toBeGreaterThan(RUNS / 10);
  });
});

type Connections = Extract<PeerState, { kind: "trying" }>["connections"];

function connectionsOf(state: PeerState): Connections {
  return state.kind === "trying" ? state.connections : [];
}

function winnerOf({ settings: { localRouterId, localAs }, theirs: { routerId, asn } }: Play): Side {
  if (localRouterId !== routerId) return localRouterId > routerId ? "ours" : "theirs";
  return localAs > asn ? "ours" : "theirs";
}

/** The second of two connections hears an OPEN that fits. */
function isCollision(before: PeerState, event: PeerEvent, { theirs }: Play): boolean {
  if (event.kind !== "message" || event.message !== theirs) return false;
  const connections = connectionsOf(before);
  const hearer = connections.find(({ link }) => link === event.link);
  const rival = connections.find(({ link }) => link !== event.link);
  return hearer?.kind === "open-sent" && rival?.kind === "open-confirm";
}
