/** What a shell offers: the words of the command line, and what each may become. */

import { createServer } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { namesFor, wantedBy } from "../../src/cli/completion.ts";
import { JSON_LINES } from "../../src/control/sockets/json.ts";
import { ControlServer } from "../../src/control/sockets/server.ts";
import { FakeView } from "../support/fake-view.ts";
import { quietLook } from "../support/quiet-look.ts";

test.each([
  [["pe"], "known"],
  [["peer", ""], "peers"],
  [["peer", "172", "x"], "known"],
  [["shutdown", "M"], "peers"],
  [["shutdown", "M", "later"], "known"],
  [["routes", "10."], "prefixes"],
  [["routes", "--best", "10."], "prefixes"],
  [["routes", "--in", ""], "peers"],
  [["routes", "--in", "x", ""], "prefixes"],
  [["routes", "10.0.0.0/8", "--lo"], "known"],
  [["routes", "--longer", "10."], "prefixes"],
  [["routes", "--family", ""], "known"],
  [["routes", "--family", "ipv4", "10."], "prefixes"],
  [["changes", "--longer", "10."], "prefixes"],
  [["monitor", "--prefix", "10."], "prefixes"],
  [["clear", "--soft", ""], "known"],
  [["clear", "--soft", "in", ""], "peers"],
  [["--socket", "/run/x", "routes", ""], "prefixes"],
  [["routes", "--socket", "/run"], "files"],
  [["plan", "n"], "files"],
  [["fib", ""], "known"],
  [[], "known"],
] as const)("of %j the last word becomes: %s", (words, wanted) => {
  expect(wantedBy(words)).toBe(wanted);
});

let folder: string;
let socket: string;
let view: FakeView;
let server: ControlServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ts-bgp-completion-"));
  socket = join(folder, "ts-bgp.sock");
  view = new FakeView();
  server = new ControlServer(socket, JSON_LINES, { look: () => quietLook(view), failed: () => undefined });
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const typed = (...words: readonly string[]): readonly string[] => ["node", "main.js", "--get-yargs-completions", "ts-bgp", "--socket", socket, ...words];

test("peers complete by name and by address, prefixes as they are known, each once", async () => {
  await server.open();
  view.addPeer({ name: "rack", address: "10.0.0.2", asn: 64512 });
  view.addPeer({ name: "other", address: "172.16.0.2", asn: 64512 });
  for (const prefix of ["10.2.0.0/16", "10.2.0.0/16", "10.2.3.0/24", "10.3.0.0/16"]) view.addRoute(prefix);
  expect(await namesFor(typed("peer", ""))).toEqual(["10.0.0.2", "rack", "172.16.0.2", "other"]);
  expect(await namesFor(typed("routes", "--out", "r"))).toEqual(["rack"]);
  expect(await namesFor(typed("routes", "10.2"))).toEqual(["10.2.0.0/16", "10.2.3.0/24"]);
  expect(await namesFor(typed("plan", "x"))).toEqual([]);
  expect(await namesFor(typed("ro"))).toBeUndefined();
  expect(await namesFor(["node", "main.js", "peers"])).toBeUndefined();
});

test("a hundred are offered of a table of any length", async () => {
  await server.open();
  for (let i = 0; i < 5_000; i++) view.addRoute(`10.${i >> 8}.${i & 255}.0/24`);
  expect(await namesFor(typed("routes", ""))).toHaveLength(100);
});

test("without a daemon nothing is offered, and nothing is said", async () => {
  expect(await namesFor(typed("peer", ""))).toEqual([]);
});

test("a daemon that does not answer is not waited for", async () => {
  const mute = createServer(() => {}).listen(socket);
  await once(mute, "listening");
  expect(await namesFor(typed("peer", ""))).toEqual([]);
  mute.close();
});
