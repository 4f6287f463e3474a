import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Place, type Ran, place } from "./claw.ts";

/** Runs a verb of `claw ext` that has to succeed. */
async function ran(here: Place, ...words: readonly string[]): Promise<Ran> {
  const result = await here.run(["ext", ...words]);
  expect([words.join(" "), result.code, result.stderr]).toEqual([words.join(" "), 0, expect.any(String)]);
  return result;
}

const linesOf = ({ stdout }: Ran): readonly Record<string, unknown>[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** A marketplace in which acme may publish, run from the project's folder. */
async function marketplace(here: Place): Promise<string> {
  await ran(here, "marketplace", "init", "site", "--id", "https://ext.acme.example", "--keys", "keys");
  await ran(here, "sign", "--new-key", "keys/acme.pem");
  await ran(here, "marketplace", "index", "site", "--index-key", "keys/index.pem", "--publisher", "acme=keys/acme.pub.pem");
  return join(here.project, "site");
}

test("a stranger writes an extension and publishes it, to a marketplace of his own", { timeout: 60_000 }, async () => {
  await using here = await place();
  const site = await marketplace(here);
  for (const key of ["root", "index", "acme"]) expect(statSync(join(here.project, `keys/${key}.pem`)).mode & 0o777).toBe(0o600);
  const made = await ran(here, "new", "acme/word-list", "--json");
  expect(linesOf(made)).toContainEqual({ file: join(here.project, "word-list/extension.json"), state: "written" });
  expect((await ran(here, "types", "word-list")).stdout).toBe("src/contract.gen.ts is current\n");
  const checked = await ran(here, "check", "word-list");
  expect(checked).toMatchObject({ stdout: "", stderr: expect.stringMatching(/^acme\/word-list 1\.0\.0: no problems, no warnings, \d+ KiB packed\n$/) });
  const tested = await here.run(["ext", "test", "word-list"]);
  expect(tested).toMatchObject({ code: 127, stderr: expect.stringContaining("Vitest is not installed") });
  const [packed] = linesOf(await ran(here, "pack", "word-list", "--out", "out", "--json"));
  expect(packed).toMatchObject({
    name: "acme/word-list",
    version: "1.0.0",
    file: join(here.project, "out/word-list-1.0.0.tgz"),
    integrity: expect.stringMatching(/^sha256-/),
    tree: expect.stringMatching(/^ct1-/),
  });
  await ran(here, "pack", "word-list");
  expect(here.read("word-list/word-list-1.0.0.tgz")).toBe(here.read("out/word-list-1.0.0.tgz"));
  await ran(here, "sign", "word-list/word-list-1.0.0.tgz", "--key", "keys/acme.pem");
  const [published] = linesOf(await ran(here, "publish", "word-list", "--to", "site", "--index-key", "keys/index.pem", "--json"));
  expect(published).toMatchObject({ name: "acme/word-list", outcome: "published", index: 3, tree: packed?.["tree"] });
  expect(linesOf(await ran(here, "publish", "word-list", "--to", site, "--key", "keys/acme.pem", "--index-key", "keys/index.pem", "--json"))).toMatchObject([
    { outcome: "unchanged" },
  ]);
  expect((await ran(here, "marketplace", "verify", "site")).stdout).toContain("1 extension, 1 version\neverything is as it was signed\n");
});

test("a publisher without the index's key hands in, and the operator takes in, changes and rotates", { timeout: 60_000 }, async () => {
  await using here = await place();
  const site = await marketplace(here);
  const index = (...words: readonly string[]): Promise<Ran> => ran(here, ...words, "--index-key", "keys/index.pem", "--json");
  await ran(here, "new", "acme/word-list", "--folder", "mine", "--template", "classifier");
  expect((await ran(here, "publish", "mine", "--to", "site", "--key", "keys/acme.pem")).stderr).toContain("claw ext marketplace index");
  const [taken] = linesOf(await index("marketplace", "index", "site"));
  expect(taken).toMatchObject({ version: 3, extensions: 1, incoming: [{ path: "incoming/acme/word-list/1.0.0.tgz", accepted: true }] });
  await index("marketplace", "index", "site", "--alias", "words=acme/word-list");
  await index("yank", "acme/word-list@1.0.0", "--to", "site", "--reason", "it miscounts");
  await index("deprecate", "acme/word-list", "--to", "site", "--reason", "use acme/words");
  await index("revoke", "acme/word-list@<1.0.0", "--to", "site", "--severity", "vulnerable", "--reason", "it leaks");
  expect(JSON.parse(readFileSync(join(site, "index.json"), "utf8"))).toMatchObject({
    version: 7,
    aliases: { words: "acme/word-list" },
    extensions: { "acme/word-list": { latest: "1.0.0", deprecated: "use acme/words" } },
    revoked: [{ name: "acme/word-list", versions: "<1.0.0", severity: "vulnerable", reason: "it leaks" }],
  });
  await ran(here, "sign", "--new-key", "keys/next.pem");
  await ran(here, "marketplace", "rotate-index", "site", "--root-key", "keys/root.pem", "--new-key", "keys/next.pem");
  expect(await here.run(["ext", "marketplace", "index", "site", "--index-key", "keys/index.pem"])).toMatchObject({
    code: 8,
    stderr: expect.stringContaining("code: E_SIG_THRESHOLD"),
  });
  await ran(here, "marketplace", "rotate-root", "site", "--root-key", "keys/root.pem", "--root-days", "30");
  expect(linesOf(await ran(here, "marketplace", "verify", "site", "--json"))).toMatchObject([
    { rootVersion: 3, indexVersion: 8, extensions: 1, versions: 1, problems: [] },
  ]);
});

test("what is wrong ends with the code of what it is, in words and as data", { timeout: 60_000 }, async () => {
  await using here = await place();
  await marketplace(here);
  await ran(here, "new", "acme/word-list", "--folder", "mine");
  const manifest = JSON.parse(here.read("mine/extension.json")) as Record<string, unknown>;
  writeFileSync(join(here.project, "mine/extension.json"), JSON.stringify({ ...manifest, permissions: {} }));
  const words = await here.run(["ext", "check", "mine"]);
  expect(words).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("problem: extension.json: permissions uses workspace and does not ask for fs\n  fix: "),
  });
  expect(linesOf(await here.run(["ext", "check", "mine", "--json"]))).toMatchObject([{ level: "problem", where: "extension.json: permissions" }]);
  const publishing = ["ext", "publish", "mine", "--to", "site", "--key", "keys/acme.pem", "--index-key", "keys/index.pem"];
  expect(await here.run(publishing)).toMatchObject({ code: 1, stderr: expect.stringContaining("code: E_LINT") });
  writeFileSync(join(here.project, "mine/extension.json"), JSON.stringify(manifest));
  expect(await here.run(publishing)).toMatchObject({ code: 0 });
  writeFileSync(join(here.project, "mine/README.md"), "# Other\n");
  expect(await here.run(publishing)).toMatchObject({ code: 1, stderr: expect.stringContaining("code: E_PUBLISHED") });
  expect(await here.run(["ext", "new", "acme/word-list", "--folder", "mine"])).toMatchObject({ code: 1, stderr: expect.stringContaining("is there already") });
  expect(await here.run(["ext", "publish", "mine", "--to", "s3://bucket"])).toMatchObject({ code: 2, stderr: expect.stringContaining("aws s3 sync") });
  expect(await here.run(["ext", "marketplace", "init", "other", "--id", "https://x.example", "--keys", "other/keys"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("private keys do not"),
  });
  writeFileSync(join(here.project, "site/acme/word-list/word-list-1.0.0.tgz"), "x");
  expect(await here.run(["ext", "marketplace", "verify", "site"])).toMatchObject({ code: 8, stdout: expect.stringContaining("E_ARCHIVE_DIGEST") });
});

test("a marketplace in a git checkout is committed and pushed, and a package attested", { timeout: 60_000 }, async () => {
  await using here = await place({
    env: { GIT_AUTHOR_NAME: "A", GIT_AUTHOR_EMAIL: "a@acme.example", GIT_COMMITTER_NAME: "A", GIT_COMMITTER_EMAIL: "a@acme.example", GIT_CONFIG_NOSYSTEM: "1" },
  });
  const git = (...argv: readonly string[]): string =>
    execFileSync("git", argv, { cwd: here.project, env: here.environment, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  git("init", "--quiet", "--bare", "--initial-branch=main", "far.git");
  git("clone", "--quiet", "far.git", "site");
  await marketplace(here);
  await ran(here, "new", "acme/word-list", "--folder", "mine");
  git("init", "--quiet", "--initial-branch=main", "mine");
  git("-C", "mine", "add", ".");
  git("-C", "mine", "commit", "--quiet", "--message", "It");
  await ran(here, "publish", "mine", "--to", "git+site", "--key", "keys/acme.pem", "--index-key", "keys/index.pem", "--attest", "--push");
  expect(git("--git-dir=far.git", "log", "--format=%s", "main")).toBe("Publish acme/word-list 1.0.0\n");
  const files = git("--git-dir=far.git", "ls-tree", "-r", "--name-only", "main").split("\n");
  expect(files).toContain("acme/word-list/word-list-1.0.0.tgz.provenance.sigstore.json");
  expect(files.filter((file) => file.startsWith(".claw") || file.endsWith(".pem"))).toEqual([]);
  await ran(here, "marketplace", "verify", "site");
});

test("a signature that openssl made becomes a bundle", { timeout: 60_000 }, async () => {
  await using here = await place();
  await ran(here, "new", "acme/word-list", "--folder", "mine");
  await ran(here, "pack", "mine");
  const openssl = (...argv: readonly string[]): Buffer => execFileSync("openssl", argv, { cwd: here.project, stdio: ["ignore", "pipe", "ignore"] });
  openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem");
  openssl("ec", "-in", "key.pem", "-pubout", "-out", "key.pub.pem");
  here.write("raw.sig", openssl("dgst", "-sha256", "-sign", "key.pem", "mine/word-list-1.0.0.tgz").toString("base64"));
  await ran(here, "sign", "mine/word-list-1.0.0.tgz", "--wrap", "raw.sig", "--key", "key.pub.pem");
  await ran(here, "marketplace", "init", "site", "--id", "https://ext.acme.example", "--keys", "keys", "--publisher", "acme=key.pub.pem");
  await ran(here, "publish", "mine", "--to", "site", "--index-key", "keys/index.pem");
  await ran(here, "marketplace", "verify", "site");
});

test("nothing is written when it is only tried", { timeout: 60_000 }, async () => {
  await using here = await place();
  await ran(here, "marketplace", "init", "site", "--id", "https://ext.acme.example", "--dry-run");
  await ran(here, "new", "acme/word-list", "--dry-run");
  expect(readdirSync(here.project)).toEqual([]);
  const site = await marketplace(here);
  await ran(here, "new", "acme/word-list", "--folder", "mine");
  const before = readFileSync(join(site, "index.json"), "utf8");
  await ran(here, "publish", "mine", "--to", "site", "--key", "keys/acme.pem", "--index-key", "keys/index.pem", "--dry-run");
  await ran(here, "marketplace", "index", "site", "--dry-run");
  expect(readFileSync(join(site, "index.json"), "utf8")).toBe(before);
  expect(readdirSync(join(site, "history"))).toEqual(["1.json", "2.json"]);
});

test("types follow the manifest until Ctrl-C", { timeout: 60_000 }, async () => {
  await using here = await place();
  await ran(here, "new", "acme/word-list", "--folder", "mine");
  const watching = here.start(["ext", "types", "mine", "--watch"]);
  await watching.seen("watching");
  // The watcher begins right after it says so; each change is one more chance for it to see one.
  let count = 0;
  const editing = setInterval(
    () => here.write("mine/extension.json", here.read("mine/extension.json").replace(/word_(?:list|count)\d*/, `word_count${(count += 1)}`)),
    100,
  );
  try {
    await watching.seen("src/contract.gen.ts written");
  } finally {
    clearInterval(editing);
  }
  watching.kill("SIGINT");
  expect((await watching.ended).signal).toBeNull();
  expect(here.read("mine/src/contract.gen.ts")).toContain("word_count");
});
