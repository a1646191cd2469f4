/**
 * The floor: how fast the kernel takes these routes from whoever has nothing else to do.
 * "floor" sends finished datagrams through our own relay, grouped by next hop, 256 routes each, the last acknowledged; no
 * reconciler. "ip" is what a script can do: `ip -batch`.
 */

import { run } from "../../src/cli/lab/command.ts";
import { FLAG, MESSAGE, DatagramWriter, eachMessage, errnoOf } from "../../src/fib/rtnetlink.ts";
import { type EncodedTarget, encodeTarget, writeRoute, writeRouteDelete } from "../../src/fib/rtnetlink-route.ts";
import { NetlinkPort } from "../../src/fib/relay/port.ts";
import type { Ground } from "./ground.ts";
import type { CellPlan, CellResult, Measured } from "./measure.ts";
import { type Layout, type Table, dotted, routeAt, sampleBitsFor, tableOf, isSampled } from "./routes.ts";
import type { Step } from "./steps.ts";
import { differencesFrom } from "./verify.ts";
import { Watcher } from "./watcher.ts";

const BATCH_ROUTES = 256;
const WINDOW_BATCHES = 16;
const MAX_DATAGRAM_BYTES = 65_536;
const OWNER = { protocol: 12, table: 254, metric: 0 };

/** What is to be done to the routes of a table. */
type Order = { readonly verb: "add" | "replace" | "delete"; readonly layout: Layout };

/** Somebody who writes routes; resolves when the kernel took all of them. */
export interface RouteWriter {
  readonly name: string;
  /** What can be made ready before the clock starts is. */
  prepare(order: Order): () => Promise<void>;
  end(): void;
}

export async function measureWriter(ground: Ground, writer: RouteWriter, plan: CellPlan): Promise<CellResult> {
  const sampleBits = sampleBitsFor(plan.routes);
  const watcher = await Watcher.begin(ground.subject, sampleBits);
  const measured: Measured[] = [];
  const step = async (name: Step, order: Order): Promise<void> => {
    const wanted = (bits: number): Table => (order.verb === "delete" ? new Map() : tableOf(order.layout, (address) => isSampled(address, bits)));
    const write = writer.prepare(order);
    const seen = watcher.expect(wanted(sampleBits));
    const fromNs = process.hrtime.bigint();
    await write();
    const { atNs, events } = await seen;
    const wrong = await differencesFrom(wanted(0), ground.subject, OWNER.protocol);
    if (wrong.length > 0) throw new Error(`${wrong.length} routes are wrong in the kernel`);
    measured.push({ step: name, ms: Number(atNs - fromNs) / 1e6, cpu: {}, writes: events * 2 ** sampleBits });
  };
  try {
    await step("add", { verb: "add", layout: { ...plan, shift: 0 } });
    if (plan.steps.includes("change")) await step("change", { verb: "replace", layout: { ...plan, shift: 1 } });
    if (plan.steps.includes("withdraw")) await step("withdraw", { verb: "delete", layout: { ...plan, shift: 1 } });
    if (plan.steps.includes("withdraw") && plan.steps.includes("again")) await step("again", { verb: "add", layout: { ...plan, shift: 1 } });
    return { measured, peakMib: 0 };
  } finally {
    writer.end();
    watcher.end();
  }
}

export async function relayWriter(ground: Ground): Promise<RouteWriter> {
  const device = await deviceOf(ground);
  const acknowledged: (() => void)[] = [];
  let refused = 0;
  const port = await openPort(ground, (datagram) =>
    eachMessage(datagram, (message) => {
      if (message.type !== MESSAGE.error) return;
      if (errnoOf(message) === 0) acknowledged.shift()?.();
      else refused++;
    }),
  );
  return {
    name: "floor",
    prepare(order) {
      const datagrams = datagramsOf(order, device);
      return async () => {
        const pending: Promise<void>[] = [];
        for (const [index, datagram] of datagrams.entries()) {
          await pending[index - WINDOW_BATCHES];
          pending.push(new Promise((resolve) => acknowledged.push(resolve)));
          let next: Uint8Array | undefined = datagram;
          port.send(() => {
            const sent = next;
            next = undefined;
            return sent;
          });
        }
        await Promise.all(pending);
        if (refused > 0) throw new Error(`the kernel refused ${refused} batches`);
      };
    },
    end: () => port.close(),
  };
}

export function ipWriter(ground: Ground): RouteWriter {
  const verbs = { add: "add", replace: "replace", delete: "del" } as const;
  return {
    name: "ip",
    prepare({ verb, layout }) {
      const lines = grouped(layout).map(({ address, bits, gateway }) => `route ${verbs[verb]} ${dotted(address)}/${bits} via ${dotted(gateway)} proto ${OWNER.protocol}`);
      const input = `${lines.join("\n")}\n`;
      return async () => void (await run(["ip", "-n", ground.subject, "-batch", "-"], input));
    },
    end: () => undefined,
  };
}

function openPort({ subject }: Ground, answer: (datagram: Uint8Array) => void): Promise<NetlinkPort> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => reject(new Error(reason));
    const port: NetlinkPort = new NetlinkPort(
      { carrier: "auto", namespace: `/run/netns/${subject}` },
      { started: () => resolve(port), answer, event: () => undefined, overrun: () => undefined, sendFailed: (errno) => fail(`errno ${errno}`), lost: fail, unavailable: fail },
    );
    port.start();
  });
}

async function deviceOf({ subject }: Ground): Promise<number> {
  const [link] = JSON.parse(await run(["ip", "-n", subject, "-json", "link", "show", "dev", "eth0"])) as readonly { readonly ifindex: number }[];
  if (!link) throw new Error("there is no eth0");
  return link.ifindex;
}

function datagramsOf({ verb, layout }: Order, device: number): readonly Uint8Array[] {
  const writer = new DatagramWriter(MAX_DATAGRAM_BYTES);
  const targets = new Map<number, EncodedTarget>();
  const datagrams: Uint8Array[] = [];
  const routes = grouped(layout);
  for (const [index, { address, bits, gateway }] of routes.entries()) {
    const to = { family: "ipv4", address: Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address), bits } as const;
    const target = targets.get(gateway) ?? encodeTarget("ipv4", { kind: "via", hops: [{ device, gateway: dotted(gateway), onLink: false }], source: undefined }, OWNER);
    targets.set(gateway, target);
    if (verb === "delete") writeRouteDelete(writer, index + 1, to, OWNER);
    else writeRoute(writer, FLAG.request | FLAG.create | (verb === "add" ? FLAG.exclusive : FLAG.replace), index + 1, to, target, OWNER);
    if (index % BATCH_ROUTES !== BATCH_ROUTES - 1 && index !== routes.length - 1) continue;
    writer.acknowledgeLast();
    datagrams.push(writer.take());
  }
  return datagrams;
}

function grouped(layout: Layout): readonly { readonly address: number; readonly bits: number; readonly gateway: number }[] {
  const table = tableOf(layout);
  return Array.from({ length: layout.routes }, (_, index) => ({ ...routeAt(index), gateway: table.get(routeAt(index).address) ?? 0 })).sort((a, b) => a.gateway - b.gateway);
}
