/**
 * One comparison with the kernel: dumps links, addresses, nexthop objects, then every table of every family, one after the other.
 * Pure. The kernel answers one dump at a time per socket, and a dump taken while somebody writes is silently partial:
 * the reconciler writes nothing until this is done.
 */

import type { Family } from "../bgp/wire/context.ts";
import { addressDumpRequest, linkDumpRequest } from "./rtnetlink-link.ts";
import { objectDumpRequest } from "./rtnetlink-object.ts";
import { FLAG, MESSAGE, type MessageAt, errnoOf } from "./rtnetlink.ts";
import { MAIN_TABLE, routeDumpRequest } from "./rtnetlink-route.ts";

type Question = (seq: number) => Uint8Array;

export type DumpProgress = "more" | "complete" | "interrupted" | "failed";

/** The kernel has no such table yet, or no such family: that is an empty answer. */
const EMPTY_ANSWERS: ReadonlySet<number> = new Set([2 /* ENOENT */, 95 /* EOPNOTSUPP */, 97 /* EAFNOSUPPORT */]);

export class Dump {
  readonly #questions: readonly Question[];
  #asked = 0;
  #seq: number | undefined;
  #interrupted = false;

  constructor(tables: readonly number[], families: readonly Family[]) {
    const routes = families.flatMap((family) => tables.map((table): Question => (seq) => routeDumpRequest(seq, family, { table, protocol: 0 })));
    this.#questions = [linkDumpRequest, addressDumpRequest, objectDumpRequest, ...routes];
  }

  /** The next question, or undefined while the last one is being answered. */
  ask(seq: number): Uint8Array | undefined {
    const question = this.#questions[this.#asked];
    if (this.#seq !== undefined || !question) return undefined;
    this.#seq = seq;
    this.#asked++;
    return question(seq);
  }

  isAnswer(message: MessageAt): boolean {
    return message.seq === this.#seq;
  }

  /** Notes what this message says about the dump itself; what it shows is for the caller. */
  heard(message: MessageAt): DumpProgress {
    if ((message.flags & FLAG.dumpInterrupted) !== 0) this.#interrupted = true;
    if (message.type !== MESSAGE.done && message.type !== MESSAGE.error) return "more";
    const errno = errnoOf(message);
    if (errno !== 0 && !EMPTY_ANSWERS.has(errno)) return "failed";
    this.#seq = undefined;
    if (this.#asked < this.#questions.length) return "more";
    return this.#interrupted ? "interrupted" : "complete";
  }
}

/** Main for the next hops and the workloads, and our own where it is another: for what stands there, and the next hops too. */
export function tablesToDump(own: number): readonly number[] {
  return own === MAIN_TABLE ? [MAIN_TABLE] : [MAIN_TABLE, own];
}
