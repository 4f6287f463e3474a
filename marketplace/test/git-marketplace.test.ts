import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { addMarketplace, knownMarketplaces } from "../src/client/known.ts";
import { openCatalogue } from "../src/client/marketplace.ts";
import { wordsPlugin } from "./foreign-plugins.ts";
import { commitAll } from "./git-repository.ts";
import { contextOf, signal } from "./offered-packages.ts";
import { temporaryStore } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("a repository of plugins is added by its address and read at its commit, without a working copy", async () => {
  using folder = temporaryFolder({
    ".claude-plugin/marketplace.json": JSON.stringify({ name: "anns", owner: { name: "Ann" }, plugins: [{ name: "words", source: "./plugins/words" }] }),
    ...Object.fromEntries(wordsPlugin.map(({ path, data }) => [`plugins/words/${path}`, data])),
  });
  using store = temporaryStore();
  commitAll(folder.path);
  const { context } = await contextOf(store, { network: { offline: false, environment: process.env } });
  const url = `${pathToFileURL(folder.path).href}/.git#main`;
  const options = { scopes: ["ann"], confirm: () => Promise.resolve(false) };
  expect(await laterRefusalOf(addMarketplace(url, options, context, signal))).toBe("E_SIG_MISSING");
  const known = await addMarketplace(url, { ...options, allowUnsigned: true }, context, signal);
  expect(known).toMatchObject({ url, id: url, format: "claude-code", unsigned: true });
  expect(knownMarketplaces(context)).toContainEqual(known);
  const catalogue = await openCatalogue(known, context, signal, { fresh: true });
  expect(catalogue.names).toEqual(["ann/words"]);
  expect((await catalogue.offers("ann/words", signal))?.versions).toHaveLength(1);
});
