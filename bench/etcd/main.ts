/**
 * `npm run bench:etcd [-- NODES AFFINITIES]`: a node of a Calico cluster starts; what a thousand Nodes in etcd cost it until its first
 * session, in memory, and when one of them changes. Real etcd, the built program, loopback; no root. Everything is gone afterwards.
 */

import { performance } from "node:perf_hooks";
import { hostEnvironment } from "../../src/calico/host-environment.ts";
import { compile } from "../../src/calico/compile.ts";
import { ResourceTable } from "../../src/calico/resource-table.ts";
import { diffConfig } from "../../src/speaker/config/diff.ts";
import { TestEtcd } from "../../test/support/etcd.ts";
import { freePort } from "../../test/support/program.ts";
import { type ClusterSize, type Written, addressOf, clusterOf, node, nodeName } from "./cluster.ts";
import { Subject } from "./subject.ts";

/** Of two nodes the one whose address sorts higher as text dials: the subject, so that no waiting of its neighbour is measured. */
const NEIGHBOUR = 1;
const SUBJECT = 2;
const RUNS = 5;
const CHANGES = 20;
const AT_ONCE = 100;

async function main(): Promise<number> {
  const [nodes = 1_000, affinities = 5_000] = process.argv.slice(2).map(Number);
  if (![nodes, affinities].every((count) => Number.isInteger(count) && count >= 2)) {
    console.error("usage: npm run bench:etcd -- NODES AFFINITIES, integers from 2 up");
    return 2;
  }
  const size = { nodes, affinities };
  console.log(`${nodes} nodes in a full mesh, ${affinities} block affinities, real etcd, loopback, Node.js ${process.version}`);
  showInProcess(size);
  const etcd = await TestEtcd.start();
  try {
    await showProcess(etcd, size);
  } finally {
    await etcd.dispose();
  }
  return 0;
}

/** The rooms alone: parse, compile, compare. */
function showInProcess(size: ClusterSize): void {
  const environment = hostEnvironment({}, "/nonexistent");
  const resources = clusterOf(size, 1790);
  const mine = resources.filter(([key]) => !key.includes("/ipam/") || key.includes(`/${nodeName(SUBJECT)}/`)); // what a node watches
  const table = new ResourceTable();
  const parsedMs = timed(() => mine.forEach(([key, value]) => table.put(key, value)));
  let before = compiled(table, environment);
  const coldMs = timed(() => (before = compiled(table, environment)));
  const eachMs = Array.from({ length: 5 * CHANGES }, (_, index) =>
    timed(() => {
      const [key, value] = node(NEIGHBOUR, { turn: `${index}` });
      table.put(key, value);
      const after = compiled(table, environment);
      diffConfig(before, after);
      before = after;
    }),
  );
  print("parse every resource", `${parsedMs.toFixed(1)} ms`);
  print("compile all", `${coldMs.toFixed(1)} ms`);
  print("one changed Node: parse, compile, compare", `${median(eachMs).toFixed(2)} ms (median of ${eachMs.length})`);
}

function compiled(table: ResourceTable, environment: ReturnType<typeof hostEnvironment>) {
  const outcome = compile(table.resources(), nodeName(SUBJECT), environment);
  if (outcome.kind !== "compiled") throw new Error(outcome.reason);
  return outcome.speaker;
}

async function showProcess(etcd: TestEtcd, size: ClusterSize): Promise<void> {
  const port = await freePort(addressOf(NEIGHBOUR));
  await writeAll(etcd, clusterOf(size, port));
  const starts: { readonly followed: number; readonly up: number; readonly cpuMs: number }[] = [];
  const neighbour = new Subject(nodeName(NEIGHBOUR), etcd.folder, etcd.endpoint);
  let subject: Subject | undefined;
  try {
    await neighbour.said("ts-bgp 0");
    for (let run = 0; run < RUNS; run++) {
      await subject?.stop();
      subject = new Subject(nodeName(SUBJECT), etcd.folder, etcd.endpoint);
      const followed = await subject.said("following the datastore");
      const up = await subject.said(`Mesh_${addressOf(NEIGHBOUR).replaceAll(".", "_")} is up`);
      starts.push({ followed, up, cpuMs: subject.cpuMs });
    }
    if (subject) await showChanges(etcd, subject, size, starts);
  } finally {
    await subject?.stop();
    await neighbour.stop();
  }
}

async function showChanges(etcd: TestEtcd, subject: Subject, { nodes }: ClusterSize, starts: readonly { readonly followed: number; readonly up: number; readonly cpuMs: number }[]): Promise<void> {
  print("start to every resource known", `${median(starts.map(({ followed }) => followed)).toFixed(0)} ms (median of ${RUNS})`);
  print("start to first session", `${median(starts.map(({ up }) => up)).toFixed(0)} ms`);
  print("CPU until then", `${median(starts.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms`);
  const { resident, peak } = subject.memoryMiB;
  print("memory", `${resident} MiB, at most ${peak} MiB`);
  const delays: number[] = [];
  for (let change = 0; change < CHANGES; change++) {
    const from = subject.lines;
    const writtenMs = performance.now() - subject.startedMs;
    await writeAll(etcd, [node(nodes + 1 + change)]);
    delays.push((await subject.said("1 peer added", from)) - writtenMs);
  }
  print("one more Node: written to applied", `${median(delays).toFixed(0)} ms (median of ${CHANGES}; a batch of changes waits for 50 ms of quiet)`);
}

async function writeAll(etcd: TestEtcd, resources: readonly Written[]): Promise<void> {
  for (let at = 0; at < resources.length; at += AT_ONCE) await Promise.all(resources.slice(at, at + AT_ONCE).map(([key, value]) => etcd.put(key, value)));
}

function timed(work: () => void): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function print(what: string, figure: string): void {
  console.log(`  ${what.padEnd(44)} ${figure}`);
}

process.exitCode = await main();
