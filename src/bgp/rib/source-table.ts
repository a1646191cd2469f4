/**
 * Whoever paths come from: peers, and this machine.
 * Pure. The decision process asks a source for its kind, its router id and its address (RFC 4271 §9.1.2.2 d, f, g).
 */

import { type IpAddress, addressToBytes } from "../../ip/address.ts";
import { RowNumbers, Uint32Column, Uint8Column } from "./columns.ts";
import { RefCounts } from "./ref-counts.ts";
import type { SourceId } from "./ids.ts";

/** "local": this machine announces it itself; "kernel": so it does, for somebody else put it into its kernel. */
export type SourceKind = "local" | "external" | "internal" | "kernel";

export interface Source {
  readonly kind: SourceKind;
  readonly asn: number;
  readonly routerId: number;
  /** The peer's address; undefined: this machine. */
  readonly address: IpAddress | undefined;
}

const KIND_CODE: { readonly [K in SourceKind]: number } = { local: 0, external: 1, internal: 2, kernel: 3 };

const NO_OCTETS = new Uint8Array(0);

export class SourceTable {
  readonly #numbers = new RowNumbers();
  readonly #sources: Source[] = [];
  readonly #octets: Uint8Array[] = [];
  readonly #kinds = new Uint8Column();
  readonly #routerIds = new Uint32Column();
  readonly #refs = new RefCounts();
  readonly #free = (row: number): void => this.#numbers.give(row);

  add(source: Source): SourceId {
    const id = this.#numbers.take() as SourceId;
    this.#refs.retain(id);
    this.update(id, source);
    return id;
  }

  /** New facts about a source, such as the router id its OPEN told. Only while it has no paths: they are ranked by these facts. */
  update(id: SourceId, source: Source): void {
    this.#sources[id] = source;
    this.#octets[id] = source.address ? addressToBytes(source.address) : NO_OCTETS;
    this.#kinds.set(id, KIND_CODE[source.kind]);
    this.#routerIds.set(id, source.routerId);
  }

  /** Its number is used again once the last path that names it is gone too. */
  remove(id: SourceId): void {
    this.#refs.release(id);
  }

  get(id: SourceId): Source {
    return this.#sources[id] as Source;
  }

  isLocal(id: SourceId): boolean {
    const kind = this.#kinds.get(id);
    return kind === KIND_CODE.local || kind === KIND_CODE.kernel;
  }

  isFromKernel(id: SourceId): boolean {
    return this.#kinds.get(id) === KIND_CODE.kernel;
  }

  isExternal(id: SourceId): boolean {
    return this.#kinds.get(id) === KIND_CODE.external;
  }

  routerId(id: SourceId): number {
    return this.#routerIds.get(id);
  }

  /** This machine before IPv4 before IPv6, then by value. */
  compareAddresses(a: SourceId, b: SourceId): number {
    const left = this.#octets[a] as Uint8Array;
    const right = this.#octets[b] as Uint8Array;
    if (left.length !== right.length) return left.length - right.length;
    for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return (left[at] as number) - (right[at] as number);
    return 0;
  }

  /** For the path table: a path names it. */
  retain(id: SourceId): void {
    this.#refs.retain(id);
  }

  /** For the path table: a path that named it is gone. */
  release(id: SourceId): void {
    this.#refs.release(id);
  }

  /** Gives back the numbers of removed sources. The Rib calls this at the start of decide(). */
  sweep(): void {
    this.#refs.sweep(this.#free);
  }

  get size(): number {
    return this.#numbers.size;
  }
}
