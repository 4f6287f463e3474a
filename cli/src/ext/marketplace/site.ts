import type { VerbCall } from "../../verbs/run.ts";
import { marketplaceFolderOf, placeOf } from "../author-place.ts";
import { counted, emit, oneLine } from "../result.ts";

export interface SiteOptions {
  readonly folder: string;
  /** Where the pages go; beside the marketplace's own files when absent. */
  readonly out?: string | undefined;
  /** The address that they are served under, for pages that name their own. */
  readonly base?: string | undefined;
  readonly dryRun: boolean;
}

/** Something is not as it was signed. */
const problemsExitCode = 8;

/** `claw ext marketplace site FOLDER`: pages of everything that it publishes, for people with a browser. */
export async function site(call: VerbCall, { folder, out, base, dryRun }: SiteOptions): Promise<number> {
  const library = await import("@claw/marketplace");
  const marketplace = marketplaceFolderOf(call, folder);
  const place = out === undefined ? marketplace : placeOf(call, out);
  const report = await library.writeSite(marketplace, place, { now: new Date(), dryRun, ...(base === undefined ? {} : { base }) }, call.signal);
  await emit(call, [{ ...report, out: place, dryRun }], ({ extensions, written, unchanged, removed, problems }) => {
    const rows = [
      `${dryRun ? "there would be pages of" : "pages of"} ${counted(extensions, "extension")}: ${counted(written, "file")} ${dryRun ? "to be written" : "written"}, ${unchanged} as they were, ${removed} ${dryRun ? "to be removed" : "removed"}\n`,
      `${place}/index.html\n`,
      ...problems.map((problem) => `${oneLine(problem)}\n`),
    ];
    return rows.join("");
  });
  return report.problems.length === 0 ? 0 : problemsExitCode;
}
