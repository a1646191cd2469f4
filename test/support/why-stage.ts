/**
 * One speaker with peers that say what the test says, for questions about a prefix; and a kernel in memory where it has one.
 *
 *   a, b, c, ...  10.0.0.2, 10.0.0.3, 10.0.0.4, ... each with the configuration that the test gives it
 */

import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { FAMILIES, type CodecContext, type Family } from "../../src/bgp/wire/context.ts";
import type { Message } from "../../src/bgp/wire/message-types.ts";
import type { AsPath, PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { nlriOf } from "../../src/bgp/wire/nlri.ts";
import type { DecisionOptions } from "../../src/bgp/rib/decide.ts";
import { ALL_REACHABLE, type NextHopView } from "../../src/bgp/rib/next-hop.ts";
import { answer } from "../../src/control/commands.ts";
import type { Look } from "../../src/control/look.ts";
import type { WhyAnswer } from "../../src/control/why/answer.ts";
import { KernelFib, type OpenPort } from "../../src/fib/kernel.ts";
import type { FibSettings } from "../../src/fib/vocabulary.ts";
import { OURS } from "../fib/reconcile-kit.ts";
import type { FakeKernel } from "./fake-kernel.ts";
import { FakeView } from "./fake-view.ts";
import { PREFIXES, changes } from "./forwarding.ts";
import { Network, type TestSpeaker } from "./network.ts";
import { quietLook } from "./quiet-look.ts";
import { AGREED, ScriptedPeer } from "./scripted-peer.ts";

export const AS = 64512;
export const PREFIX = "10.2.0.0/16";

type Capabilities = Extract<Message, { kind: "open" }>["capabilities"];

interface Joining {
  readonly asn?: number;
  readonly families?: readonly Family[];
  readonly capabilities?: Capabilities;
  readonly context?: Partial<CodecContext>;
  readonly window?: ScriptedPeer["window"];
}

export class WhyStage {
  readonly network = new Network();
  readonly us: TestSpeaker;
  readonly #document: object;
  readonly #addresses = new Map<string, string>();
  readonly #contexts = new Map<ScriptedPeer, CodecContext>();

  /** `peers` by name, `more` of the document beside. */
  constructor(peers: Readonly<Record<string, object>>, more: object = {}, nextHops: NextHopView = ALL_REACHABLE, decision: Partial<DecisionOptions> = {}) {
    Object.keys(peers).forEach((name, at) => this.#addresses.set(name, `10.0.0.${at + 2}`));
    const rows = Object.entries(peers).map(([name, row]) => ({ name, address: this.addressOf(name), asn: AS, passive: true, ...row }));
    this.#document = { router: { asn: AS, id: "10.0.0.1" }, peers: rows, ...more };
    this.us = this.network.add("10.0.0.1", this.#document, nextHops, { decision });
  }

  addressOf(name: string): string {
    return this.#addresses.get(name) ?? "0.0.0.0";
  }

  /** A session; the codec must be what the capabilities add up to. */
  join(name: string, { asn = AS, families = ["ipv4"], capabilities = [], context = {}, window = "open" }: Joining = {}): ScriptedPeer {
    const peer = new ScriptedPeer(this.us, this.addressOf(name));
    peer.window = window;
    const offers = families.map((family) => ({ kind: "multiprotocol" as const, family: FAMILIES[family] }));
    const codec = { ...AGREED, internal: asn === AS, ...context };
    peer.establish(asn, 0x0a000000 + Number(this.addressOf(name).split(".")[3]), [...offers, { kind: "four-octet-as", asn }, ...capabilities], codec);
    this.#contexts.set(peer, codec);
    return peer;
  }

  tell(peer: ScriptedPeer, more: Partial<PathAttributes> = {}, { prefix = PREFIX, pathId = 0 } = {}): void {
    const family = prefix.includes(":") ? "ipv6" : "ipv4";
    const addPath = this.#contexts.get(peer)?.addPathSend.has(family) ?? false; // as the peer sees it
    const nlri = nlriOf(family, addPath, [{ prefix: prefix as Prefix, pathId }]);
    peer.say({ kind: "update", withdrawn: [], announced: [{ nlri, attributes: { origin: "igp", asPath: [], nextHop: { address: "10.0.0.99" as IpAddress }, ...more } }], faults: [] });
  }

  withdraw(peer: ScriptedPeer, prefix = PREFIX): void {
    peer.say({ kind: "update", withdrawn: [nlriOf("ipv4", false, [{ prefix: prefix as Prefix, pathId: 0 }])], announced: [], faults: [] });
  }

  why(args: object = { prefix: PREFIX }, look: Partial<Look> = {}): WhyAnswer {
    const steps = this.whySteps(args, look);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value as WhyAnswer;
    }
  }

  /** The same with the breaths that it takes. */
  whySteps(args: object, look: Partial<Look> = {}): Generator<undefined, object> {
    const given = answer(quietLook(new FakeView(), { speaker: this.us.speaker.view(), ...look }), "why", args);
    if (given.kind !== "steps") throw new Error(JSON.stringify(given));
    return given.steps;
  }
}

export function sequence(...asns: readonly number[]): AsPath {
  return [{ kind: "sequence", asns }];
}

/** Whether the kernel's answers arrive, and whether there is anybody to ask. */
export type Wire = "whole" | "mute" | "cut";

/** Asks while the kernel holds what that speaker wants there. */
export async function withKernel(stage: WhyStage, kernel: FakeKernel, wire: Wire = "whole", settings: Partial<FibSettings> = {}, args?: object): Promise<WhyAnswer> {
  let isMute = false;
  const port: OpenPort = (_options, hooks) => ({
    carrier: "perl",
    restarts: 0,
    start: () => (wire === "cut" ? hooks.unavailable("nobody is there") : hooks.started("perl")),
    send(next) {
      for (let datagram = next(); datagram; datagram = next()) kernel.execute(datagram);
      for (let heard = isMute ? undefined : kernel.takeAnswer(); heard; heard = kernel.takeAnswer()) hooks.answer(heard);
    },
    restart: () => undefined,
    close: () => undefined,
  });
  const plain: FibSettings = { protocol: OURS, metric: 0, table: 254, carrier: "auto", rescanMs: 3_600_000, workloadInterfaces: [], families: ["ipv4", "ipv6"] };
  const fib = new KernelFib(PREFIXES, { ...plain, ...settings }, { nextHopsChanged: () => undefined, workloadsChanged: () => undefined, report: () => undefined }, port);
  try {
    await fib.start();
    isMute = wire === "mute";
    fib.want(changes([...stage.us.forwarding].map(([prefix, entry]) => ({ prefix, entry }))));
    if (wire === "whole") await fib.settled();
    return stage.why(args, { fib, kernel: fib.view() });
  } finally {
    await fib.close({ routes: "keep" });
  }
}
