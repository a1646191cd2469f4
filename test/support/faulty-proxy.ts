/** A TCP proxy on loopback that can cut its connections, or keep them open and move nothing. */

import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";

export class FaultyProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: number;
  #mood: "kind" | "stalling" | "refusing" = "kind";

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((caller) => this.#serve(caller));
  }

  static async before(target: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends every connection; new ones are welcome. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Connections stay, new ones are taken, and nothing moves. */
  stall(): void {
    this.#mood = "stalling";
    for (const socket of this.#sockets) socket.pause();
  }

  /** Connections end, new ones too. */
  refuse(): void {
    this.#mood = "refusing";
    this.cut();
  }

  /** What comes from now on is passed on; what was stalled is not. */
  relent(): void {
    this.#mood = "kind";
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, "close");
  }

  #serve(caller: Socket): void {
    if (this.#mood === "refusing") {
      caller.destroy();
      return;
    }
    const target = connect(this.#target, "127.0.0.1");
    for (const [from, to] of [[caller, target], [target, caller]] as const) {
      this.#sockets.add(from);
      from.on("data", (chunk) => to.write(chunk)).on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
    if (this.#mood === "stalling") for (const socket of [caller, target]) socket.pause();
  }
}
