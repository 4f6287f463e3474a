import { dirname, join } from "node:path";
import type { Sandbox, SandboxPolicy } from "@claw/kernel";
import { createSandbox } from "../../../extensions/sandbox-linux/src/sandbox.ts";

/** Where programs are looked for: this Node, and the system's. */
export const pathFolders: readonly string[] = [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"];

/** The service as claw makes it for a person with the usual settings. */
export function usualSandbox(home: string): Sandbox {
  const folders = [".config/claw", ".local/share/claw", ".local/state/claw", ".cache/claw"].map((name) => join(home, name));
  return createSandbox({
    config: { mode: "workspace-only", required: false, hosts: [], writable: [], allow: [], strict: false, debug: false, trustOuterContainer: false },
    rules: { required: false, hosts: undefined },
    home,
    own: folders,
    state: join(home, ".local/state/claw"),
    bin: join(home, ".local/share/claw/bin"),
    environment: process.env,
    pathFolders,
    now: () => new Date(),
    log: () => undefined,
  });
}

/** What a command is given that may run only inside a wall. */
export function usualPolicy(workspace: string, environment: Readonly<Record<string, string>>): SandboxPolicy {
  return {
    cwd: workspace,
    roots: [workspace],
    hidden: [],
    contained: { type: "contained", hosts: [], writable: [], readable: [], required: true },
    environment,
  };
}
