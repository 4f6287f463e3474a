import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commitSealed, readSealed } from "@claw/kernel/host";
import { type MarketplaceFolder, marketplaceFolder, type PublishOptions } from "../../marketplace/test/marketplace-folder.ts";
import { filesOf, manifestOf } from "../../marketplace/test/package-source.ts";
import { type Place, place, type PlaceOptions } from "./claw.ts";

/** A place to run claw in, and a marketplace in a folder that nobody has added yet. */
export interface Market extends AsyncDisposable {
  readonly here: Place;
  readonly folder: MarketplaceFolder;
  /** The person's settings. */
  settings(): unknown;
  writeSettings(text: string): void;
}

export async function market(options: PlaceOptions = {}): Promise<Market> {
  const folder = await marketplaceFolder({ now: new Date() });
  const here = await place(options);
  const file = join(here.home, "config/settings.json");
  return {
    here,
    folder,
    settings: () => (existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as unknown) : undefined),
    writeSettings(text) {
      mkdirSync(join(here.home, "config"), { recursive: true });
      writeFileSync(file, text);
    },
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
      await here[Symbol.asyncDispose]();
    },
  };
}

/** A version of an extension with one tool, which answers with a text. */
export const toolPackage = (name: string, version: string, tool: string, more: Readonly<Record<string, unknown>> = {}): PublishOptions => {
  const manifest = { provides: { tool: { [tool]: { description: "A tool", effect: "none", input: { type: "object" } } } }, ...more };
  const code = [
    'const Tools = { kind: "slot", id: "tool", version: 1 };',
    `export default { api: 1, async activate(claw) { claw.provide(Tools, ${JSON.stringify(tool)}, async () => ${JSON.stringify(`${name} ${version}`)}); } };`,
    "",
  ].join("\n");
  return { manifest, files: filesOf(manifestOf(name, version, manifest), code) };
};

/** What a run printed with --json, one object a line. */
export const records = (stdout: string): readonly Readonly<Record<string, unknown>>[] =>
  stdout
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);

/** Adds the marketplace of a folder, by its root. */
export const known = async ({ here, folder }: Market, url = folder.url): Promise<void> => {
  const ran = await here.run(["ext", "marketplace", "add", url, "--root", folder.fingerprint, "--scope", "acme"]);
  if (ran.code !== 0) throw new Error(ran.stderr);
};

interface State {
  readonly seen: Readonly<Record<string, { readonly versions: Readonly<Record<string, Readonly<Record<string, { readonly firstSeen: string }>>>> }>>;
}

const weekMs = 7 * 24 * 60 * 60 * 1000;
export const mapped = <T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Readonly<Record<string, U>> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** A week goes by for what was seen: a version that came up on this machine today is too young to update to. */
export async function weekLater({ here }: Market): Promise<void> {
  const store = { kind: "user", folder: join(here.home, "data/ext"), sealKeyFile: join(here.home, "state/seal.key") } as const;
  await here.run(["ext", "list", "--updates"]);
  const earlier = <T extends { readonly firstSeen: string }>(version: T): T => ({
    ...version,
    firstSeen: new Date(Date.parse(version.firstSeen) - weekMs).toISOString(),
  });
  const change = (): object => {
    const state = readSealed(store, "state.json") as unknown as State;
    return { ...state, seen: mapped(state.seen, (seen) => ({ ...seen, versions: mapped(seen.versions, (versions) => mapped(versions, earlier)) })) };
  };
  await commitSealed(store, "state.json", change, new AbortController().signal);
}
