/** Every vector of every file in vectors/. */

import { readdirSync } from "node:fs";
import type { Vector } from "./vectors/vector.ts";

const FOLDER = new URL("vectors/", import.meta.url);

export async function allVectors(): Promise<readonly Vector[]> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".ts") && name !== "vector.ts");
  const modules = await Promise.all(files.map((name) => import(new URL(name, FOLDER).href) as Promise<Record<string, unknown>>));
  return modules.flatMap((module) => Object.values(module).filter(Array.isArray)).flat() as readonly Vector[];
}
