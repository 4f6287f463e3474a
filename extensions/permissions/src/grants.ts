import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ClawError } from "@claw/kernel";
import { atomicWrite } from "@claw/kernel/kit";
import { from, rulesOf, type Rule } from "./rules.ts";
import type { ToolNames } from "./tool-names.ts";

/** What the person allowed for good in one workspace: allow rules, in a file that can be read and edited. */
export interface Grants {
  /** The rules in force. They are read once: a change of the file by somebody else counts from the next start. */
  rules(workspace: string): Promise<readonly Rule[]>;
  /** The rules known so far, without reading anything. */
  known(workspace: string): readonly Rule[];
  remember(workspace: string, rule: string): Promise<void>;
}

export interface GrantsOptions {
  /** The folder of the files. */
  readonly folder: string;
  readonly names: ToolNames;
  warn(message: string): void;
}

const maxBytes = 1_000_000;

/** The file of one workspace's rules. */
export const grantsFile = (folder: string, workspace: string): string =>
  join(folder, `${createHash("sha256").update(workspace).digest("hex").slice(0, 16)}.json`);

interface Held {
  readonly rules: readonly Rule[];
  /** False if the file was refused: it is the person's to mend, and not written over. */
  readonly writable: boolean;
}

export function grantsIn({ folder, names, warn }: GrantsOptions): Grants {
  const held = new Map<string, Held>();
  let writing: Promise<void> = Promise.resolve();

  const load = async (workspace: string): Promise<Held> => {
    const known = held.get(workspace);
    if (known !== undefined) return known;
    const file = grantsFile(folder, workspace);
    const loaded = await readGrants(file, workspace).then(
      (texts) => accepted(texts, file),
      (error: unknown) => refused(error),
    );
    // Two calls may have read at once; the first one's answer may hold a rule remembered since.
    const first = held.get(workspace);
    if (first === undefined) held.set(workspace, loaded);
    return first ?? loaded;
  };
  const accepted = (texts: readonly string[], file: string): Held => {
    try {
      return { rules: rulesOf({ allow: from(file, texts), ask: [], deny: [] }, names).allow, writable: true };
    } catch (error) {
      return refused(error);
    }
  };
  const refused = (error: unknown): Held => {
    warn(`${error instanceof Error ? error.message : String(error)}; what it allows is asked about again`);
    return { rules: [], writable: false };
  };
  const add = async (workspace: string, rule: string): Promise<void> => {
    const file = grantsFile(folder, workspace);
    const before = await load(workspace);
    const [added] = rulesOf({ allow: from(file, [rule]), ask: [], deny: [] }, names).allow;
    if (added === undefined || before.rules.some(({ text }) => text === added.text)) return;
    held.set(workspace, { ...before, rules: [...before.rules, added] });
    if (!before.writable) return warn(`${file} is not as claw writes it, so ${rule} holds until claw ends`);
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      // Another claw may have added to it since.
      const texts = await readGrants(file, workspace);
      const allow = [...new Set([...texts, added.text])];
      await atomicWrite(file, `${JSON.stringify({ version: 1, workspace, allow }, undefined, 2)}\n`, { mode: 0o600 });
    } catch (error) {
      warn(`${file} cannot be written, so ${rule} holds until claw ends: ${error instanceof Error ? error.message : String(error)}`);
    }
    return undefined;
  };
  return {
    rules: async (workspace) => (await load(workspace)).rules,
    known: (workspace) => held.get(workspace)?.rules ?? [],
    remember: async (workspace, rule) => {
      writing = writing.then(() => add(workspace, rule));
      await writing;
    },
  };
}

/** The rules of a file as text; none if there is no file. Throws SETTINGS_INVALID naming the file. */
async function readGrants(file: string, workspace: string): Promise<readonly string[]> {
  const problem = (message: string): ClawError =>
    new ClawError("SETTINGS_INVALID", `${file}: ${message}`, { problems: [{ file, message }] }, { fix: `mend or delete ${file}` });
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw problem(`it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (text.length > maxBytes) throw problem(`it is longer than ${maxBytes} bytes`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw problem(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { version, workspace: of, allow } = (typeof document === "object" && document !== null ? document : {}) as Readonly<Record<string, unknown>>;
  if (version !== 1 || of !== workspace || !Array.isArray(allow) || !allow.every((rule) => typeof rule === "string")) {
    throw problem(`it must hold "version": 1, "workspace": ${JSON.stringify(workspace)} and "allow", a list of rules`);
  }
  return allow;
}
