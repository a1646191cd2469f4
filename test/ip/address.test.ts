/** Addresses: every way to write one leads to one text, and back to the same octets. */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressFromBytes,
  addressFromNumber,
  addressToBytes,
  addressToNumber,
  compareAddresses,
  isLinkLocal,
  isLoopback,
  isMulticastOrReserved,
  isUnspecified,
  parseAddress,
  versionOf,
} from "../../src/ip/address.ts";

describe("an address", () => {
  it.each([
    ["10.0.0.1", "10.0.0.1"],
    ["255.255.255.255", "255.255.255.255"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["::", "::"],
    ["1::", "1::"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])("%s is written %s (RFC 5952)", (input, canonical) => {
    expect(parseAddress(input)).toBe(canonical);
  });

  it.each(["", "10.0.0", "10.0.0.0.1", "10.0.0.256", "10.0.0.01", "10.0.0.1 ", "10..0.1", "1e1.0.0.1", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "fe80::1%eth0", "::1.2.3", "1:2:3:4:5:6:7::8"])(
    "%j is none",
    (input) => {
      expect(parseAddress(input)).toBeUndefined();
    },
  );

  it("and its octets are the same thing", () => {
    const octets = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }), sparse());
    fc.assert(
      fc.property(octets, (bytes) => {
        const address = addressFromBytes(bytes, 0, bytes.length === 4 ? 4 : 6);
        expect(addressToBytes(address)).toEqual(bytes);
        expect(parseAddress(address)).toBe(address);
        expect(versionOf(address)).toBe(bytes.length === 4 ? 4 : 6);
      }),
    );
  });

  it("of IPv4 is an unsigned number", () => {
    expect(addressToNumber("172.17.8.101" as never)).toBe(0xac110865);
    expect(addressFromNumber(0xffffff01)).toBe("255.255.255.1");
  });

  it("comes before another by version and then by value", () => {
    const texts = ["10.0.0.10", "10.0.0.9", "::1", "9.255.0.0", "2001:db8::"];
    expect(texts.map((text) => parseAddress(text) as never).sort(compareAddresses)).toEqual(["9.255.0.0", "10.0.0.9", "10.0.0.10", "::1", "2001:db8::"]);
  });

  it("tells what kind it is", () => {
    const kinds = (text: string) => {
      const address = parseAddress(text) as never;
      return [isUnspecified(address), isLinkLocal(address), isLoopback(address), isMulticastOrReserved(address)];
    };
    expect(kinds("0.0.0.0")).toEqual([true, false, false, false]);
    expect(kinds("169.254.1.1")).toEqual([false, true, false, false]);
    expect(kinds("fe80::1")).toEqual([false, true, false, false]);
    expect(kinds("127.9.0.1")).toEqual([false, false, true, false]);
    expect(kinds("224.0.0.5")).toEqual([false, false, false, true]);
    expect(kinds("ff02::1")).toEqual([false, false, false, true]);
    expect(kinds("172.17.8.101")).toEqual([false, false, false, false]);
  });
});

/** Sixteen octets with long runs of zeros, where RFC 5952 has its rules. */
function sparse(): fc.Arbitrary<Uint8Array> {
  return fc.array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 }).map((values) => Uint8Array.from(values));
}
