import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ClawError } from "../src/errors.ts";
import { commitGrants, grantKeyOf, readGrants } from "../src/package/grants.ts";
import { commit, nameOfKey, projectKeyOf } from "../src/package/lock.ts";
import { commitSealed, readSealed } from "../src/package/sealed-document.ts";
import { openStore } from "../src/package/store.ts";
import { entryOf, manifestOf, signal, temporaryStore } from "./package-folder.ts";

const grant = { granted: { net: ["https://acme.example"] }, at: "2026-11-22T00:00:00Z", by: "prompt" } as const;
const asked = { publisher: "key:sha256-a", requested: { net: ["https://acme.example"], ui: ["notify"] } };

test("a grant is for one name, one publisher and the very permissions that were asked for", async () => {
  using store = temporaryStore();
  expect(readGrants(store.user)).toEqual({});
  const key = grantKeyOf("acme/a", asked);
  await commitGrants(store.user, (current) => ({ ...current, [key]: grant }), signal());
  expect(readGrants(store.user)).toEqual({ [key]: grant });
  const others = [
    grantKeyOf("acme/b", asked),
    grantKeyOf("acme/a", { ...asked, publisher: "key:sha256-b" }),
    grantKeyOf("acme/a", { ...asked, requested: { ...asked.requested, exec: [{ cmd: "sh" }] } }),
  ];
  expect(new Set([key, ...others]).size).toBe(4);
  expect(grantKeyOf("acme/a", { ...asked, requested: { ui: ["notify"], net: ["https://acme.example"] } })).toBe(key);
});

test("a sealed document that something else wrote is refused, and so is one that was put under another's name", async () => {
  using store = temporaryStore();
  expect(readSealed(store.user, "state.json")).toBeUndefined();
  await commitSealed(store.user, "state.json", () => ({ seen: 3 }), signal());
  expect(readSealed(store.user, "state.json")).toMatchObject({ seen: 3 });
  await commitSealed(store.user, "state.json", () => undefined, signal());
  expect(readSealed(store.user, "state.json")).toMatchObject({ seen: 3 });
  const text = readFileSync(join(store.user.folder, "state.json"), "utf8");
  writeFileSync(join(store.user.folder, "grants.json"), text);
  writeFileSync(join(store.user.folder, "state.json"), text.replace("3", "2"));
  for (const name of ["state.json", "grants.json"]) {
    expect(() => readSealed(store.user, name)).toThrow(expect.objectContaining({ code: "E_SEAL" }));
  }
  expect(() => readGrants(store.user)).toThrow(ClawError);
});

test("what a project's lock resolved to is kept beside the person's own, and seen in that project only", async () => {
  using store = temporaryStore();
  const workspace = "0123456789abcdef";
  const key = projectKeyOf("acme/a", workspace);
  expect([nameOfKey(key), nameOfKey("acme/a")]).toEqual([{ name: "acme/a", workspace }, { name: "acme/a" }]);
  const of = (version: string): object => ({ ...entryOf(), version });
  await commit(
    store.user,
    () => ({
      extensions: { "acme/a": { ...entryOf(), ...of("1.0.0") }, [key]: { ...entryOf(), ...of("2.0.0") } },
      manifests: { "acme/a": manifestOf("acme/a"), [key]: manifestOf("acme/a") },
    }),
    signal(),
  );
  const opened = openStore(store.user);
  expect([opened.names, opened.namesIn(workspace), opened.namesIn("fedcba9876543210")]).toEqual([["acme/a"], ["acme/a"], []]);
  expect([opened.get("acme/a")?.version, opened.get("acme/a", workspace)?.version, opened.get("acme/a", "fedcba9876543210")]).toEqual([
    "1.0.0",
    "2.0.0",
    undefined,
  ]);
});
