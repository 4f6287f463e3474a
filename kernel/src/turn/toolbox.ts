import { isAbsolute, join, resolve } from "node:path";
import type { ToolSpec } from "../contracts/model.ts";
import type { CallBlock } from "../contracts/message.ts";
import type { Effect, Tool, ToolCallView } from "../contracts/tool.ts";
import { nearest } from "../extension/config.ts";
import type { Session } from "../session.ts";
import type { About, SlotRegistry } from "../registry/slot.ts";
import { inputProblems } from "./input-problems.ts";
import { pathsOf } from "./input-paths.ts";

/** A JSON Schema, as a manifest has it. */
export type Schema = Readonly<Record<string, unknown>>;

/** A tool found by the name a model used. */
export interface FoundTool {
  readonly name: string;
  readonly owner: string;
  readonly effect: Effect;
  readonly schema: Schema;
  readonly timeoutMs: number;
  /** Its description, where that is known only at run time: no manifest that somebody signed and read has it. */
  readonly unsignedDescription?: string;
}

/** A tool without a deadline of its own is stopped after this long: the longest command a shell tool takes, and a little. */
const defaultTimeoutMs = 11 * 60_000;

export interface ToolboxOptions {
  readonly slots: SlotRegistry;
  /** The names or aliases offered to the model; all when absent. */
  readonly offered?: readonly string[];
  /** What `~` means. */
  readonly home?: string;
  /** Wakes the owners of tools whose names are known only at run time. */
  readonly wakeDynamic: () => Promise<void>;
}

/** The tools of a kernel: what a model is told of them, found by name or alias, their inputs checked. */
export class Toolbox {
  readonly #options: ToolboxOptions;
  /** By schema: a tool known only at run time may be given anew with another. */
  readonly #checks = new WeakMap<Schema, Promise<(input: unknown) => readonly string[]>>();

  constructor(options: ToolboxOptions) {
    this.#options = options;
  }

  /** In the order of their names: a request's prefix does not depend on who loaded first. */
  async specs(): Promise<readonly ToolSpec[]> {
    const { slots } = this.#options;
    await this.#options.wakeDynamic();
    return this.#offered()
      .sort()
      .map((name) => {
        const about = slots.about("tool", name) ?? {};
        const owner = slots.owner("tool", name);
        const aliases = aliasesOf(about);
        return {
          name,
          description: textOf(about["description"]),
          input: schemaOf(about),
          ...(owner === undefined ? {} : { owner }),
          ...(aliases.length === 0 ? {} : { aliases }),
        };
      });
  }

  /** By its name, or by an alias in any case. What is not offered to the model is not there. */
  find(name: string): FoundTool | undefined {
    const { slots } = this.#options;
    const own = this.#nameOf(name);
    const about = own === undefined ? undefined : slots.about("tool", own);
    const owner = own === undefined ? undefined : slots.owner("tool", own);
    if (own === undefined || about === undefined || owner === undefined || !this.#offered().includes(own)) return undefined;
    return {
      name: own,
      owner,
      effect: (about["effect"] ?? "execute") as Effect,
      schema: schemaOf(about),
      timeoutMs: (about["timeoutMs"] as number | undefined) ?? defaultTimeoutMs,
      ...(about["dynamic"] === true ? { unsignedDescription: textOf(about["description"]) } : {}),
    };
  }

  near(name: string): readonly string[] {
    return nearest(name, this.#offered());
  }

  #nameOf(name: string): string | undefined {
    const names = this.#known();
    const wanted = name.toLowerCase();
    return (
      names.find((one) => one === name) ??
      names.find((one) => {
        const aliases = aliasesOf(this.#options.slots.about("tool", one));
        return one.toLowerCase() === wanted || aliases.some((alias) => alias.toLowerCase() === wanted);
      })
    );
  }

  #known(): readonly string[] {
    return this.#options.slots.names("tool").filter((name) => !name.endsWith("*"));
  }

  #offered(): string[] {
    const { offered } = this.#options;
    return offered === undefined ? [...this.#known()] : [...new Set(offered.flatMap((name) => this.#nameOf(name) ?? []))];
  }

  async get(name: string): Promise<Tool<Readonly<Record<string, unknown>>>> {
    return (await this.#options.slots.get("tool", name)) as Tool<Readonly<Record<string, unknown>>>;
  }

  /** What is wrong with an input, one line each; nothing if it fits. */
  async problems(tool: FoundTool, input: unknown): Promise<readonly string[]> {
    const known = this.#checks.get(tool.schema) ?? inputProblems(tool.schema);
    this.#checks.set(tool.schema, known);
    return (await known)(input);
  }

  view(call: CallBlock, tool: FoundTool, input: Readonly<Record<string, unknown>>, session: Session, scratch: string): ToolCallView {
    const paths = pathsOf(tool.schema, input).map((path) => this.#absolute(path, session.cwd));
    return { id: call.id, session: session.id, cwd: session.cwd, roots: session.roots, scratch, tool: tool.name, effect: tool.effect, input, paths };
  }

  #absolute(path: string, cwd: string): string {
    const { home } = this.#options;
    if (home !== undefined && (path === "~" || path.startsWith("~/"))) return join(home, path.slice(1));
    return isAbsolute(path) ? resolve(path) : resolve(cwd, path);
  }
}

const aliasesOf = (about: About | undefined): readonly string[] => (about?.["aliases"] ?? []) as readonly string[];
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const anything: Schema = Object.freeze({ type: "object" });
const schemaOf = (about: About): Schema => (about["input"] ?? anything) as Schema;
