/** The processes of one subject, as one thing. */

import { type Background, startInBackground, tail } from "../../../src/cli/lab/background.ts";
import { inNamespace } from "../../../src/cli/lab/namespaces.ts";
import type { Ground } from "../ground.ts";
import type { RunningSubject } from "./subject.ts";

/** A program of the subject, and the file name of its log. */
export interface Command {
  readonly name: string;
  readonly words: readonly string[];
}

export function startOn(ground: Ground, { name, words }: Command): Background {
  return startInBackground(inNamespace(ground.subject, words), logOf(ground, name));
}

export function asSubject(ground: Ground, running: ReadonlyMap<string, Background>): RunningSubject {
  return {
    pids: [...running.values()].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    check() {
      for (const [name, program] of running) {
        const ended = program.ended();
        if (ended !== undefined) throw new Error(`${name}: ${ended}: ${tail(logOf(ground, name)).join("; ")}`);
      }
    },
    async kill(signal) {
      for (const program of running.values()) program.kill(signal);
      for (const program of running.values()) await program.end;
    },
  };
}

function logOf({ directory }: Ground, name: string): string {
  return `${directory}/${name}.log`;
}
