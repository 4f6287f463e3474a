import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Person {
  readonly uid: number;
  readonly gid: number;
}

/** Folders of somebody's: a home, and one that nothing hides. */
export interface World extends Disposable {
  readonly home: string;
  readonly outside: string;
  make(path: string, text?: string): string;
}

export function openWorld(person: Person): World {
  const isRoot = process.getuid?.() === 0;
  // What is below /tmp is hidden; root has folders that are not.
  const inTmp = mkdtempSync("/tmp/claw-sandbox-");
  const elsewhere = mkdtempSync(isRoot ? "/var/lib/claw-sandbox-" : join(process.cwd(), "node_modules/.claw-sandbox-"));
  const give = (path: string): void => {
    if (isRoot) chownSync(path, person.uid, person.gid);
  };
  const folder = (path: string): void => {
    if (path === inTmp || path === elsewhere || path === "/") return;
    try {
      mkdirSync(path);
      give(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
      folder(dirname(path));
      mkdirSync(path);
      give(path);
    }
  };
  for (const path of [inTmp, elsewhere]) chmodSync(path, 0o755);
  const [home, outside] = [join(inTmp, "home"), join(elsewhere, "outside")];
  for (const path of [home, outside]) folder(path);
  return {
    home,
    outside,
    make(path, text) {
      if (text === undefined) folder(path.replace(/\/$/, ""));
      else {
        folder(dirname(path));
        writeFileSync(path, text);
        give(path);
      }
      return path.replace(/\/$/, "");
    },
    [Symbol.dispose]() {
      for (const path of [inTmp, elsewhere]) rmSync(path, { recursive: true, force: true });
    },
  };
}
