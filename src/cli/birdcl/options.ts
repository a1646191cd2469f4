/**
 * The options of birdcl, as getopt(3) reads them for BIRD's: -s PATH, -v, -r, -l, together or apart, also behind the command.
 */

export interface BirdclOptions {
  readonly socket: string;
  /** "codes": lines as they come from the daemon. */
  readonly shows: "texts" | "codes";
  /** "restricted": the daemon is asked to refuse what changes something. */
  readonly may: "everything" | "restricted";
  /** Empty: commands come from standard input. */
  readonly command: string;
}

/** Where `ts-bgp node --calico` has it. */
const DEFAULT_SOCKET = "/var/run/calico/bird.ctl";
const HERE = "bird.ctl";

/** A text: what is wrong with them. */
export function parseBirdclOptions(given: readonly string[]): BirdclOptions | string {
  let socket = DEFAULT_SOCKET;
  let shows: BirdclOptions["shows"] = "texts";
  let may: BirdclOptions["may"] = "everything";
  const words: string[] = [];
  const left = [...given];
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    if (next === "--") {
      words.push(...left);
      break;
    }
    if (!next.startsWith("-") || next === "-") {
      words.push(next);
      continue;
    }
    for (let at = 1; at < next.length; at++) {
      const letter = next.charAt(at);
      if (letter === "v") shows = "codes";
      else if (letter === "r") may = "restricted";
      else if (letter === "l") socket = HERE;
      else if (letter === "s") {
        const value = next.slice(at + 1) || left.shift();
        if (value === undefined) return "option requires an argument -- 's'";
        socket = value;
        break;
      } else return `invalid option -- '${letter}'`;
    }
  }
  return { socket, shows, may, command: words.join(" ") };
}
