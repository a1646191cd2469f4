/**
 * One listening port, and the TCP MD5 keys of the peers that must sign.
 * The door: a listening net.Server.
 *
 * The kernel checks signatures by prefix: where it has a key it drops what is not signed with it, where it has none it accepts
 * anything. So a peer whose key could not be set is refused here, and while the first keys are being set, everybody is.
 */

import { type Server, type Socket, createServer } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { IpAddress, IpVersion } from "../../ip/address.ts";
import { type Prefix, containsAddress, prefixVersion } from "../../ip/prefix.ts";
import type { Endpoint } from "../../speaker/vocabulary.ts";
import { StartError, errorCode, explain } from "../../control/text/system-error.ts";
import { handleOf, setSocketOptions } from "../../system/set-socket-options.ts";
import { type SocketOption, md5Key } from "../../system/socket-options.ts";
import type { DaemonFact } from "../facts.ts";
import { type Keys, keyOf, listenOptions } from "./peer-options.ts";
import type { SocketSetup } from "./socket-setup.ts";

/** Connections that the kernel completes before we take them. */
export const BACKLOG = 4096; // a whole cluster may call at once when a reflector comes back

export interface ListenerPorts {
  accept(socket: Socket): void;
  report(fact: DaemonFact): void;
  readonly setup: SocketSetup;
}

/** Which IP versions one socket serves. */
type Serves = "IPv4" | "IPv6" | "both";

const VERSIONS: { readonly [S in Serves]: readonly IpVersion[] } = { IPv4: [4], IPv6: [6], both: [4, 6] };

export class Listener {
  /** As it was asked for. */
  readonly endpoint: Endpoint;
  readonly #server: Server;
  readonly #serves: Serves;
  readonly #ports: ListenerPorts;
  /** What the kernel has. */
  readonly #keys = new Map<Prefix, string>();
  /** Who has to sign, without the kernel's help. */
  #unprotected: readonly Prefix[] = [];
  #state: "preparing" | "open" = "preparing";

  private constructor(endpoint: Endpoint, server: Server, serves: Serves, ports: ListenerPorts) {
    this.endpoint = endpoint;
    this.#server = server;
    this.#serves = serves;
    this.#ports = ports;
  }

  /** Throws StartError. `all` are the endpoints opened beside this one: "::" serves IPv4 too, unless one of them does. */
  static async open(endpoint: Endpoint, all: readonly Endpoint[], keys: Keys, ports: ListenerPorts): Promise<Listener> {
    const v4Elsewhere = all.some((other) => other.address === "0.0.0.0" && other.port === endpoint.port);
    const serves: Serves = !endpoint.address.includes(":") ? "IPv4" : endpoint.address === "::" && !v4Elsewhere ? "both" : "IPv6";
    const server = createServer((socket) => listener.#accept(socket));
    const listener = new Listener(endpoint, server, serves, ports);
    await listen(server, endpoint, serves);
    await listener.#prepare(keys);
    return listener;
  }

  address(): ReturnType<Server["address"]> {
    return this.#server.address();
  }

  close(): void {
    this.#server.close();
  }

  /** From now on these have to sign with these keys. Connections that stand keep the key they have. */
  async setKeys(keys: Keys): Promise<void> {
    const socket = handleOf(this.#server);
    if (!socket) return;
    const changes = this.#changesTo(keys);
    const failures = await setSocketOptions(socket, changes.map(({ option }) => option));
    const reasons = new Map(failures.map(({ option, reason }) => [option, reason]));
    for (const { prefix, key, option } of changes) {
      if (key !== undefined && !reasons.has(option)) this.#keys.set(prefix, key);
      else this.#keys.delete(prefix);
    }
    const failed = changes.filter(({ key, option }) => key !== undefined && reasons.has(option));
    this.#unprotected = failed.map(({ prefix }) => prefix);
    const [first] = failed;
    if (first) this.#ports.report({ kind: "passwords-failed", prefixes: this.#unprotected, reason: reasons.get(first.option) ?? "" });
  }

  /** Whoever connected before the keys were there has not been asked for one. */
  async #prepare(keys: Keys): Promise<void> {
    const socket = handleOf(this.#server);
    if (socket) await this.#ports.setup.apply(socket, listenOptions(VERSIONS[this.#serves]));
    if (keys.size > 0) {
      await this.setKeys(keys);
      for (let turns = 0; turns < 2; turns++) await turn(); // in which Node accepts all who wait, to be turned away
    }
    this.#state = "open";
  }

  #changesTo(wanted: Keys): readonly { readonly prefix: Prefix; readonly key: string | undefined; readonly option: SocketOption }[] {
    const served = [...wanted].filter(([prefix]) => VERSIONS[this.#serves].includes(prefixVersion(prefix)));
    const socketVersion = this.#serves === "IPv4" ? 4 : 6;
    const kept = new Set(served.map(([prefix]) => prefix));
    return [
      ...[...this.#keys.keys()].filter((prefix) => !kept.has(prefix)).map((prefix) => ({ prefix, key: undefined, option: md5Key(socketVersion, prefix, undefined) })),
      ...served.filter(([prefix, password]) => this.#keys.get(prefix) !== password.reveal())
        .map(([prefix, password]) => ({ prefix, key: password.reveal(), option: md5Key(socketVersion, prefix, keyOf(password)) })),
    ];
  }

  #accept(socket: Socket): void {
    if (this.#state === "open" && !this.#isUnprotected(socket.remoteAddress)) return this.#ports.accept(socket);
    socket.on("error", () => {}).destroy();
  }

  #isUnprotected(remote: string | undefined): boolean {
    const address = (remote ?? "").replace(/^::ffff:(?=\d+\.)/i, "") as IpAddress;
    return this.#unprotected.some((prefix) => containsAddress(prefix, address));
  }
}

function listen(server: Server, endpoint: Endpoint, serves: Serves): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(endpoint, error)));
    server.listen({ host: endpoint.address, port: endpoint.port, backlog: BACKLOG, ipv6Only: serves === "IPv6" }, () => {
      server.removeAllListeners("error").on("error", () => {}); // a failed accept(2) is the caller's loss; it calls again
      resolve();
    });
  });
}

function listenError({ address, port }: Endpoint, error: Error): StartError {
  const denied = errorCode(error) === "EACCES" && port < 1024;
  const why = denied ? "ports below 1024 need root or CAP_NET_BIND_SERVICE" : explain(error);
  return new StartError(`cannot listen on ${address} port ${port}: ${why}`);
}
