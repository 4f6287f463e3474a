import { ClawError } from "../errors.ts";

/** What the values of the known slots and services must have: methods, or none where the value is itself a function. */
const slots: Readonly<Record<string, readonly string[]>> = {
  tool: [],
  classifier: [],
  view: [],
  provider: ["models", "stream"],
  command: ["run"],
  frontend: ["run"],
  transport: ["connect"],
  exporter: ["export"],
};
const services: Readonly<Record<string, readonly string[]>> = {
  models: ["resolve", "stream", "list"],
  workspace: ["locate", "read", "readText", "write", "list"],
  processes: ["start"],
  http: ["fetch"],
  secrets: ["get"],
  "session-store": ["create", "open", "append", "read", "list", "find", "scratch", "spill", "close"],
  compactor: ["due", "compact"],
  "system-prompt": ["assemble"],
  permissions: ["mode", "setMode", "rules"],
  cassette: ["model", "stream"],
  mcp: ["list", "add", "remove", "connect", "disconnect", "tools", "call", "resources", "read", "changes"],
  "mcp-authorization": ["headers", "challenged", "logIn", "logOut"],
};

/** Refuses a value that cannot be what its slot or service is for, so that its owner is named and not whoever uses it. */
export function requireShape(extension: string, kind: string, name: string, value: unknown): void {
  const methods = kind === "service" ? services[name] : slots[kind];
  const wanted = methods === undefined ? "a value" : methods.length === 0 ? "a function" : `an object with ${methods.join(", ")}`;
  const fits =
    methods === undefined ? value !== undefined : methods.length === 0 ? typeof value === "function" : methods.every((method) => isMethod(value, method));
  if (!fits) throw new ClawError("EXTENSION_FAILED", `${extension}: ${kind} "${name}" must be ${wanted}`, { extension, at: `${kind} ${name}` });
}

const isMethod = (value: unknown, method: string): boolean =>
  typeof value === "object" && value !== null && typeof (value as Readonly<Record<string, unknown>>)[method] === "function";
