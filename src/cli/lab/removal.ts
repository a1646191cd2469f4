/**
 * Taking a lab down, from its id alone: processes, namespaces, files. Also after a crash, also what --keep left standing.
 * Guards the door to the lab's directory; nothing outside it and no namespace of another name is touched.
 */

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { inParallel, whereIs } from "./command.ts";
import { namespacesNamed, removeNamespace } from "./namespaces.ts";
import { namespacePrefix } from "./topology.ts";

const ID = /^[0-9a-f]{4}$/;

/** Is this text the id of a lab? */
export function isLabId(text: string): boolean {
  return ID.test(text);
}

/** A fresh id, its directory made. */
export function claimLab(): { readonly id: string; readonly directory: string } {
  for (;;) {
    const id = randomBytes(2).toString("hex");
    const directory = directoryOf(id);
    if (existsSync(directory)) continue;
    mkdirSync(directory, { mode: 0o700 }); // fails where somebody else was faster, rather than share
    return { id, directory };
  }
}

/** Removes everything that belongs to the lab; says whether there was anything. */
export async function removeLab(id: string): Promise<"removed" | "nothing there"> {
  const directory = directoryOf(id);
  const namespaces = process.getuid?.() === 0 && whereIs("ip") ? await namespacesNamed(namespacePrefix(id)) : [];
  const found = existsSync(directory) || namespaces.length > 0;
  await endDaemons(directory);
  await inParallel(namespaces, removeNamespace);
  rmSync(directory, { recursive: true, force: true });
  return found ? "removed" : "nothing there";
}

function directoryOf(id: string): string {
  return `${tmpdir()}/ts-bgp-lab-${id}`;
}

const TERM_ROUNDS = 100;
const ROUND_MS = 20;

/** Asks first, so that kernels and peers see an orderly end; then insists. */
async function endDaemons(directory: string): Promise<void> {
  const running = (): readonly number[] => daemonsOf(directory).filter((pid) => isOurs(pid, directory));
  for (const pid of running()) signal(pid, "SIGTERM");
  for (let round = 0; round < TERM_ROUNDS && running().length > 0; round++) await sleep(ROUND_MS);
  for (const pid of running()) signal(pid, "SIGKILL");
}

function daemonsOf(directory: string): readonly number[] {
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory).filter((name) => name.endsWith(".pid"));
  return files.map((name) => Number(readFileSync(`${directory}/${name}`, "utf8")));
}

/** Process ids are reused; only a process that was started with a file of this lab is ours. */
function isOurs(pid: number, directory: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${directory}/`);
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // ended meanwhile
  }
}
