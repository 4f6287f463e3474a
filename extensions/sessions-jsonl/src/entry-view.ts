import type { ContentBlock, LogEntry, ViewNode } from "@claw/kernel";
import { denialReason } from "@claw/kernel/kit";

const longestResult = 2000;

/** An entry as a person reads it. What is only for the fold (allowed judgements, ends of turns) is nothing. */
export function nodesOf(entry: LogEntry): readonly ViewNode[] {
  switch (entry.type) {
    case "session": {
      const { id, cwd, parent, at } = entry;
      return [info(`${id} · ${at} · ${cwd}${parent === undefined ? "" : ` · fork of ${parent.session} at ${parent.seq}`}`)];
    }
    case "prompt":
      return [{ type: "markdown", text: `**> ${plain(entry.content)}**` }];
    case "reply":
      return entry.content.flatMap(blockNodes);
    case "judged":
      return entry.verdict === "allow" ? [] : [{ type: "status", level: "warning", text: `${entry.tool} was denied: ${denialReason(entry)}` }];
    case "tool-result": {
      const text = plain(entry.content);
      const node: ViewNode = {
        type: "code",
        text: text.length > longestResult ? `${text.slice(0, longestResult)}\n… ${text.length - longestResult} more characters` : text,
      };
      return entry.outcome === "ok" ? [node] : [{ type: "status", level: "warning", text: `${entry.tool}: ${entry.outcome}` }, node];
    }
    case "note":
      return [{ type: "markdown", text: `*${entry.author}:* ${entry.text}` }];
    case "compacted":
      return [info(`compacted: ${entry.tokensBefore} tokens became ${entry.tokensAfter}`), { type: "markdown", text: entry.summary }];
    case "changed":
      return [info(`${entry.key} was set by ${entry.author}${typeof entry.value === "string" && entry.value.length < 100 ? `: ${entry.value}` : ""}`)];
    case "fault":
      return [{ type: "status", level: "error", text: `${entry.extension}: ${entry.message} (${entry.code})` }];
    case "turn-end":
      return entry.reason === "done"
        ? []
        : [{ type: "status", level: "warning", text: `the turn ended: ${[entry.reason, entry.limit ?? entry.message].filter(Boolean).join(", ")}` }];
    default:
      entry satisfies never;
      // A log of a newer claw may hold more.
      return [];
  }
}

const info = (text: string): ViewNode => ({ type: "status", level: "info", text });

function blockNodes(block: ContentBlock): readonly ViewNode[] {
  if (block.type === "text") return [{ type: "markdown", text: block.text }];
  if (block.type === "tool-call") return [{ type: "code", text: `${block.name} ${block.malformed ?? JSON.stringify(block.input)}` }];
  return [];
}

const plain = (content: readonly ContentBlock[]): string =>
  content.map((block) => (block.type === "text" ? block.text : block.type === "image" || block.type === "document" ? `[${block.type}]` : "")).join("\n");
