/** The daemon as a whole, as far as it needs no network: how it begins and ends. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { Daemon } from "../../src/daemon/daemon.ts";
import { parseDaemonConfig } from "../../src/daemon/config/config.ts";

test("one that is told to end before it has begun opens no port, and says of nothing that it has started", async () => {
  const directory = await mkdtemp(join(tmpdir(), "ts-bgp-"));
  const parsed = parseDaemonConfig({
    router: { asn: 64512, id: "10.0.0.1" },
    kernel: { enabled: false },
    control: { socket: join(directory, "control.sock") },
  });
  const config = { ...parsed, listen: [{ address: "127.0.0.1" as IpAddress, port: 0 }] };
  const told: string[] = [];
  let stopped: Promise<void> | undefined;
  const daemon: Daemon = new Daemon(config, { role: "node", version: "0", datastore: undefined }, {
    tell({ kind }) {
      told.push(kind);
      if (kind === "control-open") stopped = daemon.stop("restart", "SIGTERM");
    },
    askedToEnd: () => undefined,
    reread: () => Promise.reject(new Error("nobody asks")),
    crashed: (error) => told.push(String(error)),
    log: { level: "info" } as never,
  });
  await daemon.start();
  await stopped;
  expect(told).toEqual(["control-open", "stopping", "stopped"]);
  await rm(directory, { recursive: true });
});
