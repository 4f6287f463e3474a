import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ClawError } from "@claw/kernel/host";
import type { ToPublish } from "@claw/marketplace";
import type { VerbCall } from "../verbs/run.ts";
import { marketplaceFolderOf, placeOf } from "./author-place.ts";
import { buildFacts } from "./build-facts.ts";
import type { Library } from "./client.ts";
import { emit } from "./result.ts";
import { runProgram } from "./run-program.ts";
import { type IndexFlags, indexSigners, packageSigner, type SigningFlags } from "./signing.ts";

export interface PublishOptions extends SigningFlags, Pick<IndexFlags, "indexKey" | "indexKeyless"> {
  readonly folders: readonly string[];
  readonly to: string;
  readonly build: boolean;
  readonly attest: boolean;
  readonly push: boolean;
  readonly days?: number | undefined;
  readonly dryRun: boolean;
}

/** `claw ext publish --to FOLDER`: checks, packs, signs, verifies and publishes. */
export async function publish(call: VerbCall, options: PublishOptions): Promise<number> {
  const library = await import("@claw/marketplace");
  const { days, dryRun } = options;
  const marketplace = marketplaceFolderOf(call, options.to);
  const folders = (options.folders.length === 0 ? ["."] : options.folders).map((folder) => placeOf(call, folder));
  const built: ToPublish[] = [];
  for (const folder of folders) built.push({ folder, instead: options.build ? await library.buildExtension(folder, { dryRun }, call.signal) : undefined });
  const signer = await packageSigner(library, options, call);
  const packages = signer === undefined ? await Promise.all(built.map((one) => signedBefore(library, one, call))) : built;
  const report = await library.publishTo(
    marketplace,
    packages,
    {
      ...(signer === undefined ? {} : { signer }),
      indexSigners: await indexSigners(library, options, call),
      ...(options.attest ? { attest: await buildFacts(folders[0] ?? marketplace, call) } : {}),
      now: new Date(),
      ...(days === undefined ? {} : { days }),
      dryRun,
    },
    call.signal,
  );
  await emit(
    call,
    report.packages.map((each) => ({
      ...each,
      outcome: dryRun ? wouldBe[each.outcome] : each.outcome,
      ...(report.indexVersion === undefined ? {} : { index: report.indexVersion }),
    })),
    ({ name, version, outcome, publisher, tree }) => `${name} ${version} ${outcome}\n${publisher === undefined ? "" : `  by   ${publisher}\n`}  tree ${tree}\n`,
  );
  if (!dryRun && report.packages.some(({ outcome }) => outcome === "incoming"))
    call.terminal.say(`it waits in ${join(marketplace, "incoming")} for: claw ext marketplace index ${marketplace} --index-key KEY.pem\n`);
  const [fresh] = report.packages.filter(({ outcome }) => outcome === "published");
  if (fresh !== undefined && !dryRun && !call.json)
    call.terminal.say(
      `people who know the marketplace have it with: claw ext add ${fresh.name}@${fresh.version} --fresh (without --fresh once it is three days old)\n`,
    );
  if (options.push && !dryRun) await push(marketplace, `Publish ${report.packages.map(({ name, version }) => `${name} ${version}`).join(", ")}`, call);
  return 0;
}

const wouldBe = { published: "would be published", unchanged: "would be unchanged", incoming: "would wait for the operator" } as const;

/** Where nobody signs now, what was signed before is taken, if it is of these very bytes. */
async function signedBefore(library: Library, unsigned: ToPublish, call: VerbCall): Promise<ToPublish> {
  const { folder } = unsigned;
  const { fileName } = await library.packExtension(folder, unsigned, call.signal);
  const [bundle, provenance] = [`${fileName}.sigstore.json`, `${fileName}.provenance.sigstore.json`]
    .map((name) => join(folder, name))
    .map((path) => (existsSync(path) ? readFileSync(path) : undefined));
  return { ...unsigned, ...(bundle === undefined ? {} : { bundle }), ...(provenance === undefined ? {} : { provenance }) };
}

/** A marketplace in a git checkout: commits it and sends it off. */
export async function push(folder: string, message: string, { booted, terminal, signal }: VerbCall): Promise<void> {
  const git = async (...argv: readonly string[]): Promise<number> => {
    const { code } = await runProgram("git", ["-C", folder, ...argv], { cwd: folder, environment: booted.environment, output: "shown", signal });
    return code;
  };
  const must = async (...argv: readonly string[]): Promise<void> => {
    if ((await git(...argv)) !== 0)
      throw new ClawError(
        "TOOL_FAILED",
        `git ${argv[0] ?? ""} failed in ${folder}; everything is written, and nothing is lost`,
        { tool: "git" },
        { fix: `git -C ${folder} push` },
      );
  };
  await must("add", "--all", "--", ".");
  if ((await git("diff", "--cached", "--quiet", "--", ".")) === 0) {
    terminal.say(`${folder} has nothing to commit\n`);
    return;
  }
  await must("commit", "--message", message, "--", ".");
  await must("push");
}
