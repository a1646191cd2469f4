/**
 * Lines of BIRD's control protocol: a four-digit code and a text.
 * Pure. Framing as birdc and Calico's parsers expect it (BIRD 1.6 and 2, nest/cli):
 *
 *   1002-first row        "-": more follows
 *    second row           a line with the code of the line before it has one space instead
 *   0000                  " ": the reply is complete
 */

/** The codes that we use; the first digit says of what sort the line is. */
export const CODE = {
  ok: 0,
  welcome: 1,
  readingConfiguration: 2,
  reconfigured: 3,
  alreadyDisabled: 8,
  disabled: 9,
  alreadyEnabled: 10,
  enabled: 11,
  restarted: 12,
  status: 13,
  routeCount: 14,
  reloading: 15,
  restricted: 16,
  configurationOk: 20,
  gracefulRestart: 24,
  version: 1000,
  interface: 1001,
  protocol: 1002,
  interfaceAddress: 1003,
  interfaceFlags: 1004,
  interfaceSummary: 1005,
  protocolDetail: 1006,
  route: 1007,
  routeDetail: 1008,
  uptime: 1011,
  routeAttribute: 1012,
  memory: 1018,
  heading: 2002,
  summaryHeading: 2005,
  notInTable: 8001,
  configurationError: 8002,
  noProtocol: 8003,
  reloadFailed: 8006,
  accessDenied: 8007,
  tooLong: 9000,
  syntax: 9001,
} as const;

export interface ReplyLine {
  readonly code: number;
  readonly text: string;
}

/** The end of a reply that has said everything. */
export const END: ReplyLine = { code: CODE.ok, text: "" };

export function line(code: number, text: string): ReplyLine {
  return { code, text };
}

/** The last line closes the reply. */
export function* framed(lines: Iterable<ReplyLine>): Iterable<string> {
  let held: ReplyLine | undefined;
  let before: number | undefined;
  for (const next of lines) {
    if (held) {
      yield held.code === before ? ` ${held.text}\n` : `${digits(held)}-${held.text}\n`;
      before = held.code;
    }
    held = next;
  }
  if (held) yield `${digits(held)} ${held.text}\n`;
}

function digits({ code }: ReplyLine): string {
  return String(code).padStart(4, "0");
}
