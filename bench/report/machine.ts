/**
 * On what and with what was measured.
 * Guards the door to the machine's own description and to the programs' versions.
 */

import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { attempt } from "../../src/cli/lab/command.ts";
import type { DutName, Locate } from "../daemons/daemon.ts";
import { kindOf } from "../daemons/kinds.ts";

const GIB = 1024 ** 3;

/** "2 x AMD EPYC, 24 GiB, Linux 6.18.44, Debian GNU/Linux 12 (bookworm), Node.js v20.20.2" */
export function machine(): string {
  const processors = cpus();
  const memory = `${Math.round(totalmem() / GIB)} GiB`;
  const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? process.platform;
  return [`${processors.length} x ${processors[0]?.model ?? "CPU"}`, memory, `Linux ${release().split("-")[0]}`, system, `Node.js ${process.version}`].join(", ");
}

/** "FRR bgpd 8.4.4", for each device that has a version, once. */
export async function versions(duts: readonly DutName[], locate: Locate): Promise<readonly string[]> {
  const lines = duts.map(async (dut) => {
    const { title, version } = kindOf(dut.daemon);
    const command = version?.(dut, locate);
    if (!command) return "";
    const { stdout, stderr } = await attempt(command);
    return [title.replace(/ [\d.]+$/, ""), /\d+\.\d+(\.\d+)?/.exec(stdout + stderr)?.[0] ?? "", dut.runtime === undefined ? "" : `on Node.js ${dut.runtime}`].filter(Boolean).join(" ");
  });
  return [...new Set(await Promise.all(lines))].filter(Boolean);
}
