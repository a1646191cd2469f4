/**
 * A hundred packets a second from each node to each other one, and which of them were never answered.
 * Guards the door to `ping` while it runs.
 */

import { readFileSync } from "node:fs";
import { type Background, startInBackground } from "./background.ts";
import { inNamespace } from "./namespaces.ts";
import type { Lab } from "./topology.ts";
import { untilEmpty } from "./waiting.ts";

const INTERVAL_SEC = 0.01;
const ANSWER_DEADLINE_MS = 30_000;
const END_DEADLINE_MS = 5_000;
const NEVER = new AbortController().signal;

interface Stream {
  readonly title: string;
  readonly log: string;
  readonly ping: Background;
}

export class PingFlood {
  readonly #streams: readonly Stream[];

  constructor(streams: readonly Stream[]) {
    this.#streams = streams;
  }

  /** Returns once every stream is answered: what was lost to address resolution before that does not count. */
  static async begin(lab: Lab, name: string, signal: AbortSignal = NEVER): Promise<PingFlood> {
    const nodes = lab.hosts.flatMap((host) => host.containers.slice(0, 1).map((container) => ({ host, container })));
    const pairs = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => ({ from, to })));
    const flood = new PingFlood(pairs.map(({ from, to }) => {
      const log = `${lab.directory}/ping-${name}-${from.host.name}-${to.host.name}.log`;
      const command = ["ping", "-n", "-i", `${INTERVAL_SEC}`, to.container.address];
      return { title: `${from.host.name} -> ${to.host.name}`, log, ping: startInBackground(inNamespace(from.container.namespace, command), log) };
    }));
    await flood.isAnswered(signal);
    return flood;
  }

  /** Resolves when every stream was answered once more. */
  async isAnswered(signal: AbortSignal = NEVER): Promise<void> {
    const before = this.#streams.map(({ log }) => lastAnswer(log));
    const silent = async (): Promise<readonly string[]> => this.#streams.filter(({ log }, index) => lastAnswer(log) <= (before[index] ?? 0)).map(({ title }) => title);
    await untilEmpty(silent, ANSWER_DEADLINE_MS, signal, "pings were not answered");
  }

  /** "node-1 -> node-2: 17, 18" for the packets between the first and the last answer that have none. */
  async lost(): Promise<readonly string[]> {
    for (const { ping } of this.#streams) ping.kill("SIGINT");
    const running = async (): Promise<readonly string[]> => this.#streams.filter(({ ping }) => ping.ended() === undefined).map(({ title }) => title);
    await untilEmpty(running, END_DEADLINE_MS, NEVER, "pings did not end");
    return this.#streams.flatMap(({ title, log }) => {
      const answers = answersIn(log);
      const known = new Set(answers);
      const missing = Array.from({ length: Math.max(...answers) }, (_, index) => index + 1).filter((packet) => packet > Math.min(...answers) && !known.has(packet));
      return missing.length === 0 ? [] : [`${title}: ${missing.join(", ")}`];
    });
  }

  /** Packets that were answered so far. */
  get answered(): number {
    return this.#streams.reduce((sum, { log }) => sum + answersIn(log).length, 0);
  }
}

function lastAnswer(log: string): number {
  return Math.max(0, ...answersIn(log));
}

function answersIn(log: string): readonly number[] {
  return [...readFileSync(log, "utf8").matchAll(/^\d+ bytes from .*icmp_seq=(\d+) /gm)].map(([, packet]) => Number(packet));
}
