/**
 * Our birdcl beside Debian's, at BIRD's socket and at ours: the same words, the same exit codes. And Calico's liveness probe,
 * which runs whatever stands at /bin/birdcl.
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeWith, describeWithPrograms } from "../support/needs.ts";
import { RunningDaemon, freePort } from "../support/program.ts";
import { until } from "../support/until.ts";

const OURS = fileURLToPath(new URL("../../dist/cli/birdcl.js", import.meta.url));
const PEER = "Mesh_127_0_6_2";

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], input = ""): Outcome {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", input, timeout: 20_000 });
  return { status, stdout, stderr: stderr.replaceAll(program, "birdcl") };
}

/** The clock goes on between two questions. */
function timeless({ stdout, ...rest }: Outcome): Outcome {
  return { ...rest, stdout: stdout.replace(/\d\d:\d\d:\d\d(\.\d+)?|\d+(?=\/\d+$)/gm, "TIME") };
}

/** Each a command line; those that print help in BIRD's own words are not among them. */
const LINES: readonly (readonly string[])[] = [
  ["show", "status"], ["-v", "show", "status"], ["sh", "pr"], ["-v", "sh", "pr"], ["show", "protocols", "all"], ["-r", "configure", "check"], ["-vr", "disable", "all"],
  ["show", "route"], ["show", "route", "for"], ["-v", "show", "route", "for"], ["show", "protocols", "nobody"], ["show", "interfaces", "summary"],
  ["nonsense"], ["show", "foo"], ["show"], ["-v", "show", "foo"], ["show", "-v", "status"], ["configure", "check"],
];

const TYPED = ["show status\nsh pr\n\nnonsense\nshow route for\n", "show status\nexit\nshow status\n", "", "show status"];

function bothSayTheSame(socketOf: () => string): void {
  it.each(LINES.map((line) => [line.join(" "), line] as const))("birdcl %s", (_, line) => {
    const args = ["-s", socketOf(), ...line];
    const theirs = timeless(run("birdcl", args));
    expect(timeless(run(OURS, args))).toEqual(theirs);
    expect(theirs.stdout).toMatch(/BIRD/);
  });

  it.each(TYPED)("what is typed: %j", (input) => {
    for (const options of [[], ["-v"], ["-r"]]) expect(timeless(run(OURS, ["-s", socketOf(), ...options], input))).toEqual(timeless(run("birdcl", ["-s", socketOf(), ...options], input)));
  });
}

describeWithPrograms(["birdcl"], "our birdcl and Debian's", () => {
  const folder = mkdtempSync(join(tmpdir(), "ts-bgp-birdcl-"));
  const socket = join(folder, "bird.ctl");
  let daemon: RunningDaemon;

  beforeAll(async () => {
    const port = await freePort("127.0.6.1");
    daemon = new RunningDaemon("rr", {
      router: { asn: 64512, id: "127.0.6.1" },
      networks: ["10.77.0.0/16"],
      listen: [{ address: "127.0.6.1", port }],
      control: { bird: socket },
      peers: [{ name: PEER, address: "127.0.6.2", asn: 64512, passive: true }],
    });
    await daemon.logged("started");
  });

  afterAll(async () => {
    await daemon.dispose();
    rmSync(folder, { recursive: true });
  });

  describe("say the same of our daemon", () => bothSayTheSame(() => socket));

  it("say the same where nobody is, and where an option is none", () => {
    for (const args of [["-s", join(folder, "nobody"), "show", "status"], ["-x"]]) {
      const theirs = run("birdcl", args);
      const ours = run(OURS, args);
      expect([ours.status, ours.stdout, ours.stderr.split("\n")[0]]).toEqual([theirs.status, theirs.stdout, theirs.stderr.split("\n")[0]]);
    }
  });

  it("and ours satisfies the liveness probe, by the name of a link to it", () => {
    const link = join(folder, "birdcl");
    symlinkSync(OURS, link);
    const { status, stdout } = run(link, ["-s", socket, "show", "status"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^BIRD/);
  });

  it("ours ends at once when it is told to, also while somebody might go on typing", async () => {
    const client = spawn(OURS, ["-s", socket], { stdio: ["pipe", "ignore", "ignore"] });
    try {
      client.stdin.write("exit\n");
      const [code] = await once(client, "close", { signal: AbortSignal.timeout(20_000) });
      expect(code).toBe(0);
    } finally {
      client.kill();
    }
  });

  it("ours ends with 1 when the daemon hangs up in the middle of a reply", async () => {
    const path = join(folder, "rude.ctl");
    const server = createServer((client) => client.write("0001 BIRD ready.\n", () => client.once("data", () => client.end("1000-half\n")))).listen(path);
    await once(server, "listening");
    try {
      const client = spawn(OURS, ["-s", path, "show", "status"], { stdio: ["ignore", "ignore", "pipe"] });
      let stderr = "";
      client.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      const [code] = await once(client, "close");
      expect([code, stderr]).toEqual([1, "Connection closed by server\n"]);
    } finally {
      server.close();
    }
  });
});

await describeWith(["bird", "birdcl"], "our birdcl and Debian's at BIRD's socket", () => {
  const folder = mkdtempSync(join(tmpdir(), "ts-bgp-bird-"));
  const socket = join(folder, "bird.ctl");
  const bird = { kill: (): unknown => undefined };

  beforeAll(async () => {
    writeFileSync(join(folder, "bird.conf"), "router id 192.0.2.1;\nprotocol static s4 { ipv4; route 10.1.0.0/16 blackhole; route 10.2.0.0/24 unreachable; }\nprotocol device {}\n");
    const child = spawn("bird", ["-f", "-c", join(folder, "bird.conf"), "-s", socket], { stdio: "ignore" });
    bird.kill = () => child.kill("SIGKILL");
    await until(() => /^s4 +Static +master4 +up /m.test(run("birdcl", ["-s", socket, "show", "protocols"]).stdout), "bird has begun"); // nothing it shows changes any more
  });

  afterAll(() => {
    bird.kill();
    rmSync(folder, { recursive: true });
  });

  describe("say the same", () => bothSayTheSame(() => socket));
});
