/**
 * Where the daemon answers when nobody says otherwise.
 * Pure.
 */

export const DEFAULT_SOCKET = "/run/ts-bgp/ts-bgp.sock";
