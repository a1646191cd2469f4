/** The configuration file: what is said when it is wrong, what holds when it says little, and its schema. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configSchema, parseDaemonConfig, parsingDaemonConfig, sectionsNeedingRestart } from "../../../src/daemon/config/config.ts";
import { readConfigFile } from "../../../src/daemon/config/file.ts";
import { ConfigFileError } from "../../../src/daemon/config/file-error.ts";

const ROUTER = { asn: 64512, id: "172.17.8.101" };
const SCHEMA_FILE = new URL("../../../src/daemon/config.schema.json", import.meta.url);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ts-bgp-config-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function faultsOf(source: string): Promise<readonly string[]> {
  const file = join(folder, "node.json");
  writeFileSync(file, source);
  try {
    await readConfigFile(file);
    return [];
  } catch (error) {
    if (error instanceof ConfigFileError) return error.faults;
    throw error;
  }
}

test("the shortest configuration is a router with number and name", () => {
  expect(parseDaemonConfig({ router: ROUTER })).toMatchObject({
    listen: [{ address: "0.0.0.0", port: 179 }],
    kernel: { enabled: true, protocol: 12, metric: 0, table: 254, carrier: "auto", workloadInterfaces: ["cali*"], rescanSec: 60 },
    control: { socket: "/run/ts-bgp/ts-bgp.sock" },
    log: { level: "info" },
  });
});

test("a group that this host does not have is a mistake, one that it has is not", async () => {
  const withGroup = (group: string): string => JSON.stringify({ router: ROUTER, control: { group } });
  expect(await faultsOf(withGroup("no-such-group"))).toEqual(['control.group: "no-such-group", expected a group of this host, by its name or number']);
  expect(await faultsOf(withGroup("root"))).toEqual([]);
  expect(await faultsOf(withGroup("4711"))).toEqual([]);
});

test("an IPv6 peer makes us listen on IPv6 too, unless the operator says where", () => {
  const peers = [{ address: "fd00::2", asn: 64512 }];
  expect(parseDaemonConfig({ router: ROUTER, peers }).listen.map(({ address }) => address)).toEqual(["0.0.0.0", "::"]);
  expect(parseDaemonConfig({ router: ROUTER, peers, listen: [] }).listen).toEqual([]);
});

test("every fault is named at once: where, what stands there, what should", async () => {
  const document = { router: { asn: 0 }, listen: [{ address: "here" }], kernel: { protocol: 2, colour: 1 }, control: { socket: "here.sock" }, log: { level: "loud" }, peer: [] };
  expect(await faultsOf(JSON.stringify(document))).toEqual([
    expect.stringMatching(/^peer: \[\], expected no field of that name: did you mean peers\?/),
    expect.stringMatching(/^router\.asn: 0, expected/),
    expect.stringMatching(/^router\.id: missing, expected/),
    expect.stringMatching(/^listen\[0\]\.address: "here", expected an IPv4 or IPv6 address/),
    expect.stringMatching(/^kernel\.colour: 1, expected no field of that name/),
    "kernel.protocol: 2, expected an integer from 5 to 255",
    expect.stringMatching(/^control\.socket: "here\.sock", expected the path of a unix socket/),
    expect.stringMatching(/^log\.level: "loud", expected one of "trace"/),
  ]);
});

test("a number in quotation marks is told what is wrong with it", async () => {
  expect(await faultsOf(JSON.stringify({ router: { asn: "64512", id: "10.0.0.1" } }))).toEqual(['router.asn: "64512", expected an integer from 1 to 4294967295, without quotation marks']);
  expect(await faultsOf(JSON.stringify({ router: { asn: "mine", id: "10.0.0.1" } }))).toEqual(['router.asn: "mine", expected an integer from 1 to 4294967295']);
});

test("an object in the place of a text is told what the text is", async () => {
  expect(await faultsOf(JSON.stringify({ router: ROUTER, control: { bird: { socket: "/run/bird.ctl" } }, peers: [{ address: "10.0.0.2", asn: 1, importPolicy: {}, shutdown: true }] }))).toEqual([
    expect.stringMatching(/^peers\[0\]\.shutdown: true, expected a text, which the other operator reads/),
    "peers[0].importPolicy: {}, expected the name of a policy",
    expect.stringMatching(/^control\.bird: \{"socket":.*, expected the path of a unix socket, from \/ on/),
  ]);
});

test("a monitoring station is an address and a port, each once", async () => {
  expect(parseDaemonConfig({ router: ROUTER, bmp: [{ address: "10.0.0.9", port: 5000 }] }).bmp).toMatchObject([{ address: "10.0.0.9", port: 5000, statisticsSec: 60, retrySec: 30, retryMaxSec: 720, backlogBytes: 67_108_864 }]);
  const bmp = [{ address: "10.0.0.9", port: 5000 }, { address: "10.0.0.9", port: 5001 }, { address: "10.0.0.9", port: 5000, statisticsSec: 0 }];
  expect(await faultsOf(JSON.stringify({ router: ROUTER, bmp }))).toEqual([expect.stringMatching(/^bmp\[2\]\.address: "10\.0\.0\.9", expected another station/)]);
  expect(await faultsOf(JSON.stringify({ router: ROUTER, bmp: [{ address: "collector.example.net" }] }))).toEqual([
    expect.stringMatching(/^bmp\[0\]\.address: "collector\.example\.net", expected an IPv4 or IPv6 address/),
    expect.stringMatching(/^bmp\[0\]\.port: missing/),
  ]);
});

test("what is no JSON is told with its line", async () => {
  expect(await faultsOf('{\n  "router": {\n    "asn": 64512,\n  }\n}\n')).toEqual(["is no JSON: line 3, column 17: a comma too many: } comes next"]);
});

test.each(["", "\n \n"])("a file with nothing in it (%j) is called empty, and the shortest configuration is shown", async (source) => {
  const [fault] = await faultsOf(source);
  expect(fault).toBe('is empty, expected a configuration in JSON, such as { "router": { "asn": 64512, "id": "10.0.0.1" } }');
  expect(await faultsOf(fault?.slice(fault.indexOf("{")) ?? "")).toEqual([]);
});

test("a byte order mark in front is no mistake", async () => {
  expect(await faultsOf(`\ufeff${JSON.stringify({ router: ROUTER })}`)).toEqual([]);
});

test("passwords come from files beside the configuration, and no error shows one", async () => {
  writeFileSync(join(folder, "key"), "geheim\n");
  const file = join(folder, "node.json");
  writeFileSync(file, JSON.stringify({ router: ROUTER, peers: [{ address: "10.0.0.2", asn: 64512, passwordFile: "key" }] }));
  expect((await readConfigFile(file)).speaker.peers[0]?.transport.password?.reveal()).toBe("geheim");
  const [fault] = await faultsOf('{ "peers": [{ "password": geheim }] }');
  expect(fault).toMatch(/^is no JSON: line 1, column 27: "g", expected a value: /);
  expect(await faultsOf(JSON.stringify({ router: ROUTER, peers: [{ address: "10.0.0.2", asn: 64512, passwordFile: "keys" }] }))).toEqual([
    'peers[0].passwordFile: "keys", expected a file that can be read (no such file or directory)',
  ]);
});

test("a file that cannot be read is one line", async () => {
  await expect(readConfigFile(join(folder, "missing.json"))).rejects.toThrow(/missing\.json: cannot be read: no such file or directory$/);
  await expect(readConfigFile(folder)).rejects.toThrow(/cannot be read: it is a directory$/);
});

test("doors are opened at start only, and a reload that moves one says so", () => {
  const before = parseDaemonConfig({ router: ROUTER });
  const after = parseDaemonConfig({ router: ROUTER, kernel: { metric: 7 }, log: { level: "debug" }, networks: ["10.0.0.0/8"] });
  expect(sectionsNeedingRestart(before, after)).toEqual(["kernel"]);
  expect(sectionsNeedingRestart(before, before)).toEqual([]);
});

test("the shipped schema is the one the configuration is read by", () => {
  const generated = `${JSON.stringify(configSchema(), undefined, 2)}\n`;
  if (process.env["UPDATE_GOLDEN"]) writeFileSync(SCHEMA_FILE, generated);
  expect(readFileSync(SCHEMA_FILE, "utf8"), "run with UPDATE_GOLDEN=1 to write it").toBe(generated);
});

test("every field of the schema is documented", () => {
  const undocumented: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    if (typeof schema !== "object" || schema === null) return;
    const { properties = {}, description, items, additionalProperties } = schema as { properties?: Record<string, unknown>; description?: string; items?: unknown; additionalProperties?: unknown };
    if (path !== "" && !path.endsWith("[]") && description === undefined) undocumented.push(path);
    for (const [name, field] of Object.entries(properties)) visit(field, `${path}.${name}`);
    visit(items, `${path}[]`);
    visit(additionalProperties, `${path}[]`);
  };
  visit(configSchema(), "");
  expect(undocumented).toEqual([]);
});

test("many peers are read in slices, and mean the same", () => {
  const peers = Array.from({ length: 1000 }, (_, at) => ({ address: `10.1.${at >> 8}.${at & 255}`, asn: 64512 }));
  const work = parsingDaemonConfig({ router: ROUTER, peers });
  let slices = 1;
  let slice = work.next();
  for (; !slice.done; slice = work.next()) slices++;
  expect(slice.value).toEqual(parseDaemonConfig({ router: ROUTER, peers }));
  expect(slices).toBeGreaterThan(3 * 3); // as a document, with what they inherit, as a configuration
});

test("mistakes in a long list are found in slices too, each where it stands", () => {
  const peers = Array.from({ length: 1000 }, (_, at) => ({ address: `10.1.${at >> 8}.${at & 255}`, asn: at % 400 === 399 ? 0 : 64512 }));
  expect(() => parseDaemonConfig({ router: ROUTER, peers })).toThrow(/peers\[399\]\.asn[^]*peers\[799\]\.asn/);
});
