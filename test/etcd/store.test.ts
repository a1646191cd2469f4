/** The datastore is followed through everything that can happen to it: real etcd, and a proxy with faults. */

import { afterEach, beforeEach, expect, it } from "vitest";
import type { DatastoreFact } from "../../src/calico/datastore-facts.ts";
import { Store, type StoreTimes } from "../../src/calico/store.ts";
import { etcdAccess } from "../../src/calico/etcd-access.ts";
import { type Environment, settingsFromEnvironment } from "../../src/calico/datastore-settings.ts";
import { describeWithPrograms } from "../support/needs.ts";
import { TestEtcd } from "../support/etcd.ts";
import { FaultyProxy } from "../support/faulty-proxy.ts";
import { until } from "../support/until.ts";

/** What is minutes in a cluster is moments here. */
const TIMES: StoreTimes = { requestMs: 1_000, keepaliveMs: 1_000, keepaliveTimeoutMs: 500, retryFirstMs: 50, retryLastMs: 200, quietMs: 20, gatherMs: 200 };
const NODES = "/calico/nodes/";
const PEERS = "/calico/peers/";

/** A store, and everything that it handed on, put together. */
class Follower {
  readonly values = new Map<string, string>();
  readonly facts: DatastoreFact[] = [];
  batches = 0;
  readonly #store: Store;

  constructor(environment: Environment, times: StoreTimes = TIMES) {
    const settings = settingsFromEnvironment(environment);
    const options = { prefixes: [NODES, PEERS], times, servers: "test", access: () => etcdAccess(settings) };
    this.#store = new Store(options, {
      changed: (changes) => {
        this.batches++;
        for (const [key, value] of changes) if (value === undefined) this.values.delete(key);
        else this.values.set(key, value);
      },
      report: (fact) => this.facts.push(fact),
    });
    this.#store.start();
  }

  async has(expected: { readonly [key: string]: string }): Promise<void> {
    const wanted = JSON.stringify(Object.entries(expected).sort());
    await until(() => JSON.stringify([...this.values].sort()) === wanted, `has ${wanted}`);
  }

  async told(kind: DatastoreFact["kind"], times = 1): Promise<void> {
    await until(() => this.count(kind) >= times, `${times} times ${kind}`);
  }

  count(kind: DatastoreFact["kind"]): number {
    return this.facts.filter((fact) => fact.kind === kind).length;
  }

  reasons(): readonly string[] {
    return this.facts.flatMap((fact) => (fact.kind === "datastore-lost" ? [fact.reason] : []));
  }

  get state(): string {
    return this.#store.state.kind;
  }

  close(): void {
    this.#store.close();
  }
}

describeWithPrograms(["etcd"], "a store", () => {
  let etcd: TestEtcd;
  let proxy: FaultyProxy;
  let follower: Follower;

  beforeEach(async () => {
    etcd = await TestEtcd.start();
    await etcd.put(`${NODES}a`, "1");
    proxy = await FaultyProxy.before(etcd.port);
    follower = new Follower({ ETCD_ENDPOINTS: proxy.endpoint });
  });

  afterEach(async () => {
    follower.close();
    await proxy.close();
    await etcd.dispose();
  });

  it("has what is there, and then every creation, change and deletion below its prefixes", async () => {
    await follower.has({ [`${NODES}a`]: "1" });
    await etcd.put(`${NODES}b`, "1");
    await etcd.put(`${NODES}a`, "2");
    await etcd.put(`${PEERS}x`, "1");
    await etcd.put("/calico/nodesx", "another prefix");
    await follower.has({ [`${NODES}a`]: "2", [`${NODES}b`]: "1", [`${PEERS}x`]: "1" });
    await etcd.delete(`${NODES}a`);
    await follower.has({ [`${NODES}b`]: "1", [`${PEERS}x`]: "1" });
    expect(follower.count("datastore-lost")).toBe(0);
  });

  it("misses nothing of what happened while the connection was cut", async () => {
    await follower.told("datastore-followed");
    proxy.refuse();
    await follower.told("datastore-lost");
    await etcd.put(`${NODES}b`, "1");
    await etcd.delete(`${NODES}a`);
    proxy.relent();
    await follower.has({ [`${NODES}b`]: "1" });
    expect(follower.count("datastore-missed")).toBe(0); // the watch told it
  });

  it("finds out by itself when a connection is open and nothing moves on it any more", async () => {
    await follower.told("datastore-followed");
    proxy.stall();
    await follower.told("datastore-lost");
    await etcd.put(`${NODES}b`, "1");
    proxy.relent();
    await follower.has({ [`${NODES}a`]: "1", [`${NODES}b`]: "1" });
  });

  it("lists again where the history in between is gone, and finds what went meanwhile", async () => {
    await follower.told("datastore-followed");
    proxy.refuse();
    await follower.told("datastore-lost");
    await etcd.put(`${NODES}b`, "1");
    await etcd.delete(`${NODES}a`);
    await etcd.put(`${NODES}b`, "2");
    await etcd.compact();
    proxy.relent();
    await follower.has({ [`${NODES}b`]: "2" });
    await follower.told("datastore-missed");
    expect(follower.facts).toContainEqual({ kind: "datastore-listed-again", prefix: NODES, because: "compacted" });
    await etcd.put(`${NODES}c`, "1");
    await follower.has({ [`${NODES}b`]: "2", [`${NODES}c`]: "1" });
  });

  it("keeps what it knows while etcd is dead, and goes on when it is back", async () => {
    await follower.told("datastore-followed");
    await etcd.stop();
    await follower.told("datastore-lost", 3);
    expect(follower.state).toBe("lost");
    await etcd.start();
    await follower.told("datastore-followed", 2);
    expect([...follower.values]).toEqual([[`${NODES}a`, "1"]]);
    await etcd.put(`${NODES}a`, "2");
    await follower.has({ [`${NODES}a`]: "2" });
  });

  it("notices that etcd has come back without its history, and has what is there now", async () => {
    for (const value of ["2", "3", "4"]) await etcd.put(`${NODES}a`, value);
    await follower.has({ [`${NODES}a`]: "4" });
    await etcd.startEmpty();
    await etcd.put(`${NODES}z`, "1");
    await follower.has({ [`${NODES}z`]: "1" });
  });

  it("hands on a storm of changes in a few batches, and none of them late", async () => {
    await follower.told("datastore-followed");
    const before = follower.batches;
    const startMs = performance.now();
    await Promise.all(Array.from({ length: 500 }, (_, index) => etcd.put(`${NODES}${index}`, "1")));
    await until(() => follower.values.size === 501);
    const longest = Math.ceil((performance.now() - startMs) / TIMES.quietMs);
    expect(follower.batches - before).toBeLessThanOrEqual(longest);
  });

  it("has a thousand keys and more, page by page", async () => {
    const keys = Array.from({ length: 1_234 }, (_, index) => `${PEERS}${index}`);
    await Promise.all(keys.map((key) => etcd.put(key, "1")));
    const second = new Follower({ ETCD_ENDPOINTS: etcd.endpoint });
    await until(() => second.values.size === keys.length + 1);
    expect(second.batches).toBe(1);
    second.close();
  });

  it("is a user with a password where etcd wants one, and follows also when its token has expired", async () => {
    await etcd.wantUsers("calico", "secret");
    const wrong = new Follower({ ETCD_ENDPOINTS: etcd.endpoint, ETCD_USERNAME: "calico", ETCD_PASSWORD: "wrong" });
    await wrong.told("datastore-lost", 2);
    expect(wrong.values.size).toBe(0);
    wrong.close();
    const right = new Follower({ ETCD_ENDPOINTS: proxy.endpoint, ETCD_USERNAME: "calico", ETCD_PASSWORD: "secret" });
    await right.has({ [`${NODES}a`]: "1" });
    await etcd.stop(); // etcd's simple tokens do not outlive it
    await etcd.start();
    await right.told("datastore-followed", 2);
    right.close();
  });

  it("says why it is not let in", async () => {
    await etcd.wantUsers("calico", "secret");
    const nobody = new Follower({ ETCD_ENDPOINTS: etcd.endpoint });
    await nobody.told("datastore-lost");
    expect(nobody.reasons()[0]).toMatch(/user name is empty|permission denied/);
    nobody.close();
  });
});

describeWithPrograms(["etcd"], "a store behind TLS", () => {
  it("trusts the authority that it is told, and no other", async () => {
    const etcd = await TestEtcd.start({ scheme: "https", args: ["--auto-tls"] });
    await etcd.put(`${NODES}a`, "1");
    const trusting = new Follower({ ETCD_ENDPOINTS: etcd.endpoint, ETCD_CA_CERT_FILE: etcd.certificate });
    const wary = new Follower({ ETCD_ENDPOINTS: etcd.endpoint });
    try {
      await trusting.has({ [`${NODES}a`]: "1" });
      await wary.told("datastore-lost", 2);
      expect(wary.values.size).toBe(0);
    } finally {
      trusting.close();
      wary.close();
      await etcd.dispose();
    }
  });
});
