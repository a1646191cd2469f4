/**
 * `ts-bgp lab`: a Calico-like network on this machine, shown and taken down again.
 * Ctrl-C, SIGTERM and failures take it down too; only --keep leaves it up, and --remove takes that down later.
 */

import { performance } from "node:perf_hooks";
import type { Argv, CommandModule } from "yargs";
import { whereIs } from "./lab/command.ts";
import type { Ground } from "./lab/ground.ts";
import { freePort, loopbackGround } from "./lab/loopback-ground.ts";
import { namespaceGround } from "./lab/namespace-ground.ts";
import { whyNoNamespaces } from "./lab/namespaces.ts";
import { claimLab, isLabId, removeLab } from "./lab/removal.ts";
import { keptText } from "./lab/screens.ts";
import { type GroundKind, type Lab, planLab } from "./lab/topology.ts";
import { giveClusterTour } from "./lab/cluster-tour.ts";
import { type Narrator, giveTour } from "./lab/tour.ts";
import { EXIT } from "./outcome.ts";

interface LabArguments {
  readonly nodes: number;
  readonly reflectors: number;
  readonly mesh: boolean;
  readonly bird: number;
  readonly etcd: boolean;
  readonly hold: number;
  readonly keep: boolean;
  readonly remove: string | undefined;
}

const MAX_NODES = 99; // their addresses are .101 to .199
const MAX_REFLECTORS = 50;
const BGP_PORT = 179;

export const labCommand: CommandModule<object, LabArguments> = {
  command: "lab",
  describe: "build a Calico-like network on this machine, show it at work, take it down",
  builder: (yargs): Argv<LabArguments> =>
    yargs
      .option("nodes", { type: "number", default: 3, describe: "hosts with containers" })
      .option("reflectors", { type: "number", default: 1, describe: "route reflectors" })
      .option("mesh", { type: "boolean", default: false, describe: "a full mesh instead of reflectors" })
      .option("bird", { type: "number", default: 0, describe: "how many of the nodes run BIRD 2 instead" })
      .option("etcd", { type: "boolean", default: false, describe: "a Calico cluster: hosts configured by a real etcd, a mesh first, then reflectors written into it" })
      .option("hold", { type: "number", default: 9, describe: "hold time in seconds" })
      .option("keep", { type: "boolean", default: false, describe: "leave it up" })
      .option("remove", { type: "string", requiresArg: true, describe: "take down the lab with that id, left up by --keep" })
      .check((given) => complaintAbout(given) ?? true)
      .example("$0 lab", "three nodes, one reflector")
      .example("$0 lab --etcd", "the same hosts run ts-bgp node --calico; the mesh gives way to a reflector and no ping is lost")
      .example("$0 lab --mesh --bird 1 --keep", "a full mesh, BIRD on one node, left up"),
  handler: async (given) => {
    process.exitCode = given.remove === undefined ? await buildAndShow(given) : await takeDown(given.remove);
  },
};

/** What is wrong with the options, in one line. */
function complaintAbout({ nodes, reflectors, bird, etcd, hold, remove }: LabArguments): string | undefined {
  if (etcd && bird > 0) return "--bird and --etcd: BIRD does not read etcd";
  const limits = [
    ["--nodes", nodes, 2, MAX_NODES],
    ["--reflectors", reflectors, 1, MAX_REFLECTORS],
    ["--bird", bird, 0, nodes],
    ["--hold", hold, 3, 65535],
  ] as const;
  for (const [option, value, least, most] of limits) {
    if (!Number.isInteger(value) || value < least || value > most)
      return `${option}: ${value}, expected an integer from ${least} to ${most}`;
  }
  return remove === undefined || isLabId(remove)
    ? undefined
    : `--remove: "${remove}", expected the four hex digits that --keep printed`;
}

async function takeDown(id: string): Promise<number> {
  const outcome = await removeLab(id);
  console.log(`lab ${id}: ${outcome}`);
  return outcome === "removed" ? EXIT.ok : EXIT.failed;
}

async function buildAndShow(given: LabArguments): Promise<number> {
  const startedAtMs = performance.now();
  const narrator = narratorSince(startedAtMs);
  const obstacle = await whyLoopback();
  if (given.etcd && (obstacle ?? missing("etcd"))) return refuse(`--etcd needs network namespaces and etcd: ${obstacle ?? missing("etcd")}`);
  if (given.bird > 0 && (obstacle ?? missing("bird")))
    return refuse(`--bird needs network namespaces and BIRD 2: ${obstacle ?? missing("bird")}`);
  if (obstacle)
    narrator.step(`without kernel routes and containers, because ${obstacle}: the same hosts as processes on 127.18.8.0/24`);
  const interruption = watchSignals();
  const lab = await claimAndPlan(given, obstacle ? "loopback" : "namespaces");
  try {
    const tour = lab.datastore === "etcd" ? giveClusterTour : giveTour;
    await tour(lab, GROUNDS[lab.ground], narrator, interruption.signal);
    return EXIT.ok;
  } catch (error) {
    return explainFailure(error, interruption);
  } finally {
    if (given.keep && !interruption.signal.aborted) console.log(keptText(lab));
    else await removeAndSay(lab, narrator);
    interruption.stopWatching();
  }
}

const GROUNDS: { readonly [Kind in GroundKind]: Ground } = { namespaces: namespaceGround, loopback: loopbackGround };

async function whyLoopback(): Promise<string | undefined> {
  return (await whyNoNamespaces()) ?? missing("ping");
}

function missing(program: "bird" | "etcd" | "ping"): string | undefined {
  const aptPackage = { bird: "bird2", etcd: "etcd-server", ping: "iputils-ping" }[program];
  return whereIs(program) ? undefined : `the program \`${program}\` is missing (apt-get install ${aptPackage})`;
}

async function claimAndPlan({ nodes, reflectors, mesh, bird, etcd, hold }: LabArguments, ground: GroundKind): Promise<Lab> {
  const port = ground === "namespaces" ? BGP_PORT : await freePort("127.18.8.101");
  return planLab({ ...claimLab(), ground, nodes, reflectors: mesh ? 0 : reflectors, birds: bird, datastore: etcd ? "etcd" : "none", holdSec: hold, port });
}

async function removeAndSay(lab: Lab, narrator: Narrator): Promise<void> {
  await removeLab(lab.id);
  narrator.step(`lab ${lab.id} is taken down`);
}

function refuse(line: string): number {
  console.error(line);
  return EXIT.usage;
}

interface Interruption {
  readonly signal: AbortSignal;
  stopWatching(): void;
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const; // 128 and the signal's number, as shells have it

/** Turns signals, and a reader of our output who went away, into one abort; the reason is the exit code. */
function watchSignals(): Interruption {
  const controller = new AbortController();
  const onSignal = (name: keyof typeof SIGNALS): void => controller.abort(SIGNALS[name]);
  const onBrokenPipe = (): void => controller.abort(EXIT.failed);
  for (const name of Object.keys(SIGNALS)) process.on(name, onSignal);
  process.stdout.removeAllListeners("error"); // the command line would exit at once and leave the lab standing
  process.stdout.on("error", onBrokenPipe);
  return {
    signal: controller.signal,
    stopWatching() {
      for (const name of Object.keys(SIGNALS)) process.off(name, onSignal);
    },
  };
}

function explainFailure(error: unknown, { signal }: Interruption): number {
  if (signal.aborted) return signal.reason as number;
  console.error(`the lab failed: ${error instanceof Error ? error.message : String(error)}`);
  return EXIT.failed;
}

function narratorSince(startedAtMs: number): Narrator {
  return {
    step: (line) => console.log(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(5)} s  ${line}`),
    screen: (title, text) => console.log(`\n${title}\n${text}\n`),
  };
}
