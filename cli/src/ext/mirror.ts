import { resolve } from "node:path";
import { ClawError } from "@claw/kernel/host";
import type { MirrorOptions as Copied } from "@claw/marketplace";
import type { VerbCall } from "../verbs/run.ts";
import { marketplaceAt } from "./catalogues.ts";
import { type Client, withClient } from "./client.ts";
import { counted, emit } from "./result.ts";

export interface MirrorOptions {
  readonly url: string;
  readonly folder: string;
  /** Names; or the word `lock`, for what this project's lock has. */
  readonly only: readonly string[];
  readonly insecure: boolean;
  readonly dryRun: boolean;
}

/** `claw ext mirror URL FOLDER`: copies a marketplace, byte for byte, so that every signature in it still holds. */
export const mirror = (call: VerbCall, { url, folder, only, insecure, dryRun }: MirrorOptions): Promise<number> =>
  withClient(call, { insecure }, async (client) => {
    const { library, context, patient, progress } = client;
    const target = resolve(call.booted.workspace.cwd, folder);
    const known = await patient((signal) => marketplaceAt(url, client, call, signal));
    const copied = await chosenOf(only, client, call);
    if (dryRun) {
      const catalogue = await patient((signal) => library.openCatalogue(known, context, signal));
      await emit(
        call,
        [{ marketplace: known.id, folder: target, names: namesOf(copied) ?? catalogue.names, dryRun }],
        (one) => `would copy ${counted(one.names.length, "extension")} of ${one.marketplace} to ${target}\n`,
      );
      return 0;
    }
    // As large as it is: no patience for machines ends it.
    const { marketplace, files, packages } = await library.mirror(known, target, copied === undefined ? {} : { only: copied }, context, call.signal);
    progress.stop();
    await emit(
      call,
      [{ marketplace, folder: target, files: files.length, packages }],
      () => `${target} holds ${counted(packages.length, "package")} of ${marketplace}\n`,
    );
    return 0;
  });

async function chosenOf(only: readonly string[], { library }: Client, { booted }: VerbCall): Promise<Copied["only"]> {
  const words = only.flatMap((word) => word.split(",")).filter((word) => word !== "");
  if (words.length === 0) return undefined;
  if (!words.includes("lock")) return words;
  const lock = await library.readProjectLock(booted.workspace.root);
  if (lock === undefined)
    throw new ClawError(
      "PATH_NOT_FOUND",
      `${booted.workspace.root} has no lock`,
      { path: library.projectLockPath(booted.workspace.root) },
      { fix: "claw ext lock" },
    );
  return lock;
}

const namesOf = (only: Copied["only"]): readonly string[] | undefined =>
  only === undefined ? undefined : "extensions" in only ? Object.keys(only.extensions) : only;
