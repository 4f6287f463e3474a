import { expect, test } from "vitest";
import fc from "fast-check";
import { FIXED, cleanEnvironment, cleanPath } from "../src/environment.ts";

const none = { environment: [], secretEnvironment: [] };
const source = (environment: Record<string, string>, platform: NodeJS.Platform = "linux") => ({ environment, bin: "/claw/bin", platform });

test("claw's own programs come first on PATH, and only absolute folders follow, each once", () => {
  expect(
    cleanEnvironment(
      source({
        PATH: "/usr/bin::.:bin:/usr/bin:/home/p/node_modules/.bin:/home/p/node_modules/.bin/:/usr/lib/node_modules/npm/bin:/opt/x:/opt/node_modules_x",
      }),
      none,
    ).folders,
  ).toEqual(["/claw/bin", "/usr/bin", "/opt/x", "/opt/node_modules_x"]);
  expect(cleanPath(["C:\\Windows", "tools", "\\\\server\\share", "D:/bin"], true)).toEqual(["C:\\Windows", "\\\\server\\share", "D:/bin"]);
});

test("a machine without PATH still has claw's own programs", () => {
  expect(cleanEnvironment(source({}), none).variables).toEqual({ ...FIXED, PATH: "/claw/bin" });
});

test("names the person adds are kept, unless they look like secrets", () => {
  const environment = { DATABASE_URL: "postgres://localhost", STRIPE_KEY: "k", NPM_TOKEN: "t", npm_config__auth: "a", OTHER: "o" };
  const { variables, refused } = cleanEnvironment(source(environment), {
    environment: ["DATABASE_URL", "STRIPE_KEY", "NPM_TOKEN"],
    secretEnvironment: ["NPM_TOKEN"],
  });
  expect(variables).toEqual({ ...FIXED, PATH: "/claw/bin", DATABASE_URL: "postgres://localhost", NPM_TOKEN: "t" });
  expect(refused).toEqual(["STRIPE_KEY"]);
});

test.each([
  "ANTHROPIC_API_KEY",
  "OPENAI_API_KEY",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SESSION_TOKEN",
  "GITHUB_TOKEN",
  "GH_PAT",
  "PGPASSWORD",
  "MYSQL_PWD_PASSWORD",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "AZURE_CLIENT_SECRET",
  "npm_config__auth",
  "SSH_KEY",
  "SIGNING_PASSPHRASE",
  "XDG_SECRET",
  "LC_API_KEY",
])("%s never reaches a program, not even when it is asked for by name", (name) => {
  expect(cleanEnvironment(source({ [name]: "value" }), { environment: [name], secretEnvironment: [] }).variables).toEqual({ ...FIXED, PATH: "/claw/bin" });
});

test("what claw sets is not changed by the real environment", () => {
  expect(
    cleanEnvironment(source({ TERM: "xterm", PAGER: "less", NO_COLOR: "", CLAW: "0" }), {
      environment: ["TERM", "PAGER", "NO_COLOR", "CLAW"],
      secretEnvironment: [],
    }).variables,
  ).toEqual({ ...FIXED, PATH: "/claw/bin" });
});

test("Windows compares names without case", () => {
  const { variables } = cleanEnvironment(source({ Path: "C:\\Windows;bin", SystemRoot: "C:\\Windows", My_Secret: "s" }, "win32"), {
    environment: ["my_secret"],
    secretEnvironment: [],
  });
  expect(variables).toEqual({ ...FIXED, SystemRoot: "C:\\Windows", PATH: "C:\\Windows" });
});

test("no variable outside the lists passes, whatever it is called", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (environment) => {
      const { variables } = cleanEnvironment(source(environment), none);
      const extra = Object.keys(variables).filter((name) => !(name in FIXED) && name !== "PATH");
      expect(extra.every((name) => name in environment)).toBe(true);
      expect(extra.filter((name) => /KEY$|TOKEN|SECRET|PASSWORD/i.test(name))).toEqual([]);
    }),
  );
});
