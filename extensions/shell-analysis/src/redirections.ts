import type { ShellPlace, ShellSpan } from "@claw/kernel";
import type { Redirect } from "unbash";
import { shown } from "./arguments.ts";
import { type Field, pathsOf } from "./field.ts";
import { contact, type Findings, isNowhere, raise, write } from "./findings.ts";
import { hostAt } from "./hosts.ts";
import type { Folder } from "./paths.ts";

function streamHost(path: string): string {
  const [, host = "", port = ""] = /^\/dev\/(?:tcp|udp)\/([^/]+)\/(\d+)$/.exec(path) ?? [];
  return hostAt(host, port);
}

/** Judges a redirection to or from a file or another descriptor. Whether a rule may cover the command all the same comes back. */
export function judgeRedirect(
  { operator, descriptor }: Redirect,
  fields: readonly Field[] | undefined,
  span: ShellSpan,
  { folders, place, findings }: { readonly folders: readonly Folder[]; readonly place: ShellPlace; readonly findings: Findings },
): boolean {
  const [target] = fields ?? [];
  if (descriptor?.type === "FileDescriptorVariable") raise(findings, "unknown", "a redirection sets a variable", span);
  if (target === undefined || fields?.length !== 1 || target.count === "any" || target.pattern !== undefined) {
    raise(findings, "unknown", "which file is redirected to or from is known only once it runs", span);
    return false;
  }
  const { value } = target;
  const isInput = operator === "<" || operator === "<&";
  if ((operator === ">&" || operator === "<&") && value !== undefined && /^\d{0,3}-?$/.test(value) && value !== "")
    return descriptor?.type !== "FileDescriptorVariable" && !isInput;
  if (
    value !== undefined
      ? /^\/dev\/(?:tcp|udp)\//.test(value)
      : target.rest === "anything" && (target.start === "" || "/dev/tcp/".startsWith(target.start) || /^\/dev\/(?:tcp|udp)\//.test(target.start))
  ) {
    if (value === undefined) raise(findings, "unknown", `which file ${shown(target.text)} is, or which host, is known only once it runs`, target);
    else contact(findings, streamHost(value), target, "a redirection");
  }
  if (isNowhere(value)) return true;
  if (operator === "<" || operator === "<&" || operator === "<>") findings.reads.push(...pathsOf(target, folders));
  if (operator !== "<" && operator !== "<&") for (const path of pathsOf(target, folders)) write(findings, path, place, "a redirection");
  return false;
}
