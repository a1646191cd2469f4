/** From what a datastore says to what runs: good changes are applied, losses held back, restarts survived. */

import { mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ClusterWatch, type ClusterView } from "../../src/calico/cluster-watch.ts";
import type { DatastoreFact } from "../../src/calico/datastore-facts.ts";
import { resourceKey } from "../../src/calico/keys.ts";
import { LastGoodFile } from "../../src/calico/last-good-file.ts";
import type { Resources } from "../../src/calico/resources.ts";
import type { StoreHooks } from "../../src/calico/store.ts";
import type { Compiled, CompiledConfig } from "../../src/calico/vocabulary.ts";
import { parseSpeakerConfig } from "../../src/speaker/config/parse.ts";
import { until } from "../support/until.ts";

const ME = "node-1";
const WINDOW_MS = 300_000;

/** Enough of compile for this room: a session with every other node. */
function compile({ nodes }: Resources): Compiled {
  const me = nodes.get(ME)?.ipv4?.address;
  if (!me) return { kind: "incomplete", reason: "there is no node-1", complaints: [] };
  const others = [...nodes.values()].flatMap(({ name, ipv4 }) => (name === ME ? [] : (ipv4?.address ?? [])));
  const peers = others.map((address) => ({ name: `Mesh_${address}`, address, asn: 64512 }));
  return { kind: "compiled", complaints: [], speaker: parseSpeakerConfig({ router: { asn: 64512, id: me }, peers }), listen: [], log: "info" };
}

function node(number: number): readonly [key: string, value: string] {
  return [resourceKey("Node", `node-${number}`), JSON.stringify({ kind: "Node", metadata: { name: `node-${number}` }, spec: { bgp: { ipv4Address: `10.0.0.${number}/24` } } })];
}

function nodes(...numbers: readonly number[]): ReadonlyMap<string, string> {
  return new Map(numbers.map(node));
}

describe("a cluster", () => {
  let folder: string;
  const lives: Life[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ts-bgp-cluster-"));
  });

  afterEach(async () => {
    for (const life of lives.splice(0)) await life.end();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One life of the process: a datastore that says what the test says, and what ran. */
  class Life {
    readonly facts: DatastoreFact[] = [];
    readonly ran: (readonly string[])[] = [];
    readonly #cluster: ClusterWatch;
    #hooks: StoreHooks | undefined;

    constructor(patienceMs: number) {
      const settings = { nodeName: ME, servers: "test", guard: { maxLossPercent: 50, windowMs: WINDOW_MS }, patienceMs };
      this.#cluster = new ClusterWatch(settings, {
        compile,
        openStore: (hooks) => {
          this.#hooks = hooks;
          return { state: { kind: "following", sinceMs: 0 }, keys: 0, start: () => undefined, close: () => undefined };
        },
        file: new LastGoodFile(lastGoodPath(), ME),
        apply: (config: CompiledConfig) => this.ran.push(config.speaker.peers.map(({ address }) => address)),
        report: (fact) => this.facts.push(fact),
      });
      lives.push(this);
    }

    static async begin({ patienceMs = 600_000 } = {}): Promise<Life> {
      const life = new Life(patienceMs);
      await life.#cluster.start();
      return life;
    }

    says(changes: ReadonlyMap<string, string | undefined>): void {
      this.#hooks?.changed(changes);
    }

    loses(...numbers: readonly number[]): void {
      this.says(new Map(numbers.map((number) => [node(number)[0], undefined])));
    }

    get running(): readonly string[] | undefined {
      return this.ran.at(-1);
    }

    get view(): ClusterView {
      return this.#cluster.view();
    }

    accept(): string | undefined {
      return this.#cluster.accept();
    }

    kinds(): readonly string[] {
      return this.facts.map(({ kind }) => kind);
    }

    end(): Promise<void> {
      return this.#cluster.close();
    }
  }

  function lastGoodPath(): string {
    return join(folder, "last-good.json");
  }

  /** A former life that knew these nodes. */
  async function livedWith(...numbers: readonly number[]): Promise<void> {
    const life = await Life.begin();
    life.says(nodes(...numbers));
    await life.end();
  }

  it("runs what the datastore says, and every change of it", async () => {
    const life = await Life.begin();
    life.says(nodes(1, 2));
    life.says(nodes(3));
    life.loses(2);
    expect(life.ran).toEqual([["10.0.0.2"], ["10.0.0.2", "10.0.0.3"], ["10.0.0.3"]]);
  });

  it("does not compile again for a value that is what it was", async () => {
    const life = await Life.begin();
    life.says(nodes(1, 2));
    life.says(nodes(2));
    expect(life.ran).toHaveLength(1);
  });

  it("waits for its own node, and says so once", async () => {
    const life = await Life.begin();
    life.says(nodes(2));
    life.says(nodes(3));
    expect(life.running).toBeUndefined();
    expect(life.facts).toEqual([{ kind: "configuration-awaited", reason: "there is no node-1" }]);
    life.says(nodes(1));
    expect(life.running).toEqual(["10.0.0.2", "10.0.0.3"]);
  });

  it("keeps what runs when everything goes, and goes on by itself when it is back", async () => {
    const life = await Life.begin();
    life.says(nodes(1, 2, 3));
    life.loses(1, 2, 3);
    expect(life.ran).toHaveLength(1);
    expect(life.view.held?.reasons).toEqual(["there is no node-1"]);
    expect(life.accept()).toBe("there is nothing to run: there is no node-1");
    life.says(nodes(1, 2, 3, 4));
    expect(life.running).toEqual(["10.0.0.2", "10.0.0.3", "10.0.0.4"]);
    expect(life.view.held).toBeUndefined();
  });

  it("holds back the loss of most peers until somebody accepts it", async () => {
    const life = await Life.begin();
    life.says(nodes(1, 2, 3, 4, 5));
    life.loses(3, 4, 5);
    expect(life.running).toHaveLength(4);
    expect(life.view.held?.reasons).toEqual(["3 of 4 peers would go"]);
    expect(life.accept()).toBeUndefined();
    expect(life.running).toEqual(["10.0.0.2"]);
    expect(life.kinds()).toEqual(["change-held", "change-accepted"]);
    expect(life.accept()).toBe("nothing is held back");
  });

  it("starts with the last good configuration when the datastore is away", async () => {
    await livedWith(1, 2, 3);
    const life = await Life.begin({ patienceMs: 1 });
    await until(() => life.running !== undefined);
    expect(life.running).toEqual(["10.0.0.2", "10.0.0.3"]);
    expect(life.view.running).toBe("last-good");
    expect(life.kinds()).toEqual(["last-good-used"]);
    life.says(nodes(1, 2));
    expect(life.running).toEqual(["10.0.0.2"]);
    expect(life.view.running).toBe("datastore");
  });

  it("starts with the last good configuration when the datastore is suddenly empty, or has lost most of it", async () => {
    await livedWith(1, 2, 3, 4);
    const empty = await Life.begin();
    empty.says(new Map());
    expect(empty.running).toEqual(["10.0.0.2", "10.0.0.3", "10.0.0.4"]);
    expect(empty.view.held?.reasons).toEqual(["there is no node-1"]);
    await empty.end();
    const poor = await Life.begin();
    poor.says(nodes(1, 2));
    expect(poor.running).toEqual(["10.0.0.2", "10.0.0.3", "10.0.0.4"]);
    expect(poor.view.held?.reasons).toEqual(["2 of 3 peers would go"]);
  });

  it("believes a datastore that says something else after a long absence, but not that there is nothing", async () => {
    await livedWith(1, 2, 3, 4);
    const longAgo = new Date(Date.now() - 2 * WINDOW_MS);
    utimesSync(lastGoodPath(), longAgo, longAgo);
    const empty = await Life.begin();
    empty.says(new Map());
    expect(empty.running).toHaveLength(3);
    await empty.end();
    utimesSync(lastGoodPath(), longAgo, longAgo);
    const other = await Life.begin();
    other.says(nodes(1, 9));
    expect(other.running).toEqual(["10.0.0.9"]);
  });

  it("without a last good configuration waits for the datastore, and says so", async () => {
    const life = await Life.begin({ patienceMs: 1 });
    await until(() => life.facts.length > 0);
    expect(life.facts).toEqual([{ kind: "configuration-awaited", reason: "the datastore has not answered yet" }]);
    life.says(nodes(1, 2));
    expect(life.running).toEqual(["10.0.0.2"]);
  });

  it("keeps on disk what runs, never what is held back", async () => {
    const life = await Life.begin();
    life.says(nodes(1, 2, 3, 4));
    life.loses(2, 3, 4);
    await life.end();
    const next = await Life.begin({ patienceMs: 1 });
    await until(() => next.running !== undefined);
    expect(next.running).toHaveLength(3);
  });

  it("tells what it leaves out, once", async () => {
    const life = await Life.begin();
    const key = resourceKey("IPPool", "bad");
    life.says(new Map([...nodes(1, 2), [key, '{"spec":{"cidr":"nonsense"}}']]));
    life.says(nodes(3));
    expect(life.facts.filter(({ kind }) => kind === "resource-ignored")).toHaveLength(1);
    expect(life.view.complaints).toMatchObject([{ key }]);
    expect(life.running).toHaveLength(2);
  });
});
