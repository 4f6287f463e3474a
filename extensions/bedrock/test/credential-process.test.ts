import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ClawError } from "@claw/kernel";
import { fakeClock, fakeHost, realProcesses } from "@claw/testing";
import { describe, expect, test } from "vitest";
import { account, failureOf, saidBy } from "./account-setting.ts";
import { homeWith } from "./aws-services.ts";

const answer = { Version: 1, AccessKeyId: "AKIDprogram", SecretAccessKey: "secret-of-program", SessionToken: "t", Expiration: "2099-01-01T00:00:00Z" };
const off = { AWS_EC2_METADATA_DISABLED: "true" };

/** A home with a profile `p` that names a program, and the program, which does what the script says. */
function home(line: string, script = `echo '${JSON.stringify(answer)}'`): ReturnType<typeof homeWith> {
  const made = homeWith({ ".aws/config": `[profile p]\ncredential_process = ${line}\n`, "bin/creds": `#!/bin/sh\n${script}\n` });
  chmodSync(join(made.path, "bin/creds"), 0o755);
  return made;
}

function asked({ path }: { readonly path: string }, environment: Readonly<Record<string, string>> = {}) {
  const processes = realProcesses(fakeHost(path, fakeClock(), { environment: { PATH: `${path}/bin:/usr/bin:/bin` } }));
  return account({ home: path, config: { profile: "p" }, environment: { ...off, ...environment }, processes }).credentials.get();
}

describe("the program of a profile", () => {
  test("gives its keys, until they expire", async () => {
    using place = home("creds");
    expect(await asked(place)).toEqual({
      label: "AWS profile p",
      credential: { type: "keys", accessKeyId: "AKIDprogram", secretAccessKey: "secret-of-program", sessionToken: "t" },
      expiration: new Date("2099-01-01T00:00:00Z"),
    });
  });

  test("is started in the home folder as the words of its line, with AWS's variables and no others", async () => {
    using place = home(`bin/creds "two words" '$HOME' | echo`, `{ pwd; printf '%s|' "$@"; env; } > seen; echo '${JSON.stringify(answer)}'`);
    await asked(place, { AWS_PROFILE: "other", AWS_VAULT: "v", OPENAI_API_KEY: "sk-secret-of-another", LD_PRELOAD: "x" });
    const [folder, rest = ""] = readFileSync(join(place.path, "seen"), "utf8").split(/\n([^]*)/);
    expect([folder, rest.split("\n")[0]]).toEqual([place.path, expect.stringMatching(/^two words\|\$HOME\|\|\|echo\|/)]);
    expect(rest).toMatch(/AWS_PROFILE=other/);
    expect(rest).toMatch(/AWS_VAULT=v/);
    expect(rest).not.toMatch(/sk-secret-of-another|LD_PRELOAD/);
  });

  test("is never one of the folder that is worked in, nor named by a file there", async () => {
    using project = homeWith({ "creds.sh": "#!/bin/sh\ntouch ran\n", "aws/config": "[profile p]\ncredential_process = ./creds.sh\n" });
    chmodSync(join(project.path, "creds.sh"), 0o755);
    using place = home("./creds.sh");
    const before = process.cwd();
    process.chdir(project.path);
    try {
      expect((await failureOf(asked(place))).message).toBe("AWS profile p gave no credentials: there is no program such as its credential_process names");
      const error = await failureOf(asked(place, { AWS_CONFIG_FILE: "aws/config" }));
      expect(error.message).toBe(`AWS profile p gave no credentials: there is no profile p in ${join(place.path, "aws/config")}`);
      mkdirSync(join(project.path, ".aws"));
      writeFileSync(join(project.path, ".aws/config"), "[profile q]\ncredential_process = ./creds.sh\n");
      expect((await failureOf(account({ home: place.path, config: { profile: "q" } }).credentials.get())).message).toContain("there is no profile q");
    } finally {
      process.chdir(before);
    }
    expect(() => readFileSync(join(project.path, "ran"))).toThrow();
  });

  test.each([
    ["fails", "echo leaked-secret >&2; exit 3", "its credential_process ended with 3"],
    ["prints no JSON", "echo leaked-secret", "its credential_process printed no keys (JSON with Version 1, AccessKeyId and SecretAccessKey)"],
    [
      "prints another version",
      `echo '${JSON.stringify({ ...answer, Version: 2 })}'`,
      "its credential_process printed no keys (JSON with Version 1, AccessKeyId and SecretAccessKey)",
    ],
    [
      "prints old keys",
      `echo '${JSON.stringify({ ...answer, Expiration: "2020-01-01T00:00:00Z" })}'`,
      "the keys that its credential_process printed have expired",
    ],
    ["prints without end", "exec cat /dev/zero", "its credential_process wrote more than 64 KB"],
  ])("that %s is an error, which repeats nothing of it", async (_, script, why) => {
    using place = home("creds --key leaked-secret", script);
    const error = await failureOf(asked(place));
    expect([error.code, error.message, saidBy(error).includes("leaked-secret")]).toEqual([
      "MODEL_NO_CREDENTIALS",
      `AWS profile p gave no credentials: ${why}`,
      false,
    ]);
  });

  test("that is not there, is no command line or may not be started says what to do", async () => {
    using gone = home("~/creds --key leaked-secret");
    using open = home('"creds');
    const fix = `write its whole path in ${gone.path}/.aws/config; neither ~ nor variables mean anything there`;
    expect([(await failureOf(asked(gone))).fix, (await failureOf(asked(open))).fix]).toEqual([fix, `correct credential_process in ${open.path}/.aws/config`]);
    const none = await failureOf(account({ home: open.path, config: { profile: "p" } }).credentials.get());
    expect([ClawError.is(none), none.message]).toEqual([true, "AWS profile p gave no credentials: its credential_process may start no program here"]);
  });
});
