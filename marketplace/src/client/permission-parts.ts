import { canonicalJson } from "@claw/kernel/host";
import { argumentsInside, filesInside, originInside } from "./pattern-inside.ts";

/** A program that may be run. Without `args` nothing is said of its arguments, so they may be any. */
export interface ProgramPart {
  readonly cmd: string;
  readonly args?: readonly string[];
}

/** One thing that is asked for. `unknown` is what the grammar does not have: JSON of one key. */
export type PermissionPart =
  | { readonly kind: "net" | "env" | "secrets" | "tools" | "ui" | "fs.read" | "fs.write" | "conversation" | "unknown"; readonly value: string }
  | { readonly kind: "exec"; readonly value: ProgramPart }
  | { readonly kind: "netPrivate" | "netInsecure" | "models" | "prompt" | "native" };

type Reader = (value: unknown) => readonly PermissionPart[] | undefined;

const isText = (value: unknown): value is string => typeof value === "string";
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

const texts =
  (kind: "net" | "env" | "secrets" | "tools" | "fs.read" | "fs.write"): Reader =>
  (value) =>
    isTexts(value) ? value.map((text) => ({ kind, value: text })) : undefined;

const flag =
  (kind: "netPrivate" | "netInsecure" | "models" | "prompt" | "native"): Reader =>
  (value) =>
    typeof value === "boolean" ? (value ? [{ kind }] : []) : undefined;

const isProgram = (value: unknown): value is ProgramPart =>
  isRecord(value) &&
  Object.keys(value).every((key) => key === "cmd" || key === "args") &&
  isText(value["cmd"]) &&
  (value["args"] === undefined || isTexts(value["args"]));

/** From nothing to everything. */
const conversation: readonly string[] = ["none", "metadata", "read", "write"];

const readers: Readonly<Record<string, Reader>> = {
  net: texts("net"),
  env: texts("env"),
  secrets: texts("secrets"),
  tools: texts("tools"),
  netPrivate: flag("netPrivate"),
  netInsecure: flag("netInsecure"),
  models: flag("models"),
  prompt: flag("prompt"),
  native: flag("native"),
  fs: (value) =>
    isRecord(value)
      ? Object.entries(value).flatMap(([way, globs]) => {
          const parts = way === "read" ? texts("fs.read")(globs) : way === "write" ? texts("fs.write")(globs) : undefined;
          return parts ?? [unknownPart("fs", { [way]: globs })];
        })
      : undefined,
  exec: (value) =>
    Array.isArray(value) ? value.map((program) => (isProgram(program) ? { kind: "exec", value: program } : unknownPart("exec", [program]))) : undefined,
  ui: (value) =>
    isTexts(value) ? value.map((text) => (["notify", "ask"].includes(text) ? { kind: "ui", value: text } : unknownPart("ui", [text]))) : undefined,
  conversation: (value) => (isText(value) && conversation.includes(value) ? (value === "none" ? [] : [{ kind: "conversation", value }]) : undefined),
};

const unknownPart = (key: string, value: unknown): PermissionPart => ({ kind: "unknown", value: canonicalJson({ [key]: value }) });

/** Everything a manifest asks for, one by one. Nothing is left out: what cannot be read is a part too. */
export const partsOf = (permissions: Readonly<Record<string, unknown>>): readonly PermissionPart[] =>
  Object.entries(permissions).flatMap(([key, value]) => (Object.hasOwn(readers, key) ? readers[key]?.(value) : undefined) ?? [unknownPart(key, value)]);

/** Whether all that a part allows is proved to be allowed by another. */
export function isInside(now: PermissionPart, old: PermissionPart): boolean {
  if (now.kind === "exec") return old.kind === "exec" && programInside(now.value, old.value);
  if (!("value" in now)) return now.kind === old.kind;
  if (now.kind !== old.kind || !("value" in old) || !isText(old.value)) return false;
  switch (now.kind) {
    case "net":
      return originInside(now.value, old.value);
    case "fs.read":
    case "fs.write":
      return filesInside(now.value, old.value);
    case "conversation":
      return conversation.indexOf(now.value) <= conversation.indexOf(old.value);
    case "env":
    case "secrets":
    case "tools":
    case "ui":
    case "unknown":
      return now.value === old.value;
    default:
      return now satisfies never;
  }
}

function programInside(now: ProgramPart, old: ProgramPart): boolean {
  if (old.cmd !== "*" && old.cmd !== now.cmd) return false;
  const all = old.args?.length === 1 && old.args[0] === "**";
  if (now.args === undefined || old.args === undefined) return all || now.args === old.args;
  return argumentsInside(now.args, old.args);
}
