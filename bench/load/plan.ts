/**
 * Who announces what to the reflector under test, and what every client must hear of it in the end.
 * Pure. Prefixes are numbers 0..n-1 laid out one behind the other, so that an address is a number by subtraction: what hears
 * 300 million prefixes can afford no table to find them in.
 *
 *   share 0                share 1                          a share: prefixes that the same clients announce
 *   | set 0 | set 1 | ...  | set n | ...                    a set: prefixes with the same path attributes
 */

/** One stretch of prefixes. */
export interface Share {
  /** Everybody who announces all of it; of its set s the client number s mod length has the shortest AS_PATH. */
  readonly clients: readonly number[];
  readonly prefixes: number;
  /** Distinct attribute sets per client. */
  readonly sets: number;
}

/** As it travels to the generator's process. */
export interface LoadPlan {
  readonly asn: number;
  readonly reflector: { readonly address: string; readonly port: number; readonly clusterId: string };
  readonly clients: number;
  /** How many connections may wait to be accepted: more would be dropped, and then TCP's timers are measured. */
  readonly backlog: number;
  readonly prefixBits: number;
  readonly shares: readonly Share[];
}

/** Addresses and router ids of the clients: 10.1.0.1, 10.1.0.2, ... */
export const FIRST_CLIENT = 0x0a_01_00_01;
/** 20.0.0.0: room for seven million /24 before 127.0.0.0/8. */
export const FIRST_PREFIX = 0x14_00_00_00;
/** The AS number that names a set, last in its AS_PATH (RFC 6996: private use). */
export const FIRST_SET_ASN = 4_200_000_000;
/** Stands before it as often as makes a path longer than another. */
export const TRANSIT_ASN = 64_600;

export function clientAddress(client: number): string {
  return dotted(FIRST_CLIENT + client);
}

export function dotted(address: number): string {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join(".");
}

/** The plan with everything counted out: which set a prefix is in, and whose path to it is best. */
export class Layout {
  readonly plan: LoadPlan;
  readonly prefixes: number;
  readonly sets: number;
  /** First prefix of each set, and behind the last one the number of prefixes. */
  readonly setFirst: Int32Array;
  /** The client whose path to the set is best. */
  readonly setWinner: Uint16Array;
  /** 1: its AS_PATH is empty, as it is inside one AS; only where a client has no other set. */
  readonly setPlain: Uint8Array;
  /** The client whose path to the prefix is best. */
  readonly winner: Uint16Array;
  /** The only set of a client, or -1. */
  readonly soleSet: Int32Array;
  readonly #shareFirstSet: Int32Array;
  /** Indices of the shares that a client announces. */
  readonly #sharesOf: readonly number[][];

  constructor(plan: LoadPlan) {
    this.plan = plan;
    this.prefixes = sum(plan.shares.map((share) => share.prefixes));
    this.sets = sum(plan.shares.map((share) => share.sets));
    this.setFirst = new Int32Array(this.sets + 1).fill(this.prefixes);
    this.setWinner = new Uint16Array(this.sets);
    this.setPlain = new Uint8Array(this.sets);
    this.winner = new Uint16Array(this.prefixes);
    this.soleSet = new Int32Array(plan.clients).fill(-1);
    this.#shareFirstSet = new Int32Array(plan.shares.length);
    this.#sharesOf = Array.from({ length: plan.clients }, () => []);
    this.#countOut();
  }

  /** Numbers of the sets that `client` announces. */
  *setsOf(client: number): Generator<number> {
    for (const index of this.#sharesOf[client] ?? []) {
      const first = this.#shareFirstSet[index] ?? 0;
      for (let set = first; set < first + (this.plan.shares[index]?.sets ?? 0); set++) yield set;
    }
  }

  /** How many prefixes a client hears when all is told: all but those to which its own path is best. */
  expectedBy(client: number): number {
    let own = 0;
    for (const set of this.setsOf(client)) if (this.setWinner[set] === client) own += (this.setFirst[set + 1] ?? 0) - (this.setFirst[set] ?? 0);
    return this.prefixes - own;
  }

  #countOut(): void {
    let set = 0;
    let first = 0;
    for (const [index, share] of this.plan.shares.entries()) {
      this.#shareFirstSet[index] = set;
      for (const client of share.clients) this.#sharesOf[client]?.push(index);
      const plain = share.clients.length === 1 && share.sets === 1;
      for (let own = 0; own < share.sets; own++, set++) {
        const winner = share.clients[own % share.clients.length] ?? 0;
        const setFirst = first + Math.ceil((own * share.prefixes) / share.sets);
        this.setFirst[set] = setFirst;
        this.setWinner[set] = winner;
        this.setPlain[set] = plain ? 1 : 0;
        this.winner.fill(winner, setFirst, first + Math.ceil(((own + 1) * share.prefixes) / share.sets));
        if (plain) this.soleSet[winner] = set;
      }
      first += share.prefixes;
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
