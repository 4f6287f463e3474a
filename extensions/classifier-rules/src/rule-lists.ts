import { settingFailure } from "@claw/kernel/kit";
import { type CommandWords, commandWordsOf } from "./command-words.ts";
import { hostPatternOf } from "./listed-hosts.ts";
import type { ToolNames } from "./tool-names.ts";

/** The lists as a person writes them. */
export interface WrittenLists {
  readonly denyTools: readonly string[];
  readonly askTools: readonly string[];
  readonly allowTools: readonly string[];
  readonly fetchTools: readonly string[];
  readonly deny: readonly string[];
  readonly ask: readonly string[];
  readonly allow: readonly string[];
  readonly hosts: readonly string[];
}

/** The same, read. Tools by their keys. */
export interface RuleLists {
  readonly denyTools: ReadonlySet<string>;
  readonly askTools: ReadonlySet<string>;
  readonly allowTools: ReadonlySet<string>;
  readonly fetchTools: ReadonlySet<string>;
  readonly deny: readonly CommandWords[];
  readonly ask: readonly CommandWords[];
  readonly allow: readonly CommandWords[];
  readonly hosts: readonly string[];
}

/** Throws E_CONFIG_SCHEMA for an entry that can be no command or host: a list that restricts must not lose one unseen. */
export function ruleListsOf(written: WrittenLists, names: ToolNames): { readonly lists: RuleLists; readonly unknownTools: readonly string[] } {
  const tools = (list: readonly string[]): ReadonlySet<string> => new Set(list.map((name) => names.key(name)));
  const { denyTools, askTools, allowTools, fetchTools } = written;
  return {
    lists: {
      denyTools: tools(denyTools),
      askTools: tools(askTools),
      allowTools: tools(allowTools),
      fetchTools: tools(fetchTools),
      deny: commands("deny", written.deny),
      ask: commands("ask", written.ask),
      allow: commands("allow", written.allow),
      hosts: written.hosts.map((text) => hostPatternOf(text) ?? wrong("hosts", text, "write a name such as docs.rs, or *.example.com")),
    },
    // The tools that fetch may not have been added yet.
    unknownTools: [...denyTools, ...askTools, ...allowTools].filter((name) => !names.isKnown(name)),
  };
}

const commands = (list: string, texts: readonly string[]): readonly CommandWords[] =>
  texts.map((text) => commandWordsOf(text) ?? wrong(list, text, "write a program and words of it, such as git push, without quotes, stars or operators"));

function wrong(list: string, text: string, fix: string): never {
  throw settingFailure("claw/classifier-rules", `${list}: ${JSON.stringify(text)} is nothing that this list can hold`, fix);
}
