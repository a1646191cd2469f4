/**
 * Options that several commands share.
 */

import type { Options } from "yargs";
import { DEFAULT_SOCKET } from "../control/sockets/socket-path.ts";

export interface AskingArguments {
  readonly socket: string;
  readonly json: boolean;
}

/** For every command that asks a running daemon. */
export const ASKING_OPTIONS = {
  socket: {
    type: "string",
    default: process.env["TS_BGP_SOCKET"] ?? DEFAULT_SOCKET,
    defaultDescription: `$TS_BGP_SOCKET or ${DEFAULT_SOCKET}`,
    requiresArg: true,
    describe: "control socket of the daemon",
  },
  json: { type: "boolean", default: false, describe: "print JSON for programs" },
} as const satisfies Record<string, Options>;

export interface ConfigArguments {
  readonly config: string | undefined;
}

export const CONFIG_OPTION = {
  config: { type: "string", requiresArg: true, describe: "configuration file (JSON; see ts-bgp schema)" },
} as const satisfies Record<string, Options>;
