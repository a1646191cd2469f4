/** The last good configuration survives the process, and nothing half-written is ever taken for it. */

import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LastGoodFile } from "../../src/calico/last-good-file.ts";

const ENTRIES = new Map([
  ["/calico/a", "1"],
  ["/calico/b", "{}"],
]);

describe("the file of the last good configuration", () => {
  let folder: string;
  let path: string;
  let file: LastGoodFile;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ts-bgp-last-good-"));
    path = join(folder, "deeper", "last-good.json");
    file = new LastGoodFile(path, "node-1");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("holds what was written, for its owner only, and leaves no draft", async () => {
    expect(await file.read()).toEqual({ kind: "none" });
    await file.write(new Map([["/calico/old", "0"]]));
    await file.write(ENTRIES);
    expect(await file.read()).toMatchObject({ kind: "found", lastGood: { entries: ENTRIES } });
    expect(readdirSync(join(folder, "deeper"))).toEqual(["last-good.json"]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("knows how long ago it last held", async () => {
    await file.write(ENTRIES);
    utimesSync(path, new Date(0), new Date(0));
    const old = await file.read();
    await file.refresh();
    const fresh = await file.read();
    expect(old.kind === "found" && fresh.kind === "found" && old.lastGood.ageMs - fresh.lastGood.ageMs > 1e12).toBe(true);
  });

  it.each([
    ["that is damaged", '{"format":1,"node":"node-1","entries":[["/calico/a","1"', "it is damaged"],
    ["with other things in it", '{"format":1,"node":"node-1","entries":[[1,2]]}', "it is damaged"],
    ["of another format", '{"format":2,"node":"node-1","entries":[]}', "it has another format"],
    ["of another node", '{"format":1,"node":"node-2","entries":[]}', "it is that of node node-2"],
  ])("is refused %s", async (_title, text, reason) => {
    await file.write(ENTRIES);
    writeFileSync(path, text);
    expect(await file.read()).toEqual({ kind: "unfit", reason });
  });
});
