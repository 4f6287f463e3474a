import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServerTool } from "@claw/kernel";
import { atomicWrite, fieldsOf, jsonFrom, stringOf } from "@claw/kernel/kit";
import type { ServerEntry } from "./server-entries.ts";

const version = 1;
const mostBytes = 1024 * 1024;

/** `elsewhere`: the server is another program, or at another address. `changed`: it says something else of the tool. */
export type Acceptance = "unseen" | "same" | "changed" | "elsewhere";

interface Accepted {
  /** The server's entry as it was written. */
  readonly written: string;
  /** By tool: what was said of it. */
  readonly tools: ReadonlyMap<string, string>;
}

/**
 * What servers were, and said of their tools, when those were last allowed to run: digests in the state folder, a file for each server's name.
 * A server that was harmless then can say something else of the same tool later; whatever it says anew is asked about again.
 */
export class AcceptedTools {
  readonly #folder: string;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(state: string) {
    this.#folder = join(state, "mcp");
  }

  async of({ spec: { name }, written }: ServerEntry, tool: ServerTool): Promise<Acceptance> {
    const accepted = await this.#read(name);
    if (accepted === undefined) return "unseen";
    if (accepted.written !== written) return "elsewhere";
    const before = accepted.tools.get(tool.name);
    if (before === undefined) return "unseen";
    return before === saidOf(tool) ? "same" : "changed";
  }

  /** Rejects if it cannot be written: then it is asked about again. */
  accept(entry: ServerEntry, tools: readonly ServerTool[]): Promise<void> {
    const write = this.#writing.then(() => this.#add(entry, tools));
    this.#writing = write.catch(() => undefined);
    return write;
  }

  async #add({ spec: { name: server }, written }: ServerEntry, added: readonly ServerTool[]): Promise<void> {
    const before = await this.#read(server);
    const known = before?.tools ?? new Map<string, string>();
    if (before?.written === written && added.every((tool) => known.get(tool.name) === saidOf(tool))) return;
    const tools = new Map([...known, ...added.map((tool) => [tool.name, saidOf(tool)] as const)]);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await atomicWrite(this.#path(server), `${JSON.stringify({ version, server, written, tools: Object.fromEntries(tools) }, undefined, 2)}\n`, { mode: 0o600 });
  }

  /** Undefined where there is no file. One that cannot be read or understood is of no server there is. */
  async #read(server: string): Promise<Accepted | undefined> {
    const text = await readFile(this.#path(server), "utf8").catch((error: unknown) => (isAbsent(error) ? undefined : ""));
    if (text === undefined) return undefined;
    const read = text.length > mostBytes ? {} : fieldsOf(jsonFrom(text));
    if (read["version"] !== version) return { written: "", tools: new Map() };
    return { written: stringOf(read["written"]), tools: new Map(Object.entries(fieldsOf(read["tools"])).map(([name, said]) => [name, stringOf(said)])) };
  }

  #path(server: string): string {
    return join(this.#folder, `${digestOf(server).slice(0, 32)}.json`);
  }
}

/** All that a model and a person are told of a tool. */
const saidOf = ({ description, input }: ServerTool): string => digestOf(JSON.stringify([description, input]));

export const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

const isAbsent = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";
