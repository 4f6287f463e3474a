import type { Trust } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { both } from "../src/ext/grant.ts";
import { withoutTrust, withTrust } from "../src/ext/trust.ts";

const nobody: Trust = { publishers: {}, revoked: [] };
const bundled: Trust = { publishers: { "key:claw": { tier: "trusted", pem: "PEM" } }, revoked: [] };
const publishersOf = ({ publishers }: Trust): object => publishers;

describe("trust in a publisher", () => {
  test("for one extension is for that one, and for another one too when it is given twice", () => {
    const once = withTrust(nobody, bundled, { publisher: "key:a", extension: "acme/x" });
    const twice = withTrust(once, bundled, { publisher: "key:a", extension: "acme/b" });
    expect([once, twice].map(publishersOf)).toEqual([
      { "key:a": { tier: "trusted", extensions: ["acme/x"] } },
      { "key:a": { tier: "trusted", extensions: ["acme/b", "acme/x"] } },
    ]);
    expect(publishersOf(withoutTrust(twice, bundled, { publisher: "key:a", extension: "acme/x" }))).toEqual({
      "key:a": { tier: "trusted", extensions: ["acme/b"] },
    });
    expect(publishersOf(withoutTrust(once, bundled, { publisher: "key:a", extension: "acme/x" }))).toEqual({});
  });

  test("as a whole covers each of theirs, and no later word on one of them narrows it", () => {
    const whole = withTrust(withTrust(nobody, bundled, { publisher: "key:a", extension: "acme/x" }), bundled, { publisher: "key:a" });
    expect(publishersOf(whole)).toEqual({ "key:a": { tier: "trusted" } });
    expect(publishersOf(withTrust(whole, bundled, { publisher: "key:a", extension: "acme/b" }))).toEqual({ "key:a": { tier: "trusted" } });
    expect(() => withoutTrust(whole, bundled, { publisher: "key:a", extension: "acme/x" })).toThrow("trusted for all it signs");
  });

  test("that comes with the program is not narrowed by trusting one of theirs, and is taken back by saying so", () => {
    expect(publishersOf(withTrust(nobody, bundled, { publisher: "key:claw", extension: "claw/x" }))).toEqual({ "key:claw": { tier: "trusted", pem: "PEM" } });
    const taken = withoutTrust(nobody, bundled, { publisher: "key:claw" });
    expect(publishersOf(taken)).toEqual({ "key:claw": { tier: "none" } });
    expect(publishersOf(withTrust(taken, bundled, { publisher: "key:claw" }))).toEqual({ "key:claw": { tier: "trusted", pem: "PEM" } });
  });

  test("that nobody gave cannot be taken back", () => {
    expect(() => withoutTrust(nobody, bundled, { publisher: "key:a" })).toThrow("key:a is not trusted");
  });
});

test("optional permissions add to those that are asked for", () => {
  expect(
    both({ net: ["https://a.example"], fs: { read: ["data:**"] }, ui: ["notify"] }, { net: ["https://b.example"], fs: { write: ["data:**"] }, models: true }),
  ).toEqual({
    net: ["https://a.example", "https://b.example"],
    fs: { read: ["data:**"], write: ["data:**"] },
    ui: ["notify"],
    models: true,
  });
});
