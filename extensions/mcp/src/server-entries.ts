import { isAbsolute, join } from "node:path";
import { ClawError, type ServerSpec } from "@claw/kernel";
import { fieldsOf, isJsonObject, isStarMatch, jsonFrom } from "@claw/kernel/kit";
import { digestOf } from "./accepted-tools.ts";
import type { Contract } from "./contract.gen.ts";
import { expanded } from "./variables.ts";

type Entry = Contract["config"]["servers"][string];

/** A server that a person configured. */
export interface ServerEntry {
  readonly spec: ServerSpec;
  /** A digest of where it is and how it is started, as it was written: a variable that holds another token makes no other server. */
  readonly written: string;
  readonly timeoutMs?: number;
  /** Whether a tool of it is offered. */
  offers(tool: string): boolean;
}

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

export interface ServerEntries {
  readonly entries: ReadonlyMap<string, ServerEntry>;
  /** What could not be used, one sentence each. */
  readonly problems: readonly string[];
}

const transports: Readonly<Record<string, string>> = { stdio: "stdio", http: "http", "streamable-http": "http", sse: "sse", ws: "ws", websocket: "ws" };

/** The servers of the configuration, or of the variable CLAUDE_MCP_SERVERS where it is set: that one replaces them, as it always has. */
export function serverEntries(servers: Readonly<Record<string, Entry>>, surroundings: Surroundings): ServerEntries {
  const variable = surroundings.environment["CLAUDE_MCP_SERVERS"];
  const problems: string[] = [];
  const entries = new Map<string, ServerEntry>();
  const named = variable === undefined || variable.trim() === "" ? Object.entries(servers) : ofVariable(variable, problems);
  for (const [name, entry] of named) {
    if (entry.enabled === false) continue;
    try {
      entries.set(name, entryOf(name, entry, surroundings));
    } catch (error) {
      if (!ClawError.is(error)) throw error;
      problems.push(error.message);
    }
  }
  return { entries, problems };
}

const textFields = ["type", "command", "cwd", "url"] as const;

/** A list of objects with a name each, or an object by name. */
function ofVariable(text: string, problems: string[]): readonly (readonly [string, Entry])[] {
  const value = jsonFrom(text);
  const named: readonly (readonly [unknown, unknown])[] = Array.isArray(value)
    ? value.map((item: unknown) => [fieldsOf(item)["name"], item] as const)
    : isJsonObject(value)
      ? Object.entries(value)
      : [];
  if (named.length === 0) problems.push("CLAUDE_MCP_SERVERS holds neither a list of servers nor an object of them");
  return named.flatMap(([name, item]) => {
    const { transport, ...fields } = fieldsOf(item);
    const entry = { ...fields, ...(transport === undefined ? {} : { type: transport }) } as Readonly<Record<string, unknown>>;
    if (typeof name === "string" && name !== "" && isEntry(entry)) return [[name, entry] as const];
    problems.push(`CLAUDE_MCP_SERVERS: ${typeof name === "string" ? `the server ${name}` : "a server without a name"} is not written as one`);
    return [];
  });
}

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === "string");
const isTextRecord = (value: unknown): boolean => isJsonObject(value) && Object.values(value).every((item) => typeof item === "string");

function isEntry(entry: Readonly<Record<string, unknown>>): entry is Entry {
  const { args, env, headers } = entry;
  return (
    textFields.every((field) => entry[field] === undefined || typeof entry[field] === "string") &&
    (args === undefined || isTexts(args)) &&
    (env === undefined || isTextRecord(env)) &&
    (headers === undefined || isTextRecord(headers))
  );
}

function entryOf(name: string, entry: Entry, { environment, home }: Surroundings): ServerEntry {
  const missing = new Set<string>();
  const fill = (text: string): string => {
    const { text: filled, missing: absent } = expanded(text, environment);
    for (const variable of absent) missing.add(variable);
    return filled;
  };
  const fillAll = (record: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, fill(value)]));
  const at = (path: string): string => (path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path);
  const { type = entry.command === undefined ? "http" : "stdio", command, args, env, cwd, url, headers, timeoutMs, allowedTools, deniedTools = [] } = entry;
  const folder = cwd === undefined ? undefined : at(fill(cwd));
  const transport = Object.hasOwn(transports, type) ? (transports[type] ?? type) : type;
  const problems = [
    ...(transport === "stdio" && command === undefined ? ["it has no command"] : []),
    ...(transport !== "stdio" && url === undefined ? ["it has no url"] : []),
    ...(folder !== undefined && !isAbsolute(folder) ? [`its cwd ${folder} is not absolute`] : []),
  ];
  const spec: ServerSpec = {
    name,
    transport,
    ...(command === undefined ? {} : { command: at(fill(command)) }),
    ...(args === undefined ? {} : { args: args.map(fill) }),
    ...(env === undefined ? {} : { env: fillAll(env) }),
    ...(folder === undefined ? {} : { cwd: folder }),
    ...(url === undefined ? {} : { url: fill(url) }),
    ...(headers === undefined ? {} : { headers: fillAll(headers) }),
  };
  if (missing.size > 0) problems.push(`${[...missing].join(", ")} ${missing.size === 1 ? "is" : "are"} not set`);
  if (problems.length > 0)
    throw new ClawError("MCP_SERVER_INVALID", `the MCP server ${name} cannot be used: ${problems.join("; ")}`, { server: name, problems });
  const isOneOf = (patterns: readonly string[], tool: string): boolean => patterns.some((pattern) => isStarMatch(pattern.split("*"), tool));
  return {
    spec,
    written: digestOf(JSON.stringify([transport, command, args, env, cwd, url, headers])),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    offers: (tool) => (allowedTools === undefined || isOneOf(allowedTools, tool)) && !isOneOf(deniedTools, tool),
  };
}
