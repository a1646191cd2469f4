/**
 * ts-bgp and BIRD 2 side by side, each watching the other with BFD over both IP versions.
 *
 *   us 10.77.0.1 fd77::1 ──── bird 10.77.0.2 fd77::2      hold time 90 s: what ends sooner, BFD has ended
 */

import { readFileSync, writeFileSync } from "node:fs";
import { askRows, askValue } from "../../src/control/sockets/client.ts";
import type { PeerDetail } from "../../src/control/answers/peer.ts";
import type { RouteRow } from "../../src/control/answers/route.ts";
import { type Background, startInBackground } from "../../src/cli/lab/background.ts";
import { run } from "../../src/cli/lab/command.ts";
import { TS_BGP } from "../../src/cli/lab/daemons.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import { Lan, type LanHost } from "./lan.ts";
import { until } from "./until.ts";

export const PEERS = ["ipv4", "ipv6"] as const;
export type PeerOfRig = (typeof PEERS)[number];

/** What BIRD announces, by session. */
export const ANNOUNCED: { readonly [Name in PeerOfRig]: string } = { ipv4: "10.2.0.0/24", ipv6: "2001:db8:2::/48" };

const ASN = 64512;
const INTERVAL_MS = 200;

/** A module to load before the program: at SIGUSR2 its event loop stands still for as many milliseconds as that file says. */
function standsStill(file: string): string {
  const text = `import { readFileSync } from "node:fs";
    process.on("SIGUSR2", () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(readFileSync(${JSON.stringify(file)}, "utf8"))));`;
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

/** One line of our log. */
export interface LogLine {
  readonly time: string;
  readonly msg: string;
  readonly peer?: string;
}

export class BfdRig {
  readonly lan: Lan;
  readonly us: LanHost;
  readonly them: LanHost;
  #daemon: Background | undefined;
  #bird: Background | undefined;

  constructor(lan: Lan) {
    this.lan = lan;
    this.us = lan.host("us");
    this.them = lan.host("bird");
  }

  static async raise(): Promise<BfdRig> {
    return new BfdRig(await Lan.raise(["us", "bird"]));
  }

  /** Starts our daemon with these BFD settings for both peers. */
  async startUs(bfd: object): Promise<void> {
    this.#writeConfig(bfd, {});
    const [node = "", ...program] = TS_BGP;
    this.#daemon = startInBackground(
      inNamespace(this.us.namespace, [node, "--import", standsStill(this.#path("stall")), ...program, "node", "--config", this.#path("ts-bgp.json")]),
      this.#path("ts-bgp.log"),
    );
    await until(
      () =>
        this.peer("ipv4").then(
          () => true,
          () => false,
        ),
      "ts-bgp answers",
    );
  }

  /** Another configuration of both peers. */
  reconfigureUs(bfd: object | undefined, peer: object = {}): void {
    this.#writeConfig(bfd, peer);
    this.#daemon?.kill("SIGHUP");
  }

  /** Our daemon's event loop does nothing for so long, from soon on. */
  stall(ms: number): void {
    writeFileSync(this.#path("stall"), `${ms}`);
    this.#daemon?.kill("SIGUSR2");
  }

  async startBird(bfd: "with BFD" | "without BFD"): Promise<void> {
    writeFileSync(this.#birdPath("bird.conf"), birdConfig(this.us, this.them, bfd));
    this.#bird = startInBackground(
      inNamespace(this.them.namespace, ["bird", "-f", "-c", this.#birdPath("bird.conf"), "-s", this.#birdPath("bird.ctl")]),
      this.#birdPath("bird.log"),
    );
    await until(
      () =>
        this.birdc("show", "status").then(
          () => true,
          () => false,
        ),
      "birdc answers",
    );
  }

  async reconfigureBird(bfd: "with BFD" | "without BFD"): Promise<void> {
    writeFileSync(this.#birdPath("bird.conf"), birdConfig(this.us, this.them, bfd));
    await this.birdc("configure");
  }

  async killBird(): Promise<void> {
    this.#bird?.kill("SIGKILL");
    await this.#bird?.end;
  }

  birdc(...words: readonly string[]): Promise<string> {
    return run(["birdc", "-s", this.#birdPath("bird.ctl"), ...words]);
  }

  peer(name: PeerOfRig): Promise<PeerDetail> {
    return askValue<PeerDetail>(this.#path("ts-bgp.sock"), { ask: "peer", peer: name });
  }

  /** Prefixes that we learned. */
  async routes(): Promise<readonly string[]> {
    const prefixes: string[] = [];
    for await (const { prefix, best, from } of askRows<RouteRow>(this.#path("ts-bgp.sock"), { ask: "routes" }))
      if (best && from.kind === "peer") prefixes.push(prefix);
    return prefixes.sort();
  }

  /** Routes that stand in our kernel because of BIRD. */
  async kernelRoutes(): Promise<readonly string[]> {
    const shown = await Promise.all(
      (["-4", "-6"] as const).map((version) => run(["ip", "-n", this.us.namespace, version, "route", "show", "proto", "12"])),
    );
    return shown.flatMap((text) => text.split("\n").flatMap((line) => line.split(" ")[0] || [])).sort();
  }

  /** BFD is up in both directions, sessions are established, routes stand in the kernel. */
  async converges(): Promise<void> {
    for (const name of PEERS) {
      await until(async () => {
        const { state, bfd } = await this.peer(name);
        return state === "Established" && bfd?.state === "up" && bfd.neighbor?.state === "up";
      }, `${name} is established and watched`);
    }
    await until(
      async () =>
        same(await this.routes(), Object.values(ANNOUNCED)) && same(await this.kernelRoutes(), Object.values(ANNOUNCED)),
      "routes are there",
    );
  }

  log(): readonly LogLine[] {
    return readFileSync(this.#path("ts-bgp.log"), "utf8")
      .split("\n")
      .flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as LogLine] : []));
  }

  /** What was printed beside the log: warnings of Node, crashes. */
  noise(): readonly string[] {
    return readFileSync(this.#path("ts-bgp.log"), "utf8")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("{"));
  }

  birdLog(): string {
    return readFileSync(this.#birdPath("bird.log"), "utf8");
  }

  /** Ends our daemon as an operator would. */
  async stopUs(): Promise<void> {
    this.#daemon?.kill("SIGTERM");
    await this.#daemon?.end;
  }

  async remove(): Promise<void> {
    await this.lan.remove();
  }

  #path(file: string): string {
    return `${this.us.directory}/${file}`;
  }

  #birdPath(file: string): string {
    return `${this.them.directory}/${file}`;
  }

  #writeConfig(bfd: object | undefined, peer: object): void {
    const peers = PEERS.map((name) => ({
      name,
      address: this.them[name],
      localAddress: this.us[name],
      asn: ASN,
      connectRetrySec: 1,
      idleHoldMaxSec: 2,
      bfd,
      ...peer,
    }));
    const config = {
      router: { asn: ASN, id: this.us.ipv4 },
      peers,
      control: { socket: this.#path("ts-bgp.sock") },
      log: { level: "debug" },
    };
    writeFileSync(this.#path("ts-bgp.json"), JSON.stringify(config));
  }
}

function birdConfig(us: LanHost, them: LanHost, bfd: "with BFD" | "without BFD"): string {
  const session = (name: PeerOfRig): string => `
protocol static static_${name} { ${name}; route ${ANNOUNCED[name]} blackhole; }
protocol bgp session_${name} {
  local ${them[name]} as ${ASN};
  neighbor ${us[name]} as ${ASN};
  direct;
  hold time 90;
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 2;
  ${bfd === "with BFD" ? "bfd on;" : ""}
  ${name} { import all; export where source = RTS_STATIC; next hop self; };
}`;
  return `log stderr all;
router id ${them.ipv4};
protocol device { scan time 1; }
protocol bfd { interface "eth0" { interval ${INTERVAL_MS} ms; idle tx interval 1 s; multiplier 4; }; }
${PEERS.map(session).join("")}
`;
}

function same(actual: readonly string[], wanted: readonly string[]): boolean {
  return JSON.stringify(actual) === JSON.stringify([...wanted].sort());
}
