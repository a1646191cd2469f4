/**
 * One connection to etcd, from its first request to its end: lists what has to be listed, then watches everything from there.
 * The door: etcd3. Nothing is retried here. A link that fails in any way is thrown away with all it remembers (tokens, chosen
 * server, watch ids), and store.ts makes the next one; the replica alone knows where to go on.
 */

import { Etcd3, type IOptions, type IWatchResponse, type WatchClient } from "etcd3";
import { nameForTls } from "./server-identity.ts";

export type EtcdAccess = Pick<IOptions, "credentials" | "auth"> & { readonly host: string };

export interface LinkTimes {
  /** For one request to be answered. */
  readonly requestMs: number;
  /** A connection on which nothing moves is asked after so long whether it lives, */
  readonly keepaliveMs: number;
  /** and given up when it does not say so in this time. */
  readonly keepaliveTimeoutMs: number;
}

export interface LinkHooks {
  /** Asked with every answer; "another" ends the link. */
  recognise(cluster: string, revision: number): "same" | "another";
  listed(prefix: string, found: ReadonlyMap<string, string>, revision: number): void;
  told(prefix: string, changes: Iterable<readonly [key: string, value: string | undefined]>, revision: number): void;
  /** The history that we would have to continue with is gone; the prefix is listed again now. */
  compacted(prefix: string): void;
  /** From now on every change is told. */
  following(): void;
}

/** The datastore is not the one whose revisions we know. */
export class AnotherDatastore extends Error {
  override readonly name = "AnotherDatastore";
}

type WatchStream = Awaited<ReturnType<WatchClient["watch"]>>;

const DELETED = "Delete"; // the enumeration's names arrive as texts, whatever the types say
const PAGE_KEYS = 500; // a thousand nodes are half a megabyte: in pages they stall nobody
const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;

export class EtcdLink {
  readonly #client: Etcd3;
  readonly #hooks: LinkHooks;
  readonly #watched = new Map<string, string>();
  #stream: WatchStream | undefined;
  #fail: (error: Error) => void = () => undefined;
  #awaited = 0;
  #lastWatch = 0;

  constructor({ host, ...access }: EtcdAccess, times: LinkTimes, hooks: LinkHooks) {
    const name = nameForTls(host);
    this.#hooks = hooks;
    this.#client = new Etcd3({
      ...access,
      hosts: host,
      defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: Date.now() + times.requestMs }),
      grpcOptions: {
        "grpc.keepalive_time_ms": times.keepaliveMs,
        "grpc.keepalive_timeout_ms": times.keepaliveTimeoutMs,
        "grpc.max_receive_message_length": MAX_RESPONSE_BYTES,
        "grpc.use_local_subchannel_pool": 1, // a new link is a new connection
        ...(name !== undefined && { "grpc.ssl_target_name_override": name }),
      },
    });
  }

  /** Lists the prefixes without a revision and follows them all; never resolves, rejects when the link is over. */
  async follow(places: ReadonlyMap<string, number | undefined>): Promise<never> {
    await this.#ask(places);
    const known = new Map<string, number>();
    for (const [prefix, revision] of places) known.set(prefix, revision ?? (await this.#list(prefix)));
    const stream = await this.#client.watchClient.watch();
    this.#stream = stream;
    return new Promise<never>((_, reject) => {
      this.#fail = reject;
      stream.on("data", (response) => this.#heard(response));
      stream.on("error", (error) => reject(error));
      stream.on("end", () => reject(new Error("etcd has ended the watch")));
      for (const [prefix, revision] of known) this.#watch(prefix, revision + 1);
    });
  }

  close(): void {
    this.#fail = () => undefined;
    this.#stream?.on("error", () => undefined); // its own end is one
    this.#stream?.cancel();
    this.#client.close();
  }

  /**
   * Is it the datastore that we know? Only what the whole cluster agreed upon says so: a watch is answered by one member, and
   * that one may lag behind the revisions that another has told us.
   */
  async #ask(places: ReadonlyMap<string, number | undefined>): Promise<void> {
    const [first = ""] = places.keys();
    const { header } = await this.#client.kv.range({ key: Buffer.from(first), range_end: endOf(first), count_only: true });
    this.#recognise(header);
  }

  /** Everything below the prefix, page by page, all of one moment. */
  async #list(prefix: string): Promise<number> {
    const found = new Map<string, string>();
    const end = endOf(prefix);
    let key = Buffer.from(prefix);
    let moment: number | undefined;
    for (;;) {
      const { header, kvs, more } = await this.#client.kv.range({ key, range_end: end, limit: PAGE_KEYS, ...(moment === undefined ? {} : { revision: moment }) });
      this.#recognise(header);
      moment ??= Number(header.revision);
      for (const kv of kvs) found.set(kv.key.toString(), kv.value.toString());
      const last = kvs.at(-1);
      if (!more || !last) break;
      key = Buffer.concat([last.key, Buffer.from([0])]);
    }
    this.#hooks.listed(prefix, found, moment);
    return moment;
  }

  #watch(prefix: string, startRevision: number): void {
    const id = `${++this.#lastWatch}`;
    this.#watched.set(id, prefix);
    this.#awaited++;
    this.#stream?.write({ create_request: { watch_id: id, key: Buffer.from(prefix), range_end: endOf(prefix), start_revision: startRevision, progress_notify: true } });
  }

  #heard(response: IWatchResponse): void {
    if (response.canceled) return this.#cancelled(response);
    const prefix = this.#watched.get(response.watch_id);
    if (response.created || prefix === undefined) {
      if (response.created && --this.#awaited === 0) this.#hooks.following();
      return;
    }
    const changes = response.events.map(({ type, kv }) => [kv.key.toString(), String(type) === DELETED ? undefined : kv.value.toString()] as const);
    const told = response.events.map(({ kv }) => Number(kv.mod_revision));
    this.#hooks.told(prefix, changes, told.length > 0 ? Math.max(...told) : Number(response.header.revision));
  }

  #cancelled(response: IWatchResponse): void {
    const prefix = this.#watched.get(response.watch_id);
    this.#watched.delete(response.watch_id);
    if (prefix === undefined || Number(response.compact_revision) === 0) {
      return this.#fail(new Error(`etcd refuses the watch: ${response.cancel_reason || "it does not say why"}`));
    }
    this.#hooks.compacted(prefix);
    this.#list(prefix).then((revision) => this.#watch(prefix, revision + 1), (error: Error) => this.#fail(error));
  }

  #recognise({ cluster_id, revision }: IWatchResponse["header"]): void {
    if (this.#hooks.recognise(cluster_id, Number(revision)) === "another") throw new AnotherDatastore("the datastore is another one, or was restored from a backup");
  }
}

/** The first key that no longer begins with the prefix. */
function endOf(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1; // every prefix ends in "/"
  return end;
}
