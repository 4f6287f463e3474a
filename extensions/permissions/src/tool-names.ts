/** Names of tools as rules give them. */

/**
 * claw's own tools and the names Claude Code and others know them by. A rule may name one of them whether or not the
 * extension that brings it is loaded: a deny of a tool that is not there is no mistake.
 */
const standard: Readonly<Record<string, readonly string[]>> = {
  bash: [],
  read_file: ["Read"],
  write_file: ["Write"],
  file_edit: ["Edit", "MultiEdit", "edit_file"],
  notebook_edit: [],
  glob: ["glob_search"],
  grep: ["grep_search"],
  web_fetch: [],
  web_search: [],
  todo_write: [],
  ask_user: ["AskUserQuestion"],
  skill: [],
  agent: ["Task"],
  enter_plan_mode: [],
  exit_plan_mode: [],
  tool_search: [],
  structured_output: [],
  repl: [],
  sleep: [],
  lsp: [],
};

/** The tools there are: names, and what their manifests say. */
export interface ToolCatalogue {
  readonly names: readonly string[];
  about(name: string): Readonly<Record<string, unknown>> | undefined;
}

export interface ToolNames {
  /** The tool's own name for any of its names, in any spelling; undefined if there is no such tool. */
  own(name: string): string | undefined;
  /** Every tool's own name. */
  readonly all: readonly string[];
}

/** `WebFetch`, `web_fetch` and `web-fetch` are one name. What comes from a server (`mcp__…`) keeps its signs. */
const folded = (name: string): string => {
  const lower = name.toLowerCase();
  return lower.includes("__") ? lower : lower.replaceAll(/[-_]/g, "");
};

export function toolNames(catalogue: ToolCatalogue): ToolNames {
  const own = new Map<string, string>();
  const prefixes: string[] = [];
  for (const [name, aliases] of Object.entries(standard)) for (const one of [name, ...aliases]) own.set(folded(one), name);
  for (const name of catalogue.names) {
    if (name.endsWith("*")) prefixes.push(name.slice(0, -1).toLowerCase());
    else own.set(folded(name), name);
  }
  for (const name of catalogue.names) {
    const aliases = catalogue.about(name)?.["aliases"];
    if (Array.isArray(aliases)) for (const alias of aliases) if (typeof alias === "string" && !own.has(folded(alias))) own.set(folded(alias), name);
  }
  return {
    all: [...new Set(own.values())].sort(),
    own: (name) => own.get(folded(name)) ?? (prefixes.some((prefix) => name.toLowerCase().startsWith(prefix)) ? name.toLowerCase() : undefined),
  };
}
