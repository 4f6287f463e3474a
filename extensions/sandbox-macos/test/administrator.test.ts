import { expect, test } from "vitest";
import { strictest, withinMost } from "../src/administrator.ts";

const config = { mode: "off", required: false, hosts: ["a.test", "b.test"], writable: [], allow: [], strict: false, debug: false } as const;

test("an administrator's policy makes the sandbox required, puts it back, and bounds the hosts", () => {
  expect(strictest(config, { required: true, hosts: ["b.test", "*.c.test"] })).toEqual({
    ...config,
    mode: "workspace-only",
    required: true,
    hosts: ["b.test"],
    mostHosts: ["b.test", "*.c.test"],
  });
});

test("without one, or with one that says nothing of it, the settings stand", () => {
  expect(strictest(config, undefined)).toEqual(config);
  expect(strictest({ ...config, required: true }, { required: false })).toEqual({ ...config, required: true });
});

test("a bound by a star covers what is below, and other stars below", () => {
  expect(withinMost(["c.test", "a.c.test", "*.a.c.test", "evilc.test", "a.c.test:22"], ["*.c.test"])).toEqual(["a.c.test", "*.a.c.test"]);
});
