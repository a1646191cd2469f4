/** The file of the last good configuration follows what holds, without being written for every change. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { DatastoreFact } from "../../src/calico/datastore-facts.ts";
import { LastGoodFile } from "../../src/calico/last-good-file.ts";
import { LastGoodKeeper } from "../../src/calico/last-good-keeper.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ts-bgp-keeper-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function numbered(count: number): ReadonlyMap<string, string> {
  return new Map(Array.from({ length: count }, (_, index) => [`/calico/${index}`, "1"]));
}

it("has the newest on disk when it is closed, however many there were, and wrote far fewer", async () => {
  const file = new LastGoodFile(join(folder, "last-good.json"), "node-1");
  let writes = 0;
  const counting = Object.assign(Object.create(file) as LastGoodFile, { write: (entries: ReadonlyMap<string, string>) => (writes++, file.write(entries)) });
  const keeper = new LastGoodKeeper(counting, () => undefined);
  for (let count = 1; count <= 100; count++) keeper.keep(numbered(count));
  await keeper.close();
  expect(await file.read()).toMatchObject({ kind: "found", lastGood: { entries: numbered(100) } });
  expect(writes).toBe(2);
});

it("says once that the file cannot be written, and goes on trying", async () => {
  const path = join(folder, "last-good.json");
  mkdirSync(path); // a folder in its place
  const facts: DatastoreFact[] = [];
  const keeper = new LastGoodKeeper(new LastGoodFile(path, "node-1"), (fact) => facts.push(fact));
  keeper.keep(numbered(1));
  keeper.keep(numbered(2));
  await keeper.close();
  expect(facts.map(({ kind }) => kind)).toEqual(["last-good-unwritten"]);
});
