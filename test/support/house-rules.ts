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
  /** "whole": every file; "as-it-says": each file says in its header that it is pure, or which door it guards, and the pure ones are; "none": none need be. */
  readonly pure: "whole" | "as-it-says" | "none";
}

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
  { path: "src/system", floor: 5, pure: "as-it-says" },
  { path: "src/fib", floor: 6, pure: "as-it-says" },
  { path: "src/calico", floor: 6, pure: "as-it-says" },
  { path: "src/control", floor: 7, pure: "as-it-says" },
  { path: "src/control/web/page", floor: 8, pure: "none" }, // scripts of a browser
  { path: "src/daemon", floor: 8, pure: "as-it-says" },
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
  return [...files.flatMap(floorViolations), ...circleViolations(files), ...insideViolations(files), ...files.flatMap(purityViolations), ...files.flatMap(formViolations)];
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
  return circlesIn(new Map(files.map((file) => [file.path, localImports(file)])));
}

/** Rooms inside a room know one another in one direction only. What stands at its top is for all of them, and not asked here. */
function insideViolations(files: readonly SourceFile[]): readonly Violation[] {
  const known = new Map<string, string[]>();
  for (const file of files) {
    const inside = insideOf(file.path);
    if (inside === undefined) continue;
    const others = localImports(file).map(insideOf).filter((other) => other !== undefined && other !== inside && roomOf(`${other}/`)?.path === roomOf(file.path)?.path);
    known.set(inside, [...new Set([...(known.get(inside) ?? []), ...(others as string[])])]);
  }
  return circlesIn(known);
}

/** The folder right below its room in which a file stands, however deep; undefined: it stands at the top. */
function insideOf(path: string): string | undefined {
  const room = roomOf(path)?.path;
  const [folder, ...below] = room === undefined ? [] : path.slice(room.length + 1).split("/");
  return folder === undefined || below.length === 0 ? undefined : `${room}/${folder}`;
}

function circlesIn(imports: ReadonlyMap<string, readonly string[]>): readonly Violation[] {
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
  for (const path of imports.keys()) visit(path, []);
  return found;
}

function purityViolations(file: SourceFile): readonly Violation[] {
  const claim = claimOf(file);
  if (claim === "none") return [{ rule: "purity", path: file.path, what: "says neither that it is pure nor which door it guards" }];
  if (claim === "door") return [];
  const code = withoutComments(file.text);
  const name = IMPURE_NAMES.exec(code);
  const outside = allImports(file).filter(({ target, typeOnly }) => !target.startsWith(".") && !typeOnly);
  return [
    ...(name ? [{ rule: "purity" as const, path: file.path, what: `names ${name[0]}` }] : []),
    ...outside.map(({ target }) => ({ rule: "purity" as const, path: file.path, what: `imports ${target}` })),
  ];
}

/** What a file is by its room, or says of itself in its header. */
function claimOf({ path, text }: SourceFile): "pure" | "door" | "none" {
  const how = roomOf(path)?.pure;
  if (how === undefined || how === "none") return "door";
  if (how === "whole") return "pure";
  const header = /\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? "";
  if (/\bPure\b/.test(header)) return "pure";
  return /\bdoors?\b|\bGuards\b/i.test(header) ? "door" : "none";
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
