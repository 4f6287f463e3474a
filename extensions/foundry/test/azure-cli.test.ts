import { fakeClock, fakeHost, realProcesses } from "@claw/testing";
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cliToken, isSignedIn } from "../src/azure-cli.ts";

const scope = "https://ai.azure.com/.default";

describe("the Azure CLI", () => {
  let folder = "";
  beforeEach(async () => void (folder = await realpath(await mkdtemp(join(tmpdir(), "cli-")))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Asks a program of that name which does what the script says. */
  const ask = async (script: string | undefined, environment: Readonly<Record<string, string>> = {}, signal = new AbortController().signal) => {
    const host = fakeHost(folder, fakeClock(), { environment: { PATH: "/usr/bin:/bin", ...environment } });
    if (script !== undefined) {
      await writeFile(join(host.folders.bin, "az"), `#!/bin/sh\n${script}\n`);
      await chmod(join(host.folders.bin, "az"), 0o755);
    }
    return cliToken(scope, { processes: realProcesses(host), host, signal });
  };

  test("gives the token of who is signed in", async () => {
    const seen = join(folder, "seen");
    const answer = '{"accessToken":"the-token","expiresOn":"2026-11-22 09:00:00.000000","expires_on":1795338000,"tokenType":"Bearer"}';
    expect(await ask(`echo "$PWD $AZURE_CONFIG_DIR $*" > ${seen}; echo '${answer}'`, { AZURE_CONFIG_DIR: "/azure" })).toEqual({
      value: "the-token",
      expiresAt: 1_795_338_000_000,
    });
    const { readFile } = await import("node:fs/promises");
    expect(await readFile(seen, "utf8")).toBe(`${folder}/home /azure account get-access-token --output json --scope ${scope}\n`);
  });

  test.each([
    ["is not there", undefined, "there is no Azure CLI"],
    ["nobody is signed in to", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1", "nobody is signed in to the Azure CLI"],
    ["fails", "echo 'ERROR: broken.' >&2; echo more >&2; exit 3", "the Azure CLI failed: ERROR: broken"],
    ["fails in silence", "exit 3", "the Azure CLI failed"],
  ])("that %s is said to be so", async (_name, script, why) => {
    expect(await ask(script)).toBe(why);
  });

  test.each([["echo '{}'"], ["echo nonsense"], ["true"], ["head -c 200000 /dev/zero"]])("that says %s gives no token", async (script) => {
    await expect(ask(script)).rejects.toMatchObject({ code: "MODEL_AUTH", message: "the Azure CLI gave no token (200)", fix: "run az login" });
  });

  test("is left when nobody waits for it", async () => {
    await expect(ask("sleep 60", {}, AbortSignal.timeout(100))).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test("has a profile when somebody signed in", async () => {
    const host = fakeHost(folder, fakeClock());
    expect(isSignedIn(host)).toBe(false);
    await mkdir(join(folder, "home", ".azure"), { recursive: true });
    await writeFile(join(folder, "home", ".azure", "azureProfile.json"), "{}");
    expect([isSignedIn(host), isSignedIn({ ...host, environment: { AZURE_CONFIG_DIR: folder } })]).toEqual([true, false]);
  });
});
