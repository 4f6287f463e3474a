import fc from "fast-check";
import { expect, test } from "vitest";
import { foldedPath } from "../kit/folded-path.ts";
import { isSecretFile } from "../kit/secret-files.ts";

test.each([
  "/w/.env",
  "/w/.env.local",
  "/w/.ENV",
  "/w/prod.env",
  "/w/.envrc",
  "/w/tls/server.pem",
  "/w/server.key",
  "/home/u/.ssh/id_ed25519",
  "/home/u/.ssh/config",
  "/home/u/.ssh",
  "/w/id_rsa",
  "/w/id_ed25519_sk",
  "/w/id_rsa.old",
  "/home/u/.netrc",
  "/home/u/_netrc",
  "/w/.npmrc",
  "/w/.pypirc",
  "/home/u/.aws/credentials",
  "/home/u/.kube/config",
  "/home/u/.docker/config.json",
  "/home/u/.config/gcloud/x",
  "/home/u/.config/gh/hosts.yml",
  "/home/u/.git-credentials",
  "/home/u/.gnupg/x",
  "/proc/self/environ",
  "/home/u/.bash_history",
  "/w/credentials.json",
  "/w/mcp-tokens.json",
  "/w/secrets.yml",
  "/w/service-account-prod.json",
  "/w/vault.kdbx",
  "C:\\Users\\u\\.ssh\\id_rsa",
  "/w/.env. ",
  "/w/.e\u200bnv",
])("%s holds secrets", (path) => {
  expect(isSecretFile(path)).toBe(true);
});

test.each([
  "/w/.env.example",
  "/w/.env.sample",
  "/w/id_rsa.pub",
  "/home/u/.ssh/known_hosts",
  "/home/u/.ssh/id_rsa.pub",
  "/w/src/environment.ts",
  "/w/src/keys.ts",
  "/w/.gitignore",
  "/w/.git/config",
  "/w/package.json",
  "/w/credentials.ts",
  "/w/config.example.pem.template",
  "/w/id_generator",
  "/w/env",
  "/w/credentials/a.ts",
  "/",
  "",
])("%s does not", (path) => {
  expect(isSecretFile(path)).toBe(false);
});

test("a path has one spelling, however a file system may take it", () => {
  expect(["/w/.GIT/Config", "/w/.git./config", "/w/.git /config", "/w/git~1/config", "/w/.g\u200cit/config", "\\w\\.git\\config"].map(foldedPath)).toEqual(
    Array.from({ length: 6 }, () => "/w/.git/config"),
  );
  expect([foldedPath("/w/./a/../b"), foldedPath("/w/E\u0301t\u00c9"), foldedPath("/w/a b/c.")]).toEqual(["/w/./a/../b", "/w/\u00e9t\u00e9", "/w/a b/c"]);
});

test("and that is its own", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "B", ".", " ", "/", "\\", "~", "1", "g", "i", "t", "\u200b", "\u00c9", "-") });
  fc.assert(
    fc.property(name, (path) => {
      const folded = foldedPath(path);
      expect(foldedPath(folded)).toBe(folded);
    }),
  );
});
