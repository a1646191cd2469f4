/**
 * A conversation with BIRD, or with who speaks like it: one reply after the other, printed line by line as it comes.
 * The door: a unix socket. Framing as in control/bird/reply.ts.
 */

import { type Socket, connect } from "node:net";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** Lines of these codes and above are refusals. */
const FIRST_REFUSAL = 8000;
const CODED = /^(\d{4})([ -])(.*)$/s;

/** The daemon ended the conversation, or was never there. */
export class NoDaemonError extends Error {
  override readonly name = "NoDaemonError";
}

export class BirdConnection {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = createInterface({ input: socket, crlfDelay: Infinity })[Symbol.asyncIterator]();
  }

  /** Throws the error of the socket. */
  static async open(path: string): Promise<BirdConnection> {
    const socket = connect(path);
    await once(socket, "connect");
    socket.on("error", () => socket.destroy());
    return new BirdConnection(socket);
  }

  send(line: string): void {
    this.#socket.write(`${line}\n`);
  }

  /** Prints one reply to its end; "refused": the daemon says no. */
  async reply(print: (line: string) => Promise<void>, shows: "texts" | "codes"): Promise<"done" | "refused"> {
    for (;;) {
      const { value: line, done } = await this.#lines.next();
      if (done) throw new NoDaemonError("Connection closed by server");
      const [, digits = "", mark, text = ""] = CODED.exec(line) ?? [];
      const code = Number(digits);
      if (line.startsWith("+")) await print(`>>> ${line.slice(1)}`);
      else if (line.startsWith(" ")) await print((shows === "codes" ? "     " : "") + line.slice(1));
      else if (mark === undefined) await print(`??? <${line}>`);
      else if (code !== 0) await print(shows === "codes" ? line : text);
      if (mark === " ") return code < FIRST_REFUSAL ? "done" : "refused";
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
