/**
 * Users and groups of this host by name and by number.
 * The door: /etc/passwd and /etc/group; accounts from elsewhere (LDAP) are known by their numbers.
 */

import { readFileSync } from "node:fs";

const NUMBER = /^\d{1,10}$/;

/** The number of a group, by its name or number; undefined: there is no group of that name. */
export function groupId(nameOrNumber: string, groups: () => string = () => readFileSync("/etc/group", "utf8")): number | undefined {
  if (NUMBER.test(nameOrNumber)) return Number(nameOrNumber);
  return numberIn(groups, (fields) => fields[0] === nameOrNumber, 2);
}

/** What a user is called; undefined: nobody knows. */
export function userName(uid: number, users: () => string = () => readFileSync("/etc/passwd", "utf8")): string | undefined {
  return find(users, (fields) => fields[2] === String(uid))?.[0];
}

function numberIn(file: () => string, isWanted: (fields: readonly string[]) => boolean, at: number): number | undefined {
  const text = find(file, isWanted)?.[at];
  return text !== undefined && NUMBER.test(text) ? Number(text) : undefined;
}

function find(file: () => string, isWanted: (fields: readonly string[]) => boolean): readonly string[] | undefined {
  try {
    return file().split("\n").map((line) => line.split(":")).find(isWanted);
  } catch {
    return undefined;
  }
}
