/**
 * The page, put together once: page.html with its scripts inside, and nothing to fetch from anywhere.
 * The door: the files beside this one. The scripts are classic ones that share one scope, in this order.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const SCRIPTS = ["dom", "ask", "charts", "graph", "sessions", "routes", "why", "timeline", "main"] as const;
const FOLDER = new URL("page/", import.meta.url);
const PLACE = "/* scripts */";

export interface Page {
  readonly html: string;
  /** Nothing but what stands in it may run, and nobody but its own server may be asked. */
  readonly policy: string;
}

export function assemblePage(): Page {
  const script = SCRIPTS.map((name) => readFileSync(new URL(`${name}.js`, FOLDER), "utf8")).join("\n");
  const html = readFileSync(new URL("page.html", FOLDER), "utf8").split(PLACE).join(script);
  const hash = createHash("sha256").update(script).digest("base64");
  return { html, policy: `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'` };
}
