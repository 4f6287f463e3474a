import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { SandboxStatus } from "@claw/kernel";
import { commandFor } from "./launch-command.ts";
import { profileFor, type Wall } from "./profile.ts";

export type ProbeResult = SandboxStatus["nesting"]["probe"];

/** Says by its status whether the wall stands: something runs inside, its own folder can be written, and another cannot. */
const TRYING = ': > "$1" || exit 8; if ( : > "$2" ) 2>/dev/null; then exit 9; fi; exit 0';
const stages: Readonly<Record<number, string>> = { 8: "own folder", 9: "outside" };

/** Tries a wall with nothing but a folder of its own against a file beside it. */
export async function probe(sandboxExec: string, temporary: string, outside: string, signal: AbortSignal): Promise<ProbeResult> {
  const wall: Wall = {
    roots: [],
    home: undefined,
    temporary,
    reading: "all",
    hidden: [],
    readable: [],
    writable: [],
    closed: [],
    unwritable: [],
    exempt: [],
    network: { type: "none" },
    debug: false,
    strict: false,
  };
  const [file = "", ...args] = commandFor(sandboxExec, profileFor(wall), ["/bin/sh", "-c", TRYING, "probe", join(temporary, "probe"), outside]);
  const start = performance.now();
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  execFile(file, args, { env: { PATH: "/usr/bin:/bin" }, cwd: "/", timeout: 10_000, signal }, (error, _stdout, stderr) => {
    const code = error === null ? 0 : error.code;
    const ok = code === 0;
    const stage = ok ? "done" : (stages[Number(code)] ?? (code === "ENOENT" ? "start" : "apply"));
    resolve({ ok, stage, stderr: stderr.slice(0, 2000).trim(), ms: Math.round(performance.now() - start) });
  });
  const result = await promise;
  rmSync(outside, { force: true });
  signal.throwIfAborted();
  return result;
}
