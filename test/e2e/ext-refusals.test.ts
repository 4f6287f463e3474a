import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { serveFolder } from "../../marketplace/test/marketplace-server.ts";
import { devExtension } from "./dev-extension.ts";
import { known, mapped, market, records, toolPackage } from "./ext-market.ts";
import { expectSentence } from "./failure.ts";
import { place } from "./claw.ts";

const locked = (home: string): boolean => existsSync(join(home, "data/ext/claw.lock"));

describe("claw ext refuses in a sentence, with what to do", () => {
  test("what it does not understand", async () => {
    await using here = await place();
    const cases: readonly (readonly [argv: readonly string[], exit: number, code: string, says: string | RegExp, fix?: string])[] = [
      [["ext", "add"], 2, "USAGE", "needs the name of an extension"],
      [["ext", "add", "acme/x", "--frob"], 2, "USAGE", "frob"],
      [["ext", "add", "acme/x", "--trust"], 2, "USAGE", "trust"],
      [["ext", "add", "../x"], 8, "E_NAME", "is no name of an extension"],
      [["ext", "add", "acme/x@not-a-range!"], 8, "E_VERSION", "is no range of versions"],
      [["ext", "frob"], 2, "USAGE", "there is no claw ext frob", "fix: claw help ext"],
      [["ext", "serach"], 2, "USAGE", "did you mean claw ext search?", "fix: claw help ext search"],
      [["ext", "remove", "--yes"], 2, "USAGE", "claw ext remove NAME", "fix: claw help ext remove"],
      [["ext", "marketplace"], 2, "USAGE", "claw ext marketplace needs a verb after it", "fix: claw help ext marketplace"],
      [["ext", "add", "x", "--root", "sha256:x"], 2, "USAGE", "--root goes with --from FILE.clawpack"],
      [["ext", "marketplace", "add", "."], 9, "E_NOT_PUBLISHED", "there is no marketplace at file://", "fix: name the folder that holds its root.json"],
      [["ext", "marketplace", "add", "http://ext.example/"], 8, "E_INSECURE", "http"],
      [["ext", "marketplace", "remove", "https://nobody.example"], 9, "E_MARKETPLACE_UNKNOWN", "is no marketplace that was added"],
      [["ext", "remove", "claw/workspac"], 9, "E_NOT_INSTALLED", "did you mean claw/workspace?"],
      [["ext", "remove", "workspace"], 2, "USAGE", "comes with claw", "fix: claw ext disable claw/workspace"],
      [["ext", "rollback", "acme/x"], 9, "E_NOT_INSTALLED", "acme/x is not installed"],
      [["ext", "trust", "key:sha256-x", "--remove"], 2, "USAGE", "is not trusted"],
      [["ext", "ci"], 9, "PATH_NOT_FOUND", "has no lock", "fix: claw ext lock"],
      [["plugin", "install", "x", "--dest", "y"], 2, "USAGE", "--dest is not served"],
      [["-p", "hi", "--timeout", "soon"], 2, "USAGE", "--timeout takes a number above 0"],
    ];
    for (const [argv, exit, code, says, fix] of cases) {
      const ran = await here.run(argv);
      expectSentence(ran, { exit, code, says, ...(fix === undefined ? {} : { fix }) });
      const json = records((await here.run([...argv, "--json"])).stdout);
      if (argv[0] !== "-p") expect([argv, json]).toEqual([argv, [expect.objectContaining({ type: "error", code, exit_code: exit })]]);
    }
    expect(locked(here.home)).toBe(false);
  });

  test("what nobody can be asked about: a root, a name, a permission", async () => {
    await using shop = await market();
    const { here, folder } = shop;
    expectSentence(await here.run(["ext", "marketplace", "add", folder.url]), {
      exit: 5,
      code: "E_ROOT_UNKNOWN",
      says: folder.fingerprint,
      fix: `fix: compare it with what its operator says, and add --root ${folder.fingerprint}`,
    });
    expectSentence(await here.run(["ext", "marketplace", "add", folder.url, "--root", `sha256:${"0".repeat(64)}`]), {
      exit: 5,
      code: "E_ROOT_UNKNOWN",
      says: "is the trusted one",
    });
    await known(shop);
    expectSentence(await here.run(["ext", "add", "acme/count"]), { exit: 9, code: "E_NAME_UNKNOWN", says: "no marketplace offers acme/count" });
    folder.publish("acme/counter", "1.0.0", toolPackage("acme/counter", "1.0.0", "count_words"));
    await folder.release(new Date());
    expectSentence(await here.run(["ext", "add", "acme/countre"]), {
      exit: 9,
      code: "E_NAME_UNKNOWN",
      says: "did you mean acme/counter?",
      fix: "fix: claw ext info acme/counter",
    });
    for (const argv of [
      ["ext", "add", "acme/counter"],
      ["ext", "add", "acme/counter", "--yes"],
      ["ext", "add", "acme/counter", "--trust", "acme/other"],
    ])
      expectSentence(await here.run(argv), { exit: 5, code: "E_CONSENT_REQUIRED", fix: /--trust acme\/counter$/ });
    expectSentence(await here.run(["ext", "add", "acme/counter@9"]), { exit: 9, code: "E_NO_VERSION", fix: "fix: claw ext info acme/counter" });
    expect([locked(here.home), shop.settings()]).toEqual([false, undefined]);
  });

  test("a name that is typed wrong, and an answer that is not yes", async () => {
    await using shop = await market();
    const { here, folder } = shop;
    folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
    await folder.release(new Date());
    await known(shop);
    for (const answer of ["y\n", "acme/cuont\n", "\n", "\u0004"]) {
      const running = here.start(["ext", "add", "acme/count"], { tty: "all" });
      await running.seen("Type its name to trust it: ");
      running.write(answer);
      expect(await running.ended).toMatchObject({ code: 5, stderr: expect.stringContaining("nothing changed") });
    }
    const running = here.start(["ext", "add", "acme/count"], { tty: "all" });
    await running.seen("Type its name to trust it: ");
    running.write("\u0003");
    expect(await running.ended).toMatchObject({ code: 130 });
    expect(locked(here.home)).toBe(false);
  });
});

test("extensions see every install and uninstall, and one that guards them says no before anything is fetched", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  await folder.release(new Date());
  await using server = await serveFolder(folder.path);
  expect(await here.run(["ext", "marketplace", "add", server.url, "--insecure", "--root", folder.fingerprint, "--scope", "acme"])).toMatchObject({ code: 0 });
  const events = ["PrePluginInstall", "PostPluginInstall", "PrePluginUninstall", "PostPluginUninstall"];
  const log = join(here.root, "events");
  const watcher = devExtension(
    here,
    "watcher",
    { hooks: Object.fromEntries(events.map((event) => [event, { observe: {} }])) },
    events
      .map(
        (event) =>
          `claw.on("${event}", "observe", async (e) => appendFileSync(${JSON.stringify(log)}, "${event} " + e.name + " " + e.version + " of " + e.plan.length + (e.error ? " " + e.error.code : "") + "\\n"));`,
      )
      .join("\n"),
    'import { appendFileSync } from "node:fs";',
  );
  const guard = devExtension(
    here,
    "guard",
    { hooks: { PrePluginInstall: { guard: {} }, PrePluginUninstall: { guard: {} } } },
    'for (const event of ["PrePluginInstall", "PrePluginUninstall"]) claw.on(event, "guard", async () => ({ action: "block", reason: "not on a Friday" }));',
  );
  const add = ["ext", "add", "acme/count", "--trust", "acme/count", "--dev", watcher];
  expectSentence(await here.run([...add, "--dev", guard]), { exit: 1, code: "PLUGIN_BLOCKED", says: "acme/guard blocked add of acme/count: not on a Friday" });
  expect([server.paths().filter((path) => path.includes(".tgz")), locked(here.home)]).toEqual([[], false]);
  server.misbehave("/acme/count/count-1.0.0.tgz", { kind: "bytes", bytes: Buffer.from("something else") });
  expectSentence(await here.run(add), { exit: 8, code: "E_ARCHIVE_DIGEST" });
  server.misbehave("/acme/count/count-1.0.0.tgz", undefined);
  expect(await here.run(add)).toMatchObject({ code: 0 });
  expectSentence(await here.run(["ext", "remove", "count", "--dev", guard]), { exit: 1, code: "PLUGIN_BLOCKED", says: "blocked remove of acme/count" });
  expect(await here.run(["ext", "remove", "count", "--dev", watcher])).toMatchObject({ code: 0 });
  expect(here.read("../events").trimEnd().split("\n")).toEqual([
    // What was blocked was seen too, and nothing came after it.
    "PrePluginInstall acme/count 1.0.0 of 1",
    "PrePluginInstall acme/count 1.0.0 of 1",
    "PostPluginInstall acme/count 1.0.0 of 1 E_ARCHIVE_DIGEST",
    "PrePluginInstall acme/count 1.0.0 of 1",
    "PostPluginInstall acme/count 1.0.0 of 1",
    "PrePluginUninstall acme/count 1.0.0 of 1",
    "PostPluginUninstall acme/count 1.0.0 of 1",
  ]);
});

test("an install that is killed leaves the old state, and the next one goes on", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  await folder.release(new Date());
  await using server = await serveFolder(folder.path);
  await here.run(["ext", "marketplace", "add", server.url, "--insecure", "--root", folder.fingerprint, "--scope", "acme"]);
  server.misbehave("/acme/count/count-1.0.0.tgz", { kind: "stalls" });
  const add = ["ext", "add", "acme/count", "--trust", "acme/count"];
  const running = here.start(add);
  while (!server.paths().includes("/acme/count/count-1.0.0.tgz")) await new Promise((resolve) => setTimeout(resolve, 5));
  running.kill("SIGKILL");
  expect(await running.ended).toMatchObject({ signal: "SIGKILL" });
  expect(await here.run(["ext", "list", "--all"])).toMatchObject({ code: 0, stdout: expect.not.stringContaining("acme/count"), stderr: "" });
  server.misbehave("/acme/count/count-1.0.0.tgz", undefined);
  expect(await here.run(add)).toMatchObject({ code: 0, stdout: "acme/count 1.0.0 added\n" });
  expect(readdirSync(join(here.home, "data/ext/staging"))).toEqual([]);
  expect(await here.run(["ext", "verify"])).toMatchObject({ code: 0, stdout: "1 package checked and intact\n" });
});

describe("what strangers write", () => {
  const hostile = "\u001b[2J\u001b]0;owned\u0007\u202eevil\u200b\nand a line";
  /** What moves a cursor or cannot be seen. */
  const shown = (text: string): readonly string[] =>
    [...text.matchAll(/[\p{Cc}\p{Cf}]/gu)].map(([character]) => character).filter((character) => !"\n\r\t".includes(character));

  test("never moves the cursor or hides in what is shown", async () => {
    await using shop = await market();
    const { here, folder } = shop;
    folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
    await folder.release(new Date(), (index) => ({ ...index, extensions: mapped(index.extensions, (one) => ({ ...one, deprecated: hostile })) }));
    await known(shop);
    const runs = [
      await here.run(["ext", "search", "count"]),
      await here.run(["ext", "add", "acme/count"]),
      await here.run(["ext", "add", "acme/count", "--dry-run"]),
      await here.run(["ext", "add", "acme/count", "--trust", "acme/count"]),
      await here.run(["ext", "info", "count"]),
      await here.run(["ext", "list", "--updates"]),
      await here.run(["ext", "audit"]),
    ];
    expect(runs.flatMap(({ stdout, stderr }) => shown(stdout + stderr))).toEqual([]);
    expect(runs[2]?.stdout).toContain("\\x1b[2J");
    expect(runs[6]?.stdout).toContain("it is deprecated");
    const running = here.start(["ext", "add", "acme/count", "--dry-run"], { tty: "all", env: { NO_COLOR: "1" } });
    expect(shown((await running.ended).stderr)).toEqual([]);
  });
});

test("a reader that goes away is no failure, and a full pipe no hang", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  for (let index = 0; index < 40; index += 1) folder.publish(`acme/count${index}`, "1.0.0", toolPackage(`acme/count${index}`, "1.0.0", "count_words"));
  await folder.release(new Date());
  await known(shop);
  const through = ["sh", "-c", '"$@" | head -1; exit', "sh"];
  for (const argv of [
    ["ext", "search"],
    ["ext", "search", "--json"],
    ["help", "ext"],
    ["ext", "list", "--updates"],
  ]) {
    const ran = await here.run(argv, { through });
    expect([argv, ran.code, ran.stderr, ran.stdout.split("\n").length]).toEqual([argv, 0, "", 2]);
  }
});

test("what is revoked is held back from the next start, however it is learned of, and said", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  await folder.release(new Date());
  await known(shop);
  await here.run(["ext", "add", "acme/count", "--trust", "acme/count"]);
  await folder.release(new Date(), (index) => ({
    ...index,
    revoked: [{ name: "acme/count", versions: "<2", severity: "malicious", reason: "steals\u001b[2J keys", date: "2026-11-22T00:00:00Z" }],
  }));
  expect(await here.run(["ext", "marketplace", "refresh", "--quiet"])).toMatchObject({
    code: 0,
    stdout: "",
    stderr: expect.stringContaining("has revoked acme/count 1.0.0 (malicious: steals\\x1b[2J keys)"),
  });
  expect((await here.run(["ext", "list"])).stdout).toMatch(/^acme\/count +held back, malicious: steals\\x1b\[2J keys/m);
  expect(await here.run(["ext", "audit"])).toMatchObject({ code: 8, stdout: expect.stringMatching(/^error +acme\/count +1\.0\.0 +1\.0\.0 was revoked/m) });
  expectSentence(await here.run(["ext", "add", "acme/count@1.0.0", "--trust", "acme/count"]), { exit: 8, code: "E_REVOKED" });
  expect(await here.run(["ext", "remove", "count"])).toMatchObject({ code: 0 });
});

test("many installs at once all end up in the lock and in the settings", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  const names = ["acme/one", "acme/two", "acme/three", "acme/four"];
  for (const [index, name] of names.entries()) folder.publish(name, "1.0.0", toolPackage(name, "1.0.0", `tool_${index}`));
  await folder.release(new Date());
  await known(shop);
  const runs = await Promise.all(names.map((name) => here.run(["ext", "add", name, "--trust", name])));
  expect(runs.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual(names.map(() => 0));
  expect(shop.settings()).toEqual({ extensions: expect.objectContaining(Object.fromEntries(names.map((name) => [name, "*"]))) });
  const listed = records((await here.run(["ext", "list", "--json"])).stdout).filter(({ state }) => state === "on");
  expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
});

test("a flag of an extension takes none away from the verbs that install", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  await folder.release(new Date());
  await known(shop);
  const config = {
    type: "object",
    properties: { dry: { type: "boolean", flag: "dry-run", description: "Dry" }, who: { type: "string", flag: "trust", description: "Who" } },
  };
  const dev = devExtension(here, "taker", { provides: { command: { taker: { description: "A command" } } }, config }, "");
  expect(await here.run(["--dev", dev, "ext", "add", "acme/count", "--dry-run", "--trust", "acme/count"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("acme/count 1.0.0  (new)"),
  });
  expect(locked(here.home)).toBe(false);
  expect(await here.run(["--dry-run", "--trust", "ext", "--dev", dev, "ext", "add", "acme/count", "--trust", "acme/count"])).toMatchObject({
    code: 0,
    stdout: "acme/count 1.0.0 added\n",
  });
});
