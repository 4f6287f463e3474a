import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { goManifest, goPlugin, tarred } from "../../marketplace/test/foreign-plugins.ts";
import { type Place, place } from "./claw.ts";
import { known, market, records, toolPackage } from "./ext-market.ts";
import { type Expected, expectSentence } from "./failure.ts";

const filesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).sort() : []);

async function refused(here: Place, cases: readonly (readonly [argv: readonly string[], expected: Expected])[]): Promise<void> {
  for (const [argv, expected] of cases) expectSentence(await here.run(["ext", ...argv]), expected);
}

/** A marketplace in `site`, its keys in `keys`. */
const made = (here: Place): Promise<unknown> => here.run(["ext", "marketplace", "init", "site", "--id", "https://ext.acme.example", "--keys", "keys"]);

describe("a slip of whoever writes extensions or runs a marketplace", () => {
  test("leaves no key behind, and no folder that was not there", async () => {
    await using here = await place();
    const init = ["marketplace", "init", "site", "--id", "https://ext.acme.example"];
    await refused(here, [
      [[...init, "--publisher", "Not A Scope=https://github.com/acme/x/.github/workflows/publish.yml"], { exit: 8, code: "E_NAME" }],
      [[...init, "--root-keys", "2", "--root-threshold", "3"], { exit: 2, code: "USAGE" }],
      [[...init, "--root-keys", "two"], { exit: 2, code: "USAGE", says: '"two" is no whole number above 0' }],
      [[...init, "--root-days", "-5"], { exit: 2, code: "USAGE" }],
      [[...init, "--trusted-root", "none.json"], { exit: 9, code: "PATH_NOT_FOUND" }],
      [["yank", "acme/x@1.0.0", "--to", "none", "--reason", "x", "--index-key", "none.pem"], { exit: 9, code: "PATH_NOT_FOUND", says: "no index key" }],
    ]);
    expect(filesIn(here.project)).toEqual([]);
    await made(here);
    const before = filesIn(here.project);
    const signed = ["--index-key", "keys/index.pem"];
    await refused(here, [
      [["marketplace", "init", "site", "--id", "https://other.example"], { exit: 1, code: "PATH_UNWRITABLE", says: "is a marketplace already" }],
      [["yank", "acme/x@1.0.0", "--to", "none", "--reason", "x", ...signed], { exit: 9, code: "E_NOT_PUBLISHED" }],
      [["marketplace", "index", "none", ...signed], { exit: 9, code: "E_NOT_PUBLISHED" }],
      [["marketplace", "index", "site", ...signed, "--days", "1.5"], { exit: 2, code: "USAGE" }],
      [["marketplace", "index", "site", ...signed, "--alias", "words"], { exit: 2, code: "USAGE", says: '"words" does not say what it stands for' }],
      [["marketplace", "index", "site", "--index-key", "keys/root.pem", "--dry-run"], { exit: 8, code: "E_SIG_THRESHOLD" }],
      [["marketplace", "rotate-root", "site", "--root-key", "keys/index.pem", "--dry-run"], { exit: 8, code: "E_SIG_THRESHOLD" }],
      [["marketplace", "rotate-root", "site", "--root-key", "keys/none.pem"], { exit: 9, code: "PATH_NOT_FOUND", fix: "claw ext sign --new-key" }],
      [["revoke", "acme/none", "--to", "site", "--severity", "malicious", "--reason", "x", ...signed], { exit: 9, code: "E_NAME_UNKNOWN" }],
    ]);
    expect(filesIn(here.project)).toEqual(before);
  });

  test("is said in words, whichever file is not there or cannot be", async () => {
    await using here = await place({ files: { "x.tgz": "x", "x.sig": "x", "key.pub.pem": "x" } });
    await here.run(["ext", "new", "acme/words"]);
    await refused(here, [
      [["test", "."], { exit: 9, code: "PATH_NOT_FOUND", says: "has no extension.json", fix: "claw ext new" }],
      [["sign", "none.tgz", "--key", "none.pem"], { exit: 9, code: "PATH_NOT_FOUND", says: "none.tgz is not there", fix: "claw ext pack" }],
      [["sign", "x.tgz", "--key", "none.pem"], { exit: 9, code: "PATH_NOT_FOUND", says: "there is no key at", fix: "--new-key" }],
      [["sign", "x.tgz", "--wrap", "none.sig", "--key", "key.pub.pem"], { exit: 9, code: "PATH_NOT_FOUND", says: "none.sig is not there" }],
      [["sign", "x.tgz", "--wrap", "x.sig", "--key", "none.pem"], { exit: 9, code: "PATH_NOT_FOUND", says: "none.pem is not there" }],
      [["pack", "words", "--out", "x.tgz/below"], { exit: 1, code: "PATH_UNWRITABLE" }],
      // Node never ends trying to make a folder there.
      [["pack", "words", "--out", "/proc/x"], { exit: 1, code: "PATH_UNWRITABLE", says: "in a file system that keeps no files" }],
      [["new", "acme/x", "--folder", "/proc/x"], { exit: 1, code: "PATH_UNWRITABLE" }],
      [["new", "acme/x", "--folder", "x.tgz/below"], { exit: 1, code: "PATH_UNWRITABLE" }],
      [["marketplace", "init", "/proc/x", "--id", "https://ext.acme.example", "--keys", "keys"], { exit: 1, code: "PATH_UNWRITABLE" }],
      [["marketplace", "init", "site", "--id", "https://ext.acme.example", "--keys", "/proc/x"], { exit: 1, code: "PATH_UNWRITABLE" }],
      [["sign", "--new-key", "x.tgz/key.pem"], { exit: 1, code: "PATH_UNWRITABLE" }],
    ]);
  });

  test("takes nothing of theirs away: a bundle is only made anew in a folder of its own", async () => {
    await using here = await place();
    await here.run(["ext", "new", "acme/words"]);
    const manifest = JSON.parse(here.read("words/extension.json")) as object;
    const before = filesIn(here.project);
    for (const main of ["./index.mjs", "./src/index.mjs", "../words/src/index.mjs"]) {
      here.write("words/extension.json", JSON.stringify({ ...manifest, main }));
      for (const verb of [["check"], ["pack", "--dry-run"], ["pack"]])
        expectSentence(await here.run(["ext", ...verb, "words"]), { exit: 8, code: "E_MAIN", fix: '"main": "./dist/index.mjs"' });
    }
    expect(filesIn(here.project)).toEqual(before);
  });

  test("is found by looking, which writes nothing: a check and a dry run bundle what they judge, and leave no bundle", async () => {
    await using here = await place();
    await here.run(["ext", "new", "acme/words", "--folder", "."]);
    const before = filesIn(here.project);
    expect(await here.run(["ext", "check"])).toMatchObject({ code: 0 });
    const [dry] = records((await here.run(["ext", "pack", "--dry-run", "--json"])).stdout);
    expect(filesIn(here.project)).toEqual(before);
    const [packed] = records((await here.run(["ext", "pack", "--json"])).stdout);
    expect([dry?.["state"], dry?.["integrity"], packed?.["state"]]).toEqual(["not written", packed?.["integrity"], "written"]);
    here.write("src/index.ts", "export default (): number => 1;\n");
    expect(records((await here.run(["ext", "pack", "--dry-run", "--json"])).stdout)[0]?.["integrity"]).not.toBe(packed?.["integrity"]);
  });

  test("is seen by a dry run, which makes no key and yet signs with it", async () => {
    await using here = await place({ files: { "x.tgz": "x" } });
    const sign = ["ext", "sign", "x.tgz", "--new-key", "keys/acme.pem"];
    const keys = ["keys/acme.pem", "keys/acme.pub.pem"].map((file) => join(here.project, file));
    const said = (state: string): readonly unknown[] => [
      { file: keys[0], publicKey: keys[1], state },
      { file: join(here.project, "x.tgz.sigstore.json"), state },
    ];
    const dry = await here.run([...sign, "--dry-run", "--json"]);
    expect([dry.code, dry.stderr, records(dry.stdout), filesIn(here.project)]).toEqual([0, "", said("not written"), ["x.tgz"]]);
    const real = await here.run([...sign, "--json"]);
    expect([real.code, real.stderr, records(real.stdout)]).toEqual([0, "", said("written")]);
    expectSentence(await here.run([...sign, "--dry-run"]), { exit: 1, code: "PATH_UNWRITABLE", says: "a key is never written over" });
  });
});

describe("a slip of whoever uses extensions", () => {
  test("in a name or a fingerprint asks nobody, and a dry run knows no marketplace but judges it", async () => {
    await using shop = await market();
    const { here, folder } = shop;
    await refused(here, [
      [["add"], { exit: 2, code: "USAGE" }],
      [["add", "Acme/X"], { exit: 8, code: "E_NAME" }],
      [["marketplace", "add", folder.url, "--root", folder.fingerprint.slice(0, 20)], { exit: 2, code: "USAGE", says: "is no fingerprint of a root" }],
      [["marketplace", "add", folder.url, "--root", `sha256:${"0".repeat(64)}`, "--dry-run"], { exit: 5, code: "E_ROOT_UNKNOWN" }],
      [["marketplace", "add", folder.url, "--scope", "claw", "--dry-run"], { exit: 8, code: "E_NAME_RESERVED" }],
    ]);
    const dry = await here.run(["ext", "marketplace", "add", folder.url, "--dry-run"]);
    expect(dry).toMatchObject({ code: 0, stdout: `${folder.id} would be known (claw), by its root ${folder.fingerprint}\n` });
    expect(filesIn(join(here.home, "data/ext")).filter((file) => file === "state.json")).toEqual([]);
  });

  test("in an address, or a network that is down, is told with what to do", async () => {
    await using here = await place();
    await refused(here, [[["marketplace", "add", "https://localhost:1/"], { exit: 7, code: "NETWORK_FAILED", fix: "claw ext add --from FOLDER" }]]);
    const legacy = await here.run(["plugin", "install", "x", "--marketplace", "http://ext.example/"]);
    expectSentence(legacy, { exit: 8, code: "E_INSECURE", fix: "--insecure-marketplace" });
    const late = await here.run(["plugin", "install", "x", "--marketplace", "https://localhost:1/", "--timeout", "soon"]);
    expectSentence(late, { exit: 2, code: "USAGE", says: "--timeout takes" });
  });
});

test("a checked-out project whose marketplace is not known here says which one it needs", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  await folder.release(new Date());
  await known(shop);
  expect(await here.run(["ext", "add", "acme/count", "--project", "--trust", "acme/count"])).toMatchObject({ code: 0 });
  await here.run(["trust", "--yes"]);
  await here.run(["ext", "marketplace", "remove", folder.id]);
  expect(await here.run(["ext", "ci"])).toMatchObject({ code: 0, stdout: "acme/count is there already\n" });
  const ran = await here.run(["ext", "ci"], { env: { CLAW_HOME: join(here.root, "another") } });
  expectSentence(ran, { exit: 9, code: "E_MARKETPLACE_UNKNOWN", says: `acme/count from the marketplace ${folder.id}`, fix: `marketplace add ${folder.id}` });
});

test("what is damaged can be looked at, and what has no code is no damage", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  await folder.release(new Date());
  await known(shop);
  await here.run(["ext", "add", "acme/count", "--trust", "acme/count"]);
  const store = join(here.home, "data/ext/store");
  const installed = join(store, readdirSync(store)[0] ?? "");
  chmodSync(join(installed, "dist"), 0o700);
  rmSync(join(installed, "dist/index.mjs"));
  expect(await here.run(["ext", "info", "count"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ {2}dist\/index\.mjs {2}is gone$/m) });
  expect(await here.run(["ext", "repair", "count"])).toMatchObject({ code: 0 });
  for (const [path, text] of Object.entries({
    "plain/.claude-plugin/plugin.json": JSON.stringify({ name: "plain", version: "1.0.0" }),
    "plain/skills/words/SKILL.md": "---\nname: words\ndescription: Plain words\n---\nUse plain words.\n",
  }))
    here.write(path, text);
  expect(await here.run(["ext", "add", "--from", "plain", "--allow-unsigned", "--trust", "local/plain"])).toMatchObject({ code: 0 });
  const info = await here.run(["ext", "info", "plain"]);
  expect(info).toMatchObject({ code: 0, stdout: expect.stringContaining("inactive") });
  expect(info.stdout).not.toMatch(/^failed/m);
  const doctor = await here.run(["doctor"]);
  expect([doctor.code, doctor.stdout]).toEqual([0, expect.not.stringContaining("holds no code")]);
});

test("a lock that something else has changed says which verb shows what is different", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  await folder.release(new Date());
  await known(shop);
  await here.run(["ext", "add", "acme/count", "--trust", "acme/count"]);
  writeFileSync(join(here.home, "data/ext/claw.lock"), "{}\n");
  expectSentence(await here.run(["ext", "remove", "count"]), { exit: 11, code: "E_SEAL", fix: "claw ext verify" });
  rmSync(join(here.home, "state/seal.key"));
  expect(await here.run(["ext", "verify"])).toMatchObject({ code: 11, stdout: expect.stringContaining("or its key was lost") });
});

test("whoever says who has to have signed it is not told that what anybody could have changed is there already", async () => {
  await using here = await place();
  const archive = tarred(goPlugin);
  const manifest = { ...goManifest, tarball_url: "c.tar.gz", sha256: createHash("sha256").update(archive).digest("hex") };
  here.write("old/index.json", JSON.stringify({ plugins: [{ name: "counter", latest_version: "1.0.0" }] }));
  here.write("old/counter/manifest.json", JSON.stringify(manifest));
  here.write("old/counter/c.tar.gz", archive);
  await here.run(["ext", "sign", "--new-key", "keys/acme.pem"]);
  const install = ["plugin", "install", "counter", "--marketplace", `file://${join(here.project, "old")}/`, "--trust", "counter"];
  expect(await here.run(install)).toMatchObject({ code: 0 });
  const env = { CLAW_PLUGIN_PUBLIC_KEY: join(here.project, "keys/acme.pub.pem") };
  expectSentence(await here.run([...install, "--require-signed"], { env }), {
    exit: 8,
    code: "E_SIG_MISSING",
    says: "plugin/counter 1.0.0 is installed, and nobody signed it",
    fix: "claw ext remove plugin/counter",
  });
});
