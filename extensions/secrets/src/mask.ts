import { block, type Block, type ToolCallView, type ToolResult } from "@claw/kernel";
import { mapStrings, secretFilter } from "@claw/kernel/kit";

/** Keeps secrets from the model: what stands in their place names them. */
export interface Mask {
  /** The result without secrets; undefined where there are none. */
  masked(result: ToolResult): ToolResult | undefined;
  /** Refuses to write what stands in a secret's place over the secret itself. */
  guard(call: ToolCallView): Block | undefined;
}

const mark = /\[redacted:[\w.-]{1,200}\]/;

export function createMask(known: Readonly<Record<string, string | undefined>>): Mask {
  const filter = secretFilter(known, (name) => `[redacted:${name}]`);
  return {
    masked: (result) => {
      const content = mapStrings(result.content, filter) as ToolResult["content"];
      const details = result.details === undefined ? undefined : (mapStrings(result.details, filter) as object);
      if (content === result.content && details === result.details) return undefined;
      return { ...result, content, ...(details === undefined ? {} : { details }) };
    },
    guard: ({ effect, input, tool }) => {
      const found = effect === "write" ? mark.exec(JSON.stringify(input))?.[0] : undefined;
      return found === undefined
        ? undefined
        : block(
            `${tool} would write ${found}, which stands for a secret that was kept from you; change only what is around it, or leave that file to the person`,
          );
    },
  };
}
