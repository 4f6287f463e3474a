import { oneLine } from "./visible.ts";

/** The property of an input that says most about a call. */
const telling: readonly string[] = ["command", "path", "file_path", "pattern", "url", "query", "description"];

/** A call in one line: the tool's name and what it is called for. */
export function callLine(tool: string, input: Readonly<Record<string, unknown>>, columns: number): string {
  const key = telling.find((name) => typeof input[name] === "string" && input[name] !== "");
  const about = key === undefined ? briefly(input) : String(input[key]);
  const isCut = about.trim().includes("\n");
  const room = Math.max(20, columns - tool.length - 4);
  return `${oneLine(tool, 64)} ${oneLine(about, isCut ? room - 2 : room)}${isCut ? " …" : ""}`.trimEnd();
}

const briefly = (input: Readonly<Record<string, unknown>>): string => (Object.keys(input).length === 0 ? "" : JSON.stringify(input));
