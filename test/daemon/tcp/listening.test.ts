/** Where peers may call moves with the configuration, while the process runs. */

import { once } from "node:events";
import { type Socket, connect, createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IpAddress } from "../../../src/ip/address.ts";
import { StartError } from "../../../src/control/text/system-error.ts";
import type { DaemonFact } from "../../../src/daemon/facts.ts";
import { Listening } from "../../../src/daemon/tcp/listening.ts";
import { Transport } from "../../../src/daemon/tcp/transport.ts";
import type { Endpoint } from "../../../src/speaker/vocabulary.ts";
import { freePort } from "../../support/program.ts";
import { until } from "../../support/until.ts";

const LOOPBACK = "127.0.0.1" as IpAddress;

describe("the ports where peers may call", () => {
  let transport: Transport;
  let listening: Listening;
  let facts: DaemonFact[];
  const clients: Socket[] = [];

  beforeEach(() => {
    facts = [];
    transport = new Transport({ post: () => undefined, report: (fact) => facts.push(fact), transmit: () => ({ pieces: [], left: "none" }), wake: () => undefined });
    listening = new Listening({ listen: (endpoints) => transport.listen(endpoints), listening: () => transport.listening(), report: (fact) => facts.push(fact) }, { retryMs: 20 });
  });

  afterEach(() => {
    listening.stop();
    transport.destroy();
    for (const client of clients.splice(0)) client.destroy();
  });

  const at = async (address = LOOPBACK): Promise<Endpoint> => ({ address, port: await freePort("127.0.0.1") });

  async function isOpen({ address, port }: Endpoint): Promise<boolean> {
    const client = connect(port, address);
    clients.push(client);
    return once(client, "connect").then(() => true, () => false);
  }

  it("open where it says now, close where it says no more, and keep a connection that came in at what stays", async () => {
    const [one, two, three] = [await at(), await at(), await at()];
    await listening.begin([one, two]);
    const client = connect(one.port, LOOPBACK);
    clients.push(client);
    await once(client, "connect");
    await listening.change([one, three]);
    expect([await isOpen(one), await isOpen(two), await isOpen(three)]).toEqual([true, false, true]);
    expect(client.readyState).toBe("open");
  });

  it("move from every address to one of them at the same port, and back", async () => {
    const one = await at();
    const every = { address: "0.0.0.0" as IpAddress, port: one.port };
    await listening.begin([every]);
    await listening.change([one]);
    expect([await isOpen(one), await isOpen({ ...one, address: "127.0.0.2" as IpAddress })]).toEqual([true, false]);
    await listening.change([every]);
    expect(await isOpen({ ...one, address: "127.0.0.2" as IpAddress })).toBe(true);
  });

  it("are tried again where they cannot be had yet, which is said once", async () => {
    const [one, taken] = [await at(), await at()];
    const other = createServer().listen(taken.port, LOOPBACK);
    await once(other, "listening");
    await listening.begin([one]);
    await listening.change([taken]);
    await until(() => facts.some(({ kind }) => kind === "listen-failed"));
    other.close();
    await until(async () => isOpen(taken), "the port is ours");
    expect(facts.filter(({ kind }) => kind === "listen-failed")).toHaveLength(1);
  });

  it("cannot be had at the start: that is the end", async () => {
    await expect(listening.begin([{ address: "192.0.2.1" as IpAddress, port: 0 }])).rejects.toBeInstanceOf(StartError);
  });
});
