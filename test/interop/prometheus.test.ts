/** The Prometheus project's own parser of the text format (Debian's python3-prometheus-client) reads our page. */

import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { StatusAnswer } from "../../src/control/commands.ts";
import { announceMany } from "../hostile/routes.ts";
import { describeWith } from "../support/needs.ts";
import { RunningDaemon, freePort } from "../support/program.ts";
import { TcpPeer } from "../support/tcp-peer.ts";
import { until } from "../support/until.ts";

const US = "127.0.6.1";
const PARSER = "/usr/lib/python3/dist-packages/prometheus_client";
const PROGRAM = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
print(json.dumps([[f.name, f.type, [[s.name, s.labels, s.value] for s in f.samples]] for f in text_string_to_metric_families(sys.stdin.read())]))
`;

const PEERS = ["127.0.6.2", "127.0.6.3", "127.0.6.4"];
const ROUTES = 3_000;

type Family = readonly [name: string, type: string, samples: readonly (readonly [name: string, labels: Readonly<Record<string, string>>, value: number])[]];

await describeWith([PARSER], "Prometheus", () => {
  let daemon: RunningDaemon;
  let url: string;
  let bgp: number;
  const peers: TcpPeer[] = [];

  beforeAll(async () => {
    const port = await freePort(US);
    bgp = await freePort(US);
    url = `http://${US}:${port}`;
    daemon = new RunningDaemon("rr", {
      router: { asn: 64512, id: US },
      networks: ["10.77.0.0/16"],
      listen: [{ address: US, port: bgp }],
      control: { metrics: { address: US, port, birdNames: true } },
      peers: PEERS.map((address) => ({ name: `Mesh_${address.replaceAll(".", "_")}`, address, asn: 64512, passive: true, reflectorClient: true })),
    });
    await daemon.logged("started");
  });

  afterAll(async () => {
    for (const peer of peers) peer.drop();
    await daemon.dispose();
  });

  async function read(): Promise<{ readonly page: string; readonly families: readonly Family[] }> {
    const page = await (await fetch(`${url}/metrics`)).text();
    const { stdout, stderr, status } = spawnSync("/usr/bin/python3", ["-c", PROGRAM], { input: page, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    return { page, families: JSON.parse(stdout) as readonly Family[] };
  }

  function valueOf(families: readonly Family[], sample: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const samples = families.flatMap(([, , all]) => all);
    return samples.find(([name, its]) => name === sample && Object.entries(labels).every(([label, value]) => its[label] === value))?.[2];
  }

  function received(families: readonly Family[]): number | undefined {
    return valueOf(families, "tsbgp_peer_messages_total", { peer: "Mesh_127_0_6_2", direction: "received", message: "update" });
  }

  it("reads every family, with its type", async () => {
    const { page, families } = await read();
    expect(families.map(([name]) => name)).toEqual(expect.arrayContaining(["tsbgp_info", "tsbgp_peer_messages", "tsbgp_peer_up", "bird_protocol_up"]));
    expect(families.filter(([, type]) => type === "unknown" || type === "untyped")).toEqual([]);
    expect(families.find(([name]) => name === "tsbgp_peer_up")?.[2][0]).toEqual(["tsbgp_peer_up", { peer: "Mesh_127_0_6_2", address: "127.0.6.2", asn: "64512", type: "node-to-node mesh" }, 0]);
    expect(families.flatMap(([, , samples]) => samples)).toHaveLength(page.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length);
  });

  it("finds every UPDATE of a peer decided, and told on to the others, in histograms", async () => {
    for (const from of PEERS) peers.push(await new TcpPeer({ to: US, port: bgp, from, asn: 64512, holdTimeSec: 30 }).establish());
    const [feed, ...others] = peers as [TcpPeer, ...TcpPeer[]];
    await until(() => others.every((peer) => peer.count("update") > 0), "the table so far");
    const updates = announceMany({ from: 0, count: ROUTES, med: 77, maxMessageBytes: 4096 });
    feed.write(updates);
    let families: readonly Family[] = [];
    await until(async () => {
      ({ families } = await read());
      return valueOf(families, "tsbgp_prefixes") === ROUTES + 1 && valueOf(families, "tsbgp_convergence_sent_seconds_count") === received(families);
    }, "the routes, told on");
    const heard = received(families) as number;
    expect(heard).toBeGreaterThan(1);
    for (const step of ["best", "sent"]) {
      const name = `tsbgp_convergence_${step}_seconds`;
      expect(families.find(([family]) => family === name)?.[1]).toBe("histogram");
      expect(valueOf(families, `${name}_count`)).toBe(heard);
      expect(valueOf(families, `${name}_bucket`, { le: "+Inf" })).toBe(heard);
      expect(valueOf(families, `${name}_sum`)).toBeGreaterThan(0);
    }
    expect(valueOf(families, "tsbgp_convergence_kernel_seconds_count")).toBe(0);
    const status = await daemon.value<StatusAnswer>("status");
    expect(status.convergence.steps.map(({ step, updates: count }) => [step, count])).toEqual([["best", heard], ["kernel", 0], ["sent", heard]]);
    expect((await daemon.ask("status")).stdout).toMatch(new RegExp(`^Convergence of ${heard} UPDATEs in 5 min \\(half, 99 of 100\\): best path [0-9.]+ ms, [0-9.]+ ms; told on [0-9.]+ ms`, "m"));
  });

  it("is told that we are healthy, whatever our peers are", async () => {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});
