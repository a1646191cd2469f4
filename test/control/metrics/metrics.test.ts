/** /metrics, /healthz and /readyz: what they say, over HTTP as Prometheus asks. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type IpAddress, parseAddress } from "../../../src/ip/address.ts";
import type { FibView } from "../../../src/control/answers/fib.ts";
import type { Look } from "../../../src/control/look.ts";
import { TurnQueue } from "../../../src/control/sockets/turn-queue.ts";
import { ConvergenceTimes } from "../../../src/control/records/convergence-times.ts";
import { Histogram } from "../../../src/control/records/histogram.ts";
import { exposition } from "../../../src/control/metrics/exposition.ts";
import { LINES_AT_ONCE, PEERS_AT_ONCE, pageOf } from "../../../src/control/metrics/page.ts";
import { familiesOf } from "../../../src/control/metrics/families.ts";
import type { HttpServer } from "../../../src/control/sockets/http-server.ts";
import { metricsServer } from "../../../src/control/metrics/server.ts";
import { StartError } from "../../../src/control/text/system-error.ts";
import type { PeerName } from "../../../src/speaker/config/config.ts";
import type { FibState, FibStatus } from "../../../src/fib/vocabulary.ts";
import { FakeView } from "../../support/fake-view.ts";
import { quietLook } from "../../support/quiet-look.ts";
import { Turns, mostAlike } from "../../support/turns.ts";

const LOOPBACK = parseAddress("127.0.0.1") as IpAddress;
const STATUS: FibStatus = {
  state: "synchronised", carrier: "perl", wanted: 7, installed: 5, unreachable: 1, conflicts: 1, refused: 0, inherited: 0,
  written: 42, resyncs: 3, overruns: 1, relayRestarts: 2, lastResync: undefined, drift: { noticed: 4, found: 1 },
};

let view: FakeView;
let fib: FibView | undefined;
let servers: HttpServer[];
const failures: unknown[] = [];

beforeEach(() => {
  view = new FakeView();
  fib = undefined;
  servers = [];
  failures.length = 0;
});

afterEach(async () => {
  for (const server of servers) await server.close();
  expect(failures).toEqual([]);
});

function look(): Look {
  return quietLook(view, { fib, clock: { nowMs: 65_000, wallMs: 1_000_000_065_000 } });
}

function withKernel(state: FibState): void {
  fib = { status: () => ({ ...STATUS, state }), routes: () => [], explain: () => ({ route: undefined, refusal: undefined, others: [] }), audit: () => Promise.resolve(undefined) };
}

function lines(): readonly string[] {
  return [...exposition(familiesOf(look()))].join("").split("\n");
}

async function served(birdNames = false): Promise<string> {
  const server = metricsServer({ address: LOOPBACK, port: 0, birdNames }, { look, failed: (error) => failures.push(error) });
  servers.push(server);
  await server.open();
  return `http://127.0.0.1:${server.port}`;
}

describe("metrics", () => {
  it("count messages, flaps, faults and prefixes of each peer", () => {
    view.addPeer({ name: "Mesh_10_0_0_1", address: "10.0.0.1" }, {
      counters: { ...view.addPeer({ address: "1.1.1.1" }).counters, established: 3, flaps: 2, attributeFaults: [{ code: 2, attribute: "AS_PATH", action: "treat-as-withdraw", count: 4 }] },
    });
    const peer = 'peer="Mesh_10_0_0_1",address="10.0.0.1",asn="64512",type="node-to-node mesh"';
    expect(lines()).toEqual(expect.arrayContaining([
      `tsbgp_peer_up{${peer}} 1`,
      `tsbgp_peer_state_seconds{${peer}} 60`,
      `tsbgp_peer_flaps_total{${peer}} 2`,
      `tsbgp_peer_messages_total{${peer},direction="received",message="route_refresh"} 0`,
      `tsbgp_peer_malformed_total{${peer},attribute="AS_PATH",action="treat-as-withdraw"} 4`,
      `tsbgp_peer_prefixes_accepted{${peer},family="ipv4"} 2`,
      'tsbgp_peers{state="Established"} 2',
      'tsbgp_peers{state="Idle"} 0',
    ]));
  });

  it("tell the kernel's side where there is one, and leave it out where there is none", () => {
    expect(lines().filter((line) => line.includes("tsbgp_fib"))).toEqual([]);
    withKernel("synchronised");
    expect(lines()).toEqual(expect.arrayContaining([
      "tsbgp_fib_settled 0",
      'tsbgp_fib_routes{state="installed"} 5',
      "tsbgp_fib_operations_total 42",
      "tsbgp_fib_relay_restarts_total 2",
      'tsbgp_fib_drift_total{how="noticed"} 4',
    ]));
  });

  it("tell what runs, and how late its event loop is", () => {
    const loopDelay = new Histogram();
    loopDelay.observe(1.5, 3);
    const text = [...exposition(familiesOf({ ...look(), loopDelay }))].join("");
    expect(text.split("\n")).toEqual(expect.arrayContaining([
      'tsbgp_build_info{version="1.2.3",node="20.19.0",arch="x64"} 1',
      "tsbgp_cpu_seconds_total 12.5",
      "# TYPE tsbgp_event_loop_delay_seconds histogram",
      'tsbgp_event_loop_delay_seconds_bucket{le="0.001"} 0',
      'tsbgp_event_loop_delay_seconds_bucket{le="0.002"} 3',
      'tsbgp_event_loop_delay_seconds_bucket{le="+Inf"} 3',
      "tsbgp_event_loop_delay_seconds_sum 0.0045",
      "tsbgp_event_loop_delay_seconds_count 3",
    ]));
  });

  it("tell how long UPDATEs take, each step in seconds", () => {
    const convergence = new ConvergenceTimes();
    convergence.observe("sent", 3, 10, 65_000);
    convergence.observe("best", 70_000, 2, 65_000);
    const text = [...exposition(familiesOf({ ...look(), convergence }))].join("").split("\n");
    expect(text).toEqual(expect.arrayContaining([
      'tsbgp_convergence_sent_seconds_bucket{le="0.002"} 0',
      'tsbgp_convergence_sent_seconds_bucket{le="0.004"} 10',
      "tsbgp_convergence_sent_seconds_sum 0.03",
      'tsbgp_convergence_best_seconds_bucket{le="65.536"} 0',
      'tsbgp_convergence_best_seconds_bucket{le="+Inf"} 2',
      "tsbgp_convergence_kernel_seconds_count 0",
      "tsbgp_convergence_unmeasured_total 0",
    ]));
  });

  it("are points in time in seconds since 1970", () => {
    expect(lines()).toEqual(expect.arrayContaining(["tsbgp_start_time_seconds 1000000000", "tsbgp_last_configuration_time_seconds 1000000001"]));
  });

  it("write what peers may choose so that it stays one label", () => {
    const family = { name: "x", type: "gauge", help: "a\nb", samples: [{ labels: { text: 'say "\\\n"' }, value: Infinity }] } as const;
    expect([...exposition([family])].join("")).toBe('# HELP x a\\nb\n# TYPE x gauge\nx{text="say \\"\\\\\\n\\""} +Inf\n');
  });
});

describe("a page", () => {
  it("of thousands of peers is made in slices, each in a turn of its own", async () => {
    const one = view.addPeer({ name: "Mesh_10_0_0_1", address: "10.0.0.1" });
    for (let index = 1; index < 4_000; index++) view.peerViews.push({ ...one, name: `p${index}` as PeerName });
    const turns = new Turns();
    const looked: number[] = [];
    const written: number[] = [];
    view.walkPeers = function* (this: FakeView) {
      for (const peer of this.peerViews) {
        looked.push(turns.count);
        yield peer;
      }
    };
    let lines = 0;
    for await (const slice of pageOf(look(), "ours-and-birds", new TurnQueue())) {
      const inSlice = slice.split("\n").length - 1;
      expect(inSlice).toBeLessThanOrEqual(2 * LINES_AT_ONCE); // a family's first line brings what is said about it
      lines += inSlice;
      written.push(turns.count);
    }
    turns.stop();
    expect(lines).toBeGreaterThan(4_000 * 20);
    expect(mostAlike(looked)).toBeLessThanOrEqual(PEERS_AT_ONCE);
    expect(mostAlike(written)).toBe(1);
  });
});

describe("over HTTP", () => {
  it("a page of ten thousand peers is whole", async () => {
    const one = view.addPeer({ name: "Mesh_10_0_0_1", address: "10.0.0.1" });
    for (let index = 1; index < 10_000; index++) view.peerViews.push({ ...one, name: `p${index}` as PeerName });
    const response = await fetch(`${await served()}/metrics`);
    expect(response.headers.get("content-type")).toContain("version=0.0.4");
    expect((await response.text()).match(/^tsbgp_peer_up\{/gm)).toHaveLength(10_000);
  });

  it("bird_exporter's names come only when they are asked for", async () => {
    view.addPeer({ name: "Mesh_10_0_0_1", address: "10.0.0.1" });
    expect(await (await fetch(`${await served()}/metrics`)).text()).not.toContain("bird_");
    const text = await (await fetch(`${await served(true)}/metrics`)).text();
    expect(text).toContain('bird_protocol_up{name="Mesh_10_0_0_1",proto="BGP",ip_version="4",import_filter="accept-all",export_filter="accept-all",state="Established"} 1\n');
    expect(text).toContain("bird_protocol_prefix_import_count{");
    const changes = [...text.matchAll(/^bird_protocol_changes_(\w+)_count\{[^}]*\} (\d+)$/gm)].map(([, name, value]) => `${name} ${value}`);
    expect(changes).toHaveLength(20);
    expect(changes).toEqual(expect.arrayContaining(["update_import_receive 30", "withdraw_import_accept 4", "update_export_filter 10", "update_export_ignore 0", "withdraw_export_accept 6"]));
  });

  it("/healthz says that there is an answer", async () => {
    const response = await fetch(`${await served()}/healthz`);
    expect([response.status, await response.text()]).toEqual([200, "ok\n"]);
  });

  it("/readyz waits for a restart to be over and for the kernel, and for no other host", async () => {
    const url = `${await served()}/readyz`;
    const ready = async (): Promise<readonly [number, string]> => {
      const response = await fetch(url);
      return [response.status, await response.text()];
    };
    view.standing = "unconfigured";
    expect(await ready()).toEqual([503, "starting: no configuration holds yet\n"]);
    view.standing = "configured";
    view.addPeer({ address: "10.0.0.1" }, { state: "Idle" });
    expect(await ready()).toEqual([200, "ready\n"]);
    withKernel("writing");
    expect(await ready()).toEqual([200, "ready\n"]);
    withKernel("not-permitted");
    view.deferral = { waitingFor: ["Mesh_10_0_0_1" as PeerName], peers: 3, sinceMs: 0, capMs: 30_000 };
    expect(await ready()).toEqual([503, "restarting: waits for 1 of 3 peers\nkernel routes: not-permitted\n"]);
  });

  it("anything else is refused, and what is elsewhere is said", async () => {
    const url = await served();
    expect((await fetch(`${url}/metrics`, { method: "POST", body: "x" })).status).toBe(405);
    expect(await (await fetch(`${url}/`)).text()).toBe("there are /metrics, /healthz and /readyz\n");
  });

  it("a port in use is one clear error", async () => {
    const port = Number((await served()).split(":").at(-1));
    const second = metricsServer({ address: LOOPBACK, port, birdNames: false }, { look, failed: () => undefined });
    await expect(second.open()).rejects.toThrow(new StartError(`cannot open metrics on 127.0.0.1 port ${port}: another process has it already`));
  });

  it("a client that never reads or never asks keeps nobody waiting", async () => {
    const url = await served();
    const silent = await Promise.all(Array.from({ length: 3 }, () => fetch(`${url}/metrics`))); // bodies never read
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    for (const response of silent) await response.body?.cancel();
  });
});
