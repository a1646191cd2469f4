/**
 * Where a measurement takes place: two namespaces and the cable between them, nothing of the machine's own network.
 * Guards the door to `ip netns`. Whatever runs in them ends with them.
 *
 *   feed  eth0 172.30.0.2/16 ── eth0 172.30.0.1/16  subject
 */

import { mkdtempSync, rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import type { IpAddress } from "../../src/ip/address.ts";
import { inParallel, run } from "../../src/cli/lab/command.ts";
import { addNamespace, ipBatch, namespacesNamed, removeNamespace } from "../../src/cli/lab/namespaces.ts";

export const BENCH_ASN = 64512;
export const BGP_PORT = 179;
export const SUBJECT_ADDRESS = "172.30.0.1" as IpAddress;
export const FEED_ADDRESS = "172.30.0.2" as IpAddress;
const LINK_BITS = 16;
const SUBJECT_PROTOCOLS = [12, 186]; // of BIRD and ts-bgp, of FRR

export interface Ground {
  readonly feed: string;
  readonly subject: string;
  /** For configurations, sockets and logs. */
  readonly directory: string;
}

/** What the names of the namespaces of that process begin with: whoever started it finds its own among others'. */
export function groundsOf(pid: number): string {
  return `tsbgp-fib-${pid}-`;
}

export async function raiseGround(): Promise<Ground> {
  const prefix = `${groundsOf(process.pid)}${randomBytes(3).toString("hex")}-`;
  const ground = { feed: `${prefix}feed`, subject: `${prefix}subject`, directory: mkdtempSync(`${tmpdir()}/ts-bgp-fib-`) };
  try {
    await inParallel([ground.feed, ground.subject], addNamespace);
    await ipBatch(ground.subject, [
      `link add eth0 type veth peer name eth0 netns ${ground.feed}`,
      `addr add ${SUBJECT_ADDRESS}/${LINK_BITS} dev eth0`,
      "link set eth0 up",
    ]);
    await ipBatch(ground.feed, [`addr add ${FEED_ADDRESS}/${LINK_BITS} dev eth0`, "link set eth0 up"]);
    return ground;
  } catch (error) {
    await removeGround(ground);
    throw error;
  }
}

/** Takes away what a subject left in the kernel: the next one begins on clean ground. */
export async function sweepRoutes({ subject }: Ground): Promise<void> {
  await run(["ip", "-n", subject, "nexthop", "flush"]); // FRR's routes stand on nexthop objects, and go with them
  for (const protocol of SUBJECT_PROTOCOLS) await run(["ip", "-n", subject, "-4", "route", "flush", "table", "main", "proto", String(protocol)]);
}

export async function removeGround({ feed, subject, directory }: Ground): Promise<void> {
  const standing = await namespacesNamed("tsbgp-fib-");
  await inParallel([feed, subject].filter((name) => standing.includes(name)), removeNamespace);
  rmSync(directory, { recursive: true, force: true });
}
