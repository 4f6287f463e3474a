import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newAuthority, serveFolder } from "../../marketplace/test/marketplace-server.ts";
import { call, say } from "./claw.ts";
import { known, market, records, toolPackage, weekLater } from "./ext-market.ts";
import { expectSentence } from "./failure.ts";

describe("from a marketplace to a tool that a model calls, and back", () => {
  test("in a folder, asked about on a terminal", async () => {
    await using shop = await market({ script: [call("count_words", {}), say("Done."), call("count_words", {}), say("Done.")] });
    const { here, folder } = shop;
    folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
    await folder.release(new Date());

    const root = here.start(["ext", "marketplace", "add", folder.url, "--scope", "acme"], { tty: "all" });
    await root.seen(folder.fingerprint);
    await root.seen("Is it the same? [y/N] ");
    root.write("y\n");
    expect(await root.ended).toMatchObject({ code: 0, stderr: expect.stringContaining(`${folder.id} is known: 1 extension`) });
    expect(records((await here.run(["ext", "marketplace", "list", "--json"])).stdout)).toContainEqual(
      expect.objectContaining({ id: folder.id, scopes: ["acme"], root: folder.fingerprint, extensions: 1 }),
    );
    expect((await here.run(["ext", "search", "count"])).stdout).toMatch(/^acme\/count +- +https:\/\/ext\.acme\.example {2}The extension acme\/count$/m);

    const adding = here.start(["ext", "add", "acme/count"], { tty: "all" });
    await adding.seen("Type its name to trust it: ");
    adding.write("acme/count\n");
    const added = await adding.ended;
    expect(added).toMatchObject({ code: 0 });
    for (const words of [
      "acme/count 1.0.0  (new)",
      "publisher",
      "published  7 days ago",
      "in claw's own process, with all your rights",
      "asks for   nothing",
      "acme/count 1.0.0 added",
    ])
      expect(added.stderr).toContain(words);
    expect(shop.settings()).toEqual({ extensions: { "acme/count": "*" } });

    expect(await here.run(["-p", "go"])).toMatchObject({ code: 0, stdout: "Done.\n" });
    expect(JSON.stringify(here.sent[1]?.turns.at(-1))).toContain("acme/count 1.0.0");
    expect(records((await here.run(["ext", "list", "--json"])).stdout)).toContainEqual({
      name: "acme/count",
      version: "1.0.0",
      state: "on",
      tier: "trusted",
      origin: "user",
      description: "",
      publisher: expect.stringMatching(/^key:sha256-/),
      marketplace: folder.id,
      signature: "key",
    });

    folder.publish("acme/count", "1.1.0", toolPackage("acme/count", "1.1.0", "count_words", { permissions: { net: ["https://count.example"] } }));
    await folder.release(new Date());
    expect(await here.run(["ext", "update", "--json"])).toMatchObject({ code: 0, stdout: '{"name":"acme/count","state":"unchanged"}\n' });
    await weekLater(shop);
    expect(records((await here.run(["ext", "list", "--updates", "--json"])).stdout)).toContainEqual(
      expect.objectContaining({ name: "acme/count", update: "1.1.0" }),
    );
    expectSentence(await here.run(["ext", "update"]), {
      exit: 5,
      code: "E_CONSENT_REQUIRED",
      says: "reach `https://count.example` on the network",
      fix: "fix: claw ext update --trust acme/count",
    });
    const updating = here.start(["ext", "update", "count"], { tty: "all" });
    await updating.seen("Is that all right? [y/N] ");
    updating.write("no\n");
    expect(await updating.ended).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/\(update from 1\.0\.0\)[^]*different +.*count\.example[^]*nothing changed/),
    });
    const again = here.start(["ext", "update", "count"], { tty: "all" });
    await again.seen("Is that all right? [y/N] ");
    again.write("y\n");
    expect(await again.ended).toMatchObject({ code: 0, stderr: expect.stringContaining("acme/count 1.1.0 updated (was 1.0.0)") });
    expect((await here.run(["ext", "info", "count"])).stdout).toMatch(/^asks +reach `https:\/\/count\.example` on the network$/m);

    expect(await here.run(["ext", "rollback", "count", "--offline"])).toMatchObject({ code: 0, stdout: "acme/count rolled back to 1.0.0 (was 1.1.0)\n" });
    await here.run(["-p", "go"]);
    expect(JSON.stringify(here.sent[3]?.turns.at(-1))).toContain("acme/count 1.0.0");

    expect(await here.run(["ext", "remove", "count"])).toMatchObject({ code: 0, stdout: "acme/count 1.0.0 removed\n" });
    expect(shop.settings()).toEqual({ extensions: {} });
    expect((await here.run(["ext", "list", "--all", "--json"])).stdout).not.toContain("acme/count");
    expectSentence(await here.run(["ext", "rollback", "count"]), { exit: 9, code: "E_NOT_INSTALLED" });
  });

  test("from a web server with a certificate of one's own, by flags alone, and then without it", async () => {
    const authority = newAuthority();
    await using shop = await market();
    const { here, folder } = shop;
    const ca = here.write("../ca.pem", authority.ca);
    const env = { SSL_CERT_FILE: ca };
    folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words", { dependencies: { "acme/words": "^1.0.0" } }));
    folder.publish("acme/words", "1.0.0", toolPackage("acme/words", "1.0.0", "split_words"));
    await folder.release(new Date());
    await using server = await serveFolder(folder.path, authority);
    const add = ["ext", "marketplace", "add", server.url, "--root", folder.fingerprint, "--scope", "acme"];
    expectSentence(await here.run(add), { exit: 7, code: "NETWORK_FAILED" });
    expect(await here.run(add, { env })).toMatchObject({ code: 0 });

    expectSentence(await here.run(["ext", "add", "acme/count", "--trust", "acme/count"], { env }), {
      exit: 5,
      code: "E_CONSENT_REQUIRED",
      says: "acme/words",
      fix: "fix: claw ext add acme/count --trust acme/count --trust acme/words",
    });
    const added = await here.run(["ext", "add", "acme/count", "--trust", "acme/count", "--trust", "acme/words", "--json"], { env });
    expect([added.code, records(added.stdout)]).toMatchObject([
      0,
      [
        { name: "acme/words", requestedBy: ["acme/count"] },
        { name: "acme/count", dependencies: { "acme/words": "1.0.0" }, state: "installed" },
      ],
    ]);
    expect(shop.settings()).toEqual({ extensions: { "acme/count": "*" } });
    expect((await here.run(["ext", "why", "words"])).stdout).toBe("acme/words 1.0.0 is installed\nneeded by acme/count\n");
    expectSentence(await here.run(["ext", "remove", "words"]), { exit: 1, code: "E_DEPENDED_ON" });

    await server[Symbol.asyncDispose]();
    const gone = await here.run(["ext", "search", "words"], { env });
    expect(gone).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("acme/words"),
      stderr: expect.stringMatching(/^note: .*https:\/\/ext\.acme\.example is as it was on 20/m),
    });
    expect(await here.run(["ext", "list", "--offline"])).toMatchObject({ code: 0, stdout: expect.stringContaining("acme/count") });
    expect(await here.run(["ext", "remove", "count", "--prune"])).toMatchObject({ code: 0, stdout: "acme/count 1.0.0 removed\nacme/words 1.0.0 removed\n" });
  });

  test("in a copy for a machine without a network: a mirror, and a file", async () => {
    await using shop = await market();
    await using other = await market();
    const { here, folder } = shop;
    folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
    await folder.release(new Date());
    await known(shop);
    expect(await here.run(["ext", "add", "acme/count", "--trust", "acme/count"])).toMatchObject({ code: 0 });
    const [copy, pack] = [join(here.root, "copy"), join(here.root, "all.clawpack")];
    expect(await here.run(["ext", "mirror", folder.url, copy, "--only", "acme/count", "--json"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"packages":[{"name":"acme/count","version":"1.0.0"}]'),
    });
    expect(await here.run(["ext", "bundle", "-o", pack])).toMatchObject({ code: 0, stdout: `${pack} holds acme/count 1.0.0\n` });

    const there = other.here;
    const add = ["ext", "add", "--offline", "--trust", "acme/count", "--from"];
    const marketplaces = async (): Promise<unknown> =>
      records((await there.run(["ext", "marketplace", "list", "--json"])).stdout).map(({ id, url }) => [id, url]);
    const before = await marketplaces();
    const fix = `fix: compare it with what its operator says, and add --root ${folder.fingerprint}`;
    expectSentence(await there.run([...add, pack]), { exit: 5, code: "E_ROOT_UNKNOWN", fix });
    expectSentence(await there.run([...add, pack, "--root", `sha256:${"0".repeat(64)}`]), { exit: 5, code: "E_ROOT_UNKNOWN" });
    expectSentence(await there.run([...add, copy, "acme/count"]), { exit: 9, code: "E_MARKETPLACE_UNKNOWN" });
    const named = [...add, pack, "--root", `sha256:${"0".repeat(64)}`, "--root", folder.fingerprint];
    expect(await there.run([...add, pack, "--root", folder.fingerprint, "--dry-run"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^acme\/count 1\.0\.0 {2}\(new\)\n/),
    });
    expect(await marketplaces()).toEqual(before);
    await using third = await market();
    const asked = third.here.start(["ext", "add", "--offline", "--from", pack], { tty: "all" });
    await asked.seen("Is it the same? [y/N] ");
    asked.write("y\n");
    await asked.seen("Type its name to trust it: ");
    asked.write("acme/count\n");
    expect(await asked.ended).toMatchObject({ code: 0, stderr: expect.stringContaining("acme/count 1.0.0 added") });
    expect(await there.run(named)).toMatchObject({
      code: 0,
      stdout: "acme/count 1.0.0 added\n",
      stderr: expect.stringContaining(`${folder.id} is known from now on\n`),
    });
    expect(await marketplaces()).toContainEqual([folder.id, `${folder.id}/`]);
    expect(existsSync(join(there.home, "cache/marketplaces")) && readFileSync(join(there.home, "config/settings.json"), "utf8")).toContain("acme/count");
    expect(await there.run([...add, copy, "acme/count"])).toMatchObject({ code: 0, stdout: "acme/count is there already\n" });
  });
});

test("claw's own extensions come from the marketplace that comes with it, by the same commands", async () => {
  await using shop = await market();
  const { here } = shop;
  shop.writeSettings('{ "extends": "minimal" }\n');
  const state = async (): Promise<unknown> =>
    records((await here.run(["ext", "list", "--all", "--json"])).stdout).find(({ name }) => name === "claw/tools-shell");
  expect(await state()).toMatchObject({ state: "off", origin: "bundled" });
  expect(await here.run(["ext", "add", "claw/tools-shell"])).toMatchObject({ code: 0, stdout: "claw/tools-shell is there already\n" });
  expect(shop.settings()).toEqual({ extends: "minimal", extensions: { "claw/tools-shell": "*" } });
  expect(await state()).toMatchObject({ state: "on", origin: "bundled" });
  const exact = ["ext", "add", "claw/tools-shell@1.0.0"];
  expectSentence(await here.run(exact), { exit: 5, code: "E_CONSENT_REQUIRED", fix: "fix: claw ext add claw/tools-shell@1.0.0 --yes" });
  expect(await here.run([...exact, "--yes"])).toMatchObject({ code: 0, stdout: "claw/tools-shell 1.0.0 added\n" });
  expect(await state()).toMatchObject({ state: "on", origin: "user" });
  expect(await here.run(["ext", "remove", "tools-shell", "--yes"])).toMatchObject({ code: 0 });
  expect(await state()).toMatchObject({ state: "on", origin: "bundled" });
});
