import type { Manifest } from "@claw/kernel/host";

/** What these are cannot cross to another process, so whoever provides them runs in claw's own (house.md (e), 5). */
const liveSlots: ReadonlySet<string> = new Set(["frontend", "transport"]);
const liveServices: ReadonlySet<string> = new Set(["http", "sandbox", "processes", "session-store", "workspace", "secrets", "permissions"]);
const trustedUses: ReadonlySet<string> = new Set(["installer", "permissions", "classifier", "transport", "host"]);

/** Why an extension can run in tier trusted only, in words; empty for one that could be isolated. */
export function reasonsForTrust({ provides = {}, uses = [] }: Pick<Manifest, "provides" | "uses">): readonly string[] {
  const slots = Object.keys(provides).filter((slot) => liveSlots.has(slot));
  const services = Object.keys(provides["service"] ?? {}).filter((name) => liveServices.has(name));
  const used = uses.map((use) => use.replace(/\?$/, "")).filter((id) => trustedUses.has(id));
  return [...slots.map((slot) => `provides a ${slot}`), ...services.map((name) => `provides the service ${name}`), ...used.map((id) => `uses ${id}`)];
}

type Server = Readonly<Record<string, unknown>>;

/** The MCP servers that a manifest brings. */
export const serversOf = ({ content }: Pick<Manifest, "content">): readonly (readonly [name: string, server: Server])[] =>
  Object.entries((content?.["mcpServers"] ?? {}) as Readonly<Record<string, Server>>);

/** The programs of its own that a package holds. */
export const ownPrograms = (manifest: Pick<Manifest, "content">): readonly string[] => [
  ...((manifest.content?.["bin"] ?? []) as readonly string[]),
  ...serversOf(manifest)
    .map(([, { command }]) => command)
    .filter((command) => typeof command === "string")
    .filter((command) => command.startsWith("./")),
];

/** `trusted` when something of it runs: code, programs, hook scripts, servers that are started. */
export const tierNeededBy = (manifest: Manifest): "declarative" | "trusted" =>
  manifest.main !== undefined ||
  ownPrograms(manifest).length > 0 ||
  manifest.content?.["hookScripts"] !== undefined ||
  serversOf(manifest).some(([, { command }]) => command !== undefined)
    ? "trusted"
    : "declarative";

/** Slots it fills and kinds of content it brings, sorted. */
export const contributionsOf = ({ provides = {}, hooks, content = {} }: Manifest): readonly string[] =>
  [...Object.keys(provides), ...(hooks === undefined ? [] : ["hooks"]), ...Object.keys(content)].sort();
