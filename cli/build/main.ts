/** `npm run build`: claw's extensions as signed packages, the store they are installed into, and the program. */
import { spawnSync } from "node:child_process";

const condition = "--conditions=claw-source";

if (process.execArgv.includes(condition)) {
  const { build } = await import("./build.ts");
  process.exitCode = await build(AbortSignal.timeout(600_000));
} else {
  // The workspaces are read from their sources: on a fresh clone nothing else is there.
  const { status } = spawnSync(process.execPath, [condition, import.meta.filename], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
