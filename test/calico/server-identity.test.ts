/** A server called by its address is checked by its address, and under no other name. */

import tls, { type PeerCertificate } from "node:tls";
import { expect, it } from "vitest";
import { nameForTls } from "../../src/calico/server-identity.ts";

const CERTIFICATE = { subject: { CN: "etcd" }, subjectaltname: "DNS:etcd.example.org, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1" } as unknown as PeerCertificate;

function isRefused(url: string): boolean {
  const name = nameForTls(url) ?? new URL(url).hostname;
  return tls.checkServerIdentity(name, CERTIFICATE) !== undefined;
}

it.each([
  ["https://10.0.0.1:2379", false],
  ["https://10.0.0.2:2379", true],
  ["https://[fd00::1]:2379", false],
  ["https://[fd00::2]:2379", true],
  ["https://etcd.example.org:2379", false],
  ["https://elsewhere.example.org:2379", true],
])("%s: refused: %s", (url, refused) => {
  expect(isRefused(url)).toBe(refused);
});

it("only addresses behind TLS need another name, and one that no server can have", () => {
  expect(nameForTls("https://10.0.0.1:2379")).toBe("10-0-0-1.address.invalid");
  expect(nameForTls("https://etcd.example.org:2379")).toBeUndefined();
  expect(nameForTls("http://10.0.0.1:2379")).toBeUndefined();
});
