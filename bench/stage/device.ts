/**
 * The running device under test: its files, its process, when it is ready, and its end.
 * Guards the door to its processes and folder.
 */

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Background, startInBackground, tail } from "../../src/cli/lab/background.ts";
import { run } from "../../src/cli/lab/command.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import type { Launch, LaunchFile } from "../daemons/daemon.ts";
import { pinned } from "./pinned.ts";
import { cpuSecOf, withChildren } from "./process-figures.ts";
import type { Stage } from "./stage.ts";

const READY_WITHIN_MS = 60_000;
const REST_MS = 200; // it has read its configuration when it has done next to nothing for so long
const REST_CPU_SEC = 0.01;
const LOOK_MS = 20;
const KILL_LOOK_MS = 2;

/** It did not come up; the message says what it said. */
export class NotReady extends Error {
  override readonly name = "NotReady";
}

export class Device {
  readonly #stage: Stage;
  readonly #launch: Launch;
  readonly #core: number;
  readonly #log: string;
  readonly #ownFolders: readonly string[];
  #process: Background;

  private constructor(stage: Stage, core: number, directory: string, launch: Launch) {
    this.#stage = stage;
    this.#core = core;
    this.#launch = launch;
    this.#log = `${directory}/output.log`;
    this.#ownFolders = [directory, ...makeFolders(launch.folders ?? [])];
    for (const file of launch.files) writeLaunchFile(directory, file);
    this.#process = this.#spawn();
  }

  /** Listens and is at rest when this returns. */
  static async start(stage: Stage, core: number, launch: (directory: string) => Launch): Promise<Device> {
    const directory = mkdtempSync(`${stage.directory}/dut-`);
    const device = new Device(stage, core, directory, launch(directory));
    try {
      await device.#untilReady();
      return device;
    } catch (error) {
      await device.stop();
      throw error;
    }
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** How many connections the kernel lets wait for it. */
  async backlog(): Promise<number> {
    return Number((await this.#listening())[2]);
  }

  /** Killed without a warning and started again at once; not yet ready when this resolves with its new process id. */
  async reboot(): Promise<number> {
    await this.#kill();
    this.#process = this.#spawn();
    return this.pid;
  }

  async stop(): Promise<void> {
    await this.#kill();
    for (const folder of this.#ownFolders) rmSync(folder, { recursive: true, force: true });
  }

  #spawn(): Background {
    return startInBackground(pinned(this.#stage, this.#core, this.#launch.command), this.#log);
  }

  async #kill(): Promise<void> {
    try {
      process.kill(-this.pid, "SIGKILL"); // the group: some daemons are several processes
    } catch {
      // ended before
    }
    while (this.#process.ended() === undefined) await sleep(KILL_LOOK_MS); // its end alone would not keep us alive
  }

  async #untilReady(): Promise<void> {
    const endMs = performance.now() + READY_WITHIN_MS;
    while (!(await this.#isReady())) {
      const ended = this.#process.ended();
      if (ended !== undefined) throw new NotReady(`${ended}: ${tail(this.#log).join(" | ")}`);
      if (performance.now() > endMs) throw new NotReady(`not ready within ${READY_WITHIN_MS / 1000} s: ${tail(this.#log).join(" | ")}`);
      await sleep(LOOK_MS);
    }
  }

  async #isReady(): Promise<boolean> {
    if ((await this.#listening()).length === 0) return false;
    const beforeSec = cpuSecOf(withChildren(this.pid));
    await sleep(REST_MS);
    return cpuSecOf(withChildren(this.pid)) - beforeSec < REST_CPU_SEC;
  }

  /** The words of the line about BGP's port: state, waiting, backlog, ... */
  async #listening(): Promise<readonly string[]> {
    const line = await run(inNamespace(this.#stage.namespace, ["ss", "-Hltn", "sport = :179"]));
    return line.trim().split(/\s+/).filter(Boolean);
  }
}

function writeLaunchFile(directory: string, { name, text, mode = 0o644 }: LaunchFile): void {
  writeFileSync(`${directory}/${name}`, text, { mode });
}

/** Those that were not there. */
function makeFolders(folders: readonly string[]): readonly string[] {
  const missing = folders.filter((folder) => !existsSync(folder));
  for (const folder of missing) mkdirSync(folder, { recursive: true, mode: 0o755 });
  return missing;
}
