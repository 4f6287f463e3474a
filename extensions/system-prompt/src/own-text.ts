import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { ClawError } from "@claw/kernel";
import type { Section } from "./section.ts";
import { readTextFile } from "./text-file.ts";

export interface OwnTextConfig {
  readonly append?: string;
  readonly appendFile?: string;
  readonly replace?: string;
  readonly replaceFile?: string;
}

const MAX_BYTES = 256 * 1024;

/** What the person wants instead of claw's own words; undefined when they are content. */
export async function replacement({ replace, replaceFile }: OwnTextConfig, cwd: string): Promise<Section | undefined> {
  if (replace !== undefined && replaceFile !== undefined) {
    throw new ClawError("USAGE", "a system prompt is given both as text and as a file", {}, { fix: "give --system-prompt or --system-prompt-file, not both" });
  }
  if (replaceFile !== undefined) return { name: "replaced", source: replaceFile, text: await readWhole(replaceFile, cwd) };
  return replace === undefined ? undefined : { name: "replaced", source: "settings", text: replace };
}

/** What the person wants to add. */
export async function additions({ append, appendFile }: OwnTextConfig, cwd: string): Promise<readonly Section[]> {
  return [
    ...(append === undefined ? [] : [{ name: "appended" as const, source: "settings", text: append }]),
    ...(appendFile === undefined ? [] : [{ name: "appended" as const, source: appendFile, text: await readWhole(appendFile, cwd) }]),
  ];
}

/** A file the person named is read whole, or the run fails: half of what they wanted said is not what they wanted said. */
async function readWhole(name: string, cwd: string): Promise<string> {
  const path = resolve(cwd, name);
  const file = await readTextFile(await realpath(path).catch(() => path), MAX_BYTES);
  switch (file.kind) {
    case "missing":
      throw new ClawError("PATH_NOT_FOUND", `the system prompt file ${name} does not exist`, { path });
    case "folder":
      throw new ClawError("PATH_NOT_FILE", `the system prompt file ${name} is a folder`, { path });
    case "unreadable":
      throw new ClawError("PATH_UNREADABLE", `the system prompt file ${name} cannot be used: ${file.why}`, { path });
    case "text":
      if (file.totalBytes > MAX_BYTES)
        throw new ClawError("PATH_TOO_LARGE", `the system prompt file ${name} has ${file.totalBytes} bytes, more than ${MAX_BYTES}`, {
          path,
          bytes: file.totalBytes,
          maxBytes: MAX_BYTES,
        });
      return file.text.replace(/^\uFEFF/, "");
    default:
      return file satisfies never;
  }
}
