import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { ClawError } from "@claw/kernel/host";
import { type ArchiveFile, treeDigest } from "../src/archive/tree-digest.ts";
import { admit, type Admitted } from "../src/client/admit.ts";
import { sourceOf } from "../src/client/carry-out.ts";
import type { Catalogue, Offer } from "../src/client/catalogue.ts";
import { fileOf } from "./archive-forgery.ts";
import { now, signal } from "./offered-packages.ts";
import { temporaryFolder, type TemporaryFolder } from "./temporary-folder.ts";

const json = (path: string, value: unknown): ArchiveFile => fileOf(path, `${JSON.stringify(value, null, 2)}\n`);

/** A Claude Code plugin of text alone. */
export const wordsPlugin: readonly ArchiveFile[] = [
  json(".claude-plugin/plugin.json", {
    name: "words",
    version: "1.2.0",
    description: "Plain words",
    author: { name: "Ann" },
    license: "MIT",
    repository: "https://git.example/ann/words",
  }),
  fileOf("commands/shorten.md", "---\ndescription: Shorten a text\n---\nMake $ARGUMENTS shorter.\n"),
  fileOf("commands/git/message.md", "Write a commit message.\n"),
  fileOf("agents/editor.md", "---\nname: editor\ndescription: Edits\n---\nYou edit.\n"),
  fileOf("skills/plain/SKILL.md", "---\nname: plain\ndescription: Plain words\n---\nUse plain words.\n"),
  fileOf("skills/plain/list.txt", "utilise: use\n"),
  fileOf("README.md", "# Words\n", true),
];

/** One that watches calls and the end of a turn. */
export const guardPlugin: readonly ArchiveFile[] = [
  json(".claude-plugin/plugin.json", { name: "guard", version: "0.3.1" }),
  json("hooks/hooks.json", {
    description: "Looks before a program runs",
    hooks: {
      PreToolUse: [{ matcher: "Bash", hooks: [{ type: "command", command: "${CLAUDE_PLUGIN_ROOT}/scripts/look.sh --strict", timeout: 5 }] }],
      Stop: [{ hooks: [{ type: "command", command: "python3", args: ["${CLAUDE_PLUGIN_ROOT}/scripts/end.py", "${GUARD_LEVEL:-2}"] }] }],
      Notification: [{ hooks: [{ type: "http", url: "https://Notify.example:8443/hook?x=1", headers: { authorization: "Bearer ${NOTIFY_TOKEN}" } }] }],
      UserPromptSubmit: [{ hooks: [{ type: "prompt", prompt: "Is it safe? $ARGUMENTS" }] }],
    },
  }),
  fileOf("scripts/look.sh", "#!/bin/sh\nexit 0\n", true),
  fileOf("scripts/end.py", "print('{}')\n"),
];

/** One with servers and programs. */
export const serversPlugin: readonly ArchiveFile[] = [
  json(".claude-plugin/plugin.json", {
    name: "servers",
    version: "2.0.0",
    mcpServers: { docs: { type: "streamable-http", url: "https://mcp.docs.example/mcp", headers: { "x-key": "${DOCS_API_KEY}" } } },
    lspServers: "./.lsp.json",
  }),
  json(".mcp.json", {
    mcpServers: {
      notes: { command: "${CLAUDE_PLUGIN_ROOT}/bin/notes", args: ["--data", "${CLAUDE_PLUGIN_DATA}"], env: { LEVEL: "${NOTES_LEVEL}" } },
      local: { type: "sse", url: "http://localhost:8080/sse" },
      later: { type: "http", url: "https://${DOCS_HOST}/mcp" },
    },
  }),
  json(".lsp.json", { go: { command: "gopls" } }),
  fileOf("bin/notes", "#!/bin/sh\ncat\n"),
  fileOf("output-styles/terse.md", "Be terse.\n"),
];

/** A plugin of claw-code-go: all of it are programs. */
export const goManifest = {
  name: "counter",
  version: "1.0.0",
  description: "Counts words",
  permissions: ["read"],
  tools: [
    {
      name: "count_words",
      description: "Counts the words of a file",
      inputSchema: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
      command: "bin/count",
      args: ["--json"],
      requiredPermission: "read-only",
    },
  ],
  hooks: { PreToolUse: ["./bin/look now"] },
  commands: [{ name: "counts", description: "All counts", command: "cat counts.txt" }],
  lifecycle: { Init: ["true"] },
};
export const goPlugin: readonly ArchiveFile[] = [
  json("plugin.json", goManifest),
  fileOf("bin/count", "#!/bin/sh\nwc -w\n", true),
  fileOf("bin/look", "#!/bin/sh\nexit 0\n", true),
  fileOf("README.md"),
];

export const agentSchema = "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json";
export const agentPlugin: readonly ArchiveFile[] = [
  json("plugin.json", {
    $schema: agentSchema,
    name: "acme.notes",
    version: "1.1.0",
    description: "Notes",
    author: { name: "Ann", url: "https://ann.example" },
    license: "MIT",
    keywords: ["notes"],
    extensions: { "dev.claw": { displayName: "Acme notes", engines: { claw: "^1.0.0" } }, "com.example.client": { theme: "dark" } },
  }),
  json("mcp.json", {
    $schema: "https://agent-plugins.org/schemas/1.0.0/mcp.schema.json",
    mcpServers: { notes: { type: "stdio", command: "node", args: ["${PLUGIN_ROOT}/server.mjs"], env: { LEVEL: "${NOTES_LEVEL}" } } },
  }),
  fileOf("server.mjs", "process.stdin.resume();\n"),
  fileOf("skills/note/SKILL.md", "---\nname: note\ndescription: Takes notes\n---\nTake a note.\n"),
];

/** A folder with these files and their modes. */
export function folderOf(files: readonly ArchiveFile[], under = ""): TemporaryFolder {
  const at = (path: string): string => (under === "" ? path : `${under}/${path}`);
  const folder = temporaryFolder(Object.fromEntries(files.map(({ path, data }) => [at(path), data])));
  for (const { path, executable } of files) chmodSync(join(folder.path, at(path)), executable ? 0o755 : 0o644);
  return folder;
}

/** They as GNU tar packs them. */
export function tarred(files: readonly ArchiveFile[]): Buffer {
  using folder = folderOf(files, "plugin");
  return execFileSync("tar", ["-cz", "plugin"], { cwd: folder.path });
}

/** Files with one of them replaced by a JSON document, or by text. */
export const withFile = (files: readonly ArchiveFile[], path: string, value: unknown): readonly ArchiveFile[] => [
  ...files.filter((file) => file.path !== path),
  typeof value === "string" ? fileOf(path, value) : json(path, value),
];

export const manifestIn = (files: readonly ArchiveFile[]): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(files.find(({ path }) => path === "extension.json")?.data ?? "").toString("utf8")) as Readonly<Record<string, unknown>>;

/** The one version that a catalogue offers under a name. */
export async function onlyOffer(catalogue: Catalogue, name: string): Promise<Offer> {
  const [offer, ...more] = (await catalogue.offers(name, signal))?.versions ?? [];
  if (offer === undefined || more.length > 0) throw new Error(`${name}: ${more.length + 1} offers`);
  return offer;
}

/** Fetches an offer and admits it, as an install does. */
export async function admitted(offer: Offer): Promise<Admitted> {
  const { name, version, permissions, tier, marketplace } = offer;
  const step = { name, version, publisher: "x", marketplace, action: "add" as const, tier, permissions, dependencies: {} };
  const found = await admit(sourceOf({ offer, step, requestedBy: ["user"] }, await offer.fetch(signal)), now);
  if (treeDigest(found.files) !== found.entry.tree) throw new Error("the tree is not that of the files");
  return found;
}

/** JSON that is like a document's but for anything, anywhere. */
export const almost = (document: unknown): fc.Arbitrary<string> => {
  const paths = pathsIn(document);
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(null, "", "..", "./..", "toString", "constructor", [], {}, [null], { a: null }, -1, 1.5),
  );
  return fc.oneof(
    fc.tuple(fc.constantFrom(...paths), value).map(([path, change]) => JSON.stringify(replaced(document, path, change))),
    fc.json(),
    fc.string(),
  );
};

const pathsIn = (value: unknown): readonly (readonly string[])[] =>
  typeof value === "object" && value !== null ? [[], ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner).map((path) => [key, ...path]))] : [[]];

function replaced(value: unknown, [key, ...rest]: readonly string[], change: unknown): unknown {
  if (key === undefined) return change;
  const inner = replaced((value as Readonly<Record<string, unknown>>)[key], rest, change);
  return Array.isArray(value) ? value.map((one: unknown, index) => (String(index) === key ? inner : one)) : { ...(value as object), [key]: inner };
}

/** Whether work ended as it should, or with a ClawError: anything else is a fault of the reader. */
export async function endsWell(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (ClawError.is(error)) return true;
    throw error;
  }
}
