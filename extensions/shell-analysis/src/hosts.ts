import type { Field } from "./field.ts";

const name = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

/** The hosts that a word names: of a URL, of `user@host:path`, or itself; `*` where that is open. */
export function hostsIn({ value }: Field): readonly string[] {
  if (value === undefined) return ["*"];
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(value);
  const text = isUrl ? (URL.parse(value)?.hostname ?? "") : (/^(?:[^@/]*@)?(\[[^\]]*\]|[^:/?#]+)/.exec(value)?.[1] ?? "");
  const host = text.replace(/\.$/, "").toLowerCase();
  return [name.test(host) || /^\[[0-9a-f:.]+\]$/.test(host) ? host : "*"];
}
