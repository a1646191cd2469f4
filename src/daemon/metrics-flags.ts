/**
 * What the command line says about metrics, over what a configuration says: at the start, and whenever it is read again.
 * Pure.
 */

import type { Endpoint } from "../speaker/vocabulary.ts";
import { ConfigFileError } from "./config-file.ts";
import type { ControlSettings } from "./config.ts";

export interface MetricsFlags {
  /** undefined: where the configuration says. */
  readonly endpoint: Endpoint | undefined;
  readonly birdNames: "wanted" | "as-configured";
}

/** Throws ConfigFileError where there are no metrics whose names could be others. */
export function withMetrics(control: ControlSettings, { endpoint, birdNames }: MetricsFlags): ControlSettings {
  const place = endpoint ?? control.metrics;
  if (place === undefined && birdNames === "wanted") throw new ConfigFileError("--metrics-bird-names", ["there are no metrics: say where with --metrics ADDRESS:PORT, or in control.metrics"]);
  if (place === undefined) return control;
  return { ...control, metrics: { address: place.address, port: place.port, birdNames: birdNames === "wanted" || control.metrics?.birdNames === true } };
}
