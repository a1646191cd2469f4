/**
 * Errors of the operating system as one clear line for an operator, instead of a code or a stack.
 * Pure.
 */

/** A door that could not be opened; the message is complete: what was tried, what is wrong, what helps. */
export class StartError extends Error {
  override readonly name = "StartError";
}

const MEANINGS: { readonly [code: string]: string } = {
  EADDRINUSE: "another process has it already",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EADDRNOTAVAIL: "this host has no such address",
  EAFNOSUPPORT: "this host does not speak that IP version",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "the other end has closed the connection",
  ETIMEDOUT: "connection timed out",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  ENETDOWN: "network down",
  EMFILE: "too many open files",
  ENFILE: "too many open files on this host",
  ENOENT: "no such file or directory",
  EEXIST: "it exists already",
  EISDIR: "it is a directory",
  ENOTDIR: "part of the path is not a directory",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the device",
  EDQUOT: "no space left in the quota",
  EIO: "the device failed",
  ENAMETOOLONG: "the path is too long",
};

/** An operating system's error in words; its own text where we have no better. */
export function explain(error: unknown): string {
  const code = errorCode(error);
  return (code && MEANINGS[code]) ?? (error instanceof Error ? error.message : String(error));
}

/** "EADDRINUSE"; undefined for an error that the operating system did not make. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
