/**
 * Hosts on one link for interop tests: network namespaces on a bridge, each with an IPv4 and an IPv6 address.
 *
 *   peer 10.77.0.1 fd77::1 ──┬── a 10.77.0.2 fd77::2
 *                            └── b 10.77.0.3 fd77::3
 */

import { mkdtempSync, rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import type { IpAddress } from "../../src/ip/address.ts";
import { inParallel, run } from "../../src/cli/lab/command.ts";
import { addNamespace, ipBatch, namespacesNamed, removeNamespace } from "../../src/cli/lab/namespaces.ts";

/** One host of the link. */
export interface LanHost {
  readonly name: string;
  readonly namespace: string;
  readonly ipv4: IpAddress;
  readonly ipv6: IpAddress;
  /** For its files; removed with the link. */
  readonly directory: string;
}

export class Lan {
  readonly hosts: readonly LanHost[];
  readonly #prefix: string;
  readonly #directory: string;

  constructor(prefix: string, directory: string, hosts: readonly LanHost[]) {
    this.#prefix = prefix;
    this.#directory = directory;
    this.hosts = hosts;
  }

  /** Makes the link with one host per name. */
  static async raise(names: readonly string[]): Promise<Lan> {
    const prefix = `tsbgp-t${randomBytes(3).toString("hex")}-`;
    const directory = mkdtempSync(`${tmpdir()}/ts-bgp-test-`);
    const lan = new Lan(
      prefix,
      directory,
      names.map((name, index) => lanHost(prefix, directory, name, index + 1)),
    );
    try {
      await lan.#build();
      return lan;
    } catch (error) {
      await lan.remove();
      throw error;
    }
  }

  host(name: string): LanHost {
    const found = this.hosts.find((host) => host.name === name);
    if (!found) throw new Error(`no host ${name} on this link`);
    return found;
  }

  /** Pulls or plugs the host's cable at the bridge: its own end stays up. */
  async setCable(host: LanHost, state: "up" | "down"): Promise<void> {
    await run(["ip", "-n", `${this.#prefix}lan`, "link", "set", "dev", host.name, state]);
  }

  /** Ends every process on the hosts and removes them. */
  async remove(): Promise<void> {
    await inParallel(await namespacesNamed(this.#prefix), removeNamespace);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #build(): Promise<void> {
    const bridge = `${this.#prefix}lan`;
    await inParallel([bridge, ...this.hosts.map(({ namespace }) => namespace)], addNamespace);
    await ipBatch(bridge, [
      "link add lan type bridge mcast_snooping 0",
      "link set lan up",
      ...this.hosts.flatMap(({ name, namespace }) => [
        `link add name ${name} type veth peer name eth0 netns ${namespace}`,
        `link set dev ${name} master lan up`,
      ]),
    ]);
    await inParallel(this.hosts, ({ namespace, ipv4, ipv6 }) =>
      ipBatch(namespace, [`addr add ${ipv4}/24 dev eth0`, `addr add ${ipv6}/64 dev eth0 nodad`, "link set eth0 up"]),
    );
  }
}

function lanHost(prefix: string, directory: string, name: string, number: number): LanHost {
  return {
    name,
    namespace: `${prefix}${name}`,
    ipv4: `10.77.0.${number}` as IpAddress,
    ipv6: `fd77::${number}` as IpAddress,
    directory: mkdtempSync(`${directory}/${name}-`),
  };
}
