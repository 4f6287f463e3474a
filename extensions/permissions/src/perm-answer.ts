import type { ClawError, ShellClass } from "@claw/kernel";
import type { Decision } from "./decision.ts";

/** What `claw perm test` says of one call. */
export interface PermAnswer {
  readonly verdict: "allow" | "ask" | "deny";
  readonly class: ShellClass;
  /** The rule that decided; empty where none did. */
  readonly rule: string;
  readonly why: readonly string[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly hosts: readonly string[];
}

/** The answer to a line that asks nothing that can be answered: the same words, and what is wrong with it. */
export interface PermMistake extends PermAnswer {
  readonly error: { readonly code: string; readonly message: string; readonly fix?: string };
}

export const mistakeOf = ({ code, message, fix }: ClawError): PermMistake => ({
  verdict: "deny",
  class: "unknown",
  rule: "",
  why: [message],
  reads: [],
  writes: [],
  hosts: [],
  error: { code, message, ...(fix === undefined ? {} : { fix }) },
});

export function answerOf({ decision, reason, record, reading, inside }: Decision): PermAnswer {
  const { report, call } = reading;
  const rule = record.parts.find((part) => part.decision === decision)?.rule?.text ?? "";
  if (report !== undefined) {
    const why = [reason, ...report.why.map((one) => one.why)];
    return {
      verdict: decision,
      class: report.class,
      rule,
      why: unique(why),
      reads: unique(report.reads.map(({ path }) => path)),
      writes: unique(report.writes.map(({ path }) => path)),
      hosts: unique(report.hosts),
    };
  }
  const url = call.input["url"];
  const host = typeof url === "string" ? URL.parse(url)?.hostname : undefined;
  return {
    verdict: decision,
    class: classOf(call.effect, inside),
    rule,
    why: [reason],
    reads: call.effect === "read" ? readBy(call) : [],
    writes: call.effect === "write" ? call.paths : [],
    hosts: host === undefined || host === "" ? [] : [host],
  };
}

/** A search that names no folder is one of the current. */
const readBy = ({ tool, paths, cwd }: Decision["reading"]["call"]): readonly string[] =>
  paths.length === 0 && (tool === "glob" || tool === "grep") ? [cwd] : paths;

function classOf(effect: Decision["reading"]["call"]["effect"], inside: boolean): ShellClass {
  switch (effect) {
    case "none":
    case "read":
      return "read-only";
    case "write":
      return inside ? "workspace-write" : "outside-write";
    case "network":
      return "network";
    case "execute":
      return "unknown";
    default:
      return effect satisfies never;
  }
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
