/**
 * How it stands with a monitoring station (BMP).
 * Pure, types only.
 */

/** One station of `bmp`. */
export interface StationView {
  /** "10.0.0.9:5000". */
  readonly name: string;
  /** "waiting": for the next try. "table": connected, and being told what was before; then "live". */
  readonly state: "waiting" | "connecting" | "table" | "live";
  /** Since when. */
  readonly sinceMs: number;
  /** Why it was lost last. */
  readonly lastError: string | undefined;
  readonly connections: number;
  /** Octets told so far, and octets that wait for it now. */
  readonly sentBytes: number;
  readonly backlogBytes: number;
  /** Connections dropped because it did not read. */
  readonly dropped: number;
}
