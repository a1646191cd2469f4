/**
 * BIRD 1.6, the line that Calico's fork comes from, is replaced by ts-bgp on a host: its routes in the kernel are taken over as they
 * stand. Debian's packages of both BIRDs exclude one another, so this one is named: BENCH_BIRD1=PATH, as for the bench.
 *
 *   a: BIRD 1.6, then ts-bgp ── b: ts-bgp      each with a block
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Background, startInBackground } from "../../src/cli/lab/background.ts";
import { run } from "../../src/cli/lab/command.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import { Lan } from "../support/lan.ts";
import { describeWith } from "../support/needs.ts";
import { HOLD_SEC, TEST_ASN, killNow } from "../support/peers.ts";
import { TsBgp } from "../support/ts-bgp.ts";
import { until } from "../support/until.ts";

const BIRD1 = process.env["BENCH_BIRD1"] ?? "";
const BLOCKS = { a: "192.168.1.64/26", b: "192.168.2.128/26" } as const;

if (existsSync(BIRD1)) await describeWith([], "a host of BIRD 1.6 is taken over by ts-bgp", takeover);
else describe("a host of BIRD 1.6 is taken over by ts-bgp (skipped: BENCH_BIRD1 names no BIRD 1.6)", () => it.skip("needs more than this machine has", () => undefined));

function takeover(): void {
  let lan: Lan;
  let bird: Background;
  let b: TsBgp;

  const kernelRoutes = async (name: "a" | "b"): Promise<readonly string[]> => {
    const text = await run(["ip", "-n", lan.host(name).namespace, "route", "show", "proto", "bird"]);
    return text.split("\n").map((line) => line.trim()).filter(Boolean).sort();
  };

  const document = (own: "a" | "b", other: "a" | "b"): object => ({
    router: { asn: TEST_ASN, id: lan.host(own).ipv4 },
    blocks: [BLOCKS[own]],
    peers: [{ name: `Mesh_${lan.host(other).ipv4.replaceAll(".", "_")}`, address: lan.host(other).ipv4, localAddress: lan.host(own).ipv4, asn: TEST_ASN, holdTimeSec: HOLD_SEC, connectRetrySec: 1, idleHoldMaxSec: 2 }],
    kernel: { learn: "all" },
  });

  beforeAll(async () => {
    lan = await Lan.raise(["a", "b"]);
    const { namespace, directory } = lan.host("a");
    writeFileSync(`${directory}/bird.conf`, bird1Config(lan));
    bird = startInBackground(inNamespace(namespace, [BIRD1, "-f", "-R", "-c", `${directory}/bird.conf`, "-s", `${directory}/bird.ctl`]), `${directory}/bird.log`);
    b = await TsBgp.start(lan.host("b"), "node", document("b", "a"));
    await until(async () => (await kernelRoutes("a")).length === 2 && (await kernelRoutes("b")).length === 2, "routes in both kernels", 60_000);
  });

  afterAll(() => lan?.remove());

  it("speaks with ours as ours do: both blocks are in both kernels", async () => {
    expect(await kernelRoutes("a")).toEqual([expect.stringMatching(/^192\.168\.2\.128\/26 via 10\.77\.0\.2 dev eth0/), expect.stringMatching(/^blackhole 192\.168\.1\.64\/26/)]);
    expect((await b.status()).peers).toMatchObject([{ state: "up" }]);
  });

  it("and not one route is written when it is killed and ours begins in its place", async () => {
    const before = await kernelRoutes("a");
    const log = `${lan.host("a").directory}/kernel.log`;
    const monitor = startInBackground(["ip", "-n", lan.host("a").namespace, "monitor", "route"], log);
    await killNow(bird);
    const a = await TsBgp.start(lan.host("a"), "node", document("a", "b"));
    await until(async () => (await a.status()).healthy && (await a.status()).router.converged, "ours is healthy", 60_000);
    expect(await kernelRoutes("a")).toEqual(before);
    await until(async () => {
      const { fib } = await a.status();
      return fib?.settled === true && fib.inherited === 0;
    }, "it has looked through its kernel");
    expect((await a.status()).fib?.written).toBe(0);
    await until(async () => (await b.status()).healthy, "the other host has it back");
    expect((await kernelRoutes("b")).length).toBe(2);
    monitor.kill("SIGTERM");
    await until(() => monitor.ended() !== undefined);
    expect(readFileSync(log, "utf8").split("\n").filter((line) => line.includes("proto bird"))).toEqual([]);
  });
}

/** As Calico's templates would have it, without their filters on pools. */
function bird1Config(lan: Lan): string {
  const { ipv4: us } = lan.host("a");
  const { ipv4: them } = lan.host("b");
  return `log stderr all;
router id ${us};
graceful restart wait 10;
protocol device { scan time 2; }
protocol direct { interface -"cali*", "*"; }
protocol static { route ${BLOCKS.a} blackhole; }
protocol kernel { learn; persist; scan time 2; merge paths on; graceful restart; import all; export where source != RTS_DEVICE; }
protocol bgp Mesh_${them.replaceAll(".", "_")} {
  local ${us} as ${TEST_ASN};
  neighbor ${them} as ${TEST_ASN};
  multihop;
  hold time ${HOLD_SEC};
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 2;
  graceful restart;
  import all;
  export where net ~ 192.168.0.0/16;
  next hop self;
  gateway recursive;
  add paths on;
}
`;
}
