/** The real daemon as a reflector on loopback, peers of every sort, and what one can see of it from outside. */

import { readdirSync } from "node:fs";
import { expect } from "vitest";
import type { StatusAnswer } from "../../src/control/commands.ts";
import type { PeerDetail } from "../../src/control/answers/peer.ts";
import { RunningDaemon, freePort } from "../support/program.ts";
import { TcpPeer, type TcpPeerPlan } from "../support/tcp-peer.ts";

export const AS = 64512;
/** Short enough that any standstill of the daemon would be seen. */
export const HOLD_SEC = 5;

const US = "127.0.2.1";
const HEALTHY = 2;

export class Victim {
  readonly daemon: RunningDaemon;
  readonly port: number;
  readonly #peers: TcpPeer[] = [];

  /** A daemon with that many passive peers from 127.0.2.2 on; the first is the healthy one. */
  static async start(peers: number, peer: object = {}): Promise<Victim> {
    const port = await freePort(US);
    const victim = new Victim(port, peers, peer);
    await victim.daemon.logged("started");
    return victim;
  }

  private constructor(port: number, peers: number, peer: object) {
    this.port = port;
    this.daemon = new RunningDaemon("rr", {
      router: { asn: AS, id: US },
      listen: [{ address: US, port }],
      control: { history: { mebibytes: 1 } }, // full at once: what grows then is a leak
      peers: Array.from({ length: peers }, (_, index) => ({
        name: `p${HEALTHY + index}`,
        address: address(HEALTHY + index),
        asn: AS,
        passive: true,
        reflectorClient: true,
        holdTimeSec: 30,
        ...peer,
      })),
    });
  }

  /** Connects from 127.0.2.`host`. */
  call(host: number, plan: Partial<TcpPeerPlan> = {}): TcpPeer {
    const peer = new TcpPeer({ to: US, port: this.port, from: address(host), asn: AS, holdTimeSec: 30, ...plan });
    this.#peers.push(peer);
    return peer;
  }

  /** The peer that must not notice anything. */
  healthy(): Promise<TcpPeer> {
    return this.call(HEALTHY, { holdTimeSec: HOLD_SEC }).establish();
  }

  async expectUnharmed(healthy: TcpPeer): Promise<void> {
    expect(healthy.farewell).toBeUndefined();
    expect(healthy.closed).toBe(false);
    expect(healthy.longestSilenceMs).toBeLessThan(HOLD_SEC * 1000);
    expect((await this.peer(HEALTHY)).counters).toMatchObject({ established: 1, flaps: 0 });
  }

  peer(host: number): Promise<PeerDetail> {
    return this.daemon.value<PeerDetail>("peers", address(host));
  }

  async router(): Promise<StatusAnswer["router"]> {
    return (await this.daemon.value<StatusAnswer>("status")).router;
  }

  heldMib(): Promise<number> {
    return this.daemon.heldMib();
  }

  openFiles(): number {
    return readdirSync(`/proc/${this.daemon.pid}/fd`).length;
  }

  linesAbout(text: string): number {
    return this.daemon.log.filter((line) => String(line["msg"]).includes(text)).length;
  }

  async dispose(): Promise<void> {
    for (const peer of this.#peers) peer.drop();
    await this.daemon.dispose();
  }
}

/** Does `step` again and again for so long, and on a busy machine on until it is enough, with room for others in between. */
export async function keepDoing(ms: number, step: () => Promise<void> | void, isEnough: () => boolean = () => true): Promise<void> {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs || !isEnough()) {
    await step();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function address(host: number): string {
  return `127.0.2.${host}`;
}
