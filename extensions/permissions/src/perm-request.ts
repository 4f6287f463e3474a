import { ClawError, type Effect, type SlotView, type Tool, type ToolCallView } from "@claw/kernel";
import { isJsonObject } from "@claw/kernel/kit";
import { isAbsolute, resolve } from "node:path";
import type { ToolNames } from "./tool-names.ts";

/** One question of `claw perm test`: a call, and what it would be judged under. */
export interface PermRequest {
  readonly call: ToolCallView;
  readonly mode: string | undefined;
  /** Rules that count instead of the configured ones. */
  readonly lists: { readonly allow: readonly string[]; readonly ask: readonly string[]; readonly deny: readonly string[] } | undefined;
}

const effects: ReadonlySet<string> = new Set<Effect>(["none", "read", "write", "execute", "network"]);

/** What is known of claw's own tools where the extension that brings them is not loaded. */
const standard: Readonly<Record<string, { readonly effect: Effect; readonly paths: readonly string[] }>> = {
  bash: { effect: "execute", paths: ["cwd"] },
  read_file: { effect: "read", paths: ["path"] },
  write_file: { effect: "write", paths: ["path"] },
  file_edit: { effect: "write", paths: ["file_path"] },
  notebook_edit: { effect: "write", paths: ["notebook_path"] },
  glob: { effect: "read", paths: ["path"] },
  grep: { effect: "read", paths: ["path"] },
  web_fetch: { effect: "network", paths: [] },
  web_search: { effect: "network", paths: [] },
};

/** Properties by which other products' tools name their path. */
const otherNames: readonly string[] = ["path", "file_path", "filePath", "notebook_path", "notebookPath"];

/** Reads one line. Throws USAGE in words for what it cannot mean. */
export function requestOf(line: string, folder: string, tools: SlotView<Tool<never>>, names: ToolNames): PermRequest {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw wrong(`the line is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isJsonObject(value)) throw wrong("the line is no JSON object");
  const { tool, input, mode, workspace, settings } = value;
  if (typeof tool !== "string" || tool === "") throw wrong('"tool" is missing, such as "bash"');
  if (!isJsonObject(input)) throw wrong('"input" is missing, such as {"command":"ls"}');
  if (mode !== undefined && typeof mode !== "string") throw wrong('"mode" is no text');
  if (workspace !== undefined && (typeof workspace !== "string" || workspace === "" || workspace.includes("\0"))) throw wrong('"workspace" is no folder');
  const cwd = workspace === undefined ? folder : resolve(folder, workspace);
  const own = names.own(tool) ?? tool;
  const { effect, paths } = toolOf(own, input, tools);
  return {
    mode,
    lists: settings === undefined ? undefined : listsOf(settings),
    call: {
      id: "perm-test",
      session: "00000000-0000-7000-8000-000000000000",
      cwd,
      roots: [cwd, ...directoriesOf(settings, cwd)],
      tool: own,
      effect,
      input,
      paths: paths.map((path) => (isAbsolute(path) || path === "~" || path.startsWith("~/") ? path : resolve(cwd, path))),
    },
  };
}

function toolOf(
  own: string,
  input: Readonly<Record<string, unknown>>,
  tools: SlotView<Tool<never>>,
): { readonly effect: Effect; readonly paths: readonly string[] } {
  const about = tools.names.includes(own) ? tools.about(own) : undefined;
  const known = Object.hasOwn(standard, own) ? standard[own] : undefined;
  const given = about?.["effect"];
  const effect = typeof given === "string" && effects.has(given) ? (given as Effect) : (known?.effect ?? "execute");
  const schema = isJsonObject(about?.["input"]) ? about["input"]["properties"] : undefined;
  const declared = isJsonObject(schema)
    ? Object.entries(schema).flatMap(([name, one]) => (isJsonObject(one) && one["format"] === "path" ? [name] : []))
    : (known?.paths ?? otherNames);
  const values = [...new Set([...declared, ...(own === "bash" ? [] : otherNames)])].map((name) => input[name]);
  return { effect, paths: [...new Set(values.filter((one) => typeof one === "string" && one !== "") as readonly string[])] };
}

/** A `settings.json`, or its section `permissions` alone. */
function listsOf(settings: unknown): PermRequest["lists"] {
  const section = sectionOf(settings);
  const list = (name: string): readonly string[] => {
    const value = section[name];
    if (value === undefined) return [];
    if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) throw wrong(`"settings": ${name} is no list of rules`);
    return value;
  };
  return { allow: list("allow"), ask: list("ask"), deny: list("deny") };
}

function directoriesOf(settings: unknown, cwd: string): readonly string[] {
  const value = settings === undefined ? undefined : sectionOf(settings)["additionalDirectories"];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string").map((one) => resolve(cwd, one)) : [];
}

function sectionOf(settings: unknown): Readonly<Record<string, unknown>> {
  if (!isJsonObject(settings)) throw wrong('"settings" is no object');
  const { permissions } = settings;
  return isJsonObject(permissions) ? permissions : settings;
}

export const wrong = (message: string): ClawError<"USAGE"> =>
  new ClawError("USAGE", message, { hint: '{"tool":"bash","input":{"command":"ls"},"mode":"prompt","workspace":"."}' });
