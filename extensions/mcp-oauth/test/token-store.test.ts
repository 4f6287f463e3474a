import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loginText, renewed } from "../src/login.ts";
import { fileTokens } from "../src/token-store.ts";
import { serve } from "./identity-server.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "claw-tokens-"));
  path = join(folder, "config/mcp-tokens.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const program = (...words: readonly string[]): readonly string[] => [
  process.execPath,
  "--conditions=claw-source",
  join(import.meta.dirname, "token-process.ts"),
  path,
  ...words,
];
const start = (...words: readonly string[]) => {
  const [node = "", ...args] = program(...words);
  return spawn(node, args, { stdio: ["ignore", "pipe", "inherit"] });
};

test("a token is kept in a file of its owner's alone, and gone when it is forgotten", async () => {
  const store = fileTokens(path);
  expect(await store.read("a")).toBeUndefined();
  await store.update("a", async (value) => `${value ?? "new"} 1`);
  await store.update("b", async () => "2");
  await store.update("a", async (value) => `${value} again`);
  expect([await store.read("a"), await store.read("b"), await store.read("c")]).toEqual(["new 1 again", "2", undefined]);
  expect([statSync(path).mode & 0o777, statSync(join(folder, "config")).mode & 0o777]).toEqual([0o600, 0o700]);
  await store.update("a", async () => undefined);
  expect(readFileSync(path, "utf8")).not.toContain("again");
  expect(readdirSync(join(folder, "config"))).toEqual(["mcp-tokens.json"]);
});

test.each(["", "{", "[]", '{"version":2,"tokens":{}}', '{"version":1,"tokens":{"a":7}}'])(
  "a file that is damaged is left as it is, and said: %s",
  async (text) => {
    mkdirSync(join(folder, "config"));
    writeFileSync(path, text);
    const store = fileTokens(path);
    await expect(store.read("a")).rejects.toMatchObject({ code: "AUTHORIZATION_FAILED", fix: expect.stringContaining("move") as string });
    await expect(store.update("a", async () => "1")).rejects.toMatchObject({ code: "AUTHORIZATION_FAILED" });
    expect(readFileSync(path, "utf8")).toBe(text);
  },
);

test("a change that fails leaves the file and frees the lock", async () => {
  const store = fileTokens(path);
  await store.update("a", async () => "1");
  await expect(store.update("a", async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await store.update("b", async () => "2");
  expect([await store.read("a"), await store.read("b")]).toEqual(["1", "2"]);
});

test("a file that others could read is its owner's alone once it is written", async () => {
  const store = fileTokens(path);
  await store.update("a", async () => "1");
  chmodSync(path, 0o644);
  await store.update("b", async () => "2");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("what a killed process was writing is not left behind", async () => {
  const store = fileTokens(path);
  await store.update("a", async () => "1");
  const [left, other] = [join(folder, "config/.mcp-tokens.json.0123456789ab.tmp"), join(folder, "config/.other.json.0123456789ab.tmp")];
  for (const file of [left, other]) writeFileSync(file, "tokens");
  await store.update("a", async () => undefined);
  expect(readdirSync(join(folder, "config")).toSorted()).toEqual([".other.json.0123456789ab.tmp", "mcp-tokens.json"]);
});

test("a change of one login that takes long holds up no other, and loses nothing", async () => {
  const store = fileTokens(path);
  const { promise: answered, resolve: answer } = Promise.withResolvers<string>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const slow = store.update("slow", () => {
    begin();
    return answered;
  });
  await begun;
  await store.update("quick", async () => "1");
  answer("2");
  await slow;
  expect([await store.read("quick"), await store.read("slow")]).toEqual(["1", "2"]);
  expect(readdirSync(join(folder, "config"))).toEqual(["mcp-tokens.json"]);
});

test("a full disk leaves the file as it was, and is said", { timeout: 30_000 }, async () => {
  await fileTokens(path).update("a", async () => "1");
  const before = readFileSync(path, "utf8");
  // A limit on the size of files stands in for a full disk: the write that meets it is cut short in the same way.
  const child = spawn("/bin/sh", ["-c", `trap '' XFSZ; ulimit -f 8; exec "$@"`, "sh", ...program("write")], { stdio: ["ignore", "pipe", "pipe"] });
  const pieces: Buffer[] = [];
  child.stdout.on("data", (piece: Buffer) => void pieces.push(piece));
  await once(child, "close");
  expect(Buffer.concat(pieces).toString()).toBe(`ready\nAUTHORIZATION_FAILED ${path} cannot be written (EFBIG)\n`);
  expect(readFileSync(path, "utf8")).toBe(before);
  expect(readdirSync(join(folder, "config"))).toEqual(["mcp-tokens.json"]);
});

test("a file whose writer is killed at any moment can be read and written", { timeout: 60_000 }, async () => {
  for (let kill = 0; kill < 12; kill += 1) {
    const child = start("write");
    await once(child.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    child.kill("SIGKILL");
    await once(child, "close");
    const store = fileTokens(path);
    await store.update("after", async () => String(kill));
    expect(await store.read("after")).toBe(String(kill));
  }
});

test("six processes that need a fresh token at once ask for one, and all have it", { timeout: 60_000 }, async () => {
  let given = 0;
  await using identity = await serve(() => (_request, response) => {
    given += 1;
    setTimeout(
      () =>
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ access_token: `access-${given}`, token_type: "Bearer", expires_in: 3600, refresh_token: `refresh-${given}` })),
      100,
    );
  });
  const metadata = {
    issuer: identity.origin,
    authorization_endpoint: `${identity.origin}/a`,
    token_endpoint: `${identity.origin}/token`,
    response_types_supported: ["code"],
  };
  const old = renewed(
    { issuer: identity.origin, metadata, client: { client_id: "c" } },
    { access_token: "old", token_type: "Bearer", expires_in: 1, refresh_token: "refresh-0" },
    new Date(0),
  );
  await fileTokens(path).update("key", async () => loginText(old));
  const answers = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const child = start("ask", "key");
      const pieces: Buffer[] = [];
      child.stdout.on("data", (piece: Buffer) => void pieces.push(piece));
      await once(child, "close");
      return Buffer.concat(pieces).toString();
    }),
  );
  expect([answers, given]).toEqual([Array.from({ length: 6 }, () => "access-1"), 1]);
  expect(await fileTokens(path).read("key")).toContain("refresh-1");
});
