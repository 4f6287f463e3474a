import { type ChildProcess, spawn } from "node:child_process";

/**
 * Remembers the groups that run, and kills them when its input ends: when claw dies without a word. `kill` is the shell's own,
 * so it needs nothing but sh. It ignores the signals that a terminal sends to everybody.
 */
const SCRIPT = `trap '' HUP INT TERM
live=' '
while read -r what group; do
  case $what in
    +) live="$live$group " ;;
    -) case $live in *" $group "*) live="\${live%% $group *} \${live#* $group }" ;; esac ;;
  esac
done
for group in $live; do kill -KILL "-$group" 2>/dev/null; done`;

export interface Watchdog extends AsyncDisposable {
  /** Begins to watch. Before the first group starts: claw may be killed the moment after. */
  begin(): void;
  add(group: number): void;
  remove(group: number): void;
}

/** Ends what claw started if claw itself is killed. It starts with the first group; on Windows, or without sh, nobody watches. */
export function createWatchdog(shell: string | undefined): Watchdog {
  let watcher: ChildProcess | undefined;
  const tell = (line: string): void => void watcher?.stdin?.write(line);
  return {
    begin() {
      if (shell !== undefined) watcher ??= startWatcher(shell);
    },
    add(group) {
      tell(`+ ${group}\n`);
    },
    remove(group) {
      tell(`- ${group}\n`);
    },
    async [Symbol.asyncDispose]() {
      if (watcher === undefined || watcher.exitCode !== null || watcher.signalCode !== null || watcher.pid === undefined) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      watcher.once("exit", () => resolve());
      watcher.ref();
      watcher.stdin?.end();
      await promise;
    },
  };
}

function startWatcher(shell: string): ChildProcess {
  const watcher = spawn(shell, ["-c", SCRIPT], { cwd: "/", env: {}, detached: true, stdio: ["pipe", "ignore", "ignore"] });
  // Best effort: without it programs run all the same.
  watcher.on("error", () => watcher.stdin?.destroy());
  watcher.stdin.on("error", () => watcher.stdin.destroy());
  watcher.unref();
  if ("unref" in watcher.stdin && typeof watcher.stdin.unref === "function") watcher.stdin.unref();
  return watcher;
}
