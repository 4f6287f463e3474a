import { existsSync } from "node:fs";
import { ClawError } from "@claw/kernel";
import type { SandboxConfig } from "./sandbox-config.ts";

const PRLIMIT: readonly string[] = ["/usr/bin/prlimit", "/bin/prlimit"];
const megabyte = 1024 * 1024;

/**
 * The command with the limits that the person has set, and without dumps of its memory. They are set behind the wall: there the
 * kernel counts the processes of that user namespace alone. Throws SANDBOX_FAILED where nothing can set them.
 */
export function limited(
  command: readonly string[],
  { maxProcesses, maxFileMegabytes, maxMemoryMegabytes }: SandboxConfig,
  candidates: readonly string[] = PRLIMIT,
): readonly string[] {
  const limits = [
    ...(maxProcesses === undefined ? [] : [`--nproc=${maxProcesses}`]),
    ...(maxFileMegabytes === undefined ? [] : [`--fsize=${maxFileMegabytes * megabyte}`]),
    ...(maxMemoryMegabytes === undefined ? [] : [`--as=${maxMemoryMegabytes * megabyte}`]),
  ];
  if (limits.length === 0) return command;
  const prlimit = candidates.find((path) => existsSync(path));
  if (prlimit === undefined)
    throw new ClawError(
      "SANDBOX_FAILED",
      "nothing here can limit what programs use: prlimit is not installed",
      { stage: "limits" },
      { fix: "install util-linux, or take sandbox.maxProcesses, maxFileMegabytes and maxMemoryMegabytes out of the settings" },
    );
  return [prlimit, ...limits, "--core=0", "--", ...command];
}
