import type { Manifest } from "@claw/kernel/host";
import { isSecretName } from "@claw/kernel/kit";
import { type Finding, inManifest, problem, warning } from "./finding.ts";
import { netFindings } from "./net-findings.ts";

type Permissions = Readonly<Record<string, unknown>>;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);
const recordOf = (value: unknown): Permissions => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Permissions) : {});

/** What is wrong with what a manifest asks for, one permission at a time. It also reads a manifest that is not valid, so that the better sentence is said. */
export function permissionFindings(manifest: unknown): readonly Finding[] {
  const { permissions, optionalPermissions, config, provides } = recordOf(manifest);
  const of = { config, provides } as Pick<Manifest, "config" | "provides">;
  const [required, optional] = [recordOf(permissions), recordOf(optionalPermissions)];
  return [...each("permissions", required, required, of), ...each("optionalPermissions", optional, { ...required, ...optional }, of)];
}

function each(at: string, asked: Permissions, power: Permissions, manifest: Pick<Manifest, "config" | "provides">): readonly Finding[] {
  const { read, write } = recordOf(asked["fs"]);
  return [
    ...netFindings(at, listOf(asked["net"]), power, manifest),
    ...listOf(read).flatMap((glob, index) => globFindings(inManifest(`${at}.fs.read.${index}`), glob, "read")),
    ...listOf(write).flatMap((glob, index) => globFindings(inManifest(`${at}.fs.write.${index}`), glob, "written")),
    ...listOf(asked["exec"]).flatMap((program, index) => programFindings(inManifest(`${at}.exec.${index}`), recordOf(program))),
    ...listOf(asked["env"]).flatMap((name, index) => variableFindings(inManifest(`${at}.env.${index}`), name)),
    ...listOf(asked["secrets"]).flatMap((name, index) => secretFindings(inManifest(`${at}.secrets.${index}`), name)),
  ];
}

function globFindings(where: string, glob: unknown, done: string): readonly Finding[] {
  if (typeof glob !== "string") return [];
  const { place, rest = "" } = /^(?<place>workspace|data|cache|path):(?<rest>.*)$/s.exec(glob)?.groups ?? {};
  const said = JSON.stringify(glob);
  if (place === undefined) return [problem(where, `${said} names no place`, '"workspace:**", "data:**", "cache:**" or "path:/etc/hosts"')];
  if (rest === "") return [problem(where, `${said} names no files`, JSON.stringify(`${place}:${place === "path" ? "/etc/hosts" : "**"}`))];
  if (rest.includes("\\") || rest.split("/").includes("..")) return [problem(where, `${said} steps out of its place`, JSON.stringify(`${place}:**`))];
  if (place === "path" && !rest.startsWith("/")) return [problem(where, `${said} is not absolute`, JSON.stringify(`path:/${rest}`))];
  if (place !== "path" && rest.startsWith("/")) return [problem(where, `${said} is absolute`, JSON.stringify(`${place}:${rest.replace(/^\/+/, "")}`))];
  if (place === "path" && /^\/+(?:\*+\/?)*$/.test(rest))
    return [warning(where, `${said} lets every file of the machine be ${done}`, "name the folder it needs")];
  return [];
}

/** As good as any program: who may run one of these may run all that they run. */
const interpreter = /^(?:sh|bash|zsh|fish|dash|cmd|powershell|pwsh|env|xargs|sudo|ssh|node|npx|npm|deno|bun|python\d?(?:\.\d+)?|ruby|perl|php|lua|docker)$/;

function programFindings(where: string, { cmd, args }: Permissions): readonly Finding[] {
  if (typeof cmd !== "string") return [];
  const patterns = listOf(args).filter((pattern) => typeof pattern === "string");
  const tail = patterns.indexOf("**");
  if (/[/\\]/.test(cmd)) return [problem(where, `${JSON.stringify(cmd)} is a path`, `"cmd": ${JSON.stringify(cmd.split(/[/\\]/).at(-1))}, found on the PATH`)];
  if (/\s/.test(cmd))
    return [problem(where, `${JSON.stringify(cmd)} is more than a name`, `"cmd": ${JSON.stringify(cmd.split(/\s/)[0])}, and the rest in "args"`)];
  if (tail !== -1 && tail !== patterns.length - 1)
    return [problem(where, 'has a pattern after "**", which stands for all the rest', 'move "**" to the end of "args"')];
  if (cmd === "*") return [warning(where, "asks to run any program", "name the programs it runs")];
  const open = args === undefined || tail !== -1;
  return interpreter.test(cmd) && open
    ? [warning(where, `${cmd} runs whatever it is told to`, 'say with "args" what it is told, or name the program itself')]
    : [];
}

function variableFindings(where: string, name: unknown): readonly Finding[] {
  if (typeof name !== "string") return [];
  if (name.includes("*")) return [problem(where, `${JSON.stringify(name)} stands for many variables`, "each by its name")];
  // Where a secret lies is none itself.
  return isSecretName(name) && !/_(?:FILE|PATH|DIR|URI)$/.test(name)
    ? [problem(where, `${name} holds a secret by its name, and secrets are not read from the environment`, `"secrets": [${JSON.stringify(name)}] instead`)]
    : [];
}

const secretFindings = (where: string, name: unknown): readonly Finding[] =>
  typeof name === "string" && name.includes("*") ? [problem(where, `${JSON.stringify(name)} stands for many secrets`, "each by its name")] : [];
