import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { McpAuthorization, McpAuthorizationHost, ServerSpec, TokenStore } from "@claw/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import oauthManifest from "../../extensions/mcp-oauth/extension.json" with { type: "json" };
import oauth from "../../extensions/mcp-oauth/src/index.ts";
import processesManifest from "../../extensions/processes/extension.json" with { type: "json" };
import processes from "../../extensions/processes/src/index.ts";
import { type Served, browse, startIdentityServer, startResource } from "../../extensions/mcp-oauth/test/identity-server.ts";
import { embedded, never, program } from "./program.ts";

let identity: Served;
let resource: Served;
let server: ServerSpec;
beforeAll(async () => {
  identity = await startIdentityServer();
  resource = await startResource(() => identity.origin);
  server = { name: "notes", transport: "http", url: `${resource.origin}/mcp` };
});
afterAll(async () => {
  await identity[Symbol.asyncDispose]();
  await resource[Symbol.asyncDispose]();
});

/** A program's own keeper of tokens, such as a row of its database. */
function rows(): TokenStore & { readonly values: Map<string, string> } {
  const values = new Map<string, string>();
  return {
    values,
    read: async (key) => values.get(key),
    async update(key, change) {
      const value = await change(values.get(key));
      if (value === undefined) values.delete(key);
      else values.set(key, value);
    },
  };
}

const brokerOf = (host: McpAuthorizationHost) => program({ extensions: [embedded(oauthManifest, oauth)], services: { "mcp-authorization-host": host } });

describe("need 10: logins with the program's own store, rule for addresses and page", () => {
  test("nothing is kept but where the program keeps it, and no browser of the machine is opened", async () => {
    const store = rows();
    const opened: string[] = [];
    const open = async (url: URL): Promise<void> => {
      opened.push(url.origin);
      await browse(url);
    };
    await using one = brokerOf({ store, open });
    const broker = await one.kernel.service<McpAuthorization>("mcp-authorization");
    await broker.logIn(server, () => undefined, never());
    expect(await broker.headers(server, never())).toEqual({ authorization: expect.stringMatching(/^Bearer /) as string });
    expect([opened, [...store.values.keys()]]).toEqual([[identity.origin], [`notes ${resource.origin}`]]);
    await using other = brokerOf({ store });
    expect(await (await other.kernel.service<McpAuthorization>("mcp-authorization")).headers(server, never())).toEqual(await broker.headers(server, never()));
    expect(await broker.logOut(server, never())).toBe(true);
    expect(store.values.size).toBe(0);
  });

  test("an address that the program does not allow is never asked", async () => {
    const asked = identity.seen.length;
    await using one = brokerOf({ store: rows(), allows: (url) => url.origin === resource.origin });
    const broker = await one.kernel.service<McpAuthorization>("mcp-authorization");
    await expect(broker.logIn(server, () => undefined, never())).rejects.toMatchObject({ code: "AUTHORIZATION_FAILED", data: { kind: "url" } });
    expect(identity.seen.length).toBe(asked);
  });

  test("a login that only a person can renew says so, and waits for none", async () => {
    const store = rows();
    await using one = brokerOf({ store, open: async (url) => void (await browse(url)) });
    const broker = await one.kernel.service<McpAuthorization>("mcp-authorization");
    await broker.logIn(server, () => undefined, never());
    const [[key = "", text = ""] = []] = [...store.values];
    const { refreshToken: _gone, ...login } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    store.values.set(key, JSON.stringify({ ...login, expiresAt: 1 }));
    await expect(broker.headers(server, never())).rejects.toMatchObject({ code: "REAUTH_REQUIRED", fix: "claw mcp login notes" });
  });
});

test.skipIf(process.platform !== "linux")(
  "without a word of the program the person's browser is opened on their screen, by one word, and outlives claw",
  async () => {
    const desk = mkdtempSync(join(tmpdir(), "desk-"));
    const [opener, seen] = [join(desk, "xdg-open"), join(desk, "seen")];
    // Like the browser that is not running yet: it is the opener's own child, and takes its time.
    writeFileSync(opener, `#!/bin/sh\nsleep 1\nprintf '%s\\n' "$DISPLAY" "$#" "$1" > "${seen}.new"\nmv "${seen}.new" "${seen}"\n`);
    chmodSync(opener, 0o755);
    try {
      const one = program({
        extensions: [embedded(processesManifest, processes), embedded(oauthManifest, oauth)],
        environment: { PATH: `${desk}:/usr/bin:/bin`, HOME: desk, DISPLAY: ":7" },
      });
      const shown: string[] = [];
      const pages: Promise<string>[] = [];
      try {
        const broker = await one.kernel.service<McpAuthorization>("mcp-authorization");
        const show = (url: URL): void => {
          shown.push(url.href);
          pages.push(browse(url));
        };
        await broker.logIn(server, show, never());
      } finally {
        await one[Symbol.asyncDispose]();
      }
      expect(existsSync(seen)).toBe(false);
      await expect.poll(() => existsSync(seen), { timeout: 10_000 }).toBe(true);
      expect(readFileSync(seen, "utf8").trimEnd().split("\n")).toEqual([":7", "1", shown[0]]);
      expect(await Promise.all(pages)).toEqual([expect.stringContaining("You are logged in")]);
    } finally {
      rmSync(desk, { recursive: true, force: true });
    }
  },
);
