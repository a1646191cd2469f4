/**
 * Which version this is.
 * The door: package.json, which lies above src/ as it lies above dist/.
 */

import { readFileSync } from "node:fs";

export function version(): string {
  const { version: written } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string };
  return written;
}
