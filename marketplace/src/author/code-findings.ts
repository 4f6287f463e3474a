import { type Manifest, usesOf } from "@claw/kernel/host";
import type { Act, ScannedModule } from "./code-scan.ts";
import { type Finding, inManifest, problem, warning } from "./finding.ts";
import { reasonsForTrust, serversOf } from "./needs-trust.ts";
import { coversOrigin } from "./power-findings.ts";

interface Power {
  readonly permission: string;
  readonly line: string;
  /** What gives the same in every tier. */
  readonly instead: string;
}

const files: Power = { permission: "fs", line: '"fs": { "read": ["data:**"] }', instead: "the service workspace" };
const programs: Power = { permission: "exec", line: '"exec": [{ "cmd": "git", "args": ["**"] }]', instead: "the service processes" };
const network: Power = { permission: "net", line: '"net": ["https://api.acme.example"]', instead: "the service http" };
const powers: Readonly<Record<string, Power>> = {
  ...Object.fromEntries(["fs", "fs/promises", "sqlite"].map((name) => [name, files])),
  ...Object.fromEntries(["child_process", "cluster"].map((name) => [name, programs])),
  ...Object.fromEntries(["net", "tls", "dgram", "dns", "dns/promises", "http", "https", "http2", "quic"].map((name) => [name, network])),
};
/** Nothing asks for these: they undo what confines code, so it can only be trusted. */
const confining: ReadonlySet<string> = new Set(["worker_threads", "vm", "module", "inspector", "inspector/promises", "repl", "wasi", "v8", "process"]);

const isAsked = (value: unknown): boolean => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

/**
 * What a package's code does against what its manifest asks for. What it does without asking is a problem in code that could be isolated, where it
 * would fail; where people have to trust the code anyhow, and in what is only imported on the way, it is a warning.
 */
export function codeFindings(manifest: Manifest, modules: readonly ScannedModule[]): readonly Finding[] {
  const asked = { ...manifest.optionalPermissions, ...manifest.permissions };
  const trusted = reasonsForTrust(manifest).length > 0;
  const seen = new Set<string>();
  const found: Finding[] = [];
  const say = ({ path, lazy }: ScannedModule, { line }: Act, what: string, fix: string): void => {
    if (seen.has(`${path} ${what}`)) return;
    seen.add(`${path} ${what}`);
    found.push((trusted || lazy ? warning : problem)(`${path}:${line}`, what, fix));
  };
  for (const module of modules) {
    for (const act of module.builtins) {
      const power = Object.hasOwn(powers, act.what) ? powers[act.what] : undefined;
      if (power !== undefined && !isAsked(asked[power.permission]))
        say(module, act, `imports node:${act.what}, and permissions.${power.permission} asks for nothing`, `${power.line} in permissions, or ${power.instead}`);
      if (confining.has(act.what))
        found.push(warning(`${module.path}:${act.line}`, `imports node:${act.what}, which no tier but trusted gives`, "do without if you can"));
    }
    for (const act of module.globals)
      if (!isAsked(asked["net"]))
        say(module, act, `uses ${act.what}, and permissions.net asks for nothing`, `${network.line} in permissions, and ${network.instead}`);
    for (const act of module.origins)
      if (!originsOf(asked).some((origin) => origin.startsWith("config:") || coversOrigin(origin, act.what)))
        say(module, act, `asks ${act.what}, which permissions.net does not name`, `"net": [${JSON.stringify(act.what)}] in permissions`);
    for (const act of module.variables)
      if (!((asked["env"] ?? []) as readonly string[]).includes(act.what))
        say(
          module,
          act,
          `reads the environment variable ${act.what}, which permissions.env does not name`,
          `"env": [${JSON.stringify(act.what)}] in permissions, or a config property`,
        );
    for (const act of module.hidden) found.push(warning(`${module.path}:${act.line}`, `${act.what}, so nobody can say what it does`, "write it out"));
  }
  return found;
}

const originsOf = (asked: Readonly<Record<string, unknown>>): readonly string[] => (asked["net"] ?? []) as readonly string[];

/** What a manifest asks for and its code shows no use of. `text` is all of the code. */
export function unusedByCode(manifest: Manifest, modules: readonly ScannedModule[], text: string): readonly Finding[] {
  const { permissions, content } = manifest;
  const uses = new Set(usesOf(manifest).map(({ id }) => id));
  const imports = (power: Power): boolean => modules.some(({ builtins }) => builtins.some(({ what }) => Object.hasOwn(powers, what) && powers[what] === power));
  const hooks = content?.["hookScripts"] !== undefined;
  const servers = serversOf(manifest);
  const used: Readonly<Record<string, boolean>> = {
    fs: uses.has("workspace") || imports(files) || hooks,
    exec: uses.has("processes") || imports(programs) || hooks || servers.some(([, { command }]) => command !== undefined),
    net: uses.has("http") || imports(network) || modules.some(({ globals }) => globals.length > 0) || hooks || servers.some(([, { url }]) => url !== undefined),
    secrets: uses.has("secrets") || servers.length > 0,
  };
  const whole = Object.entries(used)
    .filter(([permission, isUsed]) => isAsked(permissions[permission]) && !isUsed)
    .map(([permission]) =>
      warning(inManifest(`permissions.${permission}`), "is asked for, and the code shows no use of it", `take "${permission}" out of permissions`),
    );
  const everything = `${text}\n${JSON.stringify(manifest.config ?? {})}\n${JSON.stringify(content ?? {})}`;
  return [
    ...whole,
    ...["env", "secrets"].flatMap((permission) => unnamed(permission, permissions[permission], everything)),
    ...unnamed("net", hostsOf(permissions["net"]), everything),
  ];
}

/** Parts of origins that have to stand in the code if it asks them for anything: what follows the last star. */
const hostsOf = (origins: unknown): readonly string[] =>
  ((origins ?? []) as readonly string[])
    .filter((origin) => !origin.startsWith("config:"))
    .map(
      (origin) =>
        origin
          .replace(/^\w+:\/\//, "")
          .replace(/:\d+$/, "")
          .split("*")
          .at(-1)
          ?.replace(/^\./, "") ?? "",
    );

const unnamed = (permission: string, names: unknown, text: string): readonly Finding[] =>
  (Array.isArray(names) ? (names as readonly string[]) : [])
    .filter((name) => !text.includes(name))
    .map((name) =>
      warning(
        inManifest(`permissions.${permission}`),
        `asks for ${name}, which stands nowhere in the code`,
        `take ${JSON.stringify(name)} out of permissions.${permission}`,
      ),
    );
