import { isJsonObject, jsonFrom } from "@claw/kernel/kit";

/** The messages of a line: one, or the several of a batch. Undefined when it is neither. */
export function messagesOf(line: string): readonly object[] | undefined {
  if (line.trim() === "") return [];
  const value = jsonFrom(line);
  const messages: readonly unknown[] = Array.isArray(value) ? value : [value];
  return messages.every(isJsonObject) ? messages : undefined;
}
