/**
 * Where measuring happens: a network namespace with every client's address on its loopback, and a folder. Both are gone afterwards.
 * Guards the door to `ip`.
 */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { addNamespace, ipBatch, namespacesNamed, removeNamespace } from "../../src/cli/lab/namespaces.ts";

const NAMES = "tsbgp-load-";

export const REFLECTOR_ADDRESS = "10.0.0.1";
/** All addresses of clients; room for 65 000. */
export const CLIENT_RANGE = "10.1.0.0/16";

export class Stage {
  readonly namespace: string;
  readonly directory: string;
  readonly #lent: string[] = [];
  #removal: Promise<void> | undefined;

  private constructor(namespace: string, directory: string) {
    this.namespace = namespace;
    this.directory = directory;
  }

  /** Not built yet. */
  static named(): Stage {
    const name = `${NAMES}${process.pid}`;
    return new Stage(name, mkdtempSync(`${tmpdir()}/${name}-`));
  }

  async build(): Promise<void> {
    await removeLeftBehind();
    await addNamespace(this.namespace);
    // the whole range is this host's, and its next hops are reachable over a link
    await ipBatch(this.namespace, [
      "link add hosts type veth peer name nowhere",
      `addr add ${REFLECTOR_ADDRESS}/8 dev hosts`,
      "link set hosts up",
      "link set nowhere up",
      `route add local ${CLIENT_RANGE} dev lo`,
    ]);
  }

  /** From now on nothing may be started on it. */
  get isClosing(): boolean {
    return this.#removal !== undefined;
  }

  /** Makes a folder that a program insists on, unless it is there; then it is left there. */
  lend(folder: string): void {
    if (existsSync(folder)) return;
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    this.#lent.push(folder);
  }

  /** Ends every process on it, too. */
  remove(): Promise<void> {
    return (this.#removal ??= this.#remove());
  }

  async #remove(): Promise<void> {
    for (const name of await namespacesNamed(this.namespace)) if (name === this.namespace) await removeNamespace(name);
    for (const folder of [this.directory, ...this.#lent]) rmSync(folder, { recursive: true, force: true });
  }
}

/** Namespaces and folders of benches that were killed before they could tidy up; their names have the process in them. */
async function removeLeftBehind(): Promise<void> {
  const isLeft = (name: string): boolean => !existsSync(`/proc/${Number.parseInt(name.slice(NAMES.length), 10)}`);
  for (const name of (await namespacesNamed(NAMES)).filter(isLeft)) await removeNamespace(name);
  for (const name of readdirSync(tmpdir())) if (name.startsWith(NAMES) && isLeft(name)) rmSync(`${tmpdir()}/${name}`, { recursive: true });
}
