/**
 * The running device under test: its files, its process, when it is ready, and its end.
 * Guards the door to its processes and folder.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Background, startInBackground, tail } from "../../src/cli/lab/background.ts";
import { run } from "../../src/cli/lab/command.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import type { Launch, LaunchFile } from "../daemons/daemon.ts";
import { type Place, pinned } from "./pinned.ts";
import { cpuSecOf, withChildren } from "./process-figures.ts";

const READY_WITHIN_MS = 60_000;
const REST_MS = 200; // it has read its configuration when it has done next to nothing for so long
const REST_CPU_SEC = 0.03; // a profiler that looks on is allowed
const LOOK_MS = 20;
const MOST_WORDS = 160; // of a line of its log
const KILL_LOOK_MS = 2;

/** It did not come up; the message says what it said. */
export class NotReady extends Error {
  override readonly name = "NotReady";
}

export class Device {
  readonly #place: Place;
  readonly #launch: Launch;
  readonly #log: string;
  readonly #directory: string;
  #process: Background;

  private constructor(place: Place, directory: string, launch: Launch) {
    this.#place = place;
    this.#launch = launch;
    this.#log = `${directory}/output.log`;
    this.#directory = directory;
    for (const folder of launch.folders ?? []) place.stage.lend(folder);
    for (const file of launch.files) writeLaunchFile(directory, file);
    this.#process = this.#spawn();
  }

  /** Listens and is at rest when this returns. */
  static async start(place: Place, launch: (directory: string) => Launch): Promise<Device> {
    const directory = mkdtempSync(`${place.stage.directory}/dut-`);
    const device = new Device(place, directory, launch(directory));
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
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #spawn(): Background {
    return startInBackground(pinned(this.#place, this.#launch.command), this.#log);
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
      if (ended !== undefined) throw new NotReady(`${ended}: ${this.#lastWords()}`);
      if (performance.now() > endMs) throw new NotReady(`not ready within ${READY_WITHIN_MS / 1000} s: ${this.#lastWords()}`);
      await sleep(LOOK_MS);
    }
  }

  #lastWords(): string {
    return tail(this.#log).map((line) => line.slice(0, MOST_WORDS)).join(" | ");
  }

  async #isReady(): Promise<boolean> {
    if ((await this.#listening()).length === 0) return false;
    const beforeSec = cpuSecOf(withChildren(this.pid));
    await sleep(REST_MS);
    return cpuSecOf(withChildren(this.pid)) - beforeSec < REST_CPU_SEC;
  }

  /** The words of the line about BGP's port: state, waiting, backlog, ... */
  async #listening(): Promise<readonly string[]> {
    const line = await run(inNamespace(this.#place.stage.namespace, ["ss", "-Hltn", "sport = :179"]));
    return line.trim().split(/\s+/).filter(Boolean);
  }
}

function writeLaunchFile(directory: string, { name, text, mode = 0o644 }: LaunchFile): void {
  writeFileSync(`${directory}/${name}`, text, { mode });
}
