/** A lab that stands: its hosts in namespaces, its daemons startable and killable one by one. */

import { existsSync, readFileSync, rmSync } from "node:fs";
import { clusterResources } from "../../src/cli/lab/cluster-resources.ts";
import { LabDatastore } from "../../src/cli/lab/datastore.ts";
import { claimLab, removeLab } from "../../src/cli/lab/removal.ts";
import { type Daemon, startDaemon } from "../../src/cli/lab/daemons.ts";
import { filesOf } from "../../src/cli/lab/host-config.ts";
import { namespaceGround } from "../../src/cli/lab/namespace-ground.ts";
import { type Host, type Lab, type LabOptions, planLab } from "../../src/cli/lab/topology.ts";
import { allRoutesArrive, routesLeave } from "../../src/cli/lab/tour.ts";
import { until } from "./until.ts";

/** Short, so that tests are; long enough for two busy cores. */
const HOLD_SEC = 6;

export type LabShape = Pick<LabOptions, "nodes" | "reflectors" | "birds"> & Partial<Pick<LabOptions, "datastore">>;

export class RaisedLab {
  readonly lab: Lab;
  readonly #daemons = new Map<string, Daemon>();
  #datastore: LabDatastore | undefined;

  constructor(lab: Lab) {
    this.lab = lab;
  }

  /** Every host up, every daemon running, every route arrived. */
  static async raise(shape: LabShape): Promise<RaisedLab> {
    const raised = new RaisedLab(planLab({ ...claimLab(), datastore: "none", ...shape, ground: "namespaces", holdSec: HOLD_SEC, port: 179 }));
    try {
      await namespaceGround.raise(raised.lab);
      if (raised.lab.datastore === "etcd") {
        await raised.startEtcd();
        await raised.datastore.write(clusterResources(raised.lab));
      }
      for (const host of raised.lab.hosts) if (host.role === "node" || raised.lab.datastore === "none") raised.start(host);
      await raised.arrives();
      return raised;
    } catch (error) {
      await raised.remove();
      throw error;
    }
  }

  /** The etcd of a lab that has one; it has what calicoctl would have written, and reflectors are not yet part of it. */
  get datastore(): LabDatastore {
    if (!this.#datastore) throw new Error("this lab has no etcd");
    return this.#datastore;
  }

  /** What it had stays on disk. Gone when this returns. */
  async killEtcd(): Promise<void> {
    this.#datastore?.close();
    const file = `${this.lab.directory}/etcd.pid`;
    const pid = Number(readFileSync(file, "utf8"));
    process.kill(pid, "SIGKILL");
    rmSync(file);
    await until(() => !existsSync(`/proc/${pid}/root/.`), "etcd is gone");
  }

  async startEtcd(): Promise<void> {
    this.#datastore = await LabDatastore.start(this.lab);
  }

  host(name: string): Host {
    const found = this.lab.hosts.find((host) => host.name === name);
    if (!found) throw new Error(`no host ${name} in this lab`);
    return found;
  }

  socketOf(host: Host): string {
    return filesOf(this.lab, host).socket;
  }

  start(host: Host): void {
    this.#daemons.set(host.name, startDaemon(this.lab, namespaceGround, host));
  }

  /** Gone when this returns. */
  async kill(host: Host, signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const daemon = this.#daemons.get(host.name);
    daemon?.kill(signal);
    await daemon?.end;
    this.#daemons.delete(host.name);
  }

  async setCable(host: Host, state: "plugged" | "unplugged"): Promise<void> {
    await (state === "plugged" ? namespaceGround.plug(this.lab, host) : namespaceGround.unplug(this.lab, host));
  }

  arrives(): Promise<void> {
    return allRoutesArrive(this.lab, namespaceGround, [...this.#daemons.values()], new AbortController().signal);
  }

  leave(dead: Host): Promise<void> {
    return routesLeave(this.lab, namespaceGround, dead, new AbortController().signal);
  }

  async remove(): Promise<void> {
    this.#datastore?.close();
    await removeLab(this.lab.id);
  }
}
