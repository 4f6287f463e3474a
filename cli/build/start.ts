/** `npm start`: plays the demo, or runs claw with what follows `--`, in the folder that npm was called from. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { layout } from "./layout.ts";

const program = join(layout.program, "claw.js");
const given = process.argv.slice(2);

const built = existsSync(program) && existsSync(join(layout.bundled, "claw.lock"));
const status = built ? 0 : (spawnSync(process.execPath, [join(import.meta.dirname, "main.ts")], { stdio: ["ignore", 2, 2] }).status ?? 1);

if (status !== 0) process.exitCode = status;
else {
  const child = spawn(process.execPath, [program, ...(given.length === 0 ? ["demo"] : given)], {
    stdio: "inherit",
    cwd: process.env["INIT_CWD"] ?? process.cwd(),
  });
  // The terminal signals both; what it means is for claw to say.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
}
