/**
 * The rules of the house as one pure function over source texts: floors, circles, purity, length, form.
 * `test/architecture.test.ts` runs it over src/ and over planted violations of every kind.
 */

export interface SourceFile {
  /** Relative to the project, with slashes: "src/bgp/wire/open.ts". */
  readonly path: string;
  readonly text: string;
}

export type Rule = "floor" | "circle" | "purity" | "length" | "form";

export interface Violation {
  readonly rule: Rule;
  readonly path: string;
  readonly what: string;
}

interface Room {
  readonly path: string;
  readonly floor: number;
  /** "whole": every file; a list: those files; "none": the room has a door to the outside. */
  readonly pure: "whole" | "none" | readonly string[];
}

/** The room of the kernel has three doors: kernel.ts and timers.ts (the clock), relay/ (the sockets). */
const PURE_FIB = [
  "vocabulary.ts", "rtnetlink.ts", "rtnetlink-route.ts", "rtnetlink-link.ts", "ways.ts", "entries.ts", "desired.ts", "surroundings.ts",
  "next-hops.ts", "workloads.ts", "learned.ts", "listener.ts", "dump.ts", "plan.ts", "batch.ts", "reconcile.ts", "listing.ts", "relay/frames.ts",
] as const;

/** What reads and writes etcd and files stands beside these. */
const PURE_CALICO = [
  "vocabulary.ts", "keys.ts", "resources.ts", "shapes.ts", "selector.ts", "peer-parse.ts", "resource-parse.ts", "resource-table.ts",
  "cluster.ts", "peerings.ts", "sessions.ts", "services.ts", "filter-rules.ts", "policies.ts", "kernel-rules.ts", "compile.ts",
] as const;

/** Of the datastore: the doors are etcd-access.ts, server-identity.ts, etcd-link.ts, store.ts and the last good file. */
const PURE_DATASTORE = ["yaml.ts", "datastore-settings.ts", "datastore-facts.ts", "replica.ts", "loss-guard.ts"] as const;

/** The floor plan of README.md. Rooms on one floor do not know one another. */
export const ROOMS: readonly Room[] = [
  { path: "src/ip", floor: 0, pure: "whole" },
  { path: "src/bgp/wire", floor: 1, pure: "whole" },
  { path: "src/bgp/session", floor: 2, pure: "whole" },
  { path: "src/bfd", floor: 2, pure: "whole" },
  { path: "src/bmp", floor: 2, pure: "whole" },
  { path: "src/bgp/policy", floor: 3, pure: "whole" },
  { path: "src/bgp/rib", floor: 3, pure: "whole" },
  { path: "src/rr", floor: 4, pure: "whole" },
  { path: "src/history", floor: 4, pure: "whole" },
  { path: "src/speaker", floor: 5, pure: "whole" },
  { path: "src/system", floor: 5, pure: ["socket-options.ts"] },
  { path: "src/fib", floor: 6, pure: PURE_FIB },
  { path: "src/calico", floor: 6, pure: [...PURE_CALICO, ...PURE_DATASTORE] },
  { path: "src/control", floor: 7, pure: ["commands.ts", "bird.ts", "json.ts", "look.ts", "peer-answer.ts", "route-answer.ts", "fib-answer.ts", "policy-answer.ts", "policy-words.ts", "reasons.ts", "recent.ts", "recent-list.ts", "fact-log.ts", "event-rows.ts", "event-filter.ts", "history-answer.ts", "monitor.ts", "bmp-answer.ts", "station-view.ts", "socket-path.ts", "system-error.ts", "why/answer.ts", "why/kernel.ts", "why/tellings.ts", "why/question.ts"] },
  { path: "src/daemon", floor: 8, pure: ["timer-wheel.ts", "alarms.ts", "pace.ts", "facts.ts", "fact-lines.ts", "peer-options.ts", "endpoint.ts", "bmp/figures.ts", "told-fact.ts", "wall-clock.ts"] },
  { path: "src/cli", floor: 9, pure: "none" },
];

export const MAX_LINES = 400;

/** What a pure room may not name: time, chance, output, environment. */
const IMPURE_NAMES = /\b(Date\.now|new Date\(\)|performance\.|setTimeout|setInterval|setImmediate|queueMicrotask|Math\.random|console\.|process\.|Buffer\.)/;

const IMPORT = /^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']/gm;
const DYNAMIC_IMPORT = /\bimport\(\s*["']([^"']+)["']\s*\)/g;

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

/** Every breach of the rules in these files. */
export function violations(files: readonly SourceFile[]): readonly Violation[] {
  return [...files.flatMap(floorViolations), ...circleViolations(files), ...files.flatMap(purityViolations), ...files.flatMap(formViolations)];
}

export function roomOf(path: string): Room | undefined {
  return ROOMS.filter((room) => path.startsWith(`${room.path}/`)).sort((a, b) => b.path.length - a.path.length)[0];
}

function floorViolations(file: SourceFile): readonly Violation[] {
  const own = roomOf(file.path);
  if (!own) return [{ rule: "floor", path: file.path, what: "stands in no room of the floor plan" }];
  return localImports(file).flatMap((target): readonly Violation[] => {
    const other = roomOf(target);
    if (!other) return [{ rule: "floor", path: file.path, what: `imports ${target}, which stands in no room` }];
    if (other.path === own.path || other.floor < own.floor) return [];
    const where = other.floor > own.floor ? "the floor above" : "its neighbour on the same floor";
    return [{ rule: "floor", path: file.path, what: `imports ${target} from ${where}` }];
  });
}

function circleViolations(files: readonly SourceFile[]): readonly Violation[] {
  const imports = new Map(files.map((file) => [file.path, localImports(file)]));
  const done = new Set<string>();
  const found: Violation[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      const circle = [...trail.slice(trail.indexOf(path)), path].join(" -> ");
      found.push({ rule: "circle", path, what: circle });
      return;
    }
    if (done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const file of files) visit(file.path, []);
  return found;
}

function purityViolations(file: SourceFile): readonly Violation[] {
  if (!isPure(file.path)) return [];
  const code = withoutComments(file.text);
  const name = IMPURE_NAMES.exec(code);
  const outside = allImports(file).filter(({ target, typeOnly }) => !target.startsWith(".") && !typeOnly);
  return [
    ...(name ? [{ rule: "purity" as const, path: file.path, what: `names ${name[0]}` }] : []),
    ...outside.map(({ target }) => ({ rule: "purity" as const, path: file.path, what: `imports ${target}` })),
  ];
}

function isPure(path: string): boolean {
  const room = roomOf(path);
  if (!room || room.pure === "none") return false;
  return room.pure === "whole" || room.pure.includes(path.slice(room.path.length + 1));
}

function formViolations(file: SourceFile): readonly Violation[] {
  const lines = file.text.split("\n").length - 1;
  const found: Violation[] = [];
  if (lines > MAX_LINES) found.push({ rule: "length", path: file.path, what: `${lines} lines, at most ${MAX_LINES}` });
  if (!/^(#!.*\n)?\/\*\*\n/.test(file.text)) found.push({ rule: "form", path: file.path, what: "does not open with its header comment" });
  if (/\/index\.ts$/.test(file.path)) found.push({ rule: "form", path: file.path, what: "is a barrel" });
  if (/^export default\b/m.test(file.text)) found.push({ rule: "form", path: file.path, what: "has a default export" });
  if (/^export (type )?(\*|\{[^}]*\}) from/m.test(file.text)) found.push({ rule: "form", path: file.path, what: "re-exports another file" });
  return found;
}

/** Imports of our own files, resolved to paths from the project's root; type imports included. */
function localImports(file: SourceFile): readonly string[] {
  return allImports(file)
    .filter(({ target }) => target.startsWith("."))
    .map(({ target }) => resolve(file.path, target));
}

function allImports(file: SourceFile): readonly Import[] {
  const code = withoutComments(file.text);
  return [
    ...[...code.matchAll(IMPORT)].map((match) => ({ target: match[2] ?? "", typeOnly: match[1] !== undefined })),
    ...[...code.matchAll(DYNAMIC_IMPORT)].map((match) => ({ target: match[1] ?? "", typeOnly: false })),
  ];
}

function resolve(from: string, target: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const step of target.split("/")) {
    if (step === "..") parts.pop();
    else if (step !== ".") parts.push(step);
  }
  return parts.join("/");
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}
