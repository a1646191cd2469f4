/**
 * Sets socket options on sockets that Node has opened.
 * The door: setsockopt(2), through node:ffi (Node >= 26), or through a perl child that inherits the sockets.
 *
 * perl costs a fork and some 7 ms, so what is asked for while one runs waits for the next and goes there together: a
 * thousand dials at once are a few children, one after the other. Values go to perl's stdin, because everybody on the host
 * may read the arguments of a process, and keys are among the values.
 */

import { spawn } from "node:child_process";
import { Socket as UdpSocket } from "node:dgram";
import type { Server, Socket as TcpSocket } from "node:net";
import { getSystemErrorName } from "node:util";
import { type Libc, hasFfi, loadLibc } from "./libc.ts";
import type { SocketOption } from "./socket-options.ts";

/** An open socket; the number is below zero once it is closed. */
export interface SocketHandle {
  readonly fd: number;
}

/** An option that was not set, and why: "EPERM", "ENOENT", or a sentence. */
export interface OptionFailure {
  readonly option: SocketOption;
  readonly reason: string;
}

/** How options are set: inside Node, or by a perl child. */
export type OptionCarrier = "ffi" | "perl";

export interface OptionSetter {
  /** Sets them in their order, and after everything asked for before; what failed is the answer, and the others hold. */
  set(socket: SocketHandle, options: readonly SocketOption[]): Promise<readonly OptionFailure[]>;
}

const SOCKETS_PER_CHILD = 64;
const NOTHING_FAILED: readonly OptionFailure[] = [];

/** A setter by that carrier; one per process is enough. */
export function optionSetter(carrier: OptionCarrier = hasFfi() ? "ffi" : "perl"): OptionSetter {
  const libc = carrier === "ffi" ? loadLibc() : undefined;
  return libc ? new FfiSetter(libc) : new PerlSetter();
}

let shared: OptionSetter | undefined;

/** By whichever carrier this Node has. */
export function setSocketOptions(socket: SocketHandle, options: readonly SocketOption[]): Promise<readonly OptionFailure[]> {
  shared ??= optionSetter();
  return shared.set(socket, options);
}

/** The open socket behind one of Node's; undefined where there is none yet, or none any more. */
export function handleOf(socket: TcpSocket | Server | UdpSocket): SocketHandle | undefined {
  const handle = socket instanceof UdpSocket ? udpHandleOf(socket) : (socket as { readonly _handle?: SocketHandle | null })._handle;
  return handle && handle.fd >= 0 ? handle : undefined;
}

/** node:dgram keeps it behind a symbol, from version 20 to 26; the public way to it prints a deprecation warning. */
function udpHandleOf(socket: UdpSocket): SocketHandle | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "state symbol");
  return symbol && (Reflect.get(socket, symbol) as { readonly handle?: SocketHandle } | undefined)?.handle;
}

class FfiSetter implements OptionSetter {
  readonly #libc: Libc;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  set({ fd }: SocketHandle, options: readonly SocketOption[]): Promise<readonly OptionFailure[]> {
    const failures: OptionFailure[] = [];
    for (const option of options) {
      const { level, code, value } = option;
      if (this.#libc.call("setsockopt", fd, level, code, value, value.length) < 0) failures.push({ option, reason: errnoName(this.#libc.errno()) });
    }
    return Promise.resolve(failures);
  }
}

interface Request {
  readonly socket: SocketHandle;
  readonly options: readonly SocketOption[];
  readonly done: (failures: readonly OptionFailure[]) => void;
}

class PerlSetter implements OptionSetter {
  #waiting: Request[] = [];
  #running = false;

  set(socket: SocketHandle, options: readonly SocketOption[]): Promise<readonly OptionFailure[]> {
    if (options.length === 0) return Promise.resolve(NOTHING_FAILED);
    return new Promise((done) => {
      this.#waiting.push({ socket, options, done });
      if (!this.#running) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) await setByChild(this.#waiting.splice(0, SOCKETS_PER_CHILD));
    this.#running = false;
  }
}

/** Each line is a socket and an option; what fails is answered with the number of its line and the errno. */
const SCRIPT = `
while (<STDIN>) {
  my ($fd, $level, $code, $value) = split;
  open($sockets{$fd}, "+<&=", $fd) unless $sockets{$fd};
  setsockopt($sockets{$fd}, $level, $code, pack("H*", $value)) or print $., " ", $!+0, "\\n";
}
`;

const FIRST_SOCKET_FD = 3; // after stdin, stdout and stderr

/** Sockets that were closed while they waited are left out: their number may belong to another one by now. */
async function setByChild(requests: readonly Request[]): Promise<void> {
  const open = requests.filter(({ socket }) => socket.fd >= 0);
  const lines = open.flatMap((request, index) => request.options.map((option) => ({ request, option, text: line(FIRST_SOCKET_FD + index, option) })));
  const output = await runPerl(open.map(({ socket }) => socket.fd), lines.map(({ text }) => text).join(""));
  const reasons = reasonsIn(output);
  for (const request of requests) {
    const failures = lines.flatMap(({ request: whose, option }, index) => {
      const reason = output.kind === "ended" ? reasons.get(index + 1) : output.reason;
      return whose === request && reason !== undefined ? [{ option, reason }] : [];
    });
    request.done(open.includes(request) ? failures : request.options.map((option) => ({ option, reason: "EBADF" })));
  }
}

type Outcome = { readonly kind: "ended"; readonly output: string } | { readonly kind: "failed"; readonly reason: string };

function runPerl(sockets: readonly number[], input: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn("perl", ["-e", SCRIPT], { stdio: ["pipe", "pipe", "ignore", ...sockets] });
    let output = "";
    child.stdout?.setEncoding("latin1").on("data", (text: string) => (output += text));
    child.stdin?.on("error", () => undefined).end(input); // it ended; "close" says so
    child.on("error", ({ message }) => resolve({ kind: "failed", reason: `it takes Node 26 or the program perl: ${message}` }));
    child.on("close", (code) => resolve(code === 0 ? { kind: "ended", output } : { kind: "failed", reason: `perl ended with exit code ${code}` }));
  });
}

function line(fd: number, { level, code, value }: SocketOption): string {
  return `${fd} ${level} ${code} ${Buffer.from(value).toString("hex")}\n`;
}

/** Number of the line -> what was wrong with it. */
function reasonsIn(outcome: Outcome): ReadonlyMap<number, string> {
  const lines = outcome.kind === "ended" ? outcome.output.split("\n").filter(Boolean) : [];
  return new Map(lines.map((text) => text.split(" ").map(Number)).map(([number = 0, errno = 0]) => [number, errnoName(errno)] as const));
}

function errnoName(errno: number): string {
  return getSystemErrorName(-errno);
}
