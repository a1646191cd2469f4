/**
 * Command-line flags for HTTP servers override the configuration: at the start, and whenever it is read again.
 * Pure.
 */

import type { Endpoint } from "../../speaker/vocabulary.ts";
import { ConfigFileError } from "./file-error.ts";
import type { ControlSettings } from "./config.ts";

/** undefined: where the configuration says. */
export interface HttpFlags {
  readonly metrics: Endpoint | undefined;
  readonly birdNames: "wanted" | "as-configured";
  readonly web: Endpoint | undefined;
}

/** Throws ConfigFileError where there are no metrics whose names could be others. */
export function withHttp(control: ControlSettings, { metrics, birdNames, web }: HttpFlags): ControlSettings {
  return { ...control, metrics: metricsOf(control, metrics, birdNames), web: web ?? control.web };
}

function metricsOf(control: ControlSettings, endpoint: Endpoint | undefined, birdNames: HttpFlags["birdNames"]): ControlSettings["metrics"] {
  const place = endpoint ?? control.metrics;
  if (place === undefined && birdNames === "wanted") throw new ConfigFileError("--metrics-bird-names", ["there are no metrics: say where with --metrics ADDRESS:PORT, or in control.metrics"]);
  return place && { address: place.address, port: place.port, birdNames: birdNames === "wanted" || control.metrics?.birdNames === true };
}
