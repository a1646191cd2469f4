/** `ts-bgp node --calico` and `rr --calico` with options that make no sense: one clear line each, exit code 2. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { tsBgp } from "../support/program.ts";

it.each([
  [["node"], "--config FILE or --calico: what is to be done?"],
  [["node", "--calico", "--config", "x.json"], "--calico and --config: one of them says what to do"],
  [["rr", "--calico", "--max-loss", "0"], "--max-loss: 0, expected an integer from 1 to 100"],
  [["rr", "--calico", "--metrics-port", "99999"], "--metrics-port: 99999, expected an integer from 1 to 65535"],
  [["rr", "--calico", "--socket-group", "no-such-group"], '--socket-group: "no-such-group", expected a group of this host, by its name or number'],
  [["rr", "--calico", "--bmp", "10.0.0.9"], '--bmp: "10.0.0.9", expected ADDRESS:PORT'],
  [["rr", "--calico", "--bmp", "5000"], '--bmp: "5000", expected ADDRESS:PORT'],
  [["rr", "--calico", "--bmp", "10.0.0.9:5000", "--bmp", "10.0.0.9:5000"], '--bmp: "10.0.0.9:5000", expected ADDRESS:PORT, each once'],
  [["rr", "--config", "x.json", "--bmp", "10.0.0.9:5000"], "--bmp is for --calico: a configuration file has bmp"],
  [["rr", "--config", "x.json", "--socket", "x.sock"], "--socket is for --calico: a configuration file has control.socket"],
  [["node", "--config", "x.json", "--metrics-port", "9179"], "--metrics-port is for --calico: a configuration file has control.metrics"],
  [["node", "--config", "x.json", "--no-bird-processes"], "--bird-processes is for --calico: a configuration file has control.birdProcesses"],
  [["node", "--config", "x.json", "--patience", "9"], "--patience is for --calico"],
  [["rr", "--calico", "--patience", "-1"], "--patience: -1, expected seconds"],
  [["rr", "--calico", "--calico-config", "/nonexistent.cfg"], "/nonexistent.cfg: cannot be read: no such file or directory"],
])("ts-bgp %s", async (words, complaint) => {
  const { code, stderr } = await tsBgp(...words);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(complaint) as string });
});

it("every mistake in a calicoctl.cfg is told at once, and no password", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ts-bgp-cfg-"));
  const file = join(folder, "calicoctl.cfg");
  writeFileSync(file, "apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nspec:\n  etcdEndpoints: nowhere\n  etcdPassword: hush\n");
  const { code, stderr } = await tsBgp("rr", "--calico", "--calico-config", file);
  rmSync(folder, { recursive: true });
  expect(code).toBe(2);
  expect(stderr).toContain(`${file}: spec.etcdEndpoints: "nowhere", expected URLs`);
  expect(stderr).toContain(`${file}: spec.etcdUsername: missing`);
  expect(stderr).not.toContain("hush");
});
