/**
 * Points in time as BIRD writes them: by the wall clock of this host.
 * Pure.
 */

import type { Clock } from "../look.ts";

const RECENT_MS = 20 * 3600 * 1000; // BIRD's default: the time of day for as long as that, then the date

/** "12:04:33", or "2026-11-20" when that was long ago: one word in either case. */
export function since(atMs: number, clock: Clock): string {
  const moment = onTheWall(atMs, clock);
  return clock.nowMs - atMs < RECENT_MS ? timeOf(moment) : dateOf(moment);
}

/** "2026-11-20 12:04:33". */
export function dateAndTime(atMs: number, clock: Clock): string {
  const moment = onTheWall(atMs, clock);
  return `${dateOf(moment)} ${timeOf(moment)}`;
}

function onTheWall(atMs: number, clock: Clock): Date {
  return new Date(clock.wallMs - (clock.nowMs - atMs));
}

function timeOf(moment: Date): string {
  return [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(twoDigits).join(":");
}

function dateOf(moment: Date): string {
  return `${moment.getFullYear()}-${twoDigits(moment.getMonth() + 1)}-${twoDigits(moment.getDate())}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
