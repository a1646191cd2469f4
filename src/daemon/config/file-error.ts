/**
 * FileError: an operator's mistake in a file.
 * Pure. In a file of its own, because every command maps it to an exit code and few of them load configuration code.
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
