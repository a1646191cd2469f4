/**
 * Every control socket: its path, what is spoken on it, and who may connect.
 * The door: the host's groups.
 */

import { birdDialect } from "../../control/bird/dialect.ts";
import type { Dialect } from "../../control/sockets/dialect.ts";
import { JSON_LINES, READ_ONLY_JSON_LINES } from "../../control/sockets/json.ts";
import { type Access, EVERYBODY, OPERATORS } from "../../control/sockets/server.ts";
import { groupId } from "../../system/accounts.ts";
import type { ControlSettings } from "./config.ts";

export interface ControlSocket {
  readonly path: string;
  readonly dialect: Dialect;
  readonly access: Access;
}

export function controlSockets({ socket, readOnlySocket, bird, bird6, group }: ControlSettings): readonly ControlSocket[] {
  const operators: Access = { ...OPERATORS, gid: group === undefined ? undefined : groupId(group) };
  return [
    { path: socket, dialect: JSON_LINES, access: operators },
    ...(readOnlySocket === undefined ? [] : [{ path: readOnlySocket, dialect: READ_ONLY_JSON_LINES, access: EVERYBODY }]),
    ...(bird === undefined ? [] : [{ path: bird, dialect: birdDialect("ipv4"), access: operators }]),
    ...(bird6 === undefined ? [] : [{ path: bird6, dialect: birdDialect("ipv6"), access: operators }]),
  ];
}

/** What is wrong with them on this host, in one line; undefined: nothing. */
export function faultOfControl({ group }: ControlSettings): string | undefined {
  return group === undefined || groupId(group) !== undefined ? undefined : `${JSON.stringify(group)}, expected a group of this host, by its name or number`;
}
