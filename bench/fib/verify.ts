/** The kernel's table against what was to be there, prefix by prefix and with next hops: `ip route`, which knows nothing of us. */

import { run } from "../../src/cli/lab/command.ts";
import { addressToNumber, type IpAddress } from "../../src/ip/address.ts";
import type { Table } from "./routes.ts";

/** What is wrong, in words for the first few; empty: nothing. */
export async function differencesFrom(wanted: Table, namespace: string, protocol: number): Promise<readonly string[]> {
  const actual = await kernelRoutes(namespace, protocol);
  const differences: string[] = [];
  for (const [address, gateway] of wanted) {
    const found = actual.get(address);
    if (found !== gateway) differences.push(`${address}: ${found ?? "absent"} instead of ${gateway}`);
  }
  for (const address of actual.keys()) if (!wanted.has(address)) differences.push(`${address}: not to be there`);
  return differences;
}

async function kernelRoutes(namespace: string, protocol: number): Promise<Table> {
  const text = await run(["ip", "-n", namespace, "-4", "route", "show", "table", "main", "proto", String(protocol)]);
  const routes: Table = new Map();
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    const words = text.slice(at, end).split(" ");
    const gateway = words[words.indexOf("via") + 1];
    const address = words[0]?.split("/")[0];
    if (address && words.includes("via")) routes.set(addressToNumber(address as IpAddress), addressToNumber(gateway as IpAddress));
    at = end + 1;
  }
  return routes;
}
