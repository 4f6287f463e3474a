import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sigstoreRig, tokenOf, workflowClaims } from "../../marketplace/test/sigstore-rig.ts";
import { type Place, type Ran, place } from "./claw.ts";

/** Runs a verb of `claw ext` that has to succeed. */
async function ran(here: Place, ...words: readonly string[]): Promise<Ran> {
  const result = await here.run(["ext", ...words]);
  expect([words.join(" "), result.code, result.stderr]).toEqual([words.join(" "), 0, expect.any(String)]);
  return result;
}

const publisher = "acme=https://github.com/acme/x/.github/workflows/release.yml@refs/tags/v*";

test("a workflow publishes keyless, with an attestation, and another machine adds it with nothing of the Sigstore running", { timeout: 90_000 }, async () => {
  await using here = await place();
  const sigstore = await sigstoreRig();
  here.write("trusted-root.json", JSON.stringify(sigstore.trustedRoot));
  here.write("token", tokenOf());
  here.write("other-token", tokenOf({ ...workflowClaims, job_workflow_ref: "evil/x/.github/workflows/release.yml@refs/tags/v1.0.0", repository: "evil/x" }));
  const keyless = ["--keyless", "--fulcio-url", sigstore.url, "--rekor-url", sigstore.url, "--tsa-url", sigstore.url];
  const init = await ran(
    here,
    "marketplace",
    "init",
    "site",
    "--id",
    "https://ext.acme.example",
    "--keys",
    "keys",
    "--trusted-root",
    "trusted-root.json",
    "--publisher",
    publisher,
    "--json",
  );
  const { fingerprint } = JSON.parse(init.stdout) as { readonly fingerprint: string };
  await ran(here, "new", "acme/word-list", "--folder", "mine");
  const publish = (token: string): Promise<Ran> =>
    here.run(["ext", "publish", "mine", "--to", "site", "--index-key", "keys/index.pem", ...keyless, "--identity-token", token]);
  expect(await publish("other-token")).toMatchObject({ code: 8, stderr: expect.stringContaining("code: E_SIG_IDENTITY") });
  expect(await publish("token")).toMatchObject({ code: 0 });
  await sigstore.close();

  await ran(here, "marketplace", "add", `file://${join(here.project, "site")}`, "--root", fingerprint, "--scope", "acme");
  expect(await here.run(["ext", "add", "acme/word-list@1.0.0", "--fresh", "--yes"])).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("code: E_CONSENT_REQUIRED"),
  });
  await ran(here, "add", "acme/word-list@1.0.0", "--fresh", "--trust", "acme/word-list");
  const lock = JSON.parse(readFileSync(join(here.home, "data/ext/claw.lock"), "utf8")) as { readonly extensions: Readonly<Record<string, object>> };
  expect(lock.extensions["acme/word-list"]).toMatchObject({
    publisher: "oidc:https://token.actions.githubusercontent.com#https://github.com/acme/x/.github/workflows/release.yml",
    repositoryId: workflowClaims.repository_id,
    signature: { mode: "keyless", identity: "https://github.com/acme/x/.github/workflows/release.yml@refs/tags/v1.0.0", logIndex: expect.any(String) },
  });
  expect((await ran(here, "marketplace", "verify", "site")).stdout).toContain("everything is as it was signed");
});
