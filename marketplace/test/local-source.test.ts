import { createPublicKey } from "node:crypto";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "@claw/kernel/host";
import { packFiles } from "../src/archive/pack.ts";
import { openLocal } from "../src/compat/local-source.ts";
import { signArtifact } from "../src/signature/sign.ts";
import { fileOf } from "./archive-forgery.ts";
import { admitted, folderOf, guardPlugin, onlyOffer, tarred, wordsPlugin } from "./foreign-plugins.ts";
import { contextOf } from "./offered-packages.ts";
import { filesOf, manifestOf, newKey, temporaryStore } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("a plugin on this machine", () => {
  test("is the same from its folder and from its archive", async () => {
    using folder = folderOf(guardPlugin);
    using packed = temporaryFolder({ "guard.tgz": tarred(guardPlugin) });
    using store = temporaryStore();
    const { context } = await contextOf(store);
    const trees = await Promise.all(
      [folder.path, join(packed.path, "guard.tgz")].map(async (path) => {
        const catalogue = await openLocal(path, context);
        const { manifest, files, entry } = await admitted(await onlyOffer(catalogue, "local/guard"));
        expect([entry.foreign, catalogue.names]).toEqual(["claude-plugin", ["local/guard"]]);
        const own = files.filter((file) => file.path !== "extension.json");
        return canonicalJson([manifest.permissions, own.map(({ path: file, executable }) => [file, executable])]);
      }),
    );
    expect(trees[0]).toBe(trees[1]);
  });

  test("without a name is called as its folder is", async () => {
    using folder = folderOf(
      wordsPlugin.filter(({ path }) => !path.startsWith(".")),
      "plain-words",
    );
    using store = temporaryStore();
    const { context } = await contextOf(store);
    expect((await openLocal(join(folder.path, "plain-words"), context)).names).toEqual(["local/plain-words"]);
  });

  test("is refused where it is a link, nothing, or no plugin", async () => {
    using folder = folderOf(wordsPlugin);
    symlinkSync("README.md", join(folder.path, "link.md"));
    using other = temporaryFolder({
      "a.txt": "a",
      "market/.claude-plugin/marketplace.json": "{}",
      "plain.tgz": tarred([fileOf("a.txt")]),
      "no.bin": "not an archive",
    });
    using store = temporaryStore();
    const { context } = await contextOf(store);
    const refusal = (path: string): Promise<string> => laterRefusalOf(openLocal(path, context));
    expect(
      await Promise.all(
        [folder.path, other.path, join(other.path, "market"), join(other.path, "plain.tgz"), join(other.path, "no.bin"), join(other.path, "gone")].map(refusal),
      ),
    ).toEqual(["E_TAR_SYMLINK", "E_FOREIGN", "E_FOREIGN", "E_FOREIGN", "E_FOREIGN", "PATH_NOT_FOUND"]);
  });
});

describe("a package of claw's own form on this machine", () => {
  const files = filesOf(manifestOf("acme/a", "1.0.0"));
  const key = newKey();
  const publishers = [{ kind: "key" as const, pem: createPublicKey(key).export({ type: "spki", format: "pem" }).toString() }];

  test("is verified by the signature beside it", async () => {
    const { archive, tree } = packFiles(files);
    using folder = temporaryFolder({ "a.tgz": archive, "a.tgz.sigstore.json": signArtifact(archive, key), "bare.tgz": archive });
    using store = temporaryStore();
    const { context } = await contextOf(store);
    const { entry } = await admitted(await onlyOffer(await openLocal(join(folder.path, "a.tgz"), context, { publishers }), "acme/a"));
    expect([entry.tree, entry.signature, entry.foreign]).toEqual([tree, { mode: "key" }, undefined]);
    const bare = await onlyOffer(await openLocal(join(folder.path, "bare.tgz"), context, { publishers }), "acme/a");
    expect(await laterRefusalOf(admitted(bare))).toBe("E_SIG_MISSING");
    const unknown = await onlyOffer(await openLocal(join(folder.path, "a.tgz"), context), "acme/a");
    expect([(await admitted(unknown)).entry.signature, unknown.warnings?.length]).toEqual([{ mode: "none" }, 1]);
  });

  test("that another tool packed, or that is a folder, is packed again and signed by nobody", async () => {
    const { tree } = packFiles(files);
    const archive = tarred(files);
    using folder = temporaryFolder({ "a.tgz": archive, "a.tgz.sigstore.json": signArtifact(archive, key) });
    using source = folderOf(files, "a");
    using store = temporaryStore();
    const { context } = await contextOf(store);
    for (const path of [join(folder.path, "a.tgz"), join(source.path, "a")]) {
      const offer = await onlyOffer(await openLocal(path, context), "acme/a");
      expect([offer.tier, offer.contributes, offer.publishers]).toEqual(["trusted", ["view"], []]);
      const { entry } = await admitted(offer);
      expect([entry.tree, entry.publisher, entry.signature, offer.warnings]).toEqual([tree, `unsigned:${pathToFileURL(path).href}`, { mode: "none" }, []]);
      expect(await laterRefusalOf(admitted(await onlyOffer(await openLocal(path, context, { publishers }), "acme/a")))).toBe("E_SIG_MISSING");
    }
  });

  test("whose manifest is not valid is refused", async () => {
    using folder = temporaryFolder({ "extension.json": "{}", "a/extension.json": "{" });
    using store = temporaryStore();
    const { context } = await contextOf(store);
    expect([await laterRefusalOf(openLocal(folder.path, context)), await laterRefusalOf(openLocal(join(folder.path, "a"), context))]).toEqual([
      "E_MANIFEST_SCHEMA",
      "E_META_SYNTAX",
    ]);
    using packed = temporaryFolder({ "a.tgz": tarred([fileOf("extension.json", "{}"), fileOf("x.md")]) });
    expect(await laterRefusalOf(openLocal(join(packed.path, "a.tgz"), context))).toBe("E_MANIFEST_SCHEMA");
  });
});
