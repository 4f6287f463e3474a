import { type Manifest, usesOf } from "@claw/kernel/host";
import { type Finding, inManifest, problem, warning } from "./finding.ts";
import { ownPrograms, reasonsForTrust, serversOf } from "./needs-trust.ts";

/** A use is a power and needs its permission (extensions.md §3.2, 3); with the line that asks for the least of it. */
const powers: Readonly<Record<string, readonly [permission: string, line: string]>> = {
  workspace: ["fs", '"fs": { "read": ["workspace:**"] }'],
  http: ["net", '"net": ["https://api.acme.example"]'],
  processes: ["exec", '"exec": [{ "cmd": "git", "args": ["**"] }]'],
  secrets: ["secrets", '"secrets": ["acme.token"]'],
  models: ["models", '"models": true'],
  sessions: ["conversation", '"conversation": "read"'],
  "session-store": ["conversation", '"conversation": "read"'],
  tool: ["tools", '"tools": ["read_file"]'],
  asker: ["ui", '"ui": ["ask"]'],
};

const rank = ["none", "metadata", "read", "write"];

/** What a manifest uses, taps and brings without asking for it, and what it asks for without a use for it. */
export function powerFindings(manifest: Manifest): readonly Finding[] {
  const reasons = reasonsForTrust(manifest);
  const trust =
    reasons.length === 0
      ? []
      : [
          warning(
            "extension.json",
            `can only run trusted, in claw's own process: it ${reasons.join(", ")}`,
            "people have to type its name to trust it; do without if you can",
          ),
        ];
  return [...useFindings(manifest), ...hookFindings(manifest), ...contentFindings(manifest), ...unusedFindings(manifest), ...trust];
}

const isAsked = (value: unknown): boolean => value !== undefined && value !== false && value !== "none";

function useFindings(manifest: Manifest): readonly Finding[] {
  const { permissions, optionalPermissions = {} } = manifest;
  return usesOf(manifest).flatMap(({ id, optional }) => {
    const power = Object.hasOwn(powers, id) ? powers[id] : undefined;
    if (power === undefined) return [];
    const [permission, line] = power;
    if (isAsked(permissions[permission]) || (optional && isAsked(optionalPermissions[permission]))) return [];
    return [problem(inManifest("permissions"), `uses ${id} and does not ask for ${permission}`, `${line} in permissions`)];
  });
}

const levelOf = ({ permissions }: Manifest): number => rank.indexOf(typeof permissions["conversation"] === "string" ? permissions["conversation"] : "none");

function hookFindings(manifest: Manifest): readonly Finding[] {
  return Object.entries(manifest.hooks ?? {})
    .filter(([event]) => !event.includes("Plugin"))
    .flatMap(([event, stages]) =>
      Object.keys(stages ?? {}).flatMap((stage) => {
        const needed = stage === "rewrite" || (event === "Stop" && stage === "decide") ? "write" : "read";
        if (levelOf(manifest) >= rank.indexOf(needed)) return [];
        const what = `taps ${event} in stage ${stage}, which ${needed === "write" ? "changes" : "sees"} the conversation`;
        return [problem(inManifest("permissions.conversation"), what, `"conversation": ${JSON.stringify(needed)} in permissions`)];
      }),
    );
}

function contentFindings(manifest: Manifest): readonly Finding[] {
  const { content = {}, permissions, provides = {} } = manifest;
  const found: Finding[] = [];
  const texts = ["skills", "agents", "commands"].filter((kind) => content[kind] !== undefined);
  if (texts.length > 0 && permissions["prompt"] !== true)
    found.push(problem(inManifest("permissions.prompt"), `brings ${texts.join(", ")}, which a model reads`, '"prompt": true in permissions'));
  if (texts.length === 0 && permissions["prompt"] === true && provides["service"]?.["system-prompt"] === undefined)
    found.push(warning(inManifest("permissions.prompt"), "is asked for, and there is no text for a model", 'take "prompt" out of permissions'));
  const programs = ownPrograms(manifest);
  if (programs.length > 0 && permissions["native"] !== true)
    found.push(problem(inManifest("permissions.native"), `brings the program ${programs[0] ?? ""}`, '"native": true in permissions'));
  if (programs.length === 0 && permissions["native"] === true)
    found.push(warning(inManifest("permissions.native"), "is asked for, and there is no program", 'take "native" out of permissions'));
  if (content["hookScripts"] !== undefined && levelOf(manifest) < rank.indexOf("read"))
    found.push(problem(inManifest("permissions.conversation"), "brings hook scripts, which see the conversation", '"conversation": "read" in permissions'));
  if (content["hookScripts"] !== undefined && !isAsked(permissions["exec"]))
    found.push(
      problem(inManifest("permissions.exec"), "brings hook scripts and asks to run nothing", '"exec": [{ "cmd": "bash", "args": ["**"] }] in permissions'),
    );
  return [...found, ...serversOf(manifest).flatMap(([name, server]) => serverFindings(name, server, manifest))];
}

function serverFindings(name: string, { command, url }: Readonly<Record<string, unknown>>, { permissions }: Manifest): readonly Finding[] {
  const where = inManifest(`content.mcpServers.${name}`);
  if (typeof command === "string" && !command.startsWith("./")) {
    const programs = (permissions["exec"] ?? []) as readonly { readonly cmd?: unknown }[];
    return programs.some(({ cmd }) => cmd === command || cmd === "*")
      ? []
      : [
          problem(
            where,
            `is started with ${JSON.stringify(command)}, which permissions.exec does not name`,
            `"exec": [{ "cmd": ${JSON.stringify(command)}, "args": ["**"] }] in permissions`,
          ),
        ];
  }
  if (typeof url !== "string" || !URL.canParse(url)) return [];
  const { origin } = new URL(url);
  return ((permissions["net"] ?? []) as readonly string[]).some((allowed) => coversOrigin(allowed, origin))
    ? []
    : [problem(where, `is at ${origin}, which permissions.net does not name`, `"net": [${JSON.stringify(origin)}] in permissions`)];
}

/** A WebSocket is asked for like the pages of its host. */
const ofPages = (origin: string): string => origin.replace(/^ws/, "http");

/** Whether an origin of `permissions.net` stands for another, in which there are no stars. */
export function coversOrigin(allowed: string, origin: string): boolean {
  const parts = ofPages(allowed).split("*");
  return new RegExp(`^${parts.map((part) => RegExp.escape(part)).join("[^./:]+")}$`).test(ofPages(origin));
}

/** Hooks and uses through which a permission is used; code that is scanned adds what it does itself. */
function unusedFindings(manifest: Manifest): readonly Finding[] {
  const { permissions, hooks, content, provides = {}, main } = manifest;
  const found: Finding[] = [];
  const uses = new Set(usesOf(manifest).map(({ id }) => id));
  const services = Object.keys(provides["service"] ?? {});
  const unused = (permission: string, why: string): void =>
    void found.push(warning(inManifest(`permissions.${permission}`), `is asked for, and ${why}`, `take "${permission}" out of permissions`));
  if (permissions["models"] === true && !uses.has("models")) unused("models", "the service models is not used");
  if (Array.isArray(permissions["tools"]) && permissions["tools"].length > 0 && !uses.has("tool")) unused("tools", "the slot tool is not used");
  const seesConversation = ["sessions", "session-store", "models"].some((id) => uses.has(id)) || services.length > 0 || content?.["hookScripts"] !== undefined;
  const fillsConversation = ["frontend", "exporter", "command", "provider"].some((slot) => provides[slot] !== undefined);
  if (levelOf(manifest) > 0 && hooks === undefined && !seesConversation && !fillsConversation)
    unused("conversation", "no hook, service or slot of it sees one");
  if (main === undefined && content?.["hookScripts"] === undefined)
    for (const permission of ["fs", "env", "secrets", "ui"]) if (isAsked(permissions[permission])) unused(permission, "there is no code");
  return found;
}
