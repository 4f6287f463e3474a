/** A flag as the command line reads it. */
export interface FlagSpec {
  /** Kebab-case, without the dashes. */
  readonly name: string;
  readonly short?: string;
  readonly aliases?: readonly string[];
  /** `none`: it stands alone (and may be refused with `--no-…`); `value`: exactly the next word; `list`: the same, and may repeat. */
  readonly takes: "none" | "value" | "list";
  /** What the value is called in help. */
  readonly value?: string;
  readonly description: string;
}

/** The flags of the command line itself. Those of extensions are in their manifests. */
export const ownFlags: readonly FlagSpec[] = [
  { name: "print", short: "p", takes: "none", description: "Answer one prompt and exit" },
  { name: "prompt", takes: "value", value: "TEXT", description: "The prompt, as a flag: the same as -p and the text" },
  { name: "cwd", takes: "value", value: "FOLDER", description: "Work in this folder" },
  { name: "help", short: "h", takes: "none", description: "Say what there is" },
  { name: "version", short: "V", takes: "none", description: "Print the version" },
  { name: "json", takes: "none", description: "Print JSON where a command lists or inspects" },
  { name: "debug", takes: "none", description: "Show causes and stacks of errors" },
  { name: "color", takes: "none", description: "Colour on a terminal; --no-color is without" },
  { name: "profile", takes: "value", value: "NAME", description: "The set of extensions: default, minimal, ci, server, safe, or one of your own" },
  { name: "with", takes: "list", value: "NAMES", description: "Extensions to add, for this run" },
  { name: "without", takes: "list", value: "NAMES", description: "Extensions to leave out, for this run" },
  { name: "dev", takes: "list", value: "FOLDER", description: "Load an extension from its folder, unsigned and trusted" },
  { name: "safe", aliases: ["safe-mode"], takes: "none", description: "The profile safe, without your settings" },
  { name: "strict", takes: "none", description: "Fail when an extension is held back" },
  { name: "frontend", takes: "value", value: "NAME", description: "The front-end to run" },
  { name: "resume", short: "r", takes: "value", value: "SESSION", description: "Go on with a session: an id, its beginning, latest, or a path" },
  { name: "continue", short: "c", takes: "none", description: "Go on with the newest session of this workspace" },
  { name: "fork-session", takes: "none", description: "Go on in a copy of the session resumed" },
  { name: "session-id", takes: "value", value: "UUID", description: "The id of the new session" },
  { name: "settings", takes: "value", value: "FILE|JSON", description: "More settings, above the user's and the project's" },
  { name: "max-turns", takes: "value", value: "N", description: "Most requests to the model" },
  { name: "max-budget-usd", takes: "value", value: "USD", description: "Most money" },
  { name: "max-tokens", takes: "value", value: "N", description: "Most tokens, read and written" },
  { name: "timeout", takes: "value", value: "SECONDS", description: "Longest time" },
  { name: "tools", takes: "list", value: "NAMES", description: "The tools offered to the model; all without it" },
  { name: "offline", takes: "none", description: "Open no socket that leaves this machine" },
  { name: "trust-folder", takes: "none", description: "Trust this folder's own settings, for this run" },
  { name: "require-trust", takes: "none", description: "Fail in a folder that is not trusted" },
];

/** Names that flags have elsewhere, and what they are called here. */
export const otherNames: Readonly<Record<string, string>> = {
  session: "resume",
  "work-dir": "cwd",
  "reasoning-effort": "effort",
  "no-save": "no-session-persistence",
  "max-steps": "max-turns",
};

/** Flags people bring along from elsewhere that this version cannot serve, with the sentence they get. */
export const refusedFlags: Readonly<Record<string, string>> = {
  "mcp-config": "MCP servers are named in mcp.servers of your settings (claw ext add mcp)",
  "strict-mcp-config": "the only MCP servers are those in mcp.servers of your settings",
  agents: "agents are not part of this version",
  agent: "agents are not part of this version",
  "plugin-dir": "use --dev FOLDER to load an extension from its folder",
  worktree: "run claw in the worktree you want",
  bare: "use --profile minimal",
  "json-schema": "structured output is not part of this version",
  "permission-prompt-tool": "questions are asked on the terminal; without one they are refused",
  "permission-prompts": "questions are asked on the terminal; without one they are refused",
  "setting-sources": "use --safe to leave settings out, or --settings to add some",
  "include-hook-events": "hook events are not part of the stream of this version",
  repl: "give a prompt, or pipe one in",
  task: "give the task as the prompt",
  compact: "a session is compacted by itself when its context is nearly full",
  "base-commit": "say in the prompt what to compare with",
  acp: "the editor protocol is not part of this version",
};
