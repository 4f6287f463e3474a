import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writing } from "@claw/kernel/host";
import type { VerbCall } from "../verbs/run.ts";
import { placeOf } from "./author-place.ts";
import { emit } from "./result.ts";

export interface PackOptions {
  readonly folder?: string | undefined;
  readonly out?: string | undefined;
  readonly build: boolean;
  readonly dryRun: boolean;
}

/** `claw ext pack`: bundles an extension and packs it, twice, to see that the same files make the same archive. */
export async function pack(call: VerbCall, { folder, out, build, dryRun }: PackOptions): Promise<number> {
  const library = await import("@claw/marketplace");
  const place = placeOf(call, folder);
  const instead = build ? await library.buildExtension(place, { dryRun }, call.signal) : undefined;
  const { archive, fileName, integrity, tree, files, manifest } = await library.packExtension(place, { instead }, call.signal);
  const target = out === undefined ? place : placeOf(call, out);
  const file = join(target, fileName);
  if (!dryRun) {
    await writing(target, async () => {
      await mkdir(target, { recursive: true });
      await writeFile(`${file}.new`, archive);
      await rename(`${file}.new`, file);
    });
  }
  const record = {
    name: manifest.name,
    version: manifest.version,
    file,
    bytes: archive.length,
    files: files.length,
    integrity,
    tree,
    state: dryRun ? "not written" : "written",
  };
  await emit(call, [record], (it) => `${it.file}\n${it.files} files, ${it.bytes} bytes\nintegrity ${it.integrity}\ntree      ${it.tree}\n`);
  return 0;
}
