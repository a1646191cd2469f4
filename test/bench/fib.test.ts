/**
 * The FIB bench measures what it says: a small table through the real programs, by the command that people run.
 * Figures are not looked at, only that they are there, and that the kernel's table was right after each step: a cell where it
 * was not fails.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, describe, expect, it } from "vitest";
import { attempt, run } from "../../src/cli/lab/command.ts";
import { namespacesNamed } from "../../src/cli/lab/namespaces.ts";
import { Framer } from "../../src/bgp/wire/framer.ts";
import { groundsOf } from "../../bench/fib/ground.ts";
import type { Results } from "../../bench/fib/results.ts";
import { type Layout, gatewayOf, isSampled, routeAt, tableOf } from "../../bench/fib/routes.ts";
import { announcements } from "../../bench/fib/updates.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;
const MAIN = `${PROJECT}.bench/bench/fib/main.js`;

describe("the routes of the bench", () => {
  const layout: Layout = { routes: 1000, gateways: 7, shift: 0 };

  it("are all different, and none is left out of the feed", () => {
    expect(tableOf(layout).size).toBe(layout.routes);
    expect(tableOf(layout).get(routeAt(8).address)).toBe(gatewayOf(layout, 1));
  });

  it("come in UPDATEs of one host each, the hosts in turn or one after the other", () => {
    const lengths = (order: "mixed" | "grouped"): readonly number[] => messagesIn(announcements({ ...layout, routes: 20, gateways: 2 }, 4, order)).map(({ length }) => length);
    expect(lengths("mixed")).toHaveLength(6); // ten each: 4, 4, 2
    expect([...lengths("mixed")].sort()).toEqual([...lengths("grouped")].sort());
    expect(lengths("mixed")).not.toEqual(lengths("grouped"));
  });

  it("are watched evenly, blocks and addresses alike", () => {
    const watched = Array.from({ length: 64_000 }, (_, index) => routeAt(index)).filter(({ address }) => isSampled(address, 5));
    expect(watched.length / 2000).toBeCloseTo(1, 1);
    expect(watched.filter(({ bits }) => bits === 32).length / 1000).toBeCloseTo(1, 1);
  });
});

await describeWith(["perl", "bird"], "npm run bench:fib", () => {
  const directory = mkdtempSync(`${tmpdir()}/ts-bgp-test-`);

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("takes every subject through every step, and leaves nothing behind", async () => {
    const json = `${directory}/fib.json`;
    const small = ["--routes", "200", "--gateways", "10", "--singles", "5", "--runs", "1", "--timeout", "60", "--what", "table,single"];
    const { pid, exitCode, output } = await bench([...small, "--subjects", "floor,ip,ts-bgp,bird2", "--json", json]);
    expect(exitCode, output).toBe(0);
    const { cells, feeds, singles } = JSON.parse(readFileSync(json, "utf8")) as Results;
    const stepsOf = (subject: string): readonly string[] => cells.filter((cell) => cell.subject === subject && cell.ms.every((ms) => ms > 0)).map(({ step }) => step);
    expect(stepsOf("floor")).toEqual(["add", "change", "withdraw", "again"]);
    expect(stepsOf("ip")).toEqual(["add", "change", "withdraw", "again"]);
    expect(stepsOf("ts-bgp")).toEqual(["add", "change", "restart", "relearn", "withdraw", "again"]);
    expect(stepsOf("bird2")).toEqual(["add", "change", "restart", "relearn", "withdraw", "again"]);
    expect(singles.map(({ subject, kind, ms }) => [subject, kind, ms.length])).toEqual([
      ["ts-bgp", "announced", 5],
      ["ts-bgp", "withdrawn", 5],
      ["bird2", "announced", 5],
      ["bird2", "withdrawn", 5],
    ]);
    expect(feeds).toHaveLength(1);
    expect(output).toContain("### 200 routes over 10 next hops");
    expect(await namespacesNamed(groundsOf(pid))).toEqual([]);
  });

  it("sees that a restart over an unchanged table writes one route, the new one", async () => {
    const json = `${directory}/restart.json`;
    await run([process.execPath, MAIN, "--what", "table", "--routes", "200", "--gateways", "10", "--runs", "1", "--subjects", "ts-bgp", "--json", json]);
    const { cells } = JSON.parse(readFileSync(json, "utf8")) as Results;
    expect(cells.find(({ step }) => step === "relearn")?.writes).toEqual([1]);
  });

  it("takes everything down when it is interrupted", async () => {
    const child = spawn(process.execPath, [MAIN, "--what", "table", "--routes", "500000", "--gateways", "10", "--subjects", "ts-bgp"], { stdio: "ignore", detached: true });
    const pid = child.pid as number;
    await until(async () => (await namespacesNamed(groundsOf(pid))).length === 2, "its namespaces stand");
    process.kill(-pid, "SIGINT"); // as Ctrl-C does: the whole group
    await once(child, "exit");
    expect(await namespacesNamed(groundsOf(pid))).toEqual([]);
  });

  it("refuses what it does not understand in one line, with exit code 2", async () => {
    const { exitCode, stderr } = await attempt([process.execPath, MAIN, "--routes", "many"]);
    expect(exitCode).toBe(2);
    expect(stderr.trim().split("\n")).toEqual(["--routes many: a whole number from 1 to 524288 is meant"]);
  });
});

/** The bench with these words, and the process by whose number its namespaces are called. */
async function bench(words: readonly string[]): Promise<{ readonly pid: number; readonly exitCode: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const told: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => told.push(chunk));
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { pid: child.pid as number, exitCode, output: Buffer.concat(told).toString() };
}

function messagesIn(bytes: Uint8Array): readonly Uint8Array[] {
  const framer = new Framer();
  framer.push(bytes);
  const messages: Uint8Array[] = [];
  for (let message = framer.next(4096); message; message = framer.next(4096)) messages.push(message);
  return messages;
}
