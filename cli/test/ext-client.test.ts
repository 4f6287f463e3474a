import { expect, test } from "vitest";
import { certificateAuthorities } from "../src/ext/certificate-authorities.ts";
import { headersOf } from "../src/ext/client.ts";
import { installedName } from "../src/ext/installed-name.ts";
import { ageText, planText } from "../src/ext/plan-text.ts";
import { ranked } from "../src/ext/search.ts";
import { secondsOf } from "../src/limits.ts";
import { temporaryFolder } from "./folder.ts";

const refusal = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

test("a secret for a marketplace is a token or its headers, and is in no message", () => {
  expect([headersOf("ACME", "tok"), headersOf("ACME", '{"x-key": "k", "x-other": "o"}')]).toEqual([
    { authorization: "Bearer tok" },
    { "x-key": "k", "x-other": "o" },
  ]);
  for (const secret of ["{}", '{"a": 5}', "{broken-secret"]) {
    const error = refusal(() => headersOf("ACME", secret));
    expect(error).toMatchObject({ code: "USAGE", message: "the secret ACME is neither a token nor a JSON object of headers" });
    expect(JSON.stringify(error)).not.toContain("broken-secret");
  }
  expect(refusal(() => headersOf("ACME", undefined))).toMatchObject({
    code: "E_MARKETPLACE_UNKNOWN",
    message: expect.stringContaining("there is no secret ACME"),
  });
});

test("certificate authorities come from the files that the variables name, which have to be there and be PEM", () => {
  using folder = temporaryFolder({ "a.pem": "-----BEGIN CERTIFICATE-----\nA\n", "b.pem": "-----BEGIN CERTIFICATE-----\nB\n", "none.pem": "nothing" });
  const [a, b, none] = ["a.pem", "b.pem", "none.pem"].map((name) => `${folder.path}/${name}`);
  expect(certificateAuthorities({ SSL_CERT_FILE: "" })).toBeUndefined();
  expect(certificateAuthorities({ SSL_CERT_FILE: a, NODE_EXTRA_CA_CERTS: b })).toBe("-----BEGIN CERTIFICATE-----\nB\n\n-----BEGIN CERTIFICATE-----\nA\n");
  for (const [file, says] of [
    [none, "has no certificate in PEM form"],
    [`${folder.path}/gone.pem`, "cannot be read (ENOENT)"],
  ])
    expect(refusal(() => certificateAuthorities({ SSL_CERT_FILE: file }))).toMatchObject({
      code: "SETTINGS_INVALID",
      message: `SSL_CERT_FILE: ${file} ${says}`,
    });
});

test("a short name means the one extension that has it", () => {
  const names = ["acme/count", "claw/http", "other/http"];
  expect([installedName("count", names), installedName("other/http", names)]).toEqual(["acme/count", "other/http"]);
  expect(refusal(() => installedName("http", names))).toMatchObject({
    message: "http is not installed by that name alone: there are claw/http and other/http",
  });
  expect(refusal(() => installedName("acme/cuont", names))).toMatchObject({
    code: "E_NOT_INSTALLED",
    message: "acme/cuont is not installed; did you mean acme/count?",
  });
  expect(refusal(() => installedName("cuont", names))).toMatchObject({ message: "cuont is not installed; did you mean acme/count?" });
  expect(refusal(() => installedName("constructor", []))).toMatchObject({ message: "constructor is not installed" });
});

test("a search wants every word, and puts those first that have them in their name", () => {
  const about = (name: string, description: string, ...keywords: readonly string[]) => ({ name, description, keywords });
  const all = [
    about("acme/words", "Counts things"),
    about("acme/count", "Words of a file"),
    about("other/x", "nothing", "COUNT", "words"),
    about("a/b", "count"),
  ];
  expect(ranked(all, ["Count", "words"]).map(({ name }) => name)).toEqual(["acme/count", "acme/words", "other/x"]);
  expect(ranked(all, []).length).toBe(4);
});

test("a plan says everything in lines of its own, whatever strangers wrote into it", () => {
  const hostile = "a\u001b[2J\n  publisher  somebody trusted\u202e";
  const planned = {
    step: {
      name: "acme/x",
      version: "2.0.0",
      from: "1.0.0",
      publisher: "key:x",
      marketplace: hostile,
      action: "update",
      tier: "trusted",
      permissions: {},
      dependencies: { "acme/y": "1.0.0" },
    },
    offer: {} as never,
    installed: undefined,
    requestedBy: ["acme/z"],
    publisher: hostile,
    permissions: [hostile, "run `x` on this machine"],
    differences: [hostile],
    asks: [],
    warnings: [hostile],
    ageHours: 100,
  } as const;
  const inert = "a\\x1b[2J\\n  publisher  somebody trusted\\u{202e}";
  expect(planText({ packages: [planned], unchanged: [] }, Number.POSITIVE_INFINITY).split("\n")).toEqual([
    "acme/x 2.0.0  (update from 1.0.0, needed by acme/z)",
    `  warning    ${inert}`,
    "  runs       its code in claw's own process, with all your rights",
    `  asks for   ${inert}`,
    "             run `x` on this machine",
    `  different  ${inert}`,
    `  publisher  ${inert}`,
    `  from       ${inert}`,
    "  published  4 days ago",
    "  needs      acme/y 1.0.0",
    "",
  ]);
  const narrow = planText({ packages: [{ ...planned, warnings: [] }], unchanged: [] }, 40).split("\n");
  expect(narrow.slice(1, 4)).toEqual(["  runs       its code in claw's own", "             process, with all your", "             rights"]);
  const titles = ["runs", "asks for", "different", "publisher", "from", "published", "needs"];
  expect(narrow.filter((line) => /^ {2}\S/.test(line)).map((line) => line.trim().split(/ {2,}/)[0])).toEqual(titles);
  expect([0, 1, 47, 48, 200].map(ageText)).toEqual(["less than an hour ago", "1 hour ago", "47 hours ago", "2 days ago", "8 days ago"]);
});

test("a time is a number of seconds, or has its unit", () => {
  expect(["90", "1.5", "60s", "2m", "1h", "250ms"].map(secondsOf)).toEqual([90, 1.5, 60, 120, 3600, 0.25]);
  expect(["", "soon", "1d", "-", "s"].map(secondsOf)).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
});
