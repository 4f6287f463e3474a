import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServerSpec, ServerTool } from "@claw/kernel";
import { atomicWrite, fieldsOf, jsonFrom, listOf, stringOf } from "@claw/kernel/kit";
import { toolsOf } from "./server-tools.ts";

const version = 1;
const mostBytes = 16 * 1024 * 1024;

/** The tools of servers as they were last seen, in the cache folder: the next start offers the same ones without waiting for anybody. */
export class ToolMemory {
  readonly #folder: string;
  readonly #written = new Map<string, string>();

  constructor(cache: string) {
    this.#folder = join(cache, "mcp");
  }

  /** What is remembered of exactly this server; undefined when nothing is. It is read as strictly as what the server itself says. */
  async recall(server: ServerSpec): Promise<readonly ServerTool[] | undefined> {
    const text = await readFile(this.#path(server), "utf8").catch(() => "");
    const remembered = text.length > mostBytes ? {} : fieldsOf(jsonFrom(text));
    if (remembered["version"] !== version) return undefined;
    return toolsOf(
      listOf(remembered["tools"]).map((tool) => ({ ...fieldsOf(tool), inputSchema: fieldsOf(tool)["input"], name: stringOf(fieldsOf(tool)["name"]) })),
    ).tools;
  }

  async keep(server: ServerSpec, tools: readonly ServerTool[]): Promise<void> {
    const path = this.#path(server);
    const text = JSON.stringify({ version, tools });
    if (this.#written.get(path) === text) return;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await atomicWrite(path, text, { mode: 0o600 });
    this.#written.set(path, text);
  }

  /** Named by a digest of all that is said of the server: another program, address or variable is another server. */
  #path(server: ServerSpec): string {
    return join(this.#folder, `${createHash("sha256").update(JSON.stringify(server)).digest("hex").slice(0, 32)}.json`);
  }
}
