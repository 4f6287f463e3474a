import type { VerbCall } from "../../verbs/run.ts";
import { marketplaceFolderOf } from "../author-place.ts";
import { emit } from "../result.ts";

export interface VerifyOptions {
  readonly folder: string;
}

/** Something is not as it was signed. */
const problemsExitCode = 8;

/** `claw ext marketplace verify FOLDER`: everything that it publishes, with the code of an install. */
export async function verify(call: VerbCall, { folder }: VerifyOptions): Promise<number> {
  const library = await import("@claw/marketplace");
  const audit = await library.verifyMarketplace(marketplaceFolderOf(call, folder), new Date(), call.signal);
  await emit(call, [audit], ({ marketplace, fingerprint, rootVersion, indexVersion, expires, extensions, versions, problems }) => {
    const rows = [
      marketplace === undefined ? "" : `${marketplace}\nroot  ${rootVersion ?? ""} ${fingerprint ?? ""}\n`,
      indexVersion === undefined ? "" : `index ${indexVersion}, good until ${expires ?? ""}: ${extensions} extensions, ${versions} versions\n`,
      ...problems.map(({ file, code, message }) => `${file}: ${message} (${code})\n`),
      problems.length === 0 ? "everything is as it was signed\n" : "",
    ];
    return rows.join("");
  });
  return audit.problems.length === 0 ? 0 : problemsExitCode;
}
