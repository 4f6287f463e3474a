import type { ModelRequest, ToolCallView } from "@claw/kernel";
import { effortLevels } from "@claw/kernel/kit";
import { canonicalJson } from "./canonical-json.ts";
import { inert } from "./inert-text.ts";
import { instructions, judgeTool } from "./instructions.ts";
import type { ShellFacts } from "./shell-facts.ts";

/** A call that says more than this is for a person to read. */
const mostBytes = 8 * 1024;

/** All that the model is told of one call, before it is made inert. */
export interface Case {
  /** Canonical JSON of the tool and its input. */
  readonly invocation: string;
  /** Canonical JSON of where it would happen. */
  readonly circumstances: string;
  /** Canonical JSON of what claw found out about a shell command by itself. */
  readonly analysis: string | undefined;
  /** Canonical JSON of what the person wrote. */
  readonly messages: string;
}

/** The case of a call, or why there is none. */
export function caseOf(call: ToolCallView, facts: ShellFacts | undefined, messages: readonly string[]): Case | { readonly problem: string } {
  const { tool, effect, input, cwd, roots, paths } = call;
  try {
    const invocation = canonicalJson({ tool, input });
    const circumstances = canonicalJson({ effect, cwd, roots, paths });
    if (Buffer.byteLength(invocation) > mostBytes || Buffer.byteLength(circumstances) > mostBytes) return { problem: `it is longer than ${mostBytes} bytes` };
    return { invocation, circumstances, analysis: facts === undefined ? undefined : canonicalJson(facts), messages: canonicalJson(messages) };
  } catch (error) {
    if (error instanceof RangeError) return { problem: "it is nested too deep" };
    throw error;
  }
}

export interface Asked {
  readonly model: string;
  /** Its levels of effort. */
  readonly efforts: readonly string[] | undefined;
  readonly guidance: string | undefined;
  /** Fresh for every request: nobody who wrote a part of the case could know it. */
  readonly nonce: string;
}

/** One request: what is said to the model is fixed, what it judges is inert and between tags of this request alone. */
export function requestOf({ invocation, circumstances, analysis, messages }: Case, { model, efforts = [], guidance, nonce }: Asked): ModelRequest {
  const part = (name: string, text: string): string => `<${name} id=${nonce}>\n${inert(text)}\n</${name} id=${nonce}>`;
  const text = [
    part("user_messages", messages),
    part("circumstances", circumstances),
    ...(analysis === undefined ? [] : [part("shell_analysis", analysis)]),
    part("tool_invocation", invocation),
    `Judge the one call in <tool_invocation id=${nonce}> by calling ${judgeTool.name}.`,
  ].join("\n\n");
  const own = guidance === undefined || guidance.trim() === "" ? "" : `\n\nThe person who runs the agent adds:\n${guidance.trim()}`;
  // The least there is: where none is asked for, the person's own for long work would be taken.
  const effort = effortLevels.find((level) => efforts.includes(level));
  // Nothing is said of the session: what is known of its requests, for the prompt cache, is not this one's to change.
  return {
    model,
    ...(effort === undefined ? {} : { effort }),
    maxTokens: 1_000,
    system: [{ type: "text", text: instructions + own }],
    messages: [{ role: "user", content: [{ type: "text", text }] }],
    tools: [judgeTool],
    toolChoice: { tool: judgeTool.name },
  };
}
