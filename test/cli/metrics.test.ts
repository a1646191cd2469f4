/** Metrics as the command line asks for them: the flags win over the configuration, and stay when it is read again. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { RunningDaemon, freePort, tsBgp } from "../support/program.ts";
import { until } from "../support/until.ts";

const US = "127.0.9.1";

let port: number;
let daemon: RunningDaemon | undefined;

beforeEach(async () => {
  port = await freePort(US);
});
afterEach(async () => {
  await daemon?.dispose();
  daemon = undefined;
});

async function start(control: object, ...options: readonly string[]): Promise<RunningDaemon> {
  daemon = new RunningDaemon("rr", config(control), options);
  await daemon.logged("started");
  return daemon;
}

function config(control: object): object {
  return { router: { asn: 64512, id: US }, listen: [], control };
}

async function page(): Promise<string> {
  return (await fetch(`http://${US}:${port}/metrics`)).text();
}

test("--metrics opens them where the configuration has none, and without bird_exporter's names", async () => {
  await start({}, "--metrics", `${US}:${port}`);
  expect(await page()).toMatch(/^tsbgp_build_info\{version="[^"]+",node="[^"]+",arch="[^"]+"\} 1$/m);
  expect(await page()).not.toContain("bird_daemon_up");
});

test("--metrics is where they are whatever the configuration says, and what it says of names holds", async () => {
  const elsewhere = await freePort(US);
  await start({ metrics: { address: US, port: elsewhere, birdNames: true } }, "--metrics", `${US}:${port}`);
  expect(await page()).toContain("bird_daemon_up 1");
  await expect(fetch(`http://${US}:${elsewhere}/metrics`)).rejects.toThrow();
});

test("--metrics-bird-names adds them to the metrics that the configuration opens", async () => {
  await start({ metrics: { address: US, port } }, "--metrics-bird-names");
  expect(await page()).toContain("bird_daemon_up 1");
});

test("a reload does not take them for a change that only a restart applies", async () => {
  const running = await start({}, "--metrics", `${US}:${port}`);
  expect((await running.ask("reload")).code).toBe(0);
  await until(() => running.log.some(({ msg }) => String(msg).includes("configuration read")));
  expect(running.log.filter(({ msg }) => String(msg).includes("only a restart"))).toEqual([]);
  expect(await page()).toContain("tsbgp_peers");
});

test.each([
  ["somewhere:9179", '--metrics: "somewhere:9179", expected ADDRESS:PORT or PORT: 127.0.0.1:9179, [::1]:9179, 9179'],
  ["127.0.0.1:0", '--metrics: "127.0.0.1:0", expected ADDRESS:PORT or PORT: 127.0.0.1:9179, [::1]:9179, 9179'],
  ["::1:9179", '--metrics: "::1:9179", expected ADDRESS:PORT or PORT: 127.0.0.1:9179, [::1]:9179, 9179'],
  ["99999", '--metrics: "99999", expected ADDRESS:PORT or PORT: 127.0.0.1:9179, [::1]:9179, 9179'],
])("--metrics %s ends with 2 and one clear line", async (value, complaint) => {
  const { code, stderr } = await tsBgp("rr", "--config", "/dev/null", "--metrics", value);
  expect([code, stderr.split("\n")[0]]).toEqual([2, `ts-bgp: ${complaint}`]);
});

test("--metrics-bird-names without metrics ends with 2 and one clear line", async () => {
  daemon = new RunningDaemon("rr", config({}), ["--metrics-bird-names"]);
  expect(await daemon.exitCode()).toBe(2);
  expect(daemon.stderr).toBe("--metrics-bird-names: there are no metrics: say where with --metrics ADDRESS:PORT, or in control.metrics\n");
});
