/** The Prometheus project's own parser of the text format (Debian's python3-prometheus-client) reads our page. */

import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../support/needs.ts";
import { RunningDaemon, freePort } from "../support/program.ts";

const US = "127.0.6.1";
const PARSER = "/usr/lib/python3/dist-packages/prometheus_client";
const PROGRAM = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
print(json.dumps([[f.name, f.type, [[s.name, s.labels, s.value] for s in f.samples]] for f in text_string_to_metric_families(sys.stdin.read())]))
`;

type Family = readonly [name: string, type: string, samples: readonly (readonly [name: string, labels: Readonly<Record<string, string>>, value: number])[]];

await describeWith([PARSER], "Prometheus", () => {
  let daemon: RunningDaemon;
  let url: string;

  beforeAll(async () => {
    const port = await freePort(US);
    url = `http://${US}:${port}`;
    daemon = new RunningDaemon("rr", {
      router: { asn: 64512, id: US },
      networks: ["10.77.0.0/16"],
      listen: [{ address: US, port: await freePort(US) }],
      control: { metrics: { address: US, port, birdNames: true } },
      peers: [{ name: "Mesh_127_0_6_2", address: "127.0.6.2", asn: 64512, passive: true }],
    });
    await daemon.logged("started");
  });

  afterAll(() => daemon.dispose());

  it("reads every family, with its type", async () => {
    const page = await (await fetch(`${url}/metrics`)).text();
    const { stdout, stderr, status } = spawnSync("/usr/bin/python3", ["-c", PROGRAM], { input: page, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const families = JSON.parse(stdout) as readonly Family[];
    expect(families.map(([name]) => name)).toEqual(expect.arrayContaining(["tsbgp_info", "tsbgp_peer_messages", "tsbgp_peer_up", "bird_protocol_up"]));
    expect(families.filter(([, type]) => type === "unknown" || type === "untyped")).toEqual([]);
    expect(families.find(([name]) => name === "tsbgp_peer_up")?.[2]).toEqual([["tsbgp_peer_up", { peer: "Mesh_127_0_6_2", address: "127.0.6.2", asn: "64512", type: "node-to-node mesh" }, 0]]);
    expect(families.flatMap(([, , samples]) => samples)).toHaveLength(page.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length);
  });

  it("is told that we are healthy, although no peer is there", async () => {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});
