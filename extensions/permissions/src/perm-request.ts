import type { Effect, SlotView, Tool, ToolCallView } from "@claw/kernel";
import { isJsonObject } from "@claw/kernel/kit";
import { isAbsolute, join, resolve } from "node:path";
import { wrong } from "./perm-mistake.ts";
import { type GivenSettings, givenSettings } from "./perm-settings.ts";
import type { ToolNames } from "./tool-names.ts";

/** One question of `claw perm test`: a call, and what it would be judged under. */
export interface PermRequest {
  readonly call: ToolCallView;
  readonly mode: string | undefined;
  readonly settings: GivenSettings | undefined;
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

/** Those that do nothing without a file. */
const onFiles: ReadonlySet<string> = new Set(["read_file", "write_file", "file_edit", "notebook_edit"]);

/** Properties by which other products' tools name their path. */
const otherNames: readonly string[] = ["path", "file_path", "filePath", "notebook_path", "notebookPath"];

/** Reads one line. Throws USAGE in words for what it cannot mean. */
export function requestOf(
  line: string,
  { folder, roots, home }: { readonly folder: string; readonly roots: readonly string[]; readonly home: string | undefined },
  tools: SlotView<Tool<never>>,
  names: ToolNames,
): PermRequest {
  if (line.trim() === "") throw wrong("the line is empty");
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw wrong(`the line is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isJsonObject(value)) throw wrong("the line is no JSON object");
  const { tool, input, mode, workspace } = value;
  if (typeof tool !== "string" || tool === "") throw wrong('"tool" is missing, such as "bash"');
  if (!isJsonObject(input)) throw wrong('"input" is missing, such as {"command":"ls"}');
  if (mode !== undefined && typeof mode !== "string") throw wrong('"mode" is no text');
  if (workspace !== undefined && (typeof workspace !== "string" || workspace === "" || workspace.includes("\0"))) throw wrong('"workspace" is no folder');
  const placed = (path: string, base: string): string =>
    home !== undefined && (path === "~" || path.startsWith("~/")) ? join(home, path.slice(1)) : resolve(base, path);
  const cwd = workspace === undefined ? folder : placed(workspace, folder);
  const settings = value["settings"] === undefined ? undefined : givenSettings(value["settings"]);
  const own = names.own(tool) ?? tool;
  const { effect, paths } = toolOf(own, input, tools);
  return {
    mode,
    settings,
    call: {
      id: "perm-test",
      session: "00000000-0000-7000-8000-000000000000",
      cwd,
      // Where nothing else is said, the session's folders are those that a session here would have.
      roots: [...(workspace === undefined && settings === undefined ? roots : [cwd]), ...(settings?.directories ?? []).map((path) => placed(path, cwd))],
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
  const declaredEffect = about?.["effect"];
  const effect = typeof declaredEffect === "string" && effects.has(declaredEffect) ? (declaredEffect as Effect) : (known?.effect ?? "execute");
  const schema = isJsonObject(about?.["input"]) ? about["input"]["properties"] : undefined;
  const declared = isJsonObject(schema)
    ? Object.entries(schema).flatMap(([name, one]) => (isJsonObject(one) && one["format"] === "path" ? [name] : []))
    : (known?.paths ?? otherNames);
  const values = [...new Set([...declared, ...(own === "bash" ? [] : otherNames)])].map((name) => input[name]);
  const given = [...new Set(values.filter((one) => typeof one === "string" && one !== "") as readonly string[])];
  if (known !== undefined && values.some((one) => one !== undefined && one !== null && typeof one !== "string"))
    throw wrong(`"input": a path of ${own} is no text`);
  if (given.length === 0 && onFiles.has(own)) throw wrong(`"input" names no file, such as {${JSON.stringify(known?.paths[0])}:"a.txt"}`);
  return { effect, paths: own === "glob" ? [...given, ...folderOfPattern(input["pattern"])] : given };
}

/** The folder that a pattern leads to by itself, wherever it is looked for from. */
function folderOfPattern(pattern: unknown): readonly string[] {
  if (typeof pattern !== "string" || !/^[~/]|(?:^|\/)\.\.(?:\/|$)/.test(pattern)) return [];
  const [plain = ""] = /^[^*?[\](){}!+@|\\]*/.exec(pattern) ?? [];
  return [plain === pattern ? pattern : plain.slice(0, plain.lastIndexOf("/") + 1) || "."];
}
