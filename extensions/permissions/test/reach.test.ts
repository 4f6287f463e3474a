import type { SandboxStatus } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { containmentOf, furtherHosts, noReach, reachText, staysInside, type Wall, wallOf } from "../src/reach.ts";
import { noWishes, wishesOf } from "../src/wishes.ts";

const wall = (...hosts: readonly string[]): Wall => ({ state: "active", backend: "bwrap", stands: true, hosts });
const status = (state: SandboxStatus["state"], code?: string): SandboxStatus =>
  ({
    state,
    backend: "bwrap",
    network: { mode: "proxy", allowed: ["a.com"] },
    reasons: code === undefined ? [] : [{ code, text: "because" }],
  }) as unknown as SandboxStatus;

describe("hosts that the sandbox does not allow already", () => {
  test.each([
    ["a.com", ["a.com"], true],
    ["b.com", ["a.com"], false],
    ["x.a.com", ["*.a.com"], true],
    ["x.y.a.com", ["*.a.com"], true],
    ["a.com", ["*.a.com"], false],
    ["xa.com", ["*.a.com"], false],
    ["a.com.evil.com", ["a.com", "*.a.com"], false],
    ["a.com:8080", ["a.com"], false],
    ["a.com", ["a.com:8080"], false],
    ["a.com:8080", ["a.com:8080"], true],
    ["x.a.com:8080", ["*.a.com:8080"], true],
    ["x.a.com:8080", ["*.a.com:80"], false],
    ["*", ["a.com"], false],
    ["*", ["*.a.com"], false],
    ["*.b.com", ["*.a.com"], false],
    [".a.com", ["*.a.com"], false],
    ["[::1]", ["[::1]"], true],
    ["[::1]", ["::1"], true],
    ["[::1]:90", ["[::1]:90"], true],
    ["[::1]:90", ["[::1]"], false],
    ["[::1]:90", ["[::1]:91"], false],
    ["[::1]:90", ["[fe80::1]:90"], false],
    ["[::1]", ["[fe80::1]"], false],
    ["fe80::1", ["fe80::2"], false],
  ] as const)("%s with %j: %s", (host, allowed, isAllowed) => {
    expect(furtherHosts([host], wall(...allowed))).toEqual(isAllowed ? [] : [host]);
  });

  test("without a wall, all of them", () => {
    expect(furtherHosts(["a.com"], undefined)).toEqual(["a.com"]);
  });
});

test("a part stays inside where it needs no further host, no further place and nothing of the person's", () => {
  expect([
    staysInside(noReach, wall()),
    staysInside({ ...noReach, hosts: ["a.com"] }, wall("a.com")),
    staysInside({ ...noReach, hosts: ["b.com"] }, wall("a.com")),
    staysInside({ ...noReach, writable: ["/x"] }, wall()),
    staysInside({ ...noReach, readable: ["/x"] }, wall()),
    staysInside({ ...noReach, credentials: true, guarded: false }, wall()),
  ]).toEqual([true, true, false, false, true, false]);
});

test("what it wants is said in words", () => {
  expect([
    reachText(noReach, wall()),
    reachText({ hosts: ["a.com", "b.com"], writable: ["/x"], readable: [], credentials: true, guarded: false }, wall("a.com")),
    reachText({ ...noReach, hosts: ["*"] }, wall()),
  ]).toEqual([
    undefined,
    "uses your own keys, agents or sockets, and runs outside of the sandbox, and wants to reach b.com, and wants to write /x",
    "wants to reach hosts that are not known",
  ]);
});

describe("a call's containment", () => {
  test("is as far as its parts and its wishes go, each named once", () => {
    const parts = [
      { hosts: ["a.com"], writable: ["/x"], readable: ["/r"], credentials: false, guarded: false },
      { hosts: ["a.com", "b.com"], writable: ["/x"], readable: ["/r"], credentials: false, guarded: false },
    ];
    expect(containmentOf(parts, wishesOf(["host:c.com:8080", "path:/y"], true), { required: true })).toEqual({
      type: "contained",
      hosts: ["a.com", "b.com", "c.com:8080"],
      writable: ["/x", "/y"],
      readable: ["/r"],
      required: true,
    });
  });

  test("is nothing at all for what needs nothing", () => {
    expect(containmentOf([noReach], noWishes, { required: false })).toEqual({ type: "contained", hosts: [], writable: [], readable: [], required: false });
  });

  test("says of what only reads that it does", () => {
    expect(containmentOf([noReach], noWishes, { required: false, onlyReads: true })).toMatchObject({ onlyReads: true });
  });

  test("is any host where it is not known which, and none at all with the person's keys or outside", () => {
    expect(containmentOf([{ ...noReach, hosts: ["a.com", "*"] }], noWishes, { required: false })).toMatchObject({ hosts: "any" });
    expect(containmentOf([noReach, { ...noReach, credentials: true, guarded: false }], noWishes, { required: true })).toEqual({ type: "free" });
    expect(containmentOf([noReach], { ...noWishes, outside: true }, { required: true })).toEqual({ type: "free" });
  });
});

test.each([
  [status("active"), true],
  [status("inherited"), true],
  [status("degraded"), false],
  [status("unavailable"), false],
  [status("unavailable", "CONTAINER"), false],
  [status("unavailable", "OUTER_TRUSTED"), true],
  [status("degraded", "OUTER_TRUSTED"), true],
  [status("off", "OUTER_TRUSTED"), false],
])("%j: a wall that stands is %s", (given, stands) => {
  expect(wallOf(given)).toEqual({ state: given.state, backend: "bwrap", stands, hosts: ["a.com"] });
});
