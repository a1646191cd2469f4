/**
 * Route priorities: one number that is the kernel's metric on a host and LOCAL_PREF between hosts, as Calico has it since 3.32.
 * Pure. A smaller metric is better, a larger LOCAL_PREF is; so one is the other taken from a constant, in unsigned 32 bit.
 */

/** Calico's constant: the metric of a route with LOCAL_PREF zero. */
export const PRIORITY_BASE = 2147483647;

export function localPrefOf(metric: number): number {
  return (PRIORITY_BASE - metric) >>> 0;
}

export function metricOf(localPref: number): number {
  return (PRIORITY_BASE - localPref) >>> 0;
}
