import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, copyFileSync, cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, networkInterfaces } from "node:os";
import { dirname, join } from "node:path";
import { type Listeners, openListeners } from "./listeners.ts";
import { writeTemplate } from "./workspace-template.ts";
import { type SharedThings, shareThings } from "./shared-things.ts";
import { type Bystanders, startBystanders } from "./bystanders.ts";

/** Who runs the attempts. */
export interface Person {
  readonly uid: number;
  readonly gid: number;
}

const kinds = [
  "key",
  "cloud",
  "claw",
  "session",
  "other",
  "temporary",
  "sharedFile",
  "environment",
  "parent",
  "argument",
  "descriptor",
  "memory",
  "handled",
  "rootOnly",
  "sharedMemory",
  "queue",
  "keyring",
  "mail",
] as const;

export type Secrets = Readonly<Record<(typeof kinds)[number], string>>;

/** A machine's worth of things to steal, break and talk to. Everything in it is a marker, and goes with it. */
export interface EscapeWorld extends Disposable {
  readonly mark: string;
  readonly person: Person;
  readonly home: string;
  /** A workspace in a folder that no sandbox hides. */
  readonly elsewhere: string;
  /** A folder in the host's /tmp. */
  readonly temporary: string;
  readonly address: string;
  readonly secrets: Secrets;
  readonly sockets: Listeners["sockets"];
  readonly ports: Listeners["ports"];
  readonly heard: ReadonlySet<string>;
  readonly shared: SharedThings["names"];
  readonly bystander: number;
  readonly victim: number;
  victimEnded(): boolean;
  /** A program with the set-user bit, and a file that root alone reads. */
  readonly setuser: string;
  readonly rootOnly: string;
  readonly handled: string;
  /** A file with a secret, for the descriptors that are left open. */
  readonly leftOpen: string;
  /** A folder to work in, with a repository and settings in it unless it is to be bare. */
  openWorkspace(name: string, bare: boolean): string;
}

export async function openWorld(person: Person): Promise<EscapeWorld> {
  const mark = `claw-escape-${randomBytes(4).toString("hex")}`;
  const isRoot = process.getuid?.() === 0;
  const base = mkdtempSync(join(isRoot ? "/var/lib" : homedir(), `${mark}-`));
  const temporary = mkdtempSync(`/tmp/${mark}-`);
  const secrets = Object.fromEntries(kinds.map((kind) => [kind, `${kind.toLowerCase()}-${randomBytes(8).toString("hex")}`])) as unknown as Secrets;
  const home = join(base, "home");
  const elsewhere = join(base, "elsewhere");
  const runFolder = isRoot ? mkdtempSync(`/run/${mark}-`) : temporary;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${text}\n`);
  };
  write(join(home, ".bashrc"), "# the person's");
  write(join(home, ".ssh/id_ed25519"), secrets.key);
  write(join(home, ".ssh/id_linked"), "a key");
  write(join(home, ".ssh/authorized_keys"), "");
  write(join(home, ".aws/credentials"), secrets.cloud);
  write(join(home, ".config/claw/credentials.json"), secrets.claw);
  write(join(home, ".config/claw/settings.json"), "{}");
  write(join(home, ".local/state/claw/sessions/one.jsonl"), secrets.session);
  write(join(home, "other/.env"), secrets.other);
  write(join(home, "other/package.json"), "{}");
  write(join(home, "to-delete/file"), "");
  mkdirSync(join(home, "work"));
  write(join(elsewhere, "package.json"), "{}");
  write(join(elsewhere, "linked"), "");
  write(join(elsewhere, "to-delete/file"), "");
  write(join(temporary, "secret"), secrets.temporary);
  write(`/dev/shm/${mark}-secret`, secrets.sharedFile);
  const leftOpen = join(base, "left-open");
  write(leftOpen, secrets.descriptor);
  const handled = join(base, "handled");
  write(handled, secrets.handled);
  writeTemplate(join(base, "template"));
  giveTo([base, temporary, runFolder, `/dev/shm/${mark}-secret`], person);
  chmodSync(base, 0o755);
  const setuser = join(base, "read-as-owner");
  copyFileSync("/usr/bin/cat", setuser);
  chmodSync(setuser, 0o4755);
  const rootOnly = join(base, "root-only");
  writeFileSync(rootOnly, secrets.rootOnly, { mode: 0o600 });

  if (isRoot) write(`/var/mail/${mark}`, secrets.mail);

  const listeners = await openListeners({
    run: join(runFolder, "service.sock"),
    temporary: join(temporary, "service.sock"),
    home: join(home, "service.sock"),
    visible: join(base, "service.sock"),
    abstract: mark,
  });
  const shared = shareThings(mark, secrets, person);
  const bystanders: Bystanders = await startBystanders(secrets, leftOpen, person);
  return {
    mark,
    person,
    home,
    elsewhere,
    temporary,
    address: ownAddress(),
    secrets,
    sockets: listeners.sockets,
    ports: listeners.ports,
    heard: listeners.heard,
    shared: shared.names,
    bystander: bystanders.bystander,
    victim: bystanders.victim,
    victimEnded: () => bystanders.victimEnded(),
    setuser,
    rootOnly,
    handled,
    leftOpen,
    openWorkspace(name, bare) {
      const workspace = join(home, "work", name);
      if (bare) mkdirSync(workspace);
      else cpSync(join(base, "template"), workspace, { recursive: true });
      giveTo([workspace], person);
      return workspace;
    },
    [Symbol.dispose]() {
      listeners[Symbol.dispose]();
      shared[Symbol.dispose]();
      bystanders[Symbol.dispose]();
      const left = ["/etc", "/etc/cron.d", "/usr/local/bin", "/var/tmp", "/dev/shm", "/var/mail"].flatMap((folder) =>
        namesIn(folder)
          .filter((name) => name.startsWith(mark))
          .map((name) => join(folder, name)),
      );
      for (const path of [base, temporary, runFolder, ...left]) rmSync(path, { recursive: true, force: true });
    },
  };
}

export function giveTo(paths: readonly string[], { uid, gid }: Person): void {
  if (process.getuid?.() !== 0) return;
  for (const path of paths) {
    chownSync(path, uid, gid);
    if (lstatSync(path).isDirectory())
      giveTo(
        readdirSync(path)
          .map((name) => join(path, name))
          .filter((below) => !lstatSync(below).isSymbolicLink()),
        { uid, gid },
      );
  }
}

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const ownAddress = (): string =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
