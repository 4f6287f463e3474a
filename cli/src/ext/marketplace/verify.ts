import { ClawError } from "@claw/kernel/host";
import type { VerbCall } from "../../verbs/run.ts";
import { marketplaceFolderOf } from "../author-place.ts";
import { counted, emit } from "../result.ts";

export interface VerifyOptions {
  readonly folder: string;
}

/** Something is not as it was signed. */
const problemsExitCode = 8;

/** `claw ext marketplace verify FOLDER`: everything that it publishes, with the code of an install. */
export async function verify(call: VerbCall, { folder }: VerifyOptions): Promise<number> {
  const library = await import("@claw/marketplace");
  const place = marketplaceFolderOf(call, folder);
  const audit = await library.verifyMarketplace(place, new Date(), call.signal);
  const [first, ...more] = audit.problems;
  if (first?.file === "root.json" && first.code === "E_NOT_PUBLISHED" && more.length === 0)
    throw new ClawError(
      "E_NOT_PUBLISHED",
      `${place} is no marketplace: it has no root.json`,
      { url: place },
      { fix: `claw ext marketplace init ${folder} --id URL` },
    );
  await emit(call, [audit], ({ marketplace, fingerprint, rootVersion, indexVersion, expires, extensions, versions, problems }) => {
    const rows = [
      marketplace === undefined ? "" : `${marketplace}\nroot  ${rootVersion ?? ""} ${fingerprint ?? ""}\n`,
      indexVersion === undefined
        ? ""
        : `index ${indexVersion}, good until ${expires ?? ""}: ${counted(extensions, "extension")}, ${counted(versions, "version")}\n`,
      ...problems.map(({ file, code, message }) => `${file}: ${message} (${code})\n`),
      problems.length === 0 ? "everything is as it was signed\n" : "",
    ];
    return rows.join("");
  });
  return audit.problems.length === 0 ? 0 : problemsExitCode;
}
