import type { ContentBlock, Message } from "@claw/kernel";

const spoken = new WeakMap<Message, Message>();

/**
 * A history whose calls and results are told in words. Converse takes no calls in a history unless tools are offered, and has no
 * word for tools that must not be called.
 */
export function spokenCalls(messages: readonly Message[]): readonly Message[] {
  return messages.map((message) => {
    if (!message.content.some(({ type }) => type === "tool-call" || type === "tool-result")) return message;
    const known = spoken.get(message) ?? { role: message.role, content: message.content.flatMap(inWords) };
    spoken.set(message, known);
    return known;
  });
}

function inWords(block: ContentBlock): readonly ContentBlock[] {
  switch (block.type) {
    case "tool-call":
      return [{ type: "text", text: `(called the tool ${block.name} with ${block.malformed ?? JSON.stringify(block.input)})` }];
    case "tool-result":
      return [{ type: "text", text: block.failed === true ? "(the call failed:)" : "(the call's result:)" }, ...block.content];
    // A signature is for a turn as it was.
    case "reasoning":
    case "unknown":
      return [];
    default:
      return [block];
  }
}
