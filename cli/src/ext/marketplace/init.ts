import { join } from "node:path";
import { ClawError, parseStrict } from "@claw/kernel/host";
import type { VerbCall } from "../../verbs/run.ts";
import { marketplaceFolderOf, placeOf, readNamed } from "../author-place.ts";
import type { Library } from "../client.ts";
import { emit } from "../result.ts";
import { publisherOf } from "./publisher.ts";

export interface InitOptions {
  readonly folder: string;
  readonly id: string;
  /** Where new private keys go. */
  readonly keys?: string | undefined;
  readonly rootKey: readonly string[];
  readonly indexKey: readonly string[];
  /** How many root keys are made; one when absent. */
  readonly rootKeys?: number | undefined;
  readonly rootThreshold?: number | undefined;
  readonly indexThreshold?: number | undefined;
  readonly rootDays?: number | undefined;
  readonly maxIndexDays?: number | undefined;
  readonly trustedRoot?: string | undefined;
  readonly mirror: readonly string[];
  /** `acme=acme.pub.pem` */
  readonly publisher: readonly string[];
  readonly dryRun: boolean;
}

/** `claw ext marketplace init FOLDER --id URL`: makes a folder a marketplace, with keys where none are given. */
export async function init(call: VerbCall, options: InitOptions): Promise<number> {
  const library = await import("@claw/marketplace");
  const folder = marketplaceFolderOf(call, options.folder);
  const keys = placeOf(call, options.keys ?? `${options.folder.replace(/\/+$/, "")}-keys`);
  await library.refuseInside(keys, folder);
  if (!/^(?:https|file):\/\/\S+$/.test(options.id))
    throw new ClawError("USAGE", `${JSON.stringify(options.id)} is no URL`, {}, { fix: "--id https://ext.acme.example" });
  const publishers = await Promise.all(options.publisher.map((given) => publisherOf(library, given, call)));
  const made = plannedKeys(options, keys);
  const all = [...made.root, ...made.index];
  library.refuseMarketplace(folder);
  for (const path of all) library.refuseKey(path);
  if (options.dryRun) {
    await emit(
      call,
      [{ marketplace: options.id, folder, keys: all, state: "not written" }],
      (it) => `${it.folder} would be ${it.marketplace}, with new keys ${it.keys.join(", ") || "none"}\n`,
    );
    return 0;
  }
  const rootKeys = await keysOf(library, options.rootKey, made.root, call);
  const indexKeys = await keysOf(library, options.indexKey, made.index, call);
  const fresh = [...made.root.map((path, at) => [path, rootKeys[at]] as const), ...made.index.map((path, at) => [path, indexKeys[at]] as const)];
  // Keys that nothing was made with would be in the way of the next try.
  const before = async (): Promise<void> => {
    for (const [path, key] of fresh) if (key !== undefined) await library.saveKey(path, key);
  };
  const report = await library.initMarketplace(
    { folder, id: options.id, rootKeys, indexKeys, now: new Date(), mirrors: options.mirror, publishers, before, ...(await optional(options, call)) },
    call.signal,
  );
  await emit(
    call,
    [{ ...report, folder, keys: all }],
    (it) => `${it.folder} is ${it.marketplace}\nroot ${it.fingerprint}, good until ${it.expires}\n${it.keys.map((path) => `key  ${path}\n`).join("")}`,
  );
  call.terminal.say(`people add it with: claw ext marketplace add URL --root ${report.fingerprint}\n`);
  if (made.root.length > 0) call.terminal.say("keep the root keys off this machine: whoever has them is the marketplace\n");
  return 0;
}

/** The keys that have to be made, because none are given. */
const plannedKeys = (
  { rootKey, rootKeys = 1, indexKey }: InitOptions,
  folder: string,
): { readonly root: readonly string[]; readonly index: readonly string[] } => ({
  root: rootKey.length > 0 ? [] : Array.from({ length: rootKeys }, (_, index) => join(folder, rootKeys === 1 ? "root.pem" : `root-${index + 1}.pem`)),
  index: indexKey.length > 0 ? [] : [join(folder, "index.pem")],
});

const keysOf = async (library: Library, given: readonly string[], made: readonly string[], call: VerbCall): Promise<ReturnType<Library["newKey"]>[]> =>
  given.length > 0 ? Promise.all(given.map((path) => library.readPrivateKey(placeOf(call, path)))) : made.map(() => library.newKey());

async function optional({ rootThreshold, indexThreshold, rootDays, maxIndexDays, trustedRoot }: InitOptions, call: VerbCall): Promise<object> {
  return {
    ...(rootThreshold === undefined ? {} : { rootThreshold }),
    ...(indexThreshold === undefined ? {} : { indexThreshold }),
    ...(rootDays === undefined ? {} : { rootDays }),
    ...(maxIndexDays === undefined ? {} : { maxIndexAgeDays: maxIndexDays }),
    ...(trustedRoot === undefined
      ? {}
      : { trustedRoot: parseStrict(await readNamed(call, trustedRoot), { name: trustedRoot, numbers: "any" }) as Readonly<Record<string, unknown>> }),
  };
}
