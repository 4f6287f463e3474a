import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ClawError } from "@claw/kernel/host";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { identityToken } from "../src/signature/identity-token.ts";
import { type KeylessOptions, signKeyless } from "../src/signature/sign-keyless.ts";
import { type SigstoreRig, sigstoreRig, tokenOf } from "./sigstore-rig.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const artifact = Buffer.from("an archive");
const { signal } = new AbortController();

let rig: SigstoreRig;
const options = (more: Partial<KeylessOptions> = {}): KeylessOptions => ({ identityToken: tokenOf(), fulcioUrl: rig.url, rekorUrl: rig.url, signal, ...more });

beforeAll(async () => {
  rig = await sigstoreRig();
});
afterAll(() => rig.close());

describe("signing keyless fails", () => {
  const failure = async (more: Partial<KeylessOptions>): Promise<unknown> => {
    const error = await signKeyless(artifact, options(more)).catch((thrown: unknown) => thrown);
    return ClawError.is(error, "E_SIGN") ? { step: error.data.step, message: error.message, fix: error.fix !== undefined } : error;
  };

  test.for<readonly [step: string, path: string, message: string]>([
    ["certificate", "/api/v2/signingCert", 'the certificate authority gave no certificate: "(400) not today"'],
    ["log", "/api/v1/log/entries", 'the transparency log did not take the signature: "(400) not today"'],
    ["timestamp", "/api/v1/timestamp", 'the timestamp authority stated no time: "(400) not today"'],
  ])("at the step %s", async ([step, path, message]) => {
    // One of its own: when one server refuses, a request to another may still be under way.
    const own = await sigstoreRig();
    own.fail(path, 400);
    expect(await failure({ fulcioUrl: own.url, rekorUrl: own.url, tsaUrl: own.url })).toEqual({ step, message, fix: true });
    await own.close();
  });

  test.for<readonly [what: string, token: string]>([
    ["no token", ""],
    ["something else", "secret"],
    ["two dots and no JSON", "a.secret.c"],
    ["no subject", tokenOf({ aud: "secret" })],
    ["an address that is not verified", tokenOf({ sub: "1", email: "secret@example.com", email_verified: false })],
    ["null", `a.${Buffer.from("null").toString("base64url")}.c`],
  ])("with %s for a token, and never says it", async ([, token]) => {
    const error = await signKeyless(artifact, options({ identityToken: token })).catch((thrown: unknown) => thrown);
    if (!ClawError.is(error, "E_SIGN")) throw error;
    expect(error.data).toEqual({ step: "identity" });
    expect(error.message + String(error.cause)).not.toContain("secret");
  });

  test("where its servers are asked in the clear, or by something that is no URL", async () => {
    for (const fulcioUrl of ["http://fulcio.example", "fulcio", "file:///x"]) expect(await failure({ fulcioUrl })).toMatchObject({ step: "certificate" });
    expect(await failure({ rekorUrl: "http://rekor.example" })).toMatchObject({ step: "log" });
    expect(await failure({ tsaUrl: "http://tsa.example" })).toMatchObject({ step: "timestamp" });
  });

  test("with the reason of its signal when that is aborted", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const server = createServer(() => controller.abort(reason)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(signKeyless(artifact, options({ fulcioUrl: url, signal: controller.signal }))).rejects.toBe(reason);
    await expect(signKeyless(artifact, options({ signal: controller.signal }))).rejects.toBe(reason);
    server.closeAllConnections();
    server.close();
  });
});

describe("the identity token", () => {
  const token = tokenOf();
  const refused = async (environment: Readonly<Record<string, string>>, more: { readonly file?: string } = {}): Promise<string> =>
    identityToken({ environment, ...more }, signal).then(
      () => "accepted",
      (error: unknown) => (ClawError.is(error, "E_SIGN") && error.data.step === "identity" ? error.message : String(error)),
    );

  test("is the one that is given, that of a file, or GitLab's", async () => {
    using folder = temporaryFolder({ token: `${token}\n` });
    const environment = { SIGSTORE_ID_TOKEN: tokenOf({ sub: "gitlab" }) };
    expect(await identityToken({ token, environment }, signal)).toBe(token);
    expect(await identityToken({ file: join(folder.path, "token"), environment }, signal)).toBe(token);
    expect(await identityToken({ environment }, signal)).toBe(environment.SIGSTORE_ID_TOKEN);
  });

  test("is asked for where GitHub Actions says, for Sigstore", async () => {
    const asked: unknown[] = [];
    const server = createServer(({ url, headers }, response) => {
      asked.push([url, headers.authorization]);
      if (url?.startsWith("/none")) response.writeHead(500);
      if (url?.startsWith("/elsewhere")) response.writeHead(302, { location: "/token" });
      response.end(url?.startsWith("/empty") ? "null" : JSON.stringify({ value: token }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const at = (path: string) => ({
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "bearer",
    });
    expect(await identityToken({ environment: at("token?api-version=2") }, signal)).toBe(token);
    expect(asked).toEqual([["/token?api-version=2&audience=sigstore", "Bearer bearer"]]);
    const needs = "signing keyless needs an identity token";
    expect(await refused(at("none"))).toBe(`${needs}: GitHub Actions answered 500`);
    expect(await refused(at("empty"))).toBe(`${needs}: GitHub Actions answered without one`);
    expect(await refused(at("elsewhere"))).toBe(`${needs}: GitHub Actions did not answer`);
    server.closeAllConnections();
    server.close();
  });

  test("is missed with a way to get one", async () => {
    const needs = "signing keyless needs an identity token";
    expect(await refused({})).toBe(`${needs}: there is none`);
    expect(await refused({ ACTIONS_ID_TOKEN_REQUEST_URL: "x" })).toBe(`${needs}: there is none`);
    expect(await refused({ ACTIONS_ID_TOKEN_REQUEST_URL: "x", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "y" })).toBe(`${needs}: ACTIONS_ID_TOKEN_REQUEST_URL is no URL`);
    expect(await refused({}, { file: "/nowhere/token" })).toBe(`${needs}: "/nowhere/token" cannot be read`);
  });
});
