import { existsSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { say } from "./claw.ts";
import { known, market, toolPackage } from "./ext-market.ts";

test("once a day, after a prompt is answered, marketplaces are asked for what they revoked; the next start refuses it", async () => {
  await using shop = await market({ script: () => say("Done.") });
  const { here, folder } = shop;
  folder.publish("acme/count", "1.0.0", toolPackage("acme/count", "1.0.0", "count_words"));
  await folder.release(new Date());
  const asked = join(here.home, "cache/marketplaces-asked");
  const trust = join(here.home, "data/ext/trust.json");
  const isRevoked = (): boolean => readFileSync(trust, "utf8").includes('"severity":"malicious"');
  await here.run(["-p", "hi"]);
  expect(existsSync(asked)).toBe(false);
  await known(shop);
  expect(await here.run(["ext", "add", "acme/count", "--trust", "acme/count"])).toMatchObject({ code: 0 });
  await folder.release(new Date(), (index) => ({
    ...index,
    revoked: [{ name: "acme/count", versions: "<2", severity: "malicious", reason: "steals keys", date: "2026-11-22" }],
  }));

  for (const quiet of [["--offline"], ["--safe"]]) await here.run([...quiet, "-p", "hi"]);
  await here.run(["-p", "hi"], { env: { CI: "true" } });
  expect(existsSync(asked)).toBe(false);

  expect(await here.run(["-p", "hi"])).toMatchObject({ code: 0, stdout: "Done.\n", stderr: "" });
  expect(existsSync(asked)).toBe(true);
  for (let tries = 0; tries < 200 && !isRevoked(); tries += 1) await delay(50);
  expect((await here.run(["-p", "hi"])).stderr).toContain("acme/count is held back: acme/count 1.0.0 was revoked (malicious: steals keys)");

  const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 60 * 60 * 1000);
  for (const [hours, isAsked] of [
    [23, false],
    [25, true],
  ] as const) {
    const last = hoursAgo(hours);
    utimesSync(asked, last, last);
    await here.run(["-p", "hi"]);
    expect([hours, statSync(asked).mtimeMs > last.getTime() + 1000]).toEqual([hours, isAsked]);
  }
});
