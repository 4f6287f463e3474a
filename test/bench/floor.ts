/** The floor: an agent loop in plain Node with fetch. Streams a reply, runs its calls, repeats. Arguments: base URL. */
import { readFile } from "node:fs/promises";

interface Block {
  type: string;
  text?: string;
  id?: string;
  name?: string;
  json?: string;
  input?: unknown;
}
interface Frame {
  type: string;
  content_block?: Block;
  delta?: { type: string; text?: string; partial_json?: string };
}

const [base = ""] = process.argv.slice(2);
const messages: unknown[] = [{ role: "user", content: [{ type: "text", text: "go" }] }];
for (;;) {
  const response = await fetch(`${base}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "m", max_tokens: 1000, stream: true, messages }),
  });
  const blocks: Block[] = [];
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("data: ")) take(JSON.parse(line.slice(6)) as Frame, blocks);
  }
  messages.push({
    role: "assistant",
    content: blocks.map(({ json, ...block }) => (block.type === "tool_use" ? { ...block, input: JSON.parse(json ?? "{}") as unknown } : block)),
  });
  const calls = blocks.filter(({ type }) => type === "tool_use");
  if (calls.length === 0) break;
  const results = await Promise.all(
    calls.map(async ({ id, json }) => ({
      type: "tool_result",
      tool_use_id: id,
      content: await readFile((JSON.parse(json ?? "{}") as { path: string }).path, "utf8"),
    })),
  );
  messages.push({ role: "user", content: results });
}

function take(frame: Frame, blocks: Block[]): void {
  if (frame.type === "content_block_start" && frame.content_block !== undefined) blocks.push({ ...frame.content_block, json: "" });
  const last = blocks.at(-1);
  if (frame.type !== "content_block_delta" || last === undefined) return;
  if (frame.delta?.type === "text_delta") last.text = (last.text ?? "") + (frame.delta.text ?? "");
  else if (frame.delta?.type === "input_json_delta") last.json = (last.json ?? "") + (frame.delta.partial_json ?? "");
}
