/**
 * Points in time and durations for people, the way BIRD and calicoctl print them.
 * Pure: what time it is now is an argument.
 */

const RECENT_MS = 20 * 3_600_000; // BIRD's `timeformat`: a time of day while that is unambiguous, then a date
const DAY_SEC = 86_400;

/** "09:12:33" today, "2025-11-21" before; local time. */
export function since(iso: string, nowMs: number): string {
  const date = new Date(iso);
  const [year, month, day] = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  if (nowMs - date.getTime() >= RECENT_MS) return `${year}-${two(month)}-${two(day)}`;
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** "09:12:33.456" today, with the date before it otherwise; local time. */
export function moment(iso: string, nowMs: number): string {
  const date = new Date(iso);
  const clock = `${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  return nowMs - date.getTime() >= RECENT_MS ? `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}` : clock;
}

/** "3d04:05:06", "04:05:06". */
export function duration(seconds: number): string {
  const days = Math.floor(seconds / DAY_SEC);
  const clock = [Math.floor((seconds % DAY_SEC) / 3600), Math.floor((seconds % 3600) / 60), Math.floor(seconds % 60)].map(two).join(":");
  return days > 0 ? `${days}d${clock}` : clock;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
