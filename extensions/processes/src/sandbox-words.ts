import { parseArgs } from "node:util";
import { resolve } from "node:path";
import { ClawError, type CommandCall, type SandboxMode } from "@claw/kernel";

/** What `claw sandbox …` is asked for. */
export type SandboxAsked =
  | { readonly type: "status"; readonly json: boolean }
  | {
      readonly type: "exec";
      readonly command: readonly string[];
      readonly mode?: SandboxMode;
      readonly paths: readonly string[];
      readonly hosts: readonly string[] | "any";
    };

const usage = "claw sandbox status [--json], or claw sandbox exec [--mode off|workspace-only|allow-list] [--allow PATH]… [--net HOST]… -- COMMAND…";
const modes: readonly SandboxMode[] = ["off", "workspace-only", "allow-list"];

/** What the words mean; USAGE for what they cannot mean. */
export function readSandboxWords({ argv, cwd, json }: Pick<CommandCall, "argv" | "cwd" | "json">): SandboxAsked {
  const end = argv.indexOf("--");
  const [own, command] = end === -1 ? [argv, []] : [argv.slice(0, end), argv.slice(end + 1)];
  const { positionals, values } = parsed(own);
  const [verb, extra] = positionals;
  if (extra !== undefined) throw wrong(`sandbox does not know what to do with ${JSON.stringify(extra)}`);
  if (verb === "status") {
    const given = Object.keys(values).find((name) => name !== "json");
    if (given !== undefined) throw wrong(`sandbox status takes no --${given}`);
    if (end !== -1) throw wrong("sandbox status takes no command");
    return { type: "status", json: json || values.json === true };
  }
  if (verb !== "exec") throw wrong(verb === undefined ? "sandbox needs a word after it: status or exec" : `sandbox has no ${JSON.stringify(verb)}`);
  if (command.length === 0) throw wrong("sandbox exec needs a command after --");
  const { mode, allow = [], net = [] } = values;
  if (mode !== undefined && !isMode(mode)) throw wrong(`--mode takes ${modes.join(", ")}, not ${JSON.stringify(mode)}`);
  if (allow.includes("")) throw wrong("--allow takes a path");
  return {
    type: "exec",
    command,
    ...(mode === undefined ? {} : { mode }),
    paths: allow.map((path) => resolve(cwd, path)),
    hosts: net.some((host) => host === "*" || host === "any") ? "any" : net.map(hostOf),
  };
}

function parsed(args: readonly string[]) {
  const many = { type: "string", multiple: true } as const;
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { json: { type: "boolean" }, mode: { type: "string" }, allow: many, net: many } });
  } catch (error) {
    throw wrong(`sandbox: ${(error as Error).message.split(". ", 1)[0]}`);
  }
}

const isMode = (text: string): text is SandboxMode => modes.some((one) => one === text);

function hostOf(text: string): string {
  const host = text.toLowerCase();
  if (/^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/.test(host)) return host;
  throw wrong(`--net takes a host such as registry.npmjs.org, *.example.com or host:port, or any, not ${JSON.stringify(text)}`);
}

const wrong = (message: string): ClawError<"USAGE"> => new ClawError("USAGE", message, { hint: usage }, { fix: usage });
