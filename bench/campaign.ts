/**
 * Runs cells: every device under test in turn, one after the other, again and again, so that a bad minute of the machine
 * hits all of them.
 */

import type { Cell } from "./cells.ts";
import type { DutName, Locate } from "./daemons/daemon.ts";
import { kindOf } from "./daemons/kinds.ts";
import type { Job, Report } from "./load/job.ts";
import { type LoadPlan, clientAddress } from "./load/plan.ts";
import { scenarioOf } from "./scenarios.ts";
import { Device, NotReady } from "./stage/device.ts";
import { GeneratorFailed, generate } from "./stage/generator.ts";
import type { Priority } from "./stage/pinned.ts";
import { CLIENT_RANGE, REFLECTOR_ADDRESS, type Stage } from "./stage/stage.ts";

const ASN = 64_512;

export type Sample =
  | { readonly kind: "measured"; readonly report: Report }
  | { readonly kind: "unfinished"; readonly reached: string }
  | { readonly kind: "failed"; readonly reason: string };

/** All runs of one device in one cell. */
export interface Series {
  readonly dut: DutName;
  readonly samples: readonly Sample[];
}

export interface CellResult {
  readonly cell: Cell;
  readonly series: readonly Series[];
}

export interface Circumstances {
  readonly stage: Stage;
  readonly locate: Locate;
  readonly cores: { readonly dut: number; readonly load: number };
  readonly priority: Priority;
  readonly timeoutMs: number;
}

/** Told of every sample as it comes. */
export type Progress = (cell: Cell, dut: DutName, sample: Sample) => void;

export async function measureCell(cell: Cell, duts: readonly DutName[], runs: number, where: Circumstances, progress: Progress): Promise<CellResult> {
  const series = duts.filter(({ text }) => !cell.without.includes(text)).map((dut) => ({ dut, samples: [] as Sample[] }));
  for (let run = 0; run < (cell.runs ?? runs); run++) {
    for (const { dut, samples } of series) {
      if (samples.some(({ kind }) => kind !== "measured")) continue; // it would take as long again and say the same
      const sample = await measureOnce(cell, dut, where);
      samples.push(sample);
      progress(cell, dut, sample);
    }
  }
  return { cell, series };
}

async function measureOnce(cell: Cell, dut: DutName, { stage, locate, cores, priority, timeoutMs }: Circumstances): Promise<Sample> {
  const { load, work } = scenarioOf(cell.scenario);
  const { clients, prefixBits, shares } = load(cell.numbers);
  const addresses = Array.from({ length: clients }, (_, client) => clientAddress(client));
  let device: Device | undefined;
  try {
    const started = await Device.start({ stage, core: cores.dut, priority }, (directory) =>
      kindOf(dut.daemon).launch({ asn: ASN, address: REFLECTOR_ADDRESS, clients: addresses, range: CLIENT_RANGE, directory }, dut, locate),
    );
    device = started;
    const reflector = { address: REFLECTOR_ADDRESS, port: 179, clusterId: REFLECTOR_ADDRESS };
    const plan: LoadPlan = { asn: ASN, reflector, clients, backlog: await started.backlog(), prefixBits, shares };
    const job: Job = { plan, work: work(cell.numbers), pid: started.pid, timeoutMs: timeoutMs + cell.numbers.seconds * 1000 };
    const answer = await generate({ stage, core: cores.load, priority }, job, () => started.reboot());
    return answer.kind === "report" ? { kind: "measured", report: answer.report } : { kind: "unfinished", reached: answer.reached };
  } catch (error) {
    if (error instanceof NotReady) return { kind: "failed", reason: `did not start: ${error.message}` };
    if (error instanceof GeneratorFailed) return { kind: "failed", reason: error.message };
    throw error;
  } finally {
    await device?.stop();
  }
}
