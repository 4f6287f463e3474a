import { fieldOf, type Fields, fieldsOf, foreign, isFields, listOf, namesIn, quoted, textOf } from "./foreign-document.ts";
import { addressOf, type Needs, noNeeds, programOf, together, unique, variablesIn } from "./needs.ts";

export interface MappedHooks {
  /** Event to its groups, of all documents: what `hooks/hooks.json` would say if it were the only one. */
  readonly hooks: Readonly<Record<string, readonly unknown[]>>;
  readonly needs: Needs;
  /** What they have to see of a conversation: `write` when they may change how it goes on. */
  readonly conversation: "read" | "write";
  readonly models: boolean;
}

/** Variables that stand for folders of the plugin or name the session. */
export const claudeFolders: readonly string[] = ["CLAUDE_PLUGIN_ROOT", "CLAUDE_PLUGIN_DATA", "CLAUDE_PROJECT_DIR"];

/** Events whose hooks decide whether a call or a turn goes on. */
const deciding: ReadonlySet<string> = new Set(["PreToolUse", "Stop", "SubagentStop"]);
const eventName = /^[A-Z][A-Za-z]{1,63}$/;

/** Reads the hooks of a Claude Code plugin (formats.md §3.3): `{description?, hooks}` or the hooks alone. */
export function readHooks(documents: readonly Fields[], what: string): MappedHooks {
  const events = documents.flatMap((document) => {
    const inner = fieldOf(document, "hooks");
    return Object.entries(inner === undefined ? document : fieldsOf(inner, `${what}: hooks`)).filter(
      ([event]) => inner !== undefined || event !== "description",
    );
  });
  const hooks: Record<string, readonly unknown[]> = {};
  const read = events.map(([event, groups]) => {
    if (!eventName.test(event)) throw foreign(what, `${what}: ${quoted(event)} is no name of an event`);
    const list = listOf(groups, `${what}: the hooks of ${event}`);
    hooks[event] = [...(Object.hasOwn(hooks, event) ? (hooks[event] ?? []) : []), ...list];
    return list
      .flatMap((group) => listOf(fieldOf(fieldsOf(group, `${what}: a group of ${event}`), "hooks"), `${what}: the hooks of a group of ${event}`))
      .map((hook) => readHook(fieldsOf(hook, `${what}: a hook of ${event}`), `${what}: a hook of ${event}`));
  });
  const names = unique(Object.keys(hooks));
  const inactive = names.length === 0 ? [] : [`the hooks of ${namesIn(names)}: this version runs no hooks of a package`];
  const all = read.flat();
  return {
    hooks,
    needs: together([...all.map(({ needs }) => needs), { ...noNeeds, inactive }]),
    conversation: names.some((event) => deciding.has(event)) ? "write" : "read",
    models: all.some(({ models }) => models),
  };
}

function readHook(hook: Fields, what: string): { readonly needs: Needs; readonly models: boolean } {
  const type = textOf(hook, "type", what);
  switch (type) {
    case "command": {
      const command = textOf(hook, "command", what);
      const args = fieldOf(hook, "args");
      // Without `args` a shell reads the command, and may start anything.
      const program = args === undefined ? { programs: ["*"], own: ownIn(command) } : programOf(command, "CLAUDE_PLUGIN_ROOT");
      const texts = [command, ...listOf(args, `${what}: args`).filter((arg) => typeof arg === "string")];
      return { needs: { ...noNeeds, programs: program.programs, own: program.own, variables: variablesIn(texts, claudeFolders) }, models: false };
    }
    case "http": {
      const url = textOf(hook, "url", what);
      const address = addressOf(url);
      const headers = fieldOf(hook, "headers");
      const texts = isFields(headers) ? Object.values(headers).filter((value) => typeof value === "string") : [];
      const inactive = address === undefined ? [`a hook asks ${quoted(url)}, which is only known when it is used, so no permission covers it`] : [];
      return {
        needs: { ...noNeeds, urls: address === undefined ? [] : [address], variables: variablesIn([url, ...texts], claudeFolders), inactive },
        models: false,
      };
    }
    case "prompt":
    case "agent":
      textOf(hook, "prompt", what);
      return { needs: noNeeds, models: true };
    case "mcp_tool":
      textOf(hook, "server", what);
      return { needs: noNeeds, models: false };
    default:
      throw foreign(what, `${what} is of the type ${quoted(type)}, which is none of command, http, mcp_tool, prompt and agent`);
  }
}

/** Files of the package that a shell's command begins with; what else it starts, nobody can say. */
const ownIn = (command: string): readonly string[] => {
  const [, path] = /^["']?\$\{?CLAUDE_PLUGIN_ROOT\}?["']?\/([A-Za-z0-9._@+\-/]+)["']?(?:\s|$)/.exec(command.trim()) ?? [];
  return path === undefined || path.split("/").includes("..") ? [] : [path];
};
