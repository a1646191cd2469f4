/** What BFD tells the speaker about the path to a peer, and what becomes of the session and its routes. */

import { describe, expect, it } from "vitest";
import type { DownCause } from "../../src/bfd/vocabulary.ts";
import type { PeerName } from "../../src/speaker/config/config.ts";
import { Network, type TestSpeaker } from "../support/network.ts";

const A = "10.0.0.1";
const B = "10.0.0.2";
const ROUTE = "10.2.0.0/16";
const PEER = "peer" as PeerName;

function document(address: string, other: string, peer: object, networks: readonly string[]): object {
  const timers = { connectRetrySec: 1, idleHoldMaxSec: 2 };
  return {
    router: { asn: 64512, id: address },
    networks,
    peers: [{ name: PEER, address: other, asn: 64512, ...timers, ...peer }],
  };
}

/** Two speakers with a session between them; `bfd` and more are ours alone. */
class Pair {
  readonly network = new Network();
  readonly us: TestSpeaker;

  constructor(ours: object, theirNetworks = [ROUTE]) {
    this.us = this.network.add(A, document(A, B, ours, ["10.1.0.0/16"]));
    this.network.add(B, document(B, A, {}, theirNetworks));
    this.network.run(10_000);
  }

  configure(ours: object): void {
    this.us.configure(document(A, B, ours, ["10.1.0.0/16"]));
  }

  up(): void {
    this.us.absorb({ kind: "liveness-up", peer: PEER });
  }

  lost(because: DownCause): void {
    this.us.absorb({ kind: "liveness-lost", peer: PEER, because });
  }

  get state(): string {
    return this.us.peer(PEER).state;
  }

  get hasRoute(): boolean {
    return ROUTE in this.us.table();
  }
}

describe("whom BFD watches", () => {
  it("is told once, and again only when it changes", () => {
    const pair = new Pair({ bfd: { intervalMs: 100 }, localAddress: A });
    expect(pair.us.watched).toEqual([
      { peer: PEER, neighbor: B, local: A, settings: { intervalMs: 100, multiplier: 3 }, administrative: "up" },
    ]);
    const { watched } = pair.us;
    pair.configure({ bfd: { intervalMs: 100 }, localAddress: A, description: "other words" });
    expect(pair.us.watched).toBe(watched);
    pair.configure({ bfd: { intervalMs: 100 }, localAddress: A, shutdown: "moving racks" });
    expect(pair.us.watched).toMatchObject([{ administrative: "down" }]);
    pair.configure({});
    expect(pair.us.watched).toEqual([]);
  });
});

describe("a peer with BFD", () => {
  it.each([{}, { strict: true }])("that becomes one of another kind keeps what BFD says of its path, which does not say it again (%o)", (bfd) => {
    const pair = new Pair({ bfd });
    pair.up();
    pair.network.run(10_000);
    pair.configure({ bfd, reflectorClient: true });
    pair.network.run(60_000);
    expect([pair.state, pair.hasRoute]).toEqual(["Established", true]);
    pair.lost("silence");
    expect([pair.state, pair.hasRoute]).toEqual(["Idle", false]);
  });

  it("has its session before BFD is up, and whether or not it ever is", () => {
    const pair = new Pair({ bfd: {} });
    expect([pair.state, pair.hasRoute]).toEqual(["Established", true]);
  });

  it.each(["silence", "neighbor-down"] as const)("is gone at once when its path is (%s): 6/10, and no route of its [5.2-bfd-down]", (cause) => {
    const pair = new Pair({ bfd: {} });
    pair.up();
    pair.lost(cause);
    expect([pair.state, pair.hasRoute]).toEqual(["Idle", false]);
    expect(pair.us.peer(PEER).lastDown?.reason).toMatchObject({ kind: "sent", notification: { code: 6, subcode: 10 } });
    expect(pair.us.facts.filter(({ kind }) => kind.startsWith("bfd-"))).toEqual([
      { kind: "bfd-up", peer: PEER },
      { kind: "bfd-down", peer: PEER, because: cause },
    ]);
  });

  it("comes back by itself, with BFD or without", () => {
    const pair = new Pair({ bfd: {} });
    pair.up();
    pair.lost("silence");
    pair.network.run(10_000);
    expect([pair.state, pair.hasRoute]).toEqual(["Established", true]);
  });

  it.each(["neighbor-admin-down", "admin-down"] as const)(
    "keeps its session when somebody switches BFD off (%s, RFC 5882 §3.2)",
    (cause) => {
      const pair = new Pair({ bfd: {} });
      pair.up();
      pair.lost(cause);
      expect([pair.state, pair.hasRoute]).toEqual(["Established", true]);
      expect(pair.us.facts).toContainEqual({ kind: "bfd-down", peer: PEER, because: cause });
    },
  );

  it("whose loss comes late, after nobody watches it any more or twice, is left alone", () => {
    const pair = new Pair({ bfd: {} });
    pair.lost("silence");
    pair.us.absorb({ kind: "liveness-lost", peer: "nobody" as PeerName, because: "silence" });
    pair.us.absorb({ kind: "liveness-up", peer: "nobody" as PeerName });
    expect(pair.state).toBe("Established");
  });
});

describe("a strict peer", () => {
  it("has no session before BFD is up, neither by its call nor by ours", () => {
    const pair = new Pair({ bfd: { strict: true } });
    expect(pair.state).toBe("Idle");
    pair.up();
    pair.network.run(10_000);
    expect(pair.state).toBe("Established");
  });

  it("has none again until its path is back", () => {
    const pair = new Pair({ bfd: { strict: true } });
    pair.up();
    pair.network.run(10_000);
    pair.lost("silence");
    expect(pair.us.peer(PEER).lastDown?.reason).toMatchObject({ kind: "sent", notification: { code: 6, subcode: 10 } });
    pair.network.run(600_000);
    expect([pair.state, pair.hasRoute]).toEqual(["Idle", false]);
    pair.up();
    pair.network.run(10_000);
    expect([pair.state, pair.hasRoute]).toEqual(["Established", true]);
  });

  it("is let go when it is strict no longer, and keeps its session when it becomes strict", () => {
    const pair = new Pair({ bfd: { strict: true } });
    pair.configure({ bfd: {} });
    pair.network.run(10_000);
    expect(pair.state).toBe("Established");
    pair.configure({ bfd: { strict: true } });
    pair.network.run(10_000);
    expect(pair.state).toBe("Established");
  });

  it("that is shut down stays so whatever BFD says", () => {
    const pair = new Pair({ bfd: { strict: true }, shutdown: "moving racks" });
    pair.up();
    pair.network.run(10_000);
    expect(pair.state).toBe("Idle");
  });

  it("that told too many prefixes stays away though BFD comes and goes", () => {
    const pair = new Pair({ bfd: { strict: true }, maxPrefixes: 1 }, [ROUTE, "10.3.0.0/16"]);
    pair.up();
    pair.network.run(10_000);
    expect(pair.us.facts).toContainEqual(expect.objectContaining({ kind: "prefix-limit" }));
    pair.lost("silence");
    pair.up();
    pair.network.run(10_000);
    expect(pair.state).toBe("Idle");
    pair.configure({ bfd: { strict: true }, maxPrefixes: 2 });
    pair.network.run(10_000);
    expect(pair.state).toBe("Established");
  });

  it.each([{}, { reflectorClient: true }])("that moves to another address waits until that path is known to work (%o)", (more) => {
    const pair = new Pair({ bfd: { strict: true } });
    pair.up();
    pair.network.run(10_000);
    pair.configure({ bfd: { strict: true }, address: "10.0.0.3", ...more });
    pair.lost("admin-down"); // who watched the old one
    pair.network.run(60_000);
    expect(pair.us.facts.filter(({ kind }) => kind === "dial-failed")).toEqual([]);
    pair.up();
    pair.network.run(60_000);
    expect(pair.us.facts.filter(({ kind }) => kind === "dial-failed")).not.toEqual([]);
  });

  it("does not hold back the convergence of the others for longer than any absent peer", () => {
    const pair = new Pair({ bfd: { strict: true } });
    pair.network.run(600_000);
    expect(pair.us.converged).toBe(true);
  });
});
