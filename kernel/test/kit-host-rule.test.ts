import { allowedAddresses, canonicalAddress, isHostAllowed, isPublicAddress, readHost, readHostRule, type HostRule } from "@claw/kernel/kit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const rules = (...texts: readonly string[]): readonly HostRule[] => texts.map((text) => readHostRule(text) ?? expect.unreachable(text));
const allows = (rule: string, host: string, port = 443): boolean => {
  const name = readHost(host);
  return name !== undefined && isHostAllowed(rules(rule), name, port);
};

describe("a rule", () => {
  test.each([
    ["example.com", "example.com", 443, true],
    ["example.com", "EXAMPLE.com", 80, true],
    ["example.com", "example.com", 22, false],
    ["example.com", "www.example.com", 443, false],
    ["example.com", "example.com.evil.com", 443, false],
    ["example.com", "evilexample.com", 443, false],
    ["*.example.com", "www.example.com", 443, true],
    ["*.example.com", "a.b.example.com", 443, true],
    ["*.example.com", "example.com", 443, false],
    ["*.example.com", "evilexample.com", 443, false],
    ["*.example.com", "docs.example.com.evil.com", 443, false],
    ["example.com:8443", "example.com", 8443, true],
    ["example.com:8443", "example.com", 443, false],
    ["localhost:5432", "localhost", 5432, true],
    ["localhost:5432", "localhost", 443, false],
    ["10.0.0.5:3000", "10.0.0.5", 3000, true],
    ["10.0.0.5:3000", "10.0.0.50", 3000, false],
    ["[::1]:3000", "[0:0:0:0:0:0:0:1]", 3000, true],
    ["[::1]", "[::1]", 443, true],
  ])("%s: %s at %i: %s", (rule, host, port, allowed) => {
    expect(allows(rule, host, port)).toBe(allowed);
  });

  test.each([
    "",
    "*",
    "*.",
    ".example.com",
    "a..b",
    "example.com.",
    "exa mple.com",
    "example.com:0",
    "example.com:65536",
    "example.com:",
    "https://example.com",
  ])("%j is none", (text) => expect(readHostRule(text)).toBeUndefined());
  test.each([
    "example.com/path",
    "user@example.com",
    "*.10.0.0.1",
    "a*.com",
    "*.*.com",
    "::1",
    "[::1%lo]",
    "0x7f.0.0.1",
    "-a.com",
    "a-.com",
    "a\0.com",
    "é.com",
  ])("%j is none", (text) => expect(readHostRule(text)).toBeUndefined());
});

describe("attack 68: an address in disguise is no host", () => {
  const disguises = [
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "127.1",
    "0177.0.0.1",
    "127.0.0.1.",
    "0x7f.0.0.0x1",
    "017700000001",
    "evil.com.0x7f",
    "1.2.3.4.5",
    "127.0.0.01",
  ];
  test.each([...disguises, "127.0.0.1\0.google.com", "１２７.0.0.1", "127。0。0。1", "[127.0.0.1]", "::ffff:127.0.0.1"])("%j", (text) => {
    expect(readHost(text)).toBeUndefined();
  });

  test("whatever a name is, the URL parser sees a name in it too", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9x.-]{1,20}$/), (text) => {
        const name = readHost(text);
        if (name === undefined) return;
        const seen = URL.parse(`http://${text}/`)?.hostname;
        expect(seen).toBe(name.host);
        expect(/^[\d.]+$/.test(seen ?? "")).toBe(name.type === "address");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("an address", () => {
  test.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2001:4860:4860::8888"])("%s is public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
  test.each(["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.1.1"])(
    "%s is not",
    (address) => expect(isPublicAddress(address)).toBe(false),
  );
  test.each(["168.63.129.16", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255", "nonsense", ""])("%s is not", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
  test.each(["::", "::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254"])(
    "%s is not",
    (address) => expect(isPublicAddress(address)).toBe(false),
  );
  test.each(["ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "::127.0.0.1"])("%s is not", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test("has one spelling", () => {
    expect(["0:0:0:0:0:0:0:1", "::FFFF:1.2.3.4", "1.2.3.4", "1.2.3", "fe80::1%lo"].map(canonicalAddress)).toEqual([
      "::1",
      "::ffff:1.2.3.4",
      "1.2.3.4",
      undefined,
      undefined,
    ]);
  });
});

describe("where an allowed name may lead", () => {
  const found = (texts: readonly string[], host: string, port: number, ...addresses: readonly string[]): readonly string[] =>
    allowedAddresses(rules(...texts), readHost(host) ?? expect.unreachable(), port, addresses);

  test("to the public internet alone, of all the addresses it has", () => {
    expect(found(["a.com"], "a.com", 443, "127.0.0.1", "8.8.8.8", "::1", "169.254.169.254", "2606:4700::1", "not an address")).toEqual([
      "8.8.8.8",
      "2606:4700::1",
    ]);
  });

  test("to an address that a rule names with that port", () => {
    expect(found(["a.com:3000", "10.0.0.5:3000"], "a.com", 3000, "10.0.0.5", "10.0.0.6")).toEqual(["10.0.0.5"]);
    expect(found(["a.com", "10.0.0.5:3000"], "a.com", 443, "10.0.0.5")).toEqual([]);
  });

  test("localhost to this machine and nowhere near", () => {
    expect(found(["localhost:3000"], "localhost", 3000, "127.0.0.1", "::1", "10.0.0.1")).toEqual(["127.0.0.1", "::1"]);
    expect(found(["*.localhost:3000"], "a.localhost", 3000, "127.0.0.1")).toEqual([]);
  });
});
