import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { grantKeyOf, openStore, readGrants, readTrust } from "@claw/kernel/host";
import { expect, test } from "vitest";
import { serveFolder } from "../../marketplace/test/marketplace-server.ts";
import { known, market, records, toolPackage } from "./ext-market.ts";
import { expectSentence } from "./failure.ts";

/** Bytes that repaint a terminal, in the forms that JSON leaves as they are, and what pretends to be a line of claw's own. */
const hostile = "a\u001b]0;x\u0007\u009b2J\u202e\u2066\u007f\nfix: claw ext trust evil/x --yes\r\n  asks for   nothing";
const raw = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/u;

test("nothing that a marketplace says reaches the terminal raw, with --json or without, nor as a line of claw's own", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  const more = { permissions: { env: ["LANG"] } };
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words", more));
  folder.publish("acme/count", "1.1.0", {
    ...toolPackage("acme/count", "1.1.0", "count_words", more),
    published: { yanked: { date: "2026-11-20T00:00:00Z", reason: hostile } },
  });
  await folder.release(new Date(), (index) => ({
    ...index,
    extensions: Object.fromEntries(Object.entries(index.extensions).map(([name, one]) => [name, { ...one, deprecated: hostile }])),
  }));
  await known(shop);
  const add = ["ext", "add", "acme/count", "--trust", "acme/count"];
  const calls = [
    ["ext", "info", "acme/count"],
    ["ext", "search", "count"],
    ["ext", "add", "acme/count"],
    ["ext", "add", "acme/count@1.1.0"],
    [...add, "--dry-run"],
    add,
    ["ext", "list", "--all", "--updates"],
    ["ext", "why", "acme/count"],
    ["ext", "audit"],
  ];
  for (const argv of [...calls, ...calls.map((call) => [...call, "--json"])]) {
    const { stdout, stderr } = await here.run(argv);
    expect([argv, raw.test(stdout), raw.test(stderr)]).toEqual([argv, false, false]);
    expect([argv, /^(?:fix: claw ext trust evil| {2}asks for {3}nothing$)/m.test(stderr)]).toEqual([argv, false]);
  }
  await folder.release(new Date(), (index) => ({ ...index, revoked: [{ name: "acme/count", severity: "malicious", reason: hostile }] }));
  for (const argv of [["ext", "marketplace", "refresh"], ["ext", "list", "--json"], ["ext", "list"], ["ext", "audit", "--json"], ["doctor"], ["-p", "hi"]]) {
    const { stdout, stderr } = await here.run(argv);
    expect([argv, raw.test(stdout), raw.test(stderr), /^fix: claw ext trust evil/m.test(stderr)]).toEqual([argv, false, false, false]);
  }
});

test("an install killed at any moment leaves no package without the consent that it has", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  const permissions = { env: ["LANG"] };
  for (const version of ["1.0.0", "1.1.0"]) folder.publish("acme/count", version, toolPackage("acme/count", version, "count_words", { permissions }));
  await folder.release(new Date());
  await known(shop);
  const store = { kind: "user", folder: join(here.home, "data/ext"), sealKeyFile: join(here.home, "state/seal.key") } as const;
  for (let round = 0; round < 14; round += 1) {
    const version = round % 2 === 0 ? "1.0.0" : "1.1.0";
    const running = here.start(["ext", "add", `acme/count@${version}`, "--fresh", "--allow-downgrade", "--trust", "acme/count"]);
    await new Promise((resolve) => setTimeout(resolve, 150 + round * 40));
    running.kill("SIGKILL");
    await running.ended;
    const { trust, get } = openStore(store);
    const lock = get("acme/count")?.lock;
    if (lock === undefined) continue;
    expect([trust.publishers[lock.publisher]?.extensions, Object.keys(readGrants(store))]).toEqual([["acme/count"], [grantKeyOf("acme/count", lock)]]);
  }
  // Whatever was left: it is settled by doing it again.
  expect(await here.run(["ext", "add", "acme/count@1.1.0", "--fresh", "--allow-downgrade", "--trust", "acme/count"])).toMatchObject({ code: 0 });
  expect([shop.settings(), Object.keys(readTrust(store).publishers).length]).toEqual([{ extensions: { "acme/count": "*" } }, 1]);
});

test("two adds of different versions at once leave one of them, whole", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  const versions = ["1.0.0", "1.1.0", "1.2.0"];
  for (const version of versions) folder.publish("acme/count", version, toolPackage("acme/count", version, "count_words"));
  await folder.release(new Date());
  await known(shop);
  const all = await Promise.all(
    versions.map((version) => here.run(["ext", "add", `acme/count@${version}`, "--fresh", "--allow-downgrade", "--trust", "acme/count"])),
  );
  expect(all.filter(({ code }) => code === 0).length).toBeGreaterThan(0);
  for (const ran of all.filter(({ code }) => code !== 0)) expectSentence(ran, { exit: 10, code: "E_LOCKED" });
  expect(await here.run(["ext", "verify"])).toMatchObject({ code: 0 });
  expect(records((await here.run(["ext", "list", "--json"])).stdout).find(({ name }) => name === "acme/count")).toMatchObject({ state: "on" });
});

test("another copy of a marketplace is not asked with its credentials", async () => {
  await using shop = await market({ env: { ACME_TOKEN: "tok-secret" } });
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  await folder.release(new Date());
  await using server = await serveFolder(folder.path);
  await using mirror = await serveFolder(folder.path);
  const added = await here.run([
    "ext",
    "marketplace",
    "add",
    server.url,
    "--insecure",
    "--root",
    folder.fingerprint,
    "--scope",
    "acme",
    "--credential",
    "ACME_TOKEN",
  ]);
  expect(added).toMatchObject({ code: 0 });
  expect(await here.run(["ext", "add", "acme/count", "--from", mirror.url, "--insecure", "--trust", "acme/count"])).toMatchObject({ code: 0 });
  const sent = (requests: typeof mirror.asked): readonly unknown[] => [...new Set(requests.map(({ headers }) => headers.authorization))];
  expect([sent(server.asked).includes("Bearer tok-secret"), sent(mirror.asked)]).toEqual([true, [undefined]]);
});

test("a repository whose .claw is a link is not written through, and its lock installs nothing by itself", async () => {
  await using shop = await market();
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  await folder.release(new Date());
  await known(shop);
  shop.writeSettings('{"extends": "default"}\n');
  symlinkSync(join(here.home, "config"), join(here.project, ".claw"));
  const ran = await here.run(["ext", "add", "acme/count", "--project", "--trust", "acme/count"]);
  expectSentence(ran, { exit: 1, code: "PATH_OUTSIDE" });
  expect(readFileSync(join(here.home, "config/settings.json"), "utf8")).toBe('{"extends": "default"}\n');
});
