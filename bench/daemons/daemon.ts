/**
 * What a device under test is: how its configuration is written, and what is started.
 * Pure.
 */

/** The reflector that is wanted, whatever daemon it is. */
export interface ReflectorPlan {
  readonly asn: number;
  readonly address: string;
  /** All in `range`. */
  readonly clients: readonly string[];
  readonly range: string;
  /** For its files, sockets and logs. */
  readonly directory: string;
}

/** "frr+coalesce=10", "ts-bgp@26": a daemon, what it runs on, and how it is tuned. */
export interface DutName {
  readonly text: string;
  readonly daemon: string;
  readonly runtime: string | undefined;
  readonly options: ReadonlyMap<string, string>;
}

/** What is to be written and run. */
export interface Launch {
  readonly files: readonly LaunchFile[];
  readonly command: readonly string[];
  /** Folders it insists on; those that were not there are removed afterwards. */
  readonly folders?: readonly string[];
}

export interface LaunchFile {
  readonly name: string;
  readonly text: string;
  readonly mode?: number;
}

/** Where a program is: told on the command line or in the environment, else where Debian has it. */
export type Locate = (program: string) => string;

export interface DaemonKind {
  readonly title: string;
  /** What must be installed: its name for --program, and where it is by default. */
  readonly programs: Readonly<Record<string, string>>;
  /** The Debian package that brings it. */
  readonly debian?: string;
  /** Names of options behind "+", each with what it does. */
  readonly options?: Readonly<Record<string, string>>;
  /** It can be told a Node.js behind "@". */
  readonly runsOnNode?: true;
  /** A command that prints which version it is. */
  version?(dut: DutName, locate: Locate): readonly string[];
  launch(plan: ReflectorPlan, dut: DutName, locate: Locate): Launch;
}

export const HOLD_TIME_SEC = 90;
export const KEEPALIVE_SEC = 30;
