import { existsSync } from "node:fs";
import { join } from "node:path";
import { ClawError } from "@claw/kernel/host";
import type { VerbCall } from "../verbs/run.ts";
import { placeOf } from "./author-place.ts";
import { runProgram } from "./run-program.ts";

export interface TestOptions {
  readonly folder?: string | undefined;
  /** Parts of the names of the test files to run; all when empty. */
  readonly filters: readonly string[];
}

/** `claw ext test`: the extension's own tests, with the author's own Vitest. */
export async function test(call: VerbCall, { folder, filters }: TestOptions): Promise<number> {
  const place = placeOf(call, folder);
  if (!existsSync(join(place, "extension.json")))
    throw new ClawError(
      "PATH_NOT_FOUND",
      `${place} has no extension.json, so it is no extension`,
      { path: join(place, "extension.json") },
      { fix: "claw ext new acme/my-extension" },
    );
  const vitest = join(place, "node_modules/vitest/vitest.mjs");
  if (!existsSync(vitest))
    throw new ClawError(
      "PROGRAM_NOT_FOUND",
      `Vitest is not installed in ${place}`,
      { program: "vitest" },
      { fix: `npm install --prefix ${place} --save-dev vitest @claw/testing` },
    );
  const { code } = await runProgram(process.execPath, [vitest, "run", ...filters], {
    cwd: place,
    environment: call.booted.environment,
    output: "shown",
    signal: call.signal,
  });
  return code === 0 ? 0 : 1;
}
