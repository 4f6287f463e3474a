import type { FileVersion } from "@claw/kernel";

/** Which version of a file each session has seen last. A session resumed by another process has seen none. */
export interface ReadMemory {
  remember(session: string, path: string, version: FileVersion): void;
  recall(session: string, path: string): FileVersion | undefined;
}

/** Forgets what was remembered longest ago: then the file has to be read again, which is safe. */
export function createReadMemory(limit: number = 10_000): ReadMemory {
  const versions = new Map<string, FileVersion>();
  const keyOf = (session: string, path: string): string => `${session}\0${path}`;
  return {
    recall: (session, path) => versions.get(keyOf(session, path)),
    remember: (session, path, version) => {
      const key = keyOf(session, path);
      versions.delete(key);
      versions.set(key, version);
      const [oldest] = versions.size > limit ? versions.keys() : [];
      if (oldest !== undefined) versions.delete(oldest);
    },
  };
}
