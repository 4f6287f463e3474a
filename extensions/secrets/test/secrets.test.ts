import { SecretsService } from "@claw/kernel";
import { load } from "@claw/testing";
import fc from "fast-check";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseCredentials, readCredentials } from "../src/credentials-file.ts";
import extension from "../src/index.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "claw-secrets-"));
  path = join(folder, "credentials.json");
});
afterEach(() => rm(folder, { recursive: true }));

const put = (text: string, mode = 0o600): Promise<void> => writeFile(path, text, { mode });

test("the secrets of a private file are read", async () => {
  await put('{ "A_KEY": " one\\n", "B_KEY": "two" }');
  expect([...(await readCredentials(path))]).toEqual([
    ["A_KEY", "one"],
    ["B_KEY", "two"],
  ]);
});

test("without a file there are no secrets", async () => {
  expect([...(await readCredentials(path))]).toEqual([]);
  expect([...(await readCredentials(join(path, "below")))]).toEqual([]);
});

test.each([0o640, 0o604, 0o660, 0o620, 0o601, 0o644])("a file that others may touch (%o) is refused with the command that helps", async (mode) => {
  await put('{ "A_KEY": "hunter2" }');
  await chmod(path, mode);
  await expect(readCredentials(path)).rejects.toMatchObject({
    code: "SETTINGS_INVALID",
    message: `${path} can be read by others than you`,
    fix: `chmod 600 ${path}`,
  });
});

test("the mode that counts is the file's, not its link's", async () => {
  const real = join(folder, "real.json");
  await writeFile(real, '{ "A_KEY": "one" }', { mode: 0o600 });
  await symlink(real, path);
  expect((await readCredentials(path)).get("A_KEY")).toBe("one");
  await chmod(real, 0o644);
  await expect(readCredentials(path)).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
});

test("a folder and an enormous file are refused", async () => {
  await mkdir(path, { mode: 0o700 });
  await expect(readCredentials(path)).rejects.toMatchObject({ code: "SETTINGS_INVALID", message: `${path} is no regular file` });
  await rm(path, { recursive: true });
  await put(`{ "A": "${"x".repeat(1024 * 1024)}" }`);
  await expect(readCredentials(path)).rejects.toMatchObject({ code: "SETTINGS_INVALID", message: `${path} has more than 1048576 bytes` });
});

test.each([
  ["[]", "is no JSON object"],
  ["null", "is no JSON object"],
  ['"hunter2"', "is no JSON object"],
  ["", "is no valid JSON"],
  ['{ "A": 1 }', 'has a value that is no string for "A"'],
  ['{ "A": { "hunter2": "x" } }', 'has a value that is no string for "A"'],
  ['{\n "A": "x"\n "B": "hunter2"\n}', "is no valid JSON (line 3)"],
  ['{ "A": hunter2 }', "is no valid JSON"],
])("%s is refused without a word of what it holds", (text, what) => {
  let thrown: unknown;
  try {
    parseCredentials(text, "/c.json");
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: "SETTINGS_INVALID", message: `/c.json ${what}` });
  expect(JSON.stringify([(thrown as Error).message, (thrown as Error).cause, (thrown as { data: unknown }).data])).not.toContain("hunter2");
});

test("whatever the text, it is secrets or a refusal", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        return [...parseCredentials(text, "/c.json").values()].every((value) => typeof value === "string");
      } catch (error) {
        return (error as { code?: unknown }).code === "SETTINGS_INVALID";
      }
    }),
  );
});

test("the environment comes before the file, an empty variable counts as none, and nothing of an object's own answers", async () => {
  await using claw = await load(extension, { environment: { A_KEY: "from env\n", B_KEY: "", PATH: "/usr/bin:/bin" } });
  await writeFile(join(claw.test.host.folders.config, "credentials.json"), '{ "A_KEY": "file a", "B_KEY": "file b", "C_KEY": "", "__proto__": "x" }', {
    mode: 0o600,
  });
  const secrets = claw.service(SecretsService);
  const asked = ["A_KEY", "B_KEY", "C_KEY", "D_KEY", "toString", "constructor"];
  expect(await Promise.all(asked.map((name) => secrets.get(name)))).toEqual(["from env", "file b", undefined, undefined, undefined, undefined]);
});

test("a key in the environment needs no file, not even a readable one", async () => {
  await using claw = await load(extension, { environment: { A_KEY: "one", PATH: "/usr/bin:/bin" } });
  await writeFile(join(claw.test.host.folders.config, "credentials.json"), "not json", { mode: 0o644 });
  expect(await claw.service(SecretsService).get("A_KEY")).toBe("one");
  await expect(claw.service(SecretsService).get("B_KEY")).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
});
