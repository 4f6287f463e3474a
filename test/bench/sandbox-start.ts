/** Starts one small program bare and behind the wall in turn, and prints the medians as JSON: `bareMs`, `containedMs`, `rounds`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createSandbox } from "../../extensions/sandbox-linux/src/sandbox.ts";
import { median } from "./measure.ts";

const rounds = 40;
const [folder = ".", home = "."] = process.argv.slice(2);
const workspace = join(folder, "workspace");
mkdirSync(join(workspace, ".git/hooks"), { recursive: true });
const environment = { PATH: process.env["PATH"] ?? "", HOME: home };
const { signal } = new AbortController();
const sandbox = createSandbox({
  config: { mode: "workspace-only", required: true, hosts: [], writable: [], allow: [], strict: false, debug: false, trustOuterContainer: false },
  rules: { required: false, hosts: undefined },
  home,
  own: [join(home, "state")],
  state: join(home, "state"),
  bin: join(home, "bin"),
  environment: process.env,
  pathFolders: environment.PATH.split(":"),
  now: () => new Date(),
  log: () => undefined,
});

async function timed(
  start: () => Promise<{
    readonly command: readonly string[];
    readonly descriptors: readonly (number | "ignore")[];
    readonly env: Readonly<Record<string, string>>;
  }>,
): Promise<number> {
  const began = performance.now();
  const { command, descriptors, env } = await start();
  const child = spawn(command[0] ?? "", command.slice(1), { cwd: workspace, env, stdio: ["ignore", "pipe", "pipe", ...descriptors] });
  child.stdout?.resume();
  child.stderr?.resume();
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`it ended with ${code}`);
  return performance.now() - began;
}

const bare: number[] = [];
const contained: number[] = [];
for (let round = 0; round < rounds + 3; round += 1) {
  const without = await timed(async () => ({ command: ["/bin/true"], descriptors: [], env: environment }));
  const policy = {
    cwd: workspace,
    roots: [workspace],
    hidden: [],
    environment,
    contained: { type: "contained", hosts: [], writable: [], readable: [], required: true } as const,
  };
  await using launches = new AsyncDisposableStack();
  const within = await timed(async () => {
    const launch = await sandbox.prepare(["/bin/true"], policy, signal);
    if (launch === undefined) throw new Error("there is no sandbox");
    launches.use(launch);
    return { command: launch.command, descriptors: launch.descriptors, env: launch.environment };
  });
  // The first ones load what the others find loaded.
  if (round < 3) continue;
  bare.push(without);
  contained.push(within);
}
process.stdout.write(JSON.stringify({ bareMs: median(bare), containedMs: median(contained), rounds }));
