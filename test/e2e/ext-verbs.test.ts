import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { goManifest, goPlugin, tarred } from "../../marketplace/test/foreign-plugins.ts";
import { known, market, records, toolPackage, weekLater } from "./ext-market.ts";
import { managed } from "./managed.ts";
import { place, type Place, type Ran } from "./claw.ts";
import { expectSentence } from "./failure.ts";

const ok = async (here: Place, argv: readonly string[]): Promise<Ran> => {
  const ran = await here.run(argv);
  expect([argv, ran]).toMatchObject([argv, { code: 0 }]);
  return ran;
};

/** Some forty runs, one after the other. */
const manyRuns = 60_000;

test("every verb says with --json what it says to people, an object a line, and changes nothing with --dry-run", { timeout: manyRuns }, async () => {
  await using shop = await market();
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  folder.publish("acme/count", "1.0.1", toolPackage("acme/count", "1.0.1", "count_words"));
  await folder.release(new Date());
  const json = async (...argv: readonly string[]): Promise<readonly unknown[]> => records((await ok(here, [...argv, "--json"])).stdout);
  const snapshot = (): readonly unknown[] => [
    shop.settings(),
    ...["claw.lock", "trust.json", "grants.json"].map((file) => {
      try {
        return readFileSync(join(here.home, "data/ext", file), "utf8");
      } catch {
        return "";
      }
    }),
  ];
  expect(await json("ext", "marketplace", "add", folder.url, "--dry-run")).toEqual([
    { id: folder.id, url: folder.url, scopes: [], format: "claw", root: folder.fingerprint, unsigned: false, dryRun: true },
  ]);
  expect(await json("ext", "marketplace", "list")).toEqual([expect.objectContaining({ isDefault: true, scopes: ["claw"] })]);
  expect(await json("ext", "marketplace", "add", folder.url, "--root", folder.fingerprint, "--scope", "acme")).toMatchObject([
    { id: folder.id, scopes: ["acme"], extensions: 1 },
  ]);
  expect(await json("ext", "marketplace", "refresh", folder.id)).toEqual([{ id: folder.id, indexVersion: 2, extensions: 1, revocations: 0 }]);
  expect(await json("ext", "search", "count")).toEqual([
    { name: "acme/count", description: "The extension acme/count", marketplace: folder.id, installed: false },
  ]);
  expect(await json("ext", "info", "count")).toMatchObject([
    { name: "acme/count", version: "1.0.1", state: "not installed", marketplace: folder.id, versions: ["1.0.1", "1.0.0"], add: "claw ext add acme/count" },
  ]);
  const unknown = await here.run(["ext", "info", "acme/cuont"]);
  expect([unknown.code, unknown.stderr]).toEqual([
    9,
    "error: acme/cuont is not installed, and no marketplace offers it; did you mean acme/count?\nfix: claw ext info acme/count\ncode: E_NOT_INSTALLED\n",
  ]);

  const before = snapshot();
  const add = ["ext", "add", "acme/count@1.0.0", "--trust", "acme/count"];
  expect(await json(...add, "--dry-run")).toMatchObject([{ name: "acme/count", version: "1.0.0", action: "add", state: "planned", asks: [{ kind: "trust" }] }]);
  expect(snapshot()).toEqual(before);
  expect(await json(...add)).toMatchObject([{ name: "acme/count", version: "1.0.0", state: "installed" }]);
  expect(await json(...add)).toEqual([{ name: "acme/count", state: "unchanged" }]);
  await weekLater(shop);

  const installed = snapshot();
  expect(await json("ext", "update", "--dry-run")).toMatchObject([{ name: "acme/count", version: "1.0.1", from: "1.0.0", action: "update", state: "planned" }]);
  expect(await json("ext", "remove", "count", "--dry-run")).toEqual([{ name: "acme/count", version: "1.0.0", state: "to be removed" }]);
  expect(await json("ext", "disable", "count", "--dry-run")).toEqual([{ name: "acme/count", state: "off", dryRun: true }]);
  expect(await json("ext", "trust", "key:sha256-abc", "--dry-run")).toEqual([{ publisher: "key:sha256-abc", trusted: true, dryRun: true }]);
  expect(await json("ext", "grant", "count", "--dry-run")).toEqual([{ name: "acme/count", granted: {}, words: [], dryRun: true }]);
  expect(await json("ext", "ungrant", "count", "--dry-run")).toEqual([{ name: "acme/count", granted: null, dryRun: true }]);
  expect(await json("ext", "repair", "count", "--dry-run")).toEqual([{ name: "acme/count", state: "intact" }]);
  expect(await json("ext", "lock", "--dry-run")).toMatchObject([{ extensions: {}, dryRun: true }]);
  expect(await json("ext", "bundle", "-o", "all.clawpack", "--dry-run")).toMatchObject([{ extensions: ["acme/count"], dryRun: true }]);
  expect(await json("ext", "mirror", folder.url, "copy", "--dry-run")).toMatchObject([{ names: ["acme/count"], dryRun: true }]);
  expect(await json("ext", "marketplace", "remove", folder.id, "--dry-run")).toEqual([{ id: folder.id, url: folder.url, removed: false }]);
  expect([snapshot(), readdirSync(here.project)]).toEqual([installed, []]);

  expect(await json("ext", "update", "--patch")).toMatchObject([{ name: "acme/count", version: "1.0.1", from: "1.0.0", state: "installed" }]);
  expect(await json("ext", "rollback", "count", "--dry-run")).toEqual([{ name: "acme/count", version: "1.0.0", from: "1.0.1", state: "to be rolled back" }]);
  expect(await json("ext", "rollback", "count")).toEqual([{ name: "acme/count", version: "1.0.0", from: "1.0.1", state: "rolled back" }]);
  expect(await json("ext", "verify")).toMatchObject([{ checked: 2, packages: [], documents: [] }]);
  expect(await json("ext", "why", "count")).toMatchObject([{ name: "acme/count", requestedBy: ["user"] }]);
  expect(await json("ext", "audit")).toContainEqual(expect.objectContaining({ name: "acme/count", kind: "outdated" }));
  expect(await json("ext", "trust", "--list")).toContainEqual(expect.objectContaining({ extensions: ["acme/count"], by: "you" }));
  expect(await json("ext", "disable", "count")).toEqual([{ name: "acme/count", state: "off" }]);
  expect(await json("ext", "enable", "count")).toEqual([{ name: "acme/count", state: "on" }]);
  expect(await json("plugin", "details", "count")).toMatchObject([
    { name: "acme/count", version: "1.0.0", marketplace: folder.id, before: "1.0.1", granted: expect.stringContaining("by flag") },
  ]);
  expect(await json("ext", "gc")).toEqual([{ removed: 0 }]);
  expect(await json("plugin", "uninstall", "count")).toEqual([{ name: "acme/count", version: "1.0.0", state: "removed" }]);
  expect(await json("ext", "marketplace", "remove", folder.id)).toMatchObject([{ removed: true }]);
});

describe("what a person allows", () => {
  test("is theirs to take back, and an extension without it is held back with the reason", async () => {
    await using shop = await market();
    const { here, folder } = shop;
    folder.publish(
      "acme/count",
      "1.0.0",
      toolPackage("acme/count", "1.0.0", "count_words", { permissions: { net: ["https://a.example"] }, optionalPermissions: { net: ["https://b.example"] } }),
    );
    await folder.release(new Date());
    await known(shop);
    await ok(here, ["ext", "add", "acme/count", "--trust", "acme/count"]);
    const state = async (): Promise<unknown> => records((await here.run(["ext", "list", "--json"])).stdout).find(({ name }) => name === "acme/count");

    await ok(here, ["ext", "ungrant", "count"]);
    expect(await state()).toMatchObject({ state: "held back" });
    expectSentence(await here.run(["ext", "grant", "count"]), { exit: 5, code: "E_CONSENT_REQUIRED", fix: "fix: claw ext grant acme/count --yes" });
    const granting = here.start(["ext", "grant", "count", "--optional"], { tty: "all" });
    await granting.seen("Grant it? [y/N] ");
    granting.write("y\n");
    expect(await granting.ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/a\.example[^]*b\.example[^]*is granted/) });
    expect(await state()).toMatchObject({ state: "on" });

    await ok(here, ["ext", "trust", "count", "--remove"]);
    expect(await state()).toMatchObject({ state: "held back", description: expect.stringContaining("not trusted for tier trusted") });
    const trusting = here.start(["ext", "trust", "count"], { tty: "all" });
    await trusting.seen("Type its name to trust it: ");
    trusting.write("acme/count\n");
    expect(await trusting.ended).toMatchObject({ code: 0 });
    expect(await state()).toMatchObject({ state: "on" });
  });

  test("is found out to be changed by something else, and is sealed again by a person alone", async () => {
    await using shop = await market();
    const { here, folder } = shop;
    folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
    await folder.release(new Date());
    await known(shop);
    await ok(here, ["ext", "add", "acme/count", "--trust", "acme/count"]);
    const [store] = readdirSync(join(here.home, "data/ext/store")).filter((name) => name.startsWith("acme+count"));
    const code = join(here.home, "data/ext/store", store ?? "", "dist/index.mjs");
    chmodSync(code, 0o644);
    appendFileSync(code, "// more\n");
    expect(await here.run(["ext", "verify", "count"])).toMatchObject({
      code: 8,
      stdout: expect.stringContaining("acme/count 1.0.0 is damaged (claw ext repair acme/count)"),
    });
    expect(await here.run(["ext", "repair", "count"])).toMatchObject({ code: 0, stdout: "acme/count is repaired\n" });
    expect(await here.run(["ext", "verify"])).toMatchObject({ code: 0 });

    const grants = join(here.home, "data/ext/grants.json");
    writeFileSync(grants, readFileSync(grants, "utf8").replace('"by":"flag"', '"by":"policy"'));
    expect(await here.run(["ext", "verify"])).toMatchObject({
      code: 11,
      stdout: expect.stringContaining("grants.json was changed by something other than claw"),
    });
    const sealing = here.start(["ext", "verify"], { tty: "all" });
    await sealing.seen("Sealing it trusts every word of it. [y/N] ");
    sealing.write("y\n");
    expect(await sealing.ended).toMatchObject({ code: 0 });
    expect(await here.run(["ext", "verify"])).toMatchObject({ code: 0 });
  });
});

test("enable and disable keep the comments of settings, and hold from the next run on", async () => {
  await using shop = await market();
  const { here } = shop;
  shop.writeSettings('{\n  // mine\n  "limits": { "steps": 9 }\n}\n');
  await ok(here, ["ext", "disable", "tools-shell"]);
  expect(readFileSync(join(here.home, "config/settings.json"), "utf8")).toBe(
    '{\n  // mine\n  "limits": { "steps": 9 },\n  "without": [\n    "claw/tools-shell"\n  ]\n}\n',
  );
  expect((await here.run(["ext", "list", "--json"])).stdout).not.toContain("claw/tools-shell");
  await ok(here, ["ext", "enable", "tools-shell"]);
  expect(readFileSync(join(here.home, "config/settings.json"), "utf8")).toContain("// mine");
  expect((await here.run(["ext", "list", "--json"])).stdout).toContain("claw/tools-shell");
});

test("a project's extensions are in its lock, and another machine installs exactly those", async () => {
  await using shop = await market();
  await using other = await market();
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  await folder.release(new Date());
  await known(shop);
  await ok(here, ["ext", "add", "acme/count", "--project", "--trust", "acme/count"]);
  expect(JSON.parse(here.read(".claw/settings.json"))).toEqual({ extensions: { "acme/count": "*" } });
  expect(JSON.parse(here.read(".claw/claw.lock"))).toMatchObject({ extensions: { "acme/count": { version: "1.0.0", marketplace: folder.id } } });
  expect(shop.settings()).toBeUndefined();
  expect((await here.run(["ext", "list", "--json"])).stdout).not.toContain("acme/count");
  expect(records((await here.run(["ext", "list", "--json", "--trust-folder"])).stdout)).toContainEqual(
    expect.objectContaining({ name: "acme/count", state: "on" }),
  );

  folder.publish("acme/count", "1.1.0", toolPackage("acme/count", "1.1.0", "count_words"));
  await folder.release(new Date());
  cpSync(join(here.project, ".claw"), join(other.here.project, ".claw"), { recursive: true });
  expect((await other.here.run(["doctor", "--trust-folder"])).stdout).toContain("claw ext ci");
  expect(await other.here.run(["ext", "marketplace", "add", folder.url, "--root", folder.fingerprint, "--scope", "acme"])).toMatchObject({ code: 0 });
  expectSentence(await other.here.run(["ext", "ci"]), { exit: 5, code: "E_CONSENT_REQUIRED", fix: "fix: claw ext ci --trust acme/count" });
  expect(await other.here.run(["ext", "ci", "--trust", "acme/count"])).toMatchObject({ code: 0, stdout: "acme/count 1.0.0 added\n" });
  expect(records((await other.here.run(["ext", "list", "--json", "--trust-folder"])).stdout)).toContainEqual(
    expect.objectContaining({ name: "acme/count", version: "1.0.0", state: "on" }),
  );
  other.here.write(".claw/claw.lock", other.here.read(".claw/claw.lock").replace(/"tree": "ct1-..../, '"tree": "ct1-AAAA'));
  expectSentence(await other.here.run(["ext", "ci", "--trust", "acme/count"]), { exit: 8, code: "E_LOCK_DRIFT", says: "the lock says" });

  await ok(here, ["ext", "lock"]);
  await ok(here, ["ext", "remove", "acme/count", "--project"]);
  expect([JSON.parse(here.read(".claw/settings.json")), JSON.parse(here.read(".claw/claw.lock"))]).toEqual([
    { extensions: {} },
    { lockfileVersion: 1, extensions: {} },
  ]);
  here.write(".claw/settings.json", '{"extensions": {"acme/none": "*"}}');
  expectSentence(await here.run(["ext", "lock"]), { exit: 8, code: "E_LOCK_DRIFT", says: "acme/none", fix: "fix: claw ext add NAME --project" });
});

test("a package on this machine is installed only when a person allows what nobody signed", async () => {
  await using here = await place();
  const folder = join(here.root, "words");
  mkdirSync(join(folder, "skills/plain"), { recursive: true });
  writeFileSync(
    join(folder, "extension.json"),
    JSON.stringify({
      name: "acme/words",
      version: "1.0.0",
      engines: { claw: "^1.0.0" },
      permissions: { prompt: true },
      content: { skills: ["./skills/*/SKILL.md"] },
    }),
  );
  writeFileSync(join(folder, "skills/plain/SKILL.md"), "---\nname: plain\ndescription: Plain words\n---\nUse plain words.\n");
  const add = ["ext", "add", "--from", folder, "--trust", "acme/words"];
  expectSentence(await here.run(add), { exit: 8, code: "E_SIG_MISSING", fix: /--allow-unsigned/ });
  expect(await here.run([...add, "--allow-unsigned"])).toMatchObject({ code: 0, stdout: "acme/words 1.0.0 added\n" });
  expect((await here.run(["ext", "list"])).stdout).toMatch(/^acme\/words +1\.0\.0 +on, unsigned/m);
  expect((await here.run(["ext", "info", "words"])).stdout).toMatch(/^signature +none: nobody vouches for it$/m);
});

test("the command line of the system before works, with its variables", async () => {
  await using here = await place();
  const archive = tarred(goPlugin);
  const key = (...argv: readonly string[]): Buffer => execFileSync("openssl", argv, { cwd: here.root, stdio: ["ignore", "pipe", "pipe"] });
  key("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem");
  key("ec", "-in", "key.pem", "-pubout", "-out", "public.pem");
  writeFileSync(join(here.root, "archive"), archive);
  const files = {
    "index.json": JSON.stringify({ version: 1, plugins: [{ name: "counter", latest_version: "1.0.0", description: "Counts words" }] }),
    "counter/manifest.json": JSON.stringify({
      ...goManifest,
      tarball_url: "counter.tgz",
      sha256: `sha256:${createHash("sha256").update(archive).digest("hex")}`,
      signature_url: "counter.tgz.sig",
    }),
    "counter/counter.tgz": archive,
    "counter/counter.tgz.sig": `${key("dgst", "-sha256", "-sign", "key.pem", "archive").toString("base64")}\n`,
  };
  for (const [path, data] of Object.entries(files)) here.write(`../plugins/${path}`, data);
  const url = `file://${here.root}/plugins/`;
  const env = { CLAW_MARKETPLACE_URL: url, CLAW_REQUIRE_SIGNED: "1" };
  expectSentence(await here.run(["plugin", "install", "counter"], { env }), { exit: 8, code: "E_POLICY_EMPTY", fix: /CLAW_PLUGIN_PUBLIC_KEY/ });
  const signed = { ...env, CLAW_PLUGIN_PUBLIC_KEY: join(here.root, "public.pem") };
  expectSentence(await here.run(["plugin", "install", "counter", "--timeout", "60s"], { env: signed }), {
    exit: 5,
    code: "E_CONSENT_REQUIRED",
    fix: /--trust plugin\/counter$/,
  });
  const ran = await here.run(["plugin", "install", "--marketplace", url, "--require-signed", "--trust", "counter", "counter"], {
    env: { CLAW_PLUGIN_PUBLIC_KEY: readFileSync(join(here.root, "public.pem"), "utf8") },
  });
  expect(ran).toMatchObject({ code: 0, stdout: "plugin/counter 1.0.0 added\n" });
  expect((await here.run(["plugin", "details", "counter"])).stdout).toMatch(/^inactive +\S/m);
  writeFileSync(join(here.root, "plugins/counter/counter.tgz.sig"), "AAAA\n");
  await ok(here, ["plugin", "uninstall", "counter"]);
  expectSentence(await here.run(["plugin", "install", "counter", "--trust", "counter"], { env: signed }), { exit: 8, code: "E_SIG_INVALID" });
});

test("an administrator's policy is not widened by anything below it", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  await folder.release(new Date());
  await known(shop);
  const through = managed(here, { extensions: { maxTier: "declarative", blocked: ["claw/tools-shell"] } });
  const add = ["ext", "add", "acme/count", "--trust", "acme/count"];
  expectSentence(await here.run(add, { through }), { exit: 3, code: "E_POLICY", says: "allows tier declarative at the most" });
  expect((await here.run(["ext", "list"], { through })).stdout).toMatch(
    /^claw\/tools-shell +\S* +held back +\S* +the administrator's policy blocks claw\/tools-shell/m,
  );
  here.write("../etc/claw/policy.json", "{");
  expectSentence(await here.run(["ext", "list"], { through }), { exit: 3, code: "E_POLICY_INVALID" });
  expect(await here.run(add)).toMatchObject({ code: 0 });
});
