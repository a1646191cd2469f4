/**
 * The etcd of a lab: a real one, on the link network where every host reaches it.
 * Guards the door to etcd. It is written through a unix socket in the lab's directory, because its address is in another namespace.
 */

import { rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startInBackground, tail } from "./background.ts";
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
const REQUEST_MS = 1_000;

/** etcd3 is loaded only where there is an etcd. */
type Client = import("etcd3").Etcd3;

export class LabDatastore {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** Starts etcd in the lab's link namespace; removal.ts ends it with the daemons. */
  static async start(lab: Lab): Promise<LabDatastore> {
    const log = `${lab.directory}/etcd.log`;
    rmSync(`${lab.directory}/${SOCKET}`, { force: true }); // of one that was killed
    const etcd = startInBackground(inNamespace(linkNamespace(lab.id), etcdCommand(lab)), log);
    if (etcd.pid !== undefined) writeFileSync(`${lab.directory}/etcd.pid`, `${etcd.pid}\n`);
    const { Etcd3 } = await import("etcd3");
    for (let round = 0; round < START_ROUNDS && etcd.ended() === undefined; round++) {
      const client = new Etcd3({ hosts: `unix:${lab.directory}/${SOCKET}`, defaultCallOptions: () => ({ deadline: Date.now() + REQUEST_MS }) });
      const datastore = new LabDatastore(client);
      if (await datastore.#answers()) return datastore;
      client.close(); // one that was too early waits before it tries again
      await sleep(ROUND_MS);
    }
    throw new LabFailed([`etcd does not answer (${etcd.ended() ?? "it runs"})`, ...tail(log)].join("\n"));
  }

  async write(resources: readonly Written[]): Promise<void> {
    for (const [key, value] of resources) await this.#client.put(key).value(value);
  }

  /** All at the same moment. */
  async remove(keys: readonly string[]): Promise<void> {
    await this.#client.kv.txn({ success: keys.map((key) => ({ request_delete_range: { key: Buffer.from(key) } })) });
  }

  async #answers(): Promise<boolean> {
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
