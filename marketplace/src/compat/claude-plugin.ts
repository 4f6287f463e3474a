import { ClawError } from "@claw/kernel/host";
import type { ArchiveFile } from "../archive/tree-digest.ts";
import type { Catalogue, Offers } from "../client/catalogue.ts";
import type { ClientContext } from "../client/context.ts";
import type { KnownMarketplace } from "../client/state.ts";
import type { Transport } from "../transport/transport.ts";
import { type ClaudePlugin, hooksOf, otherParts, serversOf, textPatterns } from "./claude-components.ts";
import { claudeFolders } from "./claude-hooks.ts";
import { type ClaudeEntry, marketplacePath, readMarketplace, sourceOf } from "./claude-marketplace-document.ts";
import { foreignCatalogue, scopeOfForeign } from "./foreign-catalogue.ts";
import { documentOf, fieldOf, type Fields, foreign, optionalTextOf, quoted, textOf } from "./foreign-document.ts";
import { type GitPlace, readRepository } from "./git-source.ts";
import { type Mapped, mappedOf, offerOf } from "./mapped.ts";
import { noNeeds, together } from "./needs.ts";
import { filesOf, type Reach } from "./plugin-sources.ts";

export const claudeManifestPath = ".claude-plugin/plugin.json";

/** What is known of a plugin from outside of its folder. */
export interface ClaudeOrigin {
  /** The scope of its marketplace. */
  readonly scope: string;
  /** What it is called where it came from; its own plugin.json must not say otherwise. */
  readonly name?: string;
  /** The version of one that says none. */
  readonly version?: string;
  readonly source: string;
  /** Its marketplace's entry, which may say all that plugin.json does. */
  readonly entry?: Fields;
}

/** What one plugin folder is in claw's terms. None of its parts runs in this version, and `inactive` says so of each. */
export function readClaudePlugin(files: readonly ArchiveFile[], { scope, name, version = "0.0.0", source, entry }: ClaudeOrigin): Mapped {
  const own = files.find(({ path }) => path === claudeManifestPath);
  const manifest = own === undefined ? undefined : documentOf(own.data, claudeManifestPath);
  const base = manifest === undefined ? name : textOf(manifest, "name", claudeManifestPath);
  if (base === undefined) throw foreign(source, `${source} has no ${claudeManifestPath} and no marketplace that names it`);
  if (name !== undefined && name !== base)
    throw new ClawError("E_NAME_MISMATCH", `the marketplace lists ${quoted(name)}, and the plugin calls itself ${quoted(base)}`, { name });
  const what = `the plugin ${quoted(base)}`;
  const definitions = [manifest, entry].filter((definition) => definition !== undefined);
  const text = (key: string): string | undefined => definitions.map((definition) => optionalTextOf(definition, key, what)).find((found) => found !== undefined);
  const plugin: ClaudePlugin = { what, files, definitions };
  const { content, files: all, ...parts } = partsOf(plugin);
  if (Object.keys(content).length === 0 && !files.some(({ path }) => path.startsWith("bin/")))
    throw foreign(source, `${what} holds nothing that claw has a place for`);
  return mappedOf(
    {
      foreign: "claude-plugin",
      source,
      name: `${scope}/${base}`,
      version: text("version") ?? version,
      displayName: text("displayName"),
      description: text("description"),
      license: text("license"),
      repository: manifest === undefined || typeof fieldOf(manifest, "repository") !== "string" ? undefined : text("repository"),
      content,
      ...parts,
      more: { "x-variables": { [claudeFolders[0] ?? ""]: "package", [claudeFolders[1] ?? ""]: "data" } },
    },
    all,
  );
}

const generatedHooks = "claw-hooks.json";

function partsOf(
  plugin: ClaudePlugin,
): Pick<Parameters<typeof mappedOf>[0], "content" | "needs" | "conversation" | "models"> & { readonly files: readonly ArchiveFile[] } {
  const texts = (["skills", "agents", "commands"] as const)
    .map((kind) => [kind, textPatterns(plugin, kind)] as const)
    .filter(([, patterns]) => patterns.length > 0);
  const { servers, needs: ofServers } = serversOf(plugin);
  const { hooks, needs: ofHooks, conversation, models } = hooksOf(plugin);
  const hasHooks = Object.keys(hooks).length > 0;
  const isUsual = plugin.definitions.every((definition) => [undefined, null, "./hooks/hooks.json"].includes(fieldOf(definition, "hooks") as string));
  const inactive = [...texts.map(([kind]) => `${kind}: this version gives no ${kind} of a package to the model`), ...otherParts(plugin)];
  return {
    content: {
      ...Object.fromEntries(texts),
      ...(Object.keys(servers).length === 0 ? {} : { mcpServers: servers }),
      ...(hasHooks ? { hookScripts: isUsual ? "./hooks/hooks.json" : `./${generatedHooks}` } : {}),
    },
    needs: together([ofServers, ofHooks, { ...noNeeds, inactive }]),
    conversation: hasHooks ? conversation : undefined,
    models,
    // Hooks from several places have to be one file, as the manifest names one.
    files:
      hasHooks && !isUsual
        ? [...plugin.files, { path: generatedHooks, data: Buffer.from(`${JSON.stringify({ hooks }, null, 2)}\n`), executable: false }]
        : plugin.files,
  };
}

/** Opens a marketplace of Claude Code plugins: in a folder, on a web server, or in a git repository. */
export async function openClaudeMarketplace(known: KnownMarketplace, transport: Transport, context: ClientContext): Promise<Catalogue> {
  const signal = new AbortController().signal;
  const { bytes, repository } = await opened(known, transport, context, signal);
  const reach: Reach = { transport, context, repository };
  return foreignCatalogue(known, readMarketplace(bytes), (entry, name, running) => offersOf(entry, name, known, reach, running));
}

async function opened(
  known: KnownMarketplace,
  transport: Transport,
  context: ClientContext,
  signal: AbortSignal,
): Promise<{ readonly bytes: Uint8Array; readonly repository: Reach["repository"] }> {
  const place = repositoryOf(known.url);
  if (place === undefined) {
    const bytes = await transport.get(marketplacePath, 1024 * 1024, signal);
    if (bytes === undefined) throw new ClawError("E_NOT_PUBLISHED", `${known.url} has no ${marketplacePath}`, { url: known.url });
    return { bytes, repository: undefined };
  }
  const { files, sha } = await readRepository({ ...place, under: ".claude-plugin" }, context, signal);
  const document = files.find(({ path }) => `.claude-plugin/${path}` === marketplacePath);
  if (document === undefined) throw new ClawError("E_NOT_PUBLISHED", `${known.url} has no ${marketplacePath}`, { url: known.url });
  return { bytes: document.data, repository: { ...place, sha } };
}

/** `https://…/plugins.git`, with a branch, tag or commit after a `#`. */
export function repositoryOf(url: string): GitPlace | undefined {
  const [address = "", at] = url.split("#");
  if (!/\.git\/?$/.test(address)) return undefined;
  const isCommit = at !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(at);
  return { url: address.replace(/\/$/, ""), ref: isCommit ? undefined : at, sha: isCommit ? at : undefined, under: "", local: address.startsWith("file:") };
}

/** What a plugin asks for is only known from its files, so they are fetched, into memory, before anything is planned. */
async function offersOf(entry: ClaudeEntry, name: string, known: KnownMarketplace, reach: Reach, signal: AbortSignal): Promise<Offers> {
  reach.context.progress({ what: "fetch", of: name });
  const { files, integrity, resolved, version, warnings } = await filesOf(sourceOf(entry), reach, signal);
  const mapped = readClaudePlugin(files, { scope: scopeOfForeign(known), name: entry.name, version, source: resolved, entry: entry.fields });
  const offer = offerOf(mapped, { marketplace: known.id, resolved, publishers: known.publishers ?? [], warnings }, async () => ({
    form: "mapped",
    files: mapped.files,
    integrity,
    signature: undefined,
    inactive: mapped.inactive,
  }));
  return { name, ...(entry.description === "" ? {} : { description: entry.description }), versions: [offer] };
}
