/**
 * Options of `node` and `rr` about metrics.
 */

import type { Options } from "yargs";
import { type IpAddress, parseAddress } from "../ip/address.ts";
import type { Endpoint } from "../speaker/vocabulary.ts";
import type { MetricsFlags } from "../daemon/metrics-flags.ts";

export interface MetricsArguments {
  readonly metrics: string | undefined;
  readonly metricsBirdNames: boolean;
}

const LOOPBACK = "127.0.0.1" as IpAddress;
const EXPECTED = "expected ADDRESS:PORT or PORT: 127.0.0.1:9179, [::1]:9179, 9179";

export const METRICS_OPTIONS = {
  metrics: { type: "string", requiresArg: true, describe: "where /metrics, /healthz and /readyz are served, ADDRESS:PORT; a PORT alone is on 127.0.0.1. Whatever the configuration says" },
  "metrics-bird-names": { type: "boolean", default: false, describe: "also the metrics of bird_exporter, by its names" },
} as const satisfies Record<string, Options>;

/** What is wrong with them, in one line. */
export function complaintAboutMetrics({ metrics }: MetricsArguments): string | undefined {
  return metrics === undefined || endpointIn(metrics) ? undefined : `--metrics: ${JSON.stringify(metrics)}, ${EXPECTED}`;
}

export function metricsFlags({ metrics, metricsBirdNames }: MetricsArguments): MetricsFlags {
  return { endpoint: metrics === undefined ? undefined : endpointIn(metrics), birdNames: metricsBirdNames ? "wanted" : "as-configured" };
}

function endpointIn(text: string): Endpoint | undefined {
  const { plain, bracketed, port } = /^(?:(?:\[(?<bracketed>[^\]]+)\]|(?<plain>[^:[\]]+)):)?(?<port>\d{1,5})$/.exec(text)?.groups ?? {};
  const address = bracketed === undefined && plain === undefined ? LOOPBACK : parseAddress(bracketed ?? plain ?? "");
  const isWellFormed = address !== undefined && address.includes(":") === (bracketed !== undefined);
  return isWellFormed && isPort(Number(port)) ? { address, port: Number(port) } : undefined;
}

function isPort(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= 65535;
}
