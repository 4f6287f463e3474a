import type { VerbCall } from "../verbs/run.ts";
import { withClient } from "./client.ts";
import { installedName } from "./installed-name.ts";
import { emit } from "./result.ts";

/** `claw ext why NAME`: who asked for it, what needs it, and which settings choose it. */
export async function why(call: VerbCall, { name }: { readonly name: string }): Promise<number> {
  const { booted } = call;
  const full = installedName(name, booted.installed.names);
  return withClient(call, {}, async ({ library, context }) => {
    const reasons = library.why(full, context, choosers(booted, full));
    await emit(call, [reasons], ({ installed, requestedBy, chains, profiles }) =>
      [
        ...installed.map(
          ({ version, store, workspace }) =>
            `${full} ${version} ${store === "bundled" ? "comes with claw" : workspace === undefined ? "is installed" : `is installed for the project ${workspace}`}`,
        ),
        ...requestedBy.map((who) => `asked for by ${who === "user" ? "you" : who}`),
        ...chains.map((chain) => `needed by ${chain.slice(0, -1).join(" → ")}`),
        ...profiles.map((source) => `chosen in ${source}`),
        ...(requestedBy.length + chains.length + profiles.length === 0 ? [`nothing needs it (claw ext remove ${full})`] : []),
      ]
        .map((line) => `${line}\n`)
        .join(""),
    );
    return 0;
  });
}

/** Where a name is chosen: file and line. */
function choosers({ merged }: VerbCall["booted"], name: string): Readonly<Record<string, readonly string[]>> {
  const found = merged.explained.get(`extensions.${name}`);
  return Object.fromEntries([...(found?.from ?? []), ...(found?.shadowed ?? [])].map(({ source }) => [source, [name]]));
}
