/**
 * An operator's mistake in a file.
 * Pure. It stands alone: every command knows its exit code, and few of them read configurations.
 */

/** `faults` are lines fit for the screen. */
export class ConfigFileError extends Error {
  override readonly name = "ConfigFileError";
  readonly faults: readonly string[];

  constructor(file: string, faults: readonly string[]) {
    super(faults.map((fault) => `${file}: ${fault}`).join("\n"));
    this.faults = faults;
  }
}
