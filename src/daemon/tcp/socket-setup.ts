/**
 * Sets the options that a socket should have, and judges what could not be set.
 * The door is system/set-socket-options.ts.
 */

import type { DaemonFact } from "../facts.ts";
import type { WantedOption } from "./peer-options.ts";
import { type OptionSetter, type SocketHandle, setSocketOptions } from "../../system/set-socket-options.ts";

/** undefined: the socket may be used. */
export type Refusal = string | undefined;

export class SocketSetup {
  readonly #report: (fact: DaemonFact) => void;
  readonly #set: OptionSetter["set"];
  /** Options that this machine does not have: once is enough to say so. */
  readonly #told = new Set<string>();

  constructor(report: (fact: DaemonFact) => void, set: OptionSetter["set"] = setSocketOptions) {
    this.#report = report;
    this.#set = set;
  }

  /** Why the socket must not be used, if something failed that has to be. */
  async apply(socket: SocketHandle, wanted: readonly WantedOption[]): Promise<Refusal> {
    const able = process.platform === "linux" ? wanted : wanted.filter(({ need }) => need === "must");
    if (able.length === 0) return undefined;
    if (process.platform !== "linux") return `${able[0]?.option.name}: only Linux has that`;
    const failures = await this.#set(socket, able.map(({ option }) => option));
    for (const { option, reason } of failures) {
      const failed = able.find((candidate) => candidate.option === option);
      if (failed?.need === "must") return `${option.name}: ${reason}`;
      if (reason !== "EBADF") this.#tell(option.level, option.code, option.name, reason); // EBADF: the connection is gone already
    }
    return undefined;
  }

  #tell(level: number, code: number, option: string, reason: string): void {
    if (this.#told.has(`${level} ${code}`)) return;
    this.#told.add(`${level} ${code}`);
    this.#report({ kind: "socket-option-failed", option, reason });
  }
}
