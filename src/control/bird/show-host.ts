/**
 * `show interfaces` and `show memory`: the host and the process, as BIRD 1.6 lays them out.
 * Pure.
 */

import { versionOf } from "../../ip/address.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { LinkLook } from "../../fib/kernel-view.ts";
import type { Look } from "../look.ts";
import { CODE, END, type ReplyLine, line } from "./reply.ts";

export function* showInterfaces(family: Family, look: Look): Iterable<ReplyLine> {
  for (const link of look.kernel?.links() ?? []) {
    yield line(CODE.interface, `${link.name} ${wordFor(link)} (index=${link.index})`);
    yield line(CODE.interfaceFlags, `\t${flagsOf(link).join(" ")}`);
    for (const address of addressesOf(link, family)) yield line(CODE.interfaceAddress, `\t${address}`);
  }
  yield END;
}

export function* showInterfaceSummary(family: Family, look: Look): Iterable<ReplyLine> {
  yield line(CODE.summaryHeading, summary("interface", "state", "address"));
  for (const link of look.kernel?.links() ?? []) yield line(CODE.interfaceSummary, summary(link.name, wordFor(link), addressesOf(link, family)[0] ?? ""));
  yield END;
}

export function* showMemory({ memory, speaker }: Look): Iterable<ReplyLine> {
  const { prefixes, paths, attributeSets } = speaker.router();
  yield line(CODE.memory, "BIRD memory usage");
  yield line(CODE.memory, `Routing tables:   ${kilobytes(memory.buffers)}  (${prefixes} networks, ${paths} routes)`);
  yield line(CODE.memory, `Protocols:        ${kilobytes(memory.heap)}  (${attributeSets} attribute sets)`);
  yield line(CODE.memory, `Total:            ${kilobytes(memory.resident)}`);
  yield END;
}

function addressesOf({ addresses }: LinkLook, family: Family): readonly string[] {
  return addresses.filter((address) => versionOf(address) === (family === "ipv4" ? 4 : 6));
}

function wordFor({ state }: LinkLook): "up" | "down" {
  return state === "up" ? "up" : "down";
}

function flagsOf({ state, loopback }: LinkLook): readonly string[] {
  return [...(loopback ? ["Loopback"] : ["MultiAccess Broadcast Multicast"]), ...(state === "down" ? ["AdminDown"] : ["AdminUp"]), state === "up" ? "LinkUp" : "LinkDown"];
}

function summary(name: string, state: string, address: string): string {
  return `${name.padEnd(10)} ${state.padEnd(6)} ${address}`;
}

function kilobytes(octets: number): string {
  return `${String(Math.ceil(octets / 1024)).padStart(6)} kB`;
}
