/**
 * The few functions of the C library that Node does not offer, through node:ffi (Node >= 26).
 * Guards the door to foreign functions: an error in here can end the process, so everything of that kind is in here.
 */

import { isBuiltin } from "node:module";

/** The part of node:ffi that is used; its types are not in the oldest Node that this builds on. */
interface Ffi {
  readonly DynamicLibrary: new (path: string | null) => { getFunctions(signatures: Signatures): { readonly [name: string]: Foreign } };
  toBuffer(pointer: bigint, length: number, copy: boolean): Buffer;
  getRawPointer(buffer: Uint8Array): bigint;
}

type Signatures = { readonly [name: string]: { readonly arguments: readonly string[]; readonly return: string } };
type Foreign = (...args: readonly (number | bigint | Uint8Array)[]) => number | bigint;

const INT = "int32"; // also for results of type ssize_t: what is read or written at once is far below two gigabytes
const SIGNATURES: Signatures = {
  socket: { arguments: [INT, INT, INT], return: INT },
  socketpair: { arguments: [INT, INT, INT, "pointer"], return: INT },
  bind: { arguments: [INT, "pointer", "uint32"], return: INT },
  setsockopt: { arguments: [INT, INT, INT, "pointer", "uint32"], return: INT },
  getsockopt: { arguments: [INT, INT, INT, "pointer", "pointer"], return: INT },
  getsockname: { arguments: [INT, "pointer", "pointer"], return: INT },
  send: { arguments: [INT, "pointer", "uint64", INT], return: INT },
  recv: { arguments: [INT, "pointer", "uint64", INT], return: INT },
  read: { arguments: [INT, "pointer", "uint64"], return: INT },
  write: { arguments: [INT, "pointer", "uint64"], return: INT },
  poll: { arguments: ["pointer", "uint64", INT], return: INT },
  close: { arguments: [INT], return: INT },
  setns: { arguments: [INT, INT], return: INT },
  __errno_location: { arguments: [], return: "pointer" },
};

/** Calls answer -1 on failure; errno() then says why. */
export interface Libc {
  call(name: keyof typeof SIGNATURES & string, ...args: readonly (number | bigint | Uint8Array)[]): number;
  errno(): number;
  /** Where a buffer's octets stand; the buffer must stay referenced. */
  addressOf(buffer: Uint8Array): bigint;
}

/** Asked without loading it. */
export function hasFfi(): boolean {
  return isBuiltin("node:ffi") && !process.execArgv.includes("--no-experimental-ffi");
}

/** undefined: this Node has no node:ffi, or it is switched off. */
export function loadLibc(): Libc | undefined {
  const ffi = loadFfi();
  if (!ffi) return undefined;
  const functions = new ffi.DynamicLibrary(null).getFunctions(SIGNATURES);
  const location = functions["__errno_location"] as Foreign;
  const errno = ffi.toBuffer(location() as bigint, 4, false); // a view of this thread's errno: reading it is no call
  return {
    call: (name, ...args) => (functions[name] as Foreign)(...args) as number,
    errno: () => errno.readInt32LE(0),
    addressOf: (buffer) => ffi.getRawPointer(buffer),
  };
}

/** Node warns that node:ffi is experimental; who runs a daemon can do nothing about it, so it is not told. */
function loadFfi(): Ffi | undefined {
  const builtin = (process as { getBuiltinModule?: (name: string) => unknown }).getBuiltinModule;
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return builtin?.("node:ffi") as Ffi | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** A C int in memory. */
export function cInt(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
