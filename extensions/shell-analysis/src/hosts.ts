import type { Field } from "./field.ts";

const name = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

/** The hosts that a word names: of a URL, of `user@host:path`, or itself; with the port where it is not 443 or 80, and `*` where that is open. */
export function hostsIn({ value }: Field): readonly string[] {
  if (value === undefined) return ["*"];
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) {
    const url = URL.parse(value);
    return [hostAt(url?.hostname ?? "", url?.port ?? "")];
  }
  const [, user, host = "", port = ""] = /^([^@/]*@)?(\[[^\]]*\]|[^:/?#]+)(?::(\d+)(?![^/?#]))?/.exec(value) ?? [];
  // Behind a user a path follows.
  return [hostAt(host, user === undefined ? port : "")];
}

/** As the sandbox's list of hosts is written. */
export function hostAt(text: string, port: string): string {
  const host = text.replace(/\.$/, "").toLowerCase();
  const number = Number(port);
  if (!(name.test(host) || /^\[[0-9a-f:.]+\]$/.test(host)) || number > 65_535) return "*";
  return port === "" || number === 443 || number === 80 ? host : `${host}:${number}`;
}
