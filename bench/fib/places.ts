/** Where things are: this file runs from bench/ and, compiled, from a folder that is deeper by one. */

import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

export const PROJECT = projectFolder(fileURLToPath(import.meta.url));

export const PLACES = {
  /** The built program. */
  program: `${PROJECT}/dist/cli/main.js`,
  watch: `${PROJECT}/bench/fib/watch.pl`,
} as const;

function projectFolder(path: string): string {
  const folder = dirname(path);
  if (existsSync(`${folder}/package.json`)) return folder;
  if (folder === path) throw new Error("no package.json above this file");
  return projectFolder(folder);
}
