import { ClawError } from "@claw/kernel/host";
import type { RotationReport } from "@claw/marketplace";
import type { VerbCall } from "../../verbs/run.ts";
import { marketplaceFolderOf, placeOf } from "../author-place.ts";
import { counted, emit } from "../result.ts";

export interface RotateOptions {
  readonly folder: string;
  /** Keys that sign the root now. */
  readonly rootKey: readonly string[];
  /** Those that will be the role's from now on. */
  readonly newKey: readonly string[];
  readonly threshold?: number | undefined;
  readonly rootDays?: number | undefined;
  readonly dryRun: boolean;
}

/** `claw ext marketplace rotate-index`: the index is signed by others from now on. */
export const rotateIndex = (call: VerbCall, options: RotateOptions): Promise<number> => rotate(call, options, "index");

/** `claw ext marketplace rotate-root`: the root is held by others from now on, or good for longer. */
export const rotateRoot = (call: VerbCall, options: RotateOptions): Promise<number> => rotate(call, options, "root");

async function rotate(call: VerbCall, { folder, rootKey, newKey, threshold, rootDays, dryRun }: RotateOptions, role: "index" | "root"): Promise<number> {
  const library = await import("@claw/marketplace");
  if (rootKey.length === 0) throw new ClawError("USAGE", "a new root is signed with the keys of the old one", {}, { fix: "--root-key FILE for each of them" });
  if (role === "index" && newKey.length === 0) throw new ClawError("USAGE", "nobody is named who signs the index from now on", {}, { fix: "--new-key FILE" });
  const place = marketplaceFolderOf(call, folder);
  const read = (paths: readonly string[]): Promise<Awaited<ReturnType<typeof library.readPrivateKey>>[]> =>
    Promise.all(paths.map((path) => library.readPrivateKey(placeOf(call, path))));
  const [rootKeys, newKeys] = [await read(rootKey), await read(newKey.length === 0 ? rootKey : newKey)];
  const about = { rootKeys, now: new Date(), dryRun, ...(rootDays === undefined ? {} : { rootDays }) };
  const report: RotationReport =
    role === "index"
      ? await library.rotateIndex(
          place,
          { ...about, newIndexKeys: newKeys, indexSigners: library.keySigners(newKeys), ...(threshold === undefined ? {} : { indexThreshold: threshold }) },
          call.signal,
        )
      : await library.rotateRoot(place, { ...about, newRootKeys: newKeys, ...(threshold === undefined ? {} : { rootThreshold: threshold }) }, call.signal);
  await emit(call, [{ ...report, state: dryRun ? "not written" : "signed" }], ({ rootVersion, marketplace, fingerprint, indexVersion, state }) =>
    dryRun
      ? `root ${rootVersion} of ${marketplace} ${state}: ${counted(newKeys.length, "key")} would be the ${role}'s\n`
      : `root ${rootVersion} of ${marketplace}: ${fingerprint}\n${indexVersion === undefined ? "" : `index ${indexVersion} signed\n`}`,
  );
  return 0;
}
