import { ClawError } from "@claw/kernel";
import { open } from "node:fs/promises";

/** Far more than any collection of keys. */
const maxBytes = 1024 * 1024;

/**
 * The secrets of a credentials file, or none when there is no file. It is read each time, so that a key added later counts. No
 * message and no cause carries anything of the content.
 */
export async function readCredentials(path: string): Promise<ReadonlyMap<string, string>> {
  const text = await readPrivate(path);
  return text === undefined ? new Map() : parseCredentials(text, path);
}

/** One JSON object whose values are strings. */
export function parseCredentials(text: string, path: string): ReadonlyMap<string, string> {
  const value = parsed(text.replace(/^\uFEFF/, ""), path);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(path, "is no JSON object");
  return new Map(
    Object.entries(value).map(([name, secret]) => {
      if (typeof secret !== "string") throw invalid(path, `has a value that is no string for ${JSON.stringify(name)}`);
      return [name, secret.trim()];
    }),
  );
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The engine's message quotes the text around the mistake, which is most likely a key: only the place is taken from it.
    const position = /at position (\d+)/.exec(String(error))?.[1];
    throw invalid(path, "is no valid JSON", position === undefined ? undefined : text.slice(0, Number(position)).split("\n").length);
  }
}

async function readPrivate(path: string): Promise<string | undefined> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw invalid(path, `cannot be read (${error.code})`);
  });
  if (file === undefined) return undefined;
  try {
    const about = await file.stat();
    if (!about.isFile()) throw invalid(path, "is no regular file");
    // Windows keeps no such bits.
    if (process.platform !== "win32" && (about.mode & 0o077) !== 0) throw invalid(path, "can be read by others than you", undefined, `chmod 600 ${path}`);
    if (about.size > maxBytes) throw invalid(path, `has more than ${maxBytes} bytes`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

function invalid(file: string, what: string, line?: number, fix = `correct ${file}: one JSON object, names to strings`): ClawError<"SETTINGS_INVALID"> {
  const message = `${file} ${what}${line === undefined ? "" : ` (line ${line})`}`;
  return new ClawError("SETTINGS_INVALID", message, { problems: [{ file, message, ...(line === undefined ? {} : { line }) }] }, { fix });
}
