/** The stream between daemon and relay: however it is cut, the frames come out whole; without a carrier there is one fact. */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KernelFib, type OpenPort } from "../../src/fib/kernel.ts";
import { FRAME, FrameReader, FrameWriter } from "../../src/fib/relay/frames.ts";
import { EVENT_GROUPS } from "../../src/fib/relay/relay.ts";
import { hasFfi } from "../../src/system/libc.ts";
import type { FibFact, FibSettings } from "../../src/fib/vocabulary.ts";
import type { IpAddress } from "../../src/ip/address.ts";
import { PREFIXES, changes, via } from "../support/forwarding.ts";
import { describeWithPrograms } from "../support/needs.ts";

const SETTINGS: FibSettings = { protocol: 12, metric: 0, table: 254, carrier: "auto", rescanMs: 60_000, workloadInterfaces: [], families: ["ipv4"] };

describe("frames", () => {
  it("come out whole and in order wherever the stream is cut", () => {
    let joined = 0;
    const frame = fc.record({ kind: fc.nat(2), payload: fc.uint8Array({ maxLength: 40 }) });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20, size: "max" }), fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 50 }), (frames, cuts) => {
        const writer = new FrameWriter();
        const kindsAt = frames.map(({ payload }) => {
          writer.add(payload);
          return writer.length - payload.length - 4;
        });
        const stream = writer.written.slice();
        frames.forEach(({ kind }, i) => (stream[kindsAt[i] as number] = kind)); // the relay's frames are of other kinds
        const reader = new FrameReader();
        const seen: { kind: number; payload: Uint8Array }[] = [];
        for (let at = 0, i = 0; at < stream.length; at += cuts[i % cuts.length] as number, i++) {
          const chunk = stream.slice(at, at + (cuts[i % cuts.length] as number));
          reader.push(chunk, (kind, payload) => void seen.push({ kind, payload: payload.slice() }));
          if (chunk.length < 8) joined++;
        }
        expect(seen).toEqual(frames);
      }),
    );
    expect(joined).toBeGreaterThan(100);
  });
});

describe("a frame writer", () => {
  it("takes whatever is added, and starts anew with the same memory", () => {
    const writer = new FrameWriter();
    for (const size of [300_000, 5]) {
      writer.add(new Uint8Array(size).fill(7));
      writer.add(new Uint8Array(3).fill(8));
      const seen: number[][] = [];
      new FrameReader().push(writer.written, (kind, payload) => void seen.push([kind, payload.length, payload[0] as number]));
      expect(seen).toEqual([[0, size, 7], [0, 3, 8]]);
      writer.clear();
      expect(writer.length).toBe(0);
    }
  });
});

describeWithPrograms(["perl"], "the relay of perl", () => {
  const RELAY = fileURLToPath(new URL("../../src/fib/relay/relay.pl", import.meta.url));

  /** What it tells where joining group 32 (nexthop objects) fails with that errno; its input ends at once. */
  function told(errno: number): readonly number[] {
    const refusing = `BEGIN { *CORE::GLOBAL::setsockopt = sub (*$$$) {
      if ($_[1] == 270 && $_[2] == 1 && unpack('l', $_[3]) == 32) { $! = ${errno}; return }
      CORE::setsockopt($_[0], $_[1], $_[2], $_[3]);
    } } do '${RELAY}'; die $@ if $@;`;
    const kinds: number[] = [];
    new FrameReader().push(execFileSync("perl", ["-e", refusing, String(EVENT_GROUPS)], { input: "", stdio: "pipe" }), (kind) => void kinds.push(kind));
    return kinds;
  }

  it("works in a kernel that knows no nexthop objects", () => {
    expect(told(22 /* EINVAL */)).toEqual([FRAME.status]);
    expect(() => told(1 /* EPERM */)).toThrow(/group/);
  });
});

describe("without a carrier", () => {
  async function failing(settings: Partial<FibSettings>): Promise<{ readonly facts: readonly FibFact[]; readonly fib: KernelFib }> {
    const facts: FibFact[] = [];
    const fib = new KernelFib(PREFIXES, { ...SETTINGS, ...settings }, { nextHopsChanged: () => undefined, workloadsChanged: () => undefined, report: (fact) => void facts.push(fact) });
    await fib.start();
    return { facts, fib };
  }

  it("one fact says so, and BGP goes on as where no kernel routes are kept", async () => {
    const { facts, fib } = await failing({ carrier: "perl", namespace: "/nowhere/at/all" });
    expect(facts).toEqual([{ kind: "no-carrier", reason: expect.stringMatching(/^perl: ./) }]);
    fib.want(changes([via("10.65.1.0/26", "10.0.0.2")]));
    await fib.settled();
    expect(await fib.check()).toBeUndefined();
    expect(fib.nextHops.metric("10.0.0.2" as IpAddress)).toBe(0);
    expect(fib.status()).toMatchObject({ state: "no-carrier", written: 0 });
    await fib.close({ routes: "withdraw" });
  });

  it("every carrier that was tried is named", async () => {
    const { facts } = await failing({ namespace: "/nowhere/at/all" });
    expect(facts).toEqual([{ kind: "no-carrier", reason: expect.stringMatching(hasFfi() ? /^ffi: .*; perl: / : /^perl: /) }]);
  });
});

describe("a kernel that does not answer", () => {
  it("is given up for closed when the daemon ends", async () => {
    const silent: OpenPort = (_options, hooks) => ({
      carrier: "perl",
      restarts: 0,
      start: () => hooks.started("perl"),
      send: (next) => void next(),
      restart: () => undefined,
      close: () => undefined,
    });
    const fib = new KernelFib(PREFIXES, SETTINGS, { nextHopsChanged: () => undefined, workloadsChanged: () => undefined, report: () => undefined }, silent);
    const started = fib.start();
    await fib.close({ routes: "keep" });
    await started;
    expect(fib.status().state).toBe("closed");
  });
});
