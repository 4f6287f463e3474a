import { join } from "node:path";
import { ClawError } from "@claw/kernel/host";
import type { VerbCall } from "../verbs/run.ts";
import { ownPackages, placeOf, templatesFolder } from "./author-place.ts";
import { emit } from "./result.ts";

export interface NewOptions {
  readonly name: string;
  readonly folder?: string | undefined;
  readonly template: string;
  readonly workflow: boolean;
  readonly dryRun: boolean;
}

/** `claw ext new NAME`: a folder with an extension that builds, passes its tests and can be published. */
export async function newExtension(call: VerbCall, { name, folder, template, workflow, dryRun }: NewOptions): Promise<number> {
  const library = await import("@claw/marketplace");
  const known = library.templateNames.find((one) => one === template);
  if (known === undefined)
    throw new ClawError("USAGE", `there is no template ${JSON.stringify(template)}`, {}, { fix: `--template ${library.templateNames.join("|")}` });
  const base = name.split("/")[1] ?? name;
  const target = placeOf(call, folder ?? base);
  const files = await library.newExtension({ folder: target, name, template: known, templates: templatesFolder(), packages: ownPackages(), workflow, dryRun });
  await emit(
    call,
    files.map((file) => ({ file: join(target, file), state: dryRun ? "to be written" : "written" })),
    ({ file }) => `${file}\n`,
  );
  if (!dryRun) call.terminal.say(`next: cd ${folder ?? base} && npm install && npm run check && npm test && npm run build\n`);
  return 0;
}
