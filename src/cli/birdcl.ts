#!/usr/bin/env node
/**
 * `birdcl`: BIRD's small client, for hosts where BIRD is not installed. Calico's liveness probe runs it, and people do.
 * Talks to bird.ctl and bird6.ctl of ours, and to any BIRD. Exit codes as BIRD's client has them: 0, or 1 when the last reply was a refusal or nobody is there.
 *
 * Deviates: `exit` and `help` as a command line end the client; BIRD's goes on and waits for ever.
 */

import { createInterface } from "node:readline";
import { errorCode, explain } from "../control/text/system-error.ts";
import { type Meant, meantBy } from "./birdcl/commands.ts";
import { BirdConnection, NoDaemonError } from "./birdcl/connection.ts";
import { type BirdclOptions, parseBirdclOptions } from "./birdcl/options.ts";
import { print, tolerateClosedOutput } from "./screen.ts";

const USAGE = "Usage: birdcl [-s <control-socket>] [-v] [-r] [-l] [command]";
const PROMPT = "bird> ";

tolerateClosedOutput();
process.exitCode = await runBirdcl(process.argv.slice(2));

async function runBirdcl(given: readonly string[]): Promise<0 | 1> {
  const options = parseBirdclOptions(given);
  if (typeof options === "string") return complain(`birdcl: ${options}\n${USAGE}`);
  const connection = await BirdConnection.open(options.socket).catch((error: unknown) => error);
  if (!(connection instanceof BirdConnection)) return complain(`Unable to connect to server control socket (${options.socket}): ${reasonOf(connection)}`);
  try {
    return await converse(connection, options);
  } catch (error) {
    if (error instanceof NoDaemonError) return complain(error.message);
    throw error;
  } finally {
    connection.close();
    process.stdin.destroy(); // whoever could still type would keep us
  }
}

async function converse(connection: BirdConnection, { shows, may, command }: BirdclOptions): Promise<0 | 1> {
  const reply = (): Promise<"done" | "refused"> => connection.reply((line) => print([line]), shows);
  const carryOut = async (meant: Exclude<Meant, { kind: "exit" }>): Promise<0 | 1> => {
    if (meant.kind === "say") {
      await print(meant.lines);
      return meant.why === "mistake" ? 1 : 0;
    }
    connection.send(meant.line);
    return (await reply()) === "refused" ? 1 : 0;
  };
  await reply(); // the greeting
  if (may === "restricted") {
    connection.send("restrict");
    await reply();
  }
  if (command === "") return readCommands(carryOut);
  const meant = meantBy(command);
  return meant.kind === "exit" ? 0 : carryOut(meant);
}

/** One after the other, until there are none; what a terminal would show is shown where there is none. */
async function readCommands(carryOut: (meant: Exclude<Meant, { kind: "exit" }>) => Promise<0 | 1>): Promise<0> {
  const { isTTY } = process.stdin;
  process.stdout.write(PROMPT);
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (!isTTY) process.stdout.write(`${line}\n`);
    const meant = meantBy(line);
    if (meant.kind === "exit") return 0;
    await carryOut(meant);
    process.stdout.write(PROMPT);
  }
  process.stdout.write("\n");
  return 0;
}

function complain(text: string): 1 {
  process.stderr.write(`${text}\n`);
  return 1;
}

/** In the words of strerror(3), which is what people look for. */
function reasonOf(error: unknown): string {
  const words: { readonly [code: string]: string } = { ENOENT: "No such file or directory", ECONNREFUSED: "Connection refused", EACCES: "Permission denied" };
  return words[errorCode(error) ?? ""] ?? explain(error);
}
