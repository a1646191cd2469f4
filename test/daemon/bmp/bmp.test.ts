/** Monitoring stations over loopback: a real speaker, real sockets, and the daemon's turns made by the test. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IpAddress } from "../../../src/ip/address.ts";
import { FAMILIES } from "../../../src/bgp/wire/context.ts";
import type { Capability } from "../../../src/bgp/wire/message-types.ts";
import { BmpExporter } from "../../../src/daemon/bmp/exporter.ts";
import type { StationSettings } from "../../../src/daemon/bmp/settings.ts";
import type { StationFact } from "../../../src/daemon/bmp/station.ts";
import { bmpMessages, tlvsIn } from "../../support/bmp-reader.ts";
import { BmpStation } from "../../support/bmp-station.ts";
import { Network, type TestSpeaker } from "../../support/network.ts";
import { ScriptedPeer } from "../../support/scripted-peer.ts";
import { until } from "../../support/until.ts";
import { attribute, hex, rawUpdate } from "../../wire/raw.ts";

const AS = 64512;
const LOOPBACK = "127.0.0.1" as IpAddress;
const ATTRIBUTES = [...attribute(0x40, 1, [0]), ...attribute(0x40, 2, []), ...attribute(0x40, 3, [10, 0, 0, 2]), ...attribute(0x40, 5, [0, 0, 0, 100])];
const MIB = 1024 * 1024;
const PATHS = 4_000; // of 4 kB each: far more than the sockets of both sides take

/** A speaker with one peer and an exporter, with turns made by hand: `turn` is what the event loop does after it has absorbed. */
class Router {
  readonly facts: StationFact[] = [];
  readonly us: TestSpeaker;
  readonly exporter: BmpExporter;
  wakes = 0;
  peer!: ScriptedPeer;
  readonly #turns: NodeJS.Timeout;

  constructor() {
    const network = new Network();
    this.us = network.add("10.0.0.1", { router: { asn: AS, id: "10.0.0.1" }, peers: [{ name: "peer", address: "10.0.0.2", asn: AS, passive: true }] });
    network.run(60_000);
    this.exporter = new BmpExporter({
      monitoring: this.us.speaker.monitoring,
      view: this.us.speaker.view(),
      version: "1.2.3",
      report: (fact) => this.facts.push(fact),
      wake: () => this.wakes++,
    });
    this.#turns = setInterval(() => this.exporter.pump(), 1);
  }

  call(...more: readonly Capability[]): void {
    this.peer = new ScriptedPeer(this.us, "10.0.0.2");
    this.peer.establish(AS, 0x0a000002, [{ kind: "multiprotocol", family: FAMILIES.ipv4 }, { kind: "four-octet-as", asn: AS }, ...more]);
  }

  announce(nlri: string): Uint8Array {
    const update = rawUpdate({ attributes: ATTRIBUTES, nlri: hex(nlri) });
    this.peer.sayBytes(update);
    return update;
  }

  fact<Kind extends StationFact["kind"]>(kind: Kind): Extract<StationFact, { kind: Kind }> | undefined {
    return this.facts.find((fact): fact is Extract<StationFact, { kind: Kind }> => fact.kind === kind);
  }

  async end(): Promise<void> {
    clearInterval(this.#turns);
    await this.exporter.close();
  }
}

/** In fractions of a second: what is asked is whether it waits, and for longer each time. */
function settings(port: number, changes: Partial<StationSettings> = {}): StationSettings {
  return { address: LOOPBACK, port, localAddress: undefined, sysName: "n1", sysDescr: undefined, statisticsSec: 0, retrySec: 0.02, retryMaxSec: 0.04, backlogBytes: MIB, ...changes };
}

const types = (station: BmpStation): readonly string[] => station.told.messages.map(({ type }) => type);

let router: Router;
let station: BmpStation;

beforeEach(async () => {
  router = new Router();
  station = await BmpStation.open();
});

afterEach(async () => {
  await router.end();
  station.close();
});

async function connected(changes: Partial<StationSettings> = {}): Promise<void> {
  router.exporter.configure([settings(station.port, changes)]);
  await until(() => router.exporter.view()[0]?.state === "live", "it has the table");
}

describe("a station", () => {
  it("hears who we are, who is up, the table, and then every UPDATE as it comes", async () => {
    router.call();
    const before = router.announce("10 0a01");
    await connected();
    const after = router.announce("10 0a02");
    await until(() => station.told.of("route-monitoring").length === 3, "both UPDATEs and End-of-RIB");
    expect(types(station)).toEqual(["initiation", "peer-up", "route-monitoring", "route-monitoring", "route-monitoring"]);
    const [first, end, last] = station.told.of("route-monitoring").map(({ body }) => Buffer.from(body));
    expect([first, end, last]).toEqual([Buffer.from(before), Buffer.from(rawUpdate({})), Buffer.from(after)]);
    const texts = tlvsIn(station.told.messages[0]?.body ?? new Uint8Array(0)).map(({ type, value }) => [type, Buffer.from(value).toString()]);
    expect(texts).toEqual([[1, expect.stringMatching(/^ts-bgp 1\.2\.3, Node\.js /)], [2, "n1"]]);
  });

  it("hears the time at which a path came, also when it comes later itself", async () => {
    router.call();
    router.announce("10 0a01");
    await connected();
    await until(() => station.told.of("route-monitoring").length === 2, "the table");
    const [told, end] = station.told.of("route-monitoring");
    expect(told?.peer?.sec).toBeGreaterThan(0);
    expect(end?.peer?.sec).toBe(0);
  });

  it("hears how a session ended, and that it came back", async () => {
    router.call();
    await connected();
    router.peer.say({ kind: "notification", notification: { code: 6, subcode: 2, data: new Uint8Array(0) } });
    router.call();
    await until(() => station.told.of("peer-up").length === 2, "it is up again");
    const [down] = station.told.of("peer-down");
    expect(Buffer.from(down?.body ?? []).toString("hex")).toBe("03" + "ff".repeat(16) + "0015" + "03" + "0602");
  });

  it("hears nothing of a peer that is not up", async () => {
    await connected();
    await router.exporter.close();
    await until(() => station.over, "the connection is over");
    expect(types(station)).toEqual(["initiation", "termination"]);
  });

  it("hears what is counted, every so often", async () => {
    router.call();
    router.announce("10 0a01 10 0a02");
    await connected({ statisticsSec: 0.02 });
    await until(() => station.told.of("statistics").length >= 2, "two reports");
    const body = station.told.of("statistics")[0]?.body ?? new Uint8Array(0);
    const count = new DataView(body.buffer, body.byteOffset).getUint32(0);
    const figures = new Map(tlvsIn(body.subarray(4)).map(({ type, value }) => [type, Buffer.from(value).toString("hex")]));
    expect(figures.size).toBe(count);
    expect(figures.get(7)).toBe("0000000000000002");
    expect(figures.get(9)).toBe("0001010000000000000002");
    expect(figures.get(4)).toBe("00000000");
  });

  it("is called again when it hangs up, and told everything anew", async () => {
    router.call();
    await connected();
    station.hangUp();
    await until(() => station.connections === 2 && station.told.of("peer-up").length === 1, "the second connection");
    expect(types(station).slice(0, 2)).toEqual(["initiation", "peer-up"]);
    expect(router.fact("bmp-station-lost")).toMatchObject({ station: `127.0.0.1:${station.port}`, retryMs: 20 });
  });

  it("is called less and less often while nobody answers", async () => {
    station.close();
    router.exporter.configure([settings(station.port)]);
    await until(() => router.facts.length >= 3, "three tries");
    expect(router.facts.slice(0, 3).map((fact) => fact.kind === "bmp-station-lost" && fact.retryMs)).toEqual([20, 40, 40]);
    expect(router.exporter.view()[0]).toMatchObject({ connections: 0, lastError: expect.stringMatching(/refused/i) });
  });

  it("costs nothing while it is away: nobody listens to the speaker", async () => {
    router.call();
    station.close();
    router.exporter.configure([settings(station.port)]);
    await until(() => router.fact("bmp-station-lost") !== undefined, "it does not answer");
    expect(router.us.speaker.monitoring.monitor).toBeUndefined();
  });

  it("beside another hears the same, each from its own beginning", async () => {
    const second = await BmpStation.open();
    try {
      router.call();
      router.announce("10 0a01");
      await connected();
      router.exporter.configure([settings(station.port), settings(second.port)]);
      await until(() => router.exporter.view()[1]?.state === "live", "the second has the table");
      router.announce("10 0a02");
      await until(() => [station, second].every(({ told }) => told.of("route-monitoring").length === 3), "both hear of it");
      expect(types(second)).toEqual(types(station));
    } finally {
      second.close();
    }
  });
});

describe("a station that does not read", () => {
  it("is dropped at its bound, counted and told of, and the others go on", async () => {
    station.reads = "nothing";
    const other = await BmpStation.open();
    try {
      router.call();
      router.exporter.configure([settings(station.port, { retrySec: 100 }), settings(other.port, { backlogBytes: 512 * MIB })]);
      await until(() => router.exporter.view().every(({ state }) => state === "live"), "both are connected");
      let told = 0;
      for (; router.exporter.view()[0]?.dropped === 0; told++) {
        router.announce("10 0a01");
        if (told % 1000 === 0) router.exporter.pump();
        if (told > 500_000) throw new Error("it is never dropped");
      }
      await until(() => other.told.of("route-monitoring").length === told + 1, "the other one has all of it");
      expect(router.fact("bmp-station-slow")).toMatchObject({ dropped: 1 });
      expect(router.fact("bmp-station-slow")?.backlogBytes).toBeGreaterThan(MIB);
      expect(router.exporter.view()[0]).toMatchObject({ state: "waiting", dropped: 1, backlogBytes: 0, lastError: expect.stringContaining("does not read") });
    } finally {
      other.close();
    }
  });

  it("is told the table only as far as it reads, however long that is", async () => {
    station.reads = "nothing";
    router.call();
    const communities = attribute(0xd0, 8, Array.from({ length: 3_800 }, (_, at) => at & 127));
    const attributes = [...ATTRIBUTES.slice(0, -7), ...attribute(0x80, 4, [0, 0, 0xaa, 0xbb]), ...ATTRIBUTES.slice(-7), ...communities];
    const update = Buffer.from(rawUpdate({ attributes, nlri: [32, 10, 0, 0, 0] }));
    const medAt = update.indexOf(Uint8Array.of(0xaa, 0xbb));
    for (let path = 0; path < PATHS; path++) {
      update.writeUInt16BE(path, update.length - 2);
      update.writeUInt16BE(path, medAt);
      router.peer.sayBytes(Uint8Array.from(update));
    }
    router.exporter.configure([settings(station.port, { backlogBytes: 4 * MIB })]);
    await until(() => (router.exporter.view()[0]?.backlogBytes ?? 0) >= MIB, "so much waits for it");
    for (let turn = 0; turn < 1_000; turn++) router.exporter.pump();
    expect(router.exporter.view()[0]).toMatchObject({ state: "table", dropped: 0 });
    expect(router.exporter.view()[0]?.backlogBytes).toBeLessThan(2 * MIB);
    const wakes = router.wakes;
    station.readOn();
    await until(() => router.exporter.view()[0]?.state === "live", "it has read on");
    expect(router.wakes).toBeGreaterThan(wakes);
    await until(() => station.told.of("route-monitoring").length === PATHS + 1, "all of it, and End-of-RIB");
  });
});

describe("another configuration", () => {
  it("leaves a station that is as it was connected, and says goodbye for good to one that is gone", async () => {
    const second = await BmpStation.open();
    try {
      router.exporter.configure([settings(station.port), settings(second.port)]);
      await until(() => router.exporter.view().every(({ state }) => state === "live"), "both are connected");
      router.exporter.configure([settings(second.port)]);
      await until(() => station.over, "the first is gone");
      expect(station.told.of("termination").map(({ body }) => tlvsIn(body)[0])).toEqual([{ type: 1, value: Uint8Array.of(0, 4) }]);
      expect([second.connections, second.over, router.exporter.view().length]).toEqual([1, false, 1]);
    } finally {
      second.close();
    }
  });

  it("of a station that stays is a new connection, and the old one ends because of it", async () => {
    await connected();
    router.exporter.configure([settings(station.port, { sysName: "n2" })]);
    await until(() => station.connections === 2 && router.exporter.view()[0]?.state === "live", "it is called anew");
    await until(() => station.readers[0]?.of("termination").length === 1, "the end of the first");
    expect(station.readers[0]?.of("termination").map(({ body }) => tlvsIn(body)[0])).toEqual([{ type: 1, value: Uint8Array.of(0, 0) }]);
  });

  it("without any station makes nobody listen any more", async () => {
    router.call();
    await connected();
    router.exporter.configure([]);
    expect(router.us.speaker.monitoring.monitor).toBeUndefined();
    router.announce("10 0a01");
    await until(() => station.over, "it is gone");
    expect(station.told.of("route-monitoring")).toHaveLength(1); // End-of-RIB
  });
});

describe("the end", () => {
  it("comes after everything that is left to be told, and is told", async () => {
    router.call();
    await connected();
    router.announce("10 0a01");
    router.us.absorb({ kind: "shutdown", until: "further-notice", text: "" });
    await router.exporter.close();
    await until(() => station.over, "the connection is over");
    const all = bmpMessages(station.octets);
    expect(all.slice(-3).map(({ type }) => type)).toEqual(["route-monitoring", "peer-down", "termination"]);
    expect(all.at(-2)?.body.slice(0, 1)).toEqual(Uint8Array.of(1));
    expect(tlvsIn(all.at(-1)?.body ?? new Uint8Array(0))[0]).toEqual({ type: 1, value: Uint8Array.of(0, 0) });
  });

  it("of a restart is told as a session that we left without a word (AutomaticStop)", async () => {
    router.call({ kind: "graceful-restart", restarting: false, notification: false, restartTimeSec: 60, entries: [{ ...FAMILIES.ipv4, forwarding: true }] });
    await connected();
    router.us.absorb({ kind: "shutdown", until: "restart", text: "" });
    await router.exporter.close();
    await until(() => station.over, "the connection is over");
    const [down] = bmpMessages(station.octets).filter(({ type }) => type === "peer-down");
    expect(down?.body).toEqual(Uint8Array.of(2, 0, 8));
  });
});
