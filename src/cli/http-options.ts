/**
 * Options of `node` and `rr` about what is served over HTTP.
 */

import type { Options } from "yargs";
import type { IpAddress } from "../ip/address.ts";
import type { Endpoint } from "../speaker/vocabulary.ts";
import type { HttpFlags } from "../daemon/config/http-flags.ts";
import { endpointIn } from "./endpoint-text.ts";

export interface HttpArguments {
  readonly metrics: string | undefined;
  readonly metricsBirdNames: boolean;
  readonly web: string | undefined;
}

const LOOPBACK = "127.0.0.1" as IpAddress;
const EXPECTED = "expected ADDRESS:PORT or PORT: 127.0.0.1:9179, [::1]:9179, 9179";

export const HTTP_OPTIONS = {
  metrics: { type: "string", requiresArg: true, describe: "where /metrics, /healthz and /readyz are served, ADDRESS:PORT; a PORT alone is on 127.0.0.1. Whatever the configuration says" },
  "metrics-bird-names": { type: "boolean", default: false, describe: "also the metrics of bird_exporter, by its names" },
  web: { type: "string", requiresArg: true, describe: "where the page for browsers is served, ADDRESS:PORT; it only shows" },
} as const satisfies Record<string, Options>;

/** What is wrong with them, in one line. */
export function complaintAboutHttp({ metrics, web }: HttpArguments): string | undefined {
  const wrong = Object.entries({ metrics, web }).find(([, text]) => text !== undefined && !asked(text));
  return wrong && `--${wrong[0]}: ${JSON.stringify(wrong[1])}, ${EXPECTED}`;
}

export function httpFlags({ metrics, metricsBirdNames, web }: HttpArguments): HttpFlags {
  return { metrics: asked(metrics), birdNames: metricsBirdNames ? "wanted" : "as-configured", web: asked(web) };
}

function asked(text: string | undefined): Endpoint | undefined {
  return text === undefined ? undefined : endpointIn(text, LOOPBACK);
}
