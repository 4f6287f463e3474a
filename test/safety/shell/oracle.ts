/** Runs commands in a throw-away workspace inside bubblewrap, with no network but its own loopback, and says what they did. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FIXED } from "../../../extensions/processes/src/environment.ts";
import type { ShellPlace } from "../../../kernel/src/contracts/shell.ts";
import type { Effect } from "./hostile/hostile.ts";
import { plant } from "./planted.ts";
import { type Difference, isSame } from "./tree.ts";
import { World } from "./world.ts";

const bwrap = "/usr/bin/bwrap";
const home = "/home/dev";
const project = `${home}/project`;

/** Where the commands run, as the analyser is told. */
export const place: ShellPlace = { folder: project, roots: [project], home };

const environment = {
  ...FIXED,
  PATH: "/usr/local/bin:/usr/bin:/bin",
  HOME: home,
  USER: "dev",
  LOGNAME: "dev",
  LANG: "C.UTF-8",
  SHELL: "/bin/bash",
};

const shell: readonly string[] = ["bash", "--norc", "--noprofile", "-c"];

const oneByOne = `
number=0
while IFS= read -r -d '' text; do
  said=$(bash -n -c "$text" 2>&1) && [ -z "$said" ] || echo "$number" >> /run/report/refused
  timeout -k 1 "$1" bash --norc --noprofile -c "$text" < /dev/null > /dev/null 2>&1
  number=$((number + 1))
done < /run/report/texts
: > /run/report/finished`;

const patienceMs = 3000;

export interface Ran extends Difference {
  readonly timedOut: boolean;
  readonly output: string;
}

/** A folder of workspaces, all alike. Dispose of it: it takes them with it. */
export class Oracle {
  private readonly folder = mkdtempSync(join(tmpdir(), "shell-oracle-"));
  private readonly template = join(this.folder, "template");
  private readonly hosts = join(this.folder, "hosts");
  private readonly listening = [
    ["--ro-bind", process.execPath, "/run/node"],
    ["--ro-bind", join(import.meta.dirname, "listener.ts"), "/run/listener.ts"],
    ["--cap-add", "CAP_NET_BIND_SERVICE"],
  ].flat();
  private readonly free: World[] = [];
  private count = 0;

  constructor() {
    if (!existsSync(bwrap)) throw new Error(`${bwrap} is needed to see what commands do: install bubblewrap`);
    mkdirSync(join(this.template, "tmp"), { recursive: true, mode: 0o700 });
    plant(join(this.template, "home"));
    writeFileSync(this.hosts, "127.0.0.1 localhost evil.test\n");
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs one command in a workspace that nothing else happened in. What it left running, as bash leaves `2>(…)`, has `lingerSeconds` more before the sandbox ends. */
  async run(command: string, lingerSeconds = 0): Promise<Ran> {
    const world = this.world();
    const lingering = lingerSeconds === 0 ? [] : [...shell, '"${@:2}"; sleep "$1"', "bash", String(lingerSeconds)];
    const { output, timedOut } = await this.start(world, [...lingering, ...shell, command], patienceMs);
    const ran = { ...world.undo(), timedOut, output };
    this.free.push(world);
    return ran;
  }

  /** Runs commands one after the other where something listens: which of them connected to it. */
  async connected(commands: readonly string[]): Promise<readonly boolean[]> {
    const world = this.world();
    writeTexts(world, commands);
    const { output } = await this.start(world, ["/run/node", "/run/listener.ts"], longest(commands, patienceMs), this.listening);
    world.undo();
    const said = join(world.report, "connected");
    if (!existsSync(said)) throw new Error(`the sandbox ended before its commands did: ${output}`);
    const connected = (JSON.parse(readFileSync(said, "utf8")) as readonly unknown[]).map((one) => one === true);
    rmSync(said);
    this.free.push(world);
    return connected;
  }

  /** Runs many commands in one workspace, one after the other, none for longer than `seconds`: whether it is as before, and which of them bash does not take for commands. */
  async runAll(commands: readonly string[], seconds: number): Promise<{ readonly same: boolean; readonly refused: readonly string[] }> {
    const world = this.world();
    writeTexts(world, commands);
    const { output } = await this.start(world, [...shell, oneByOne, "bash", String(seconds)], longest(commands, seconds * 1000));
    const [finished, refusals] = [join(world.report, "finished"), join(world.report, "refused")];
    if (!existsSync(finished)) throw new Error(`the sandbox ended before its commands did: ${output}`);
    const refused = existsSync(refusals) ? readFileSync(refusals, "utf8").trim().split("\n") : [];
    for (const path of [finished, refusals]) rmSync(path, { force: true });
    const same = isSame(world.undo());
    this.free.push(world);
    return { same, refused: refused.map((number) => commands[Number(number)] ?? "") };
  }

  private world(): World {
    this.count += 1;
    return this.free.pop() ?? new World(this.template, join(this.folder, String(this.count)));
  }

  private async start(world: World, command: readonly string[], timeoutMs: number, more: readonly string[] = []): Promise<Pick<Ran, "output" | "timedOut">> {
    const child = spawn(bwrap, [...this.walls(world), ...more, "--", ...command], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    const pieces: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => pieces.length < 64 && pieces.push(bytes));
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    await once(child, "close");
    clearTimeout(timer);
    return { output: Buffer.concat(pieces).toString("utf8"), timedOut };
  }

  private walls(world: World): readonly string[] {
    const empty = ["/tmp", "/var/tmp", "/run", "/home", "/root"];
    return [
      ["--unshare-all", "--die-with-parent", "--new-session", "--hostname", "sandbox", "--cap-drop", "ALL"],
      ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"],
      empty.flatMap((folder) => ["--tmpfs", folder]),
      ["--bind", world.report, "/run/report", "--bind", world.home, home, "--bind", world.tmp, "/tmp"],
      ["--ro-bind", this.hosts, "/etc/hosts", "--chdir", project],
    ].flat();
  }
}

const writeTexts = (world: World, commands: readonly string[]): void =>
  writeFileSync(join(world.report, "texts"), commands.map((command) => `${command}\0`).join(""));

const longest = (commands: readonly string[], eachMs: number): number => 20_000 + commands.length * eachMs;

/** Whether it had an effect on files that no command may have that only reads. */
export function had(ran: Ran, effect: Exclude<Effect, "connects">): boolean {
  switch (effect) {
    case "creates":
      return ran.created.length > 0;
    case "changes":
      return ran.changed.length > 0;
    case "deletes":
      return ran.deleted.length > 0;
    case "starts":
      return ran.created.some((path) => path.includes("PWN"));
  }
}
