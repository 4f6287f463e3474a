import type { ShellClass, ShellCommand, ShellDoubt, ShellPath, ShellPlace, ShellSpan } from "@claw/kernel";
import { anywhere, isInside } from "./paths.ts";

/** From the least to the most severe. */
const order: readonly ShellClass[] = ["read-only", "workspace-write", "unknown", "outside-write", "network", "destructive"];
const severity: Readonly<Record<ShellClass, number>> = Object.fromEntries(order.map((name, index) => [name, index])) as Record<ShellClass, number>;

export const worse = (one: ShellClass, other: ShellClass): ShellClass => (severity[one] < severity[other] ? other : one);

/** What is found out about one command, as it is found out. */
export interface Findings {
  class: ShellClass;
  readonly reads: ShellPath[];
  readonly writes: ShellPath[];
  readonly hosts: string[];
  readonly why: ShellDoubt[];
  destructive: boolean;
  credentials: boolean;
  filesOnly: boolean;
  obeys: ShellCommand["obeys"];
}

export const noFindings = (): Findings => ({
  class: "read-only",
  reads: [],
  writes: [],
  hosts: [],
  why: [],
  destructive: false,
  credentials: false,
  filesOnly: false,
  obeys: "nothing",
});

/** Adds what was found out about something to what it is part of. */
export function merge(into: Findings, from: Findings): void {
  into.class = worse(into.class, from.class);
  into.reads.push(...from.reads);
  into.writes.push(...from.writes);
  into.hosts.push(...from.hosts);
  into.why.push(...from.why);
  into.destructive ||= from.destructive;
  into.credentials ||= from.credentials;
  into.filesOnly ||= from.filesOnly;
  if (into.obeys !== "project" && from.obeys !== "nothing") into.obeys = from.obeys;
}

export function raise(findings: Findings, to: ShellClass, why: string, { pos, end }: ShellSpan): void {
  if (to === "read-only") return;
  findings.class = worse(findings.class, to);
  findings.destructive ||= to === "destructive";
  findings.why.push({ why, pos, end });
}

/** Takes down a write, and what it makes of the command. */
export function write(findings: Findings, path: ShellPath, place: ShellPlace, what: string): void {
  findings.writes.push(path);
  if (path.many && path.path === anywhere.path) raise(findings, "unknown", `which file ${what} writes is known only once it runs`, path);
  else if (!isInside(path.path, place)) raise(findings, "outside-write", `${what} writes ${path.path}, outside the workspace`, path);
  else raise(findings, "workspace-write", `${what} writes ${path.path}`, path);
}

export function contact(findings: Findings, host: string, span: ShellSpan, what: string): void {
  findings.hosts.push(host);
  raise(findings, "network", host === "*" ? `${what} uses the network` : `${what} asks ${host}`, span);
}

const places: ReadonlySet<string> = new Set(["/dev/null", "/dev/stdout", "/dev/stderr", "/dev/stdin", "/dev/tty"]);

/** Devices that hold nothing: reading or writing them concerns no file. */
export const isNowhere = (value: string | undefined): boolean => value !== undefined && value !== "/dev/tty" && places.has(value);
