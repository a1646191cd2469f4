/**
 * The stopwatch: how long UPDATEs take from a socket through the speaker to the kernel and to the last peer.
 * Pure: the clock is handed in. It stands around the speaker, in the event loop's place for it.
 *
 *   absorb ──► open batch ── flush decided everything ──► best ─┬─► waits for the kernel's answer
 *   (chunks and their UPDATEs)                                  └─► waits until the round of sockets has come by
 *
 * Nearly free: a chunk of bytes costs a number or two, a turn a lot. What it keeps in mind is bounded, by batches that wait and
 * by chunks in a batch: further chunks are taken for as old as the last one, further batches are counted as unmeasured.
 */

import type { ConvergenceTimes, Step } from "../../control/records/convergence-times.ts";
import type { RoutesDue, SpeakerAction, SpeakerEvent } from "../../speaker/vocabulary.ts";
import type { Absorber } from "./event-loop.ts";

const MOST_CHUNKS = 1024; // of a batch
const MOST_BATCHES = 256; // that wait for the kernel, or for sockets

/** The speaker, and how far it is. */
export interface WatchedSpeaker extends Absorber {
  readonly progress: { readonly updates: number; readonly undecided: number; readonly frames: number };
}

/** Links that have something to take, by the numbers with which they came; see Transport. */
export interface Round {
  readonly entered: number;
  /** Every link up to this number has taken what there was for it. */
  readonly served: number;
}

/** UPDATEs that are decided together: a row per chunk of bytes that completed some. */
interface UpdateBatch {
  readonly readAtMs: number[];
  readonly updates: number[];
  /** What has to come by until it is done: the number of a want() to the kernel, or of a link in the round. */
  mark: number;
}

export class Stopwatch implements Absorber {
  readonly #speaker: WatchedSpeaker;
  readonly #times: ConvergenceTimes;
  readonly #clock: () => number;
  readonly #round: () => Round;
  readonly #waiting: { readonly kernel: UpdateBatch[]; readonly sent: UpdateBatch[] } = { kernel: [], sent: [] };
  #batch: UpdateBatch = emptyBatch();
  #standing: "open" | "decided" = "open";
  #updates = 0;
  #frames = 0;
  /** Of the batch at hand: the last want() to the kernel, and whether anything is to be told; 0: there was none. */
  #wants = 0;
  #tells: "nothing" | "something" = "nothing";
  #answered = 0;

  /** `round` is looked through, and asked for only where the answer matters. */
  constructor(speaker: WatchedSpeaker, times: ConvergenceTimes, round: () => Round, clock: () => number) {
    this.#speaker = speaker;
    this.#times = times;
    this.#round = round;
    this.#clock = clock;
  }

  absorb(event: SpeakerEvent, nowMs: number): void {
    this.#speaker.absorb(event, nowMs);
    if (event.kind !== "bytes") return;
    const heard = this.#speaker.progress.updates - this.#updates;
    if (heard === 0) return;
    this.#updates += heard;
    this.#heard(event.readAtMs ?? nowMs, heard);
  }

  flush(nowMs: number, routes: RoutesDue): readonly SpeakerAction[] {
    const actions = this.#speaker.flush(nowMs, routes);
    if (routes === "now" && this.#speaker.progress.undecided === 0) {
      this.#standing = "decided";
      this.#observe("best", this.#batch);
    }
    return actions;
  }

  /** What the last flush changed in the kernel's routes is on its way; `wants`: how often something was. */
  forwarded(wants: number): void {
    this.#wants = wants;
  }

  /** Sockets are about to be filled: everything of this turn's batch that anybody is to hear has its link in the round. */
  filling(): void {
    const { frames } = this.#speaker.progress;
    if (frames !== this.#frames) this.#tells = "something";
    this.#frames = frames;
    if (this.#standing === "open") return;
    if (this.#batch.updates.length > 0) this.#sendOff();
    this.#standing = "open";
    this.#wants = 0;
    this.#tells = "nothing";
  }

  /** Sockets have been filled for this turn. */
  filled(): void {
    if (this.#waiting.sent.length > 0) this.#done("sent", this.#round().served);
  }

  /** The kernel has answered for everything of the first so many wants. */
  answered(wants: number): void {
    this.#answered = wants;
    this.#done("kernel", wants);
  }

  #heard(readAtMs: number, updates: number): void {
    const { length } = this.#batch.updates;
    if (length < MOST_CHUNKS) {
      this.#batch.readAtMs.push(readAtMs);
      this.#batch.updates.push(updates);
    } else this.#batch.updates[length - 1] = (this.#batch.updates[length - 1] as number) + updates;
  }

  #sendOff(): void {
    if (this.#wants > this.#answered) this.#wait("kernel", this.#wants);
    else if (this.#wants > 0) this.#observe("kernel", this.#batch); // it had them already
    if (this.#tells === "something") {
      const { entered, served } = this.#round();
      if (served < entered) this.#wait("sent", entered); // otherwise nobody is there to hear of it
    }
    this.#batch = emptyBatch();
  }

  #wait(step: "kernel" | "sent", mark: number): void {
    const batches = this.#waiting[step];
    const { readAtMs, updates } = this.#batch;
    if (batches.length < MOST_BATCHES) batches.push({ readAtMs, updates, mark });
    else this.#times.unmeasured += updates.reduce((sum, count) => sum + count, 0);
  }

  #done(step: "kernel" | "sent", reached: number): void {
    const batches = this.#waiting[step];
    let done = 0;
    for (; done < batches.length && (batches[done] as UpdateBatch).mark <= reached; done++) this.#observe(step, batches[done] as UpdateBatch);
    if (done > 0) batches.splice(0, done);
  }

  #observe(step: Step, { readAtMs, updates }: UpdateBatch): void {
    if (updates.length === 0) return;
    const nowMs = this.#clock();
    for (let at = 0; at < updates.length; at++) this.#times.observe(step, nowMs - (readAtMs[at] as number), updates[at] as number, nowMs);
  }
}

function emptyBatch(): UpdateBatch {
  return { readAtMs: [], updates: [], mark: 0 };
}
