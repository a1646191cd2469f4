/**
 * `npm run bench:fib`: how long it takes from a BGP feed until the kernel holds the routes. README.md beside this says how to read it.
 * The process: makes two namespaces, runs itself again inside the feed's, and removes both whatever happens.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { inNamespace, whyNoNamespaces } from "../../src/cli/lab/namespaces.ts";
import { type Ground, raiseGround, removeGround } from "./ground.ts";
import { type Options, USAGE, UsageError, parseOptions } from "./options.ts";
import { measureAll } from "./plan.ts";

const GROUND = "TS_BGP_BENCH_GROUND";
const AWAKE_MS = 60_000;
const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

async function main(): Promise<number> {
  const words = process.argv.slice(2);
  const options = parseOptions(words, process.env);
  if (options === "help") {
    process.stdout.write(USAGE);
    return EXIT.ok;
  }
  const ground = process.env[GROUND];
  return ground === undefined ? await outside(words, options) : await inside(JSON.parse(ground) as Ground, options);
}

/** The newer Node, where there is one, measures: it has both carriers. Which Node is measured stays what it was. */
async function outside(words: readonly string[], { node, node26 }: Options): Promise<number> {
  const obstacle = await whyNoNamespaces();
  if (obstacle !== undefined) throw new Error(`the FIB bench needs network namespaces: ${obstacle}`);
  let child: ChildProcess | undefined;
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
    child?.kill("SIGTERM");
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const ground = await raiseGround();
  try {
    if (interrupted) return EXIT.interrupted;
    const [program = "", ...args] = inNamespace(ground.feed, [node26 ?? process.execPath, fileURLToPath(import.meta.url), ...words, "--node", node]);
    child = spawn(program, args, { stdio: "inherit", env: { ...process.env, [GROUND]: JSON.stringify(ground) } });
    const [code] = (await once(child, "exit")) as [number | null];
    return interrupted ? EXIT.interrupted : (code ?? EXIT.failed);
  } finally {
    await removeGround(ground);
  }
}

async function inside(ground: Ground, options: Options): Promise<number> {
  const awake = setInterval(() => undefined, AWAKE_MS); // what runs in the background does not keep us alive, and its end is waited for
  try {
    const failures = await measureAll(ground, options, (line) => process.stdout.write(`${line}\n`));
    return failures === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    clearInterval(awake);
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
  },
);
