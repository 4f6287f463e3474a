import { readFileSync } from "node:fs";
import { ClawError, openStore, type PluginHooks } from "@claw/kernel/host";
import { carryOut } from "../src/client/carry-out.ts";
import type { Offer } from "../src/client/catalogue.ts";
import type { ClientContext } from "../src/client/context.ts";
import type { InstallPlan, PlannedPackage } from "../src/client/plan.ts";

/** What `install-crash.test.ts` starts, again and again: it carries out plans whose packages are files, and says when each is done. */
export interface ProgramInput {
  readonly at: ClientContext["store"];
  readonly bundled: string;
  readonly rounds: number;
  /** The archives of one plan after another. */
  readonly plans: readonly (readonly string[])[];
}

/** What stands beside an archive as `.json`. */
export type WrittenOffer = Omit<Offer, "fetch"> & { readonly publisher: string };

const { at, bundled, rounds, plans } = JSON.parse(process.argv[2] ?? "") as ProgramInput;
const hooks: PluginHooks = { around: (_, work) => work() };
const context: ClientContext = {
  store: at,
  bundled: openStore({ kind: "bundled", folder: bundled }),
  cache: `${at.folder}-cache`,
  version: "1.0.0",
  platform: process.platform,
  now: () => new Date(),
  policy: {},
  network: { offline: true },
  credentials: async () => ({}),
  progress: () => undefined,
};

function plannedOf(archive: string): PlannedPackage {
  const { publisher, ...offer } = JSON.parse(readFileSync(`${archive}.json`, "utf8")) as WrittenOffer;
  const { name, version, marketplace, tier, permissions } = offer;
  return {
    step: { name, version, publisher, marketplace, action: "add", tier, permissions, dependencies: {} },
    offer: { ...offer, fetch: async () => ({ form: "archive", archive: readFileSync(archive), bundle: readFileSync(`${archive}.sigstore.json`) }) },
    installed: undefined,
    requestedBy: ["user"],
    publisher,
    permissions: [],
    differences: [],
    asks: [],
    warnings: [],
  };
}

async function carriedOut(plan: InstallPlan): Promise<string | undefined> {
  try {
    await carryOut(plan, { context, hooks, by: "flag" }, new AbortController().signal);
    return undefined;
  } catch (error) {
    return ClawError.is(error) ? error.code : String(error);
  }
}

process.stdout.write("ready\n");
for (let round = 0; round < rounds; round += 1) {
  for (const archives of plans) {
    const failed = await carriedOut({ packages: archives.map(plannedOf), unchanged: [] });
    if (failed !== undefined) process.stdout.write(`${failed}\n`);
  }
}
process.stdout.write("done\n");
