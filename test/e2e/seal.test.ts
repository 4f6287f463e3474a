import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { say } from "./claw.ts";
import { known, market, toolPackage } from "./ext-market.ts";
import { expectSentence } from "./failure.ts";

const rules = JSON.stringify({ permissions: { allow: ["Bash(rm *)"] } });

/** An extension is installed, a folder is trusted. */
async function settled(): ReturnType<typeof market> {
  const shop = await market({ script: () => say("Hello."), files: { ".claw/settings.json": rules } });
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  await folder.release(new Date());
  await known(shop);
  await here.run(["ext", "add", "acme/count", "--trust", "acme/count"]);
  await here.run(["trust", "--yes"]);
  return shop;
}

const documents = ["claw.lock", "trust.json", "grants.json", "folders.json", "state.json"] as const;

const edits: readonly (readonly [what: string, edit: (home: string) => readonly string[]])[] = [
  ...documents.map(
    (name) =>
      [
        `an edited ${name}`,
        (home: string) => {
          const file = join(home, "data/ext", name);
          const text = existsSync(file) ? readFileSync(file, "utf8") : '{"seal":""}';
          writeFileSync(file, text.replace("{", '{"added":1,'));
          return [name];
        },
      ] as const,
  ),
  ["a lost key", (home) => (rmSync(join(home, "state/seal.key")), documents.filter((name) => existsSync(join(home, "data/ext", name))))],
  ["a cut key", (home) => (writeFileSync(join(home, "state/seal.key"), "short"), documents.filter((name) => existsSync(join(home, "data/ext", name))))],
];

describe("where something else has changed what claw keeps of the person's decisions:", () => {
  test.each(edits)("%s counts for nothing, a run starts without it and says so, and verify shows it and seals it again", async (_what, edit) => {
    await using shop = await settled();
    const { here } = shop;
    const changed = edit(here.home);
    const ran = await here.run(["-p", "hi"]);
    expect(ran).toMatchObject({ code: 0, stdout: "Hello.\n" });
    if (changed.some((name) => name !== "state.json")) expect(ran.stderr).toContain("(claw ext verify)");
    if (changed.includes("folders.json")) expectSentence(await here.run(["-p", "hi", "--require-trust"]), { exit: 3, code: "FOLDER_UNTRUSTED" });
    const seen = await here.run(["ext", "verify", "--json"]);
    expect([seen.code, JSON.parse(seen.stdout)]).toMatchObject([11, { documents: changed.map((document) => ({ document })) }]);
    const asking = here.start(["ext", "verify"], { tty: "all" });
    for (const name of changed) {
      await asking.seen(`${name} says:`);
      await asking.seen("[y/N] ");
      asking.write("y\r");
    }
    expect((await asking.ended).code).toBe(0);
    const after = await here.run(["-p", "hi"]);
    expect([after.code, after.stderr]).toEqual([0, ""]);
  });

  test("a folder that was put among the trusted ones by hand is none, and nothing writes over it unasked", async () => {
    await using shop = await settled();
    const { here } = shop;
    await here.run(["trust", "--remove"]);
    const file = join(here.home, "data/ext/folders.json");
    const planted = readFileSync(file, "utf8").replace('"folders":{', `"folders":{"${here.project}":{"accepted":[],"at":"2026-01-01T00:00:00Z"}`);
    writeFileSync(file, planted);
    const ran = await here.run(["-p", "hi"]);
    expect(ran.stderr).toContain("no folder is trusted: ");
    expect(ran.stderr).toContain("this folder is not trusted, so its .claw/settings.json is ignored");
    for (const argv of [
      ["trust", "--yes"],
      ["trust", "--remove"],
      ["trust", "--list"],
    ])
      expectSentence(await here.run(argv), { exit: 11, code: "E_SEAL", fix: "claw ext verify" });
    expect(readFileSync(file, "utf8")).toBe(planted);
  });
});
