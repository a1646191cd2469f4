/** The judge of the bench: a table counts as right only when every prefix came from whom it should, as RFC 4456 has it reflected. */

import { describe, expect, it } from "vitest";
import { Heard } from "../../bench/load/heard.ts";
import { HEADER_BYTES, changeOf, tableOf } from "../../bench/load/octets.ts";
import { FIRST_CLIENT, Layout, type LoadPlan, type Share } from "../../bench/load/plan.ts";
import { type Announcement, readUpdate } from "../../bench/load/update-reader.ts";

const CLUSTER = 0x0a000001;
const RIGHT = { missing: 0, wrong: 0, outdated: 0, unexpected: 0 };

function layoutOf(clients: number, prefixBits: number, shares: readonly Share[]): Layout {
  const reflector = { address: "10.0.0.1", port: 179, clusterId: "10.0.0.1" };
  return new Layout({ asn: 64512, reflector, clients, backlog: 1, prefixBits, shares } satisfies LoadPlan);
}

/** Everything in `bytes`, as a reflector passes it on that changes it so. */
function pass(bytes: Buffer, from: number, to: number, heard: Heard, change: (told: Announcement) => void = () => undefined): void {
  const announce = (client: number, first: number, end: number, told: Announcement): void => {
    Object.assign(told, { originatorId: FIRST_CLIENT + from, clusterList: CLUSTER });
    change(told);
    heard.announce(client, first, end, told);
  };
  for (let at = 0; at < bytes.length; at += bytes.readUInt16BE(at + 16)) {
    readUpdate(bytes, at, at + bytes.readUInt16BE(at + 16), to, { announce, withdraw: heard.withdraw.bind(heard) });
  }
}

const MESH = layoutOf(3, 26, [0, 1, 2].map((client) => ({ clients: [client], prefixes: 20, sets: 1 })));

function mesh(change?: (told: Announcement) => void): Heard {
  const heard = new Heard(MESH, CLUSTER);
  for (const from of [0, 1, 2]) for (const to of [0, 1, 2]) if (from !== to) pass(tableOf(MESH, from), from, to, heard, change);
  return heard;
}

describe("what clients have heard", () => {
  it("is right when every route of the others came, reflected", () => {
    const heard = mesh();
    expect(heard.verdict()).toEqual(RIGHT);
    expect([0, 1, 2].map((client) => heard.isComplete(client))).toEqual([true, true, true]);
    expect(heard.announcements).toBe(120);
  });

  it.each<[string, (told: Announcement) => void]>([
    ["next hop", (told) => void (told.nextHop = CLUSTER)],
    ["ORIGINATOR_ID", (told) => void (told.originatorId = FIRST_CLIENT + 2)],
    ["CLUSTER_LIST", (told) => void (told.clusterList = 0)],
    ["AS_PATH", (told) => void (told.lastAsn = 4_200_000_000)],
  ])("is wrong with another %s", (_what, change) => {
    const spoiled = mesh((told) => told.nextHop === FIRST_CLIENT + 1 && change(told));
    expect(spoiled.verdict()).toMatchObject({ missing: 0, wrong: 40 });
    expect(spoiled.isComplete(0)).toBe(false);
  });

  it("is incomplete with one prefix withdrawn, and right again when it comes back", () => {
    const heard = mesh();
    const bytes = changeOf(MESH, 1, 1, 25, 7);
    const first = bytes.length - 5;
    heard.withdraw(0, bytes, first, bytes.length);
    expect(heard.verdict()).toMatchObject({ missing: 1 });
    expect(heard.isComplete(0)).toBe(false);
    pass(changeOf(MESH, 1, 1, 25, 0), 1, 0, heard);
    expect(heard.verdict()).toEqual(RIGHT);
    expect(heard.isComplete(0)).toBe(true);
  });

  it("is outdated as long as the latest change has not come", () => {
    const heard = mesh();
    const versions: number[] = [];
    heard.onVersion = (med) => void versions.push(med);
    heard.med[25] = 300;
    expect(heard.verdict()).toMatchObject({ outdated: 2 });
    for (const to of [0, 2]) pass(changeOf(MESH, 1, 1, 25, 300), 1, to, heard);
    expect(heard.verdict()).toEqual(RIGHT);
    expect(versions).toEqual([300, 300]);
  });

  it("has room for a client's own routes sent back, which are counted and change nothing", () => {
    const heard = mesh();
    pass(tableOf(MESH, 1), 1, 1, heard);
    expect(heard.ownReturned).toBe(20);
    expect(heard.verdict()).toEqual(RIGHT);
  });

  it("is something else where nobody announced the prefix", () => {
    const heard = new Heard(MESH, CLUSTER);
    const elsewhere = layoutOf(3, 24, [{ clients: [1], prefixes: 3, sets: 1 }]);
    pass(tableOf(elsewhere, 1), 1, 0, heard);
    expect(heard.verdict()).toMatchObject({ unexpected: 3 });
  });
});

describe("feeds that announce the same table", () => {
  const feeds = layoutOf(3, 24, [{ clients: [0, 1], prefixes: 1000, sets: 150 }]);

  it("win every other set by the shorter path; only that path is right", () => {
    const heard = new Heard(feeds, CLUSTER);
    pass(tableOf(feeds, 0), 0, 2, heard);
    expect(heard.right[2]).toBe(500);
    pass(tableOf(feeds, 1), 1, 2, heard);
    expect(heard.verdict()).toMatchObject({ wrong: 500 });
    for (let set = 0; set < 150; set += 2) {
      for (let prefix = feeds.setFirst[set] as number; prefix < (feeds.setFirst[set + 1] as number); prefix++) pass(changeOf(feeds, 0, set, prefix, 0), 0, 2, heard);
    }
    expect(heard.right[2]).toBe(1000);
    expect(heard.isComplete(2)).toBe(true);
  });

  it("hear another's path where theirs is better only until theirs is known", () => {
    const heard = new Heard(feeds, CLUSTER);
    pass(tableOf(feeds, 0), 0, 1, heard);
    expect(heard.ownReturned).toBe(0);
    expect(heard.isComplete(1)).toBe(true);
    expect(heard.verdict()).toMatchObject({ wrong: 500 });
    for (let set = 1; set < 150; set += 2) {
      for (let prefix = feeds.setFirst[set] as number; prefix < (feeds.setFirst[set + 1] as number); prefix++) {
        const bytes = changeOf(feeds, 1, set, prefix, 0);
        heard.withdraw(1, bytes, bytes.length - 4, bytes.length);
      }
    }
    expect(heard.verdict()).toMatchObject({ wrong: 0 });
    expect(heard.isComplete(1)).toBe(true);
  });

  it("lay every prefix into exactly one set", () => {
    const sizes = Array.from({ length: feeds.sets }, (_, set) => (feeds.setFirst[set + 1] as number) - (feeds.setFirst[set] as number));
    expect(sizes.reduce((sum, size) => sum + size)).toBe(1000);
    expect(Math.min(...sizes)).toBe(6);
    expect(Math.max(...sizes)).toBe(7);
  });

  it("fill no message beyond 4096 octets, and end with End-of-RIB", () => {
    const big = layoutOf(1, 24, [{ clients: [0], prefixes: 5000, sets: 1 }]);
    const bytes = tableOf(big, 0);
    const lengths: number[] = [];
    for (let at = 0; at < bytes.length; at += bytes.readUInt16BE(at + 16)) lengths.push(bytes.readUInt16BE(at + 16));
    expect(Math.max(...lengths)).toBeLessThanOrEqual(4096);
    expect(lengths.at(-1)).toBe(HEADER_BYTES + 4);
  });
});
