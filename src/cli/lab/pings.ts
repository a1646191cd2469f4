/**
 * Every container asks every container on another host for an echo.
 */

import type { Container, Host, Lab } from "./topology.ts";
import { attempt } from "./command.ts";
import { inNamespace } from "./namespaces.ts";

const AT_ONCE = 8;
const ANSWER_SEC = 2;
const TRIES = 2; // the first packet may be lost to address resolution under load

/** What became of all pairs, each as "node-1/container-1 192.168.1.66 -> ...". */
export interface PingReport {
  readonly answered: readonly string[];
  readonly unanswered: readonly string[];
}

interface Ping {
  readonly from: Container;
  readonly to: Container;
  readonly title: string;
}

export async function pingAll(lab: Lab): Promise<PingReport> {
  const waiting = [...pairs(lab)];
  const answered: string[] = [];
  const unanswered: string[] = [];
  const worker = async (): Promise<void> => {
    for (let ping = waiting.shift(); ping; ping = waiting.shift())
      ((await isAnswered(ping)) ? answered : unanswered).push(ping.title);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { answered: answered.sort(), unanswered: unanswered.sort() };
}

async function isAnswered({ from, to }: Ping): Promise<boolean> {
  const command = ["ping", "-n", "-q", "-c", "1", "-W", `${ANSWER_SEC}`, to.address];
  for (let round = 0; round < TRIES; round++) {
    if ((await attempt(inNamespace(from.namespace, command))).exitCode === 0) return true;
  }
  return false;
}

function pairs(lab: Lab): readonly Ping[] {
  const nodes = lab.hosts.filter(({ containers }) => containers.length > 0);
  return nodes.flatMap((source) => nodes.filter((target) => target !== source).flatMap((target) => between(source, target)));
}

function between(source: Host, target: Host): readonly Ping[] {
  return source.containers.flatMap((from) =>
    target.containers.map((to) => ({
      from,
      to,
      title: `${source.name}/${from.name} ${from.address} -> ${target.name}/${to.name} ${to.address}`,
    })),
  );
}
