/**
 * Network namespaces: hosts and containers without virtual machines.
 * Guards the door to `ip netns`. Whoever makes a namespace removes it, together with every process still inside.
 */

import { readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandFailed, attempt, run, whereIs } from "./command.ts";

/** Why namespaces cannot be made here, as the end of a sentence; undefined: they can. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  if (process.platform !== "linux") return `this is ${process.platform}, not Linux`;
  if (process.getuid?.() !== 0) return "it does not run as root";
  if (!whereIs("ip")) return "the program `ip` is missing (apt-get install iproute2)";
  const probe = `tsbgp-probe-${process.pid}`;
  try {
    await addNamespace(probe);
    await setParameters(probe, ["net.ipv4.ip_forward=1"]); // containers may have namespaces and a read-only /proc/sys
    return undefined;
  } catch (error) {
    return `network namespaces are refused here (${error instanceof CommandFailed ? error.output : String(error)})`;
  } finally {
    await attempt(["ip", "netns", "del", probe]);
  }
}

/** The command as it is run in that namespace. */
export function inNamespace(namespace: string, command: readonly string[]): readonly string[] {
  return ["ip", "netns", "exec", namespace, ...command];
}

/** Makes a namespace whose loopback is up. */
export async function addNamespace(name: string): Promise<void> {
  await run(["ip", "netns", "add", name]);
  await run(["ip", "-n", name, "link", "set", "lo", "up"]);
}

/** Many `ip` commands at the price of one process; the first that fails ends the batch. */
export async function ipBatch(namespace: string, lines: readonly string[]): Promise<void> {
  await run(["ip", "-n", namespace, "-batch", "-"], `${lines.join("\n")}\n`);
}

/** Sets kernel parameters of one namespace: "net.ipv4.ip_forward=1". */
export async function setParameters(namespace: string, parameters: readonly string[]): Promise<void> {
  const files = parameters.map((parameter) => {
    const [name = "", value = ""] = parameter.split("=");
    return `echo ${value} > /proc/sys/${name.replaceAll(".", "/")}`;
  });
  await run(inNamespace(namespace, ["sh", "-e"]), `${files.join("\n")}\n`);
}

/** Names of the namespaces that begin with `prefix`. */
export async function namespacesNamed(prefix: string): Promise<readonly string[]> {
  const listing = await run(["ip", "netns", "list"]);
  return listing
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "")
    .filter((name) => name !== "" && name.startsWith(prefix));
}

/** Process ids of everything that runs in a namespace. */
export async function processesIn(namespace: string): Promise<readonly number[]> {
  const { stdout } = await attempt(["ip", "netns", "pids", namespace]);
  return stdout.split("\n").filter(Boolean).map(Number);
}

/** Kills what runs in the namespace, then removes it and its links. */
export async function removeNamespace(name: string): Promise<void> {
  await killProcessesIn(name);
  await run(["ip", "netns", "del", name]);
}

const KILL_ROUND_MS = 20;
const KILL_ROUNDS = 250; // five seconds; only a process stuck in the kernel outlives SIGKILL so long

/** Ends every process in the namespace at once; gone when this returns. */
export async function killProcessesIn(namespace: string): Promise<void> {
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const pids = (await processesIn(namespace)).filter((pid) => isAlive(pid));
    if (pids.length === 0) return;
    for (const pid of pids) killOne(pid);
    await sleep(KILL_ROUND_MS);
  }
  throw new Error(`processes in ${namespace} do not end`);
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // gone meanwhile
  }
}

/** A zombie waits for its parent and holds nothing open any more. */
function isAlive(pid: number): boolean {
  try {
    readlinkSync(`/proc/${pid}/exe`);
    return true;
  } catch {
    return false;
  }
}
