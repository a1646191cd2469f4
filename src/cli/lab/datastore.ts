/**
 * The etcd of a lab: a real one, on the link network where every host reaches it.
 * Guards the door to etcd. It is written through a unix socket in the lab's directory, because its address is in another namespace.
 */

import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Background, startInBackground, tail } from "./background.ts";
import { whereIs } from "./command.ts";
import type { Written } from "./cluster-resources.ts";
import { inNamespace } from "./namespaces.ts";
import { GATEWAY, type Lab, linkNamespace } from "./topology.ts";
import { LabFailed } from "./waiting.ts";

export const ETCD_URL = `http://${GATEWAY}:2379`;

const PEER_URL = "http://127.0.0.1:2380";
const SOCKET = "etcd.sock:0"; // etcd makes it in its working directory, and wants something that looks like a port
const START_ROUNDS = 150;
const ROUND_MS = 100;

/** What is used of etcd3's client. */
type Client = import("etcd3").Etcd3;

export class LabDatastore {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** Starts etcd in the lab's link namespace; removal.ts ends it with the daemons. */
  static async start(lab: Lab): Promise<LabDatastore> {
    const log = `${lab.directory}/etcd.log`;
    const etcd = startInBackground(inNamespace(linkNamespace(lab.id), etcdCommand(lab)), log);
    if (etcd.pid !== undefined) writeFileSync(`${lab.directory}/etcd.pid`, `${etcd.pid}\n`);
    return answering(lab, etcd, log);
  }

  /** One more client of an etcd that runs already. */
  static async open(lab: Lab): Promise<LabDatastore> {
    const { Etcd3 } = await import("etcd3");
    return new LabDatastore(new Etcd3({ hosts: `unix:${lab.directory}/${SOCKET}`, defaultCallOptions: () => ({ deadline: Date.now() + 1_000 }) }));
  }

  async write(resources: readonly Written[]): Promise<void> {
    for (const [key, value] of resources) await this.#client.put(key).value(value);
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#client.delete().key(key);
  }

  async answers(): Promise<boolean> {
    return this.#client.kv.range({ key: Buffer.from("/") }).then(() => true, () => false);
  }

  close(): void {
    this.#client.close();
  }
}

function etcdCommand({ directory }: Lab): readonly string[] {
  return [
    "env", "-C", directory, whereIs("etcd") ?? "etcd",
    "--name", "lab", "--data-dir", `${directory}/etcd`, "--unsafe-no-fsync", "--logger", "zap", "--log-level", "error", "--election-timeout", "500", "--heartbeat-interval", "50",
    "--listen-client-urls", `${ETCD_URL},unix://${SOCKET}`, "--advertise-client-urls", ETCD_URL,
    "--listen-peer-urls", PEER_URL, "--initial-advertise-peer-urls", PEER_URL, "--initial-cluster", `lab=${PEER_URL}`,
  ];
}

async function answering(lab: Lab, etcd: Background, log: string): Promise<LabDatastore> {
  for (let round = 0; round < START_ROUNDS; round++) {
    if (etcd.ended() !== undefined) break;
    const datastore = await LabDatastore.open(lab); // a client that was too early waits before it tries again
    if (await datastore.answers()) return datastore;
    datastore.close();
    await sleep(ROUND_MS);
  }
  throw new LabFailed([`etcd does not answer (${etcd.ended() ?? "it runs"})`, ...tail(log)].join("\n"));
}
