/** A real etcd of one member on loopback, with a data directory of its own; killed and started again at will. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Etcd3, Range } from "etcd3";
import { nameForTls } from "../../src/calico/server-identity.ts";
import { freePort } from "./program.ts";
import { until } from "./until.ts";

/** More arguments for etcd, such as those for TLS. */
export interface EtcdOptions {
  readonly address?: string;
  readonly scheme?: "http" | "https";
  readonly args?: readonly string[];
}

export class TestEtcd {
  readonly folder = mkdtempSync(join(tmpdir(), "ts-bgp-etcd-"));
  readonly #options: EtcdOptions;
  readonly #ports: { readonly client: number; readonly peer: number };
  #process: ChildProcess | undefined;
  #client: Etcd3 | undefined;
  #root: { readonly username: string; readonly password: string } | undefined;

  private constructor(options: EtcdOptions, ports: { readonly client: number; readonly peer: number }) {
    this.#options = options;
    this.#ports = ports;
  }

  static async start(options: EtcdOptions = {}): Promise<TestEtcd> {
    const address = options.address ?? "127.0.0.1";
    const etcd = new TestEtcd(options, { client: await freePort(address), peer: await freePort(address) });
    await etcd.start();
    return etcd;
  }

  get port(): number {
    return this.#ports.client;
  }

  get endpoint(): string {
    return `${this.#options.scheme ?? "http"}://${this.#options.address ?? "127.0.0.1"}:${this.port}`;
  }

  /** The certificate that it made itself, with `--auto-tls`. */
  get certificate(): string {
    return join(this.folder, "data", "fixtures", "client", "cert.pem");
  }

  /** For the tests' own writing. */
  get client(): Etcd3 {
    this.#client ??= new Etcd3({
      hosts: this.endpoint,
      ...(this.#options.scheme === "https" && {
        credentials: { rootCertificate: readFileSync(this.certificate) },
        grpcOptions: { "grpc.ssl_target_name_override": nameForTls(this.endpoint) ?? "" },
      }),
      ...(this.#root && { auth: this.#root }),
    });
    return this.#client;
  }

  async start(): Promise<void> {
    const { peer } = this.#ports;
    const address = this.#options.address ?? "127.0.0.1";
    const log = openSync(join(this.folder, "log"), "a");
    const peerUrl = `http://${address}:${peer}`;
    this.#process = spawn(
      "etcd",
      [
        "--name", "one", "--data-dir", join(this.folder, "data"), "--unsafe-no-fsync", "--log-level", "error", "--heartbeat-interval", "50", "--election-timeout", "500",
        "--listen-client-urls", this.endpoint, "--advertise-client-urls", this.endpoint,
        "--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl, "--initial-cluster", `one=${peerUrl}`,
        "--grpc-keepalive-min-time", "100ms",
        ...(this.#options.args ?? []),
      ],
      { stdio: ["ignore", log, log], env: { PATH: process.env["PATH"] ?? "", ETCD_UNSUPPORTED_ARCH: process.arch } },
    );
    closeSync(log);
    await until(() => this.#answers(), "etcd answers");
  }

  get log(): string {
    return readFileSync(join(this.folder, "log"), "utf8");
  }

  async put(key: string, value: object | string): Promise<void> {
    await this.client.put(key).value(typeof value === "string" ? value : JSON.stringify(value));
  }

  async delete(key: string): Promise<void> {
    await this.client.delete().key(key);
  }

  /** From now on nobody is let in without a password; this user may read and write below "/calico/". */
  async wantUsers(name: string, password: string): Promise<void> {
    const { client } = this;
    const root = { username: "root", password: "root" };
    await client.role(name).create();
    await client.role(name).grant({ permission: "Readwrite", range: Range.prefix("/calico/") });
    await client.user(name).create(password);
    await client.user(name).addRole(name);
    await client.user(root.username).create(root.password);
    await client.role("root").create();
    await client.user(root.username).addRole("root");
    await client.auth.authEnable();
    client.close();
    this.#client = undefined;
    this.#root = root;
  }

  /** Everything up to now is history that nobody can ask for any more. */
  async compact(): Promise<void> {
    const { header } = await this.client.kv.range({ key: Buffer.from("/") });
    await this.client.kv.compact({ revision: header.revision, physical: true });
  }

  async stop(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    this.#client?.close();
    this.#client = undefined;
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }

  /** As after a disk that was lost: the same member, without anything. */
  async startEmpty(): Promise<void> {
    await this.stop();
    rmSync(join(this.folder, "data"), { recursive: true, force: true });
    await this.start();
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    if (this.#process?.exitCode !== null) throw new Error(`etcd ended: ${this.log}`);
    try {
      await this.client.kv.range({ key: Buffer.from("/") }, { deadline: Date.now() + 1_000 });
      return true;
    } catch {
      this.#client?.close(); // it would wait before it tries again
      this.#client = undefined;
      return false;
    }
  }
}
