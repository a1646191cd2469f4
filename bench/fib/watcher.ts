/**
 * The independent observer: knows from the kernel's own notifications which routes stand, and since when.
 * Guards the child `perl watch.pl`, which takes the times; nothing here is shared with the subjects.
 */

import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import { PLACES } from "./places.ts";
import type { Table } from "./routes.ts";

const FRAME_HEADER_BYTES = 16;
const KIND = { hello: 0, event: 1, lost: 2 } as const;
const QUIET_MS = 300;
const RTM_NEWROUTE = 24;
const ROUTE_ATTRIBUTES_AT = 28; // netlink header 16, rtmsg 12
const RTA_DST = 1;
const RTA_GATEWAY = 5;

/** When the last route came to stand as it was to stand, on the monotonic clock. */
export interface Sighting {
  readonly atNs: bigint;
  /** Notifications since the expectation was set. */
  readonly events: number;
}

interface SingleExpectation {
  readonly address: number;
  readonly gateway: number | undefined;
  readonly met: (atNs: bigint) => void;
}

interface Expectation {
  readonly wanted: Table;
  missing: number;
  events: number;
  readonly met: (sighting: Sighting) => void;
}

export class Watcher {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  /** As the notifications have it so far. */
  readonly #present: Table = new Map();
  #rest: Buffer = Buffer.alloc(0);
  #expected: Expectation | undefined;
  #single: SingleExpectation | undefined;
  #lost = 0;
  #lastNs = 0n;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
  }

  /** Sees 1 in 2^sampleBits routes of that namespace from now on. */
  static async begin(namespace: string, sampleBits: number): Promise<Watcher> {
    const [program = "", ...args] = inNamespace(namespace, ["perl", PLACES.watch, String(sampleBits)]);
    const watcher = new Watcher(spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] }));
    await watcher.#hello();
    return watcher;
  }

  /** Resolves when exactly these of the seen routes stand that way; routes that are not in `wanted` are to be absent. */
  expect(wanted: Table): Promise<Sighting> {
    return new Promise((resolve) => {
      this.#expected = { wanted, missing: this.#differences(wanted), events: 0, met: resolve };
      if (this.#expected.missing === 0) resolve({ atNs: process.hrtime.bigint(), events: 0 });
    });
  }

  /** Resolves with the time at which this one route comes to stand so; undefined: is gone. */
  expectOne(address: number, gateway: number | undefined): Promise<bigint> {
    return new Promise((met) => (this.#single = { address, gateway, met }));
  }

  /** Resolves when nothing was heard for a while: how often since the expectation, and when last. */
  async quiet(): Promise<Sighting> {
    for (let before = -1; before !== this.#expected?.events; await sleep(QUIET_MS)) before = this.#expected?.events ?? 0;
    return { atNs: this.#lastNs, events: this.#expected?.events ?? 0 };
  }

  /** How far it is, for people. */
  describe(): string {
    return `${this.#expected?.events ?? 0} notifications, ${this.#expected?.missing ?? 0} of the watched routes are not as they should be`;
  }

  /** True: the kernel dropped notifications, the times are worth nothing. */
  get isBlind(): boolean {
    return this.#lost > 0;
  }

  end(): void {
    this.#child.stdin.end();
  }

  #hello(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("exit", (code) => reject(new Error(`the watcher ended with ${code}; it needs perl with Time::HiRes`)));
      this.#child.stdout.on("data", (chunk: Buffer) => this.#read(chunk, resolve));
    });
  }

  #differences(wanted: Table): number {
    let count = 0;
    for (const [address, gateway] of wanted) if (this.#present.get(address) !== gateway) count++;
    for (const address of this.#present.keys()) if (!wanted.has(address)) count++;
    return count;
  }

  #read(chunk: Buffer, greeted: () => void): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + bytes.readUInt32LE(at);
      if (end > bytes.length) break;
      const kind = bytes.readUInt32LE(at + 4);
      if (kind === KIND.hello) greeted();
      if (kind === KIND.lost) this.#lost++;
      if (kind === KIND.event) this.#event(bytes, at, end);
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }

  #event(bytes: Buffer, frameAt: number, end: number): void {
    const message = frameAt + FRAME_HEADER_BYTES;
    const attributes = addressAttributes(bytes, message + ROUTE_ATTRIBUTES_AT, end);
    const address = attributes.get(RTA_DST);
    if (address === undefined) return;
    const gateway = bytes.readUInt16LE(message + 4) === RTM_NEWROUTE ? attributes.get(RTA_GATEWAY) : undefined;
    this.#note(address, gateway, bytes.readBigUInt64LE(frameAt + 8));
  }

  #note(address: number, gateway: number | undefined, atNs: bigint): void {
    const before = this.#present.get(address);
    if (gateway === undefined) this.#present.delete(address);
    else this.#present.set(address, gateway);
    if (this.#single?.address === address && this.#single.gateway === gateway) this.#single.met(atNs);
    this.#lastNs = atNs;
    const expected = this.#expected;
    if (!expected) return;
    expected.events++;
    const wanted = expected.wanted.get(address);
    if (before === wanted && gateway !== wanted) expected.missing++;
    if (before !== wanted && gateway === wanted && --expected.missing === 0) expected.met({ atNs, events: expected.events });
  }
}

/** Attributes that are one IPv4 address. */
function addressAttributes(bytes: Buffer, from: number, end: number): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (let at = from; at + 4 <= end; ) {
    const length = bytes.readUInt16LE(at);
    if (length < 4) break;
    if (length === 8) found.set(bytes.readUInt16LE(at + 2), bytes.readUInt32BE(at + 4));
    at += (length + 3) & ~3;
  }
  return found;
}
