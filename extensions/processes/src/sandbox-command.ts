import { constants, release } from "node:os";
import type { Command, CommandCall, Contained, Host, Processes, Sandbox } from "@claw/kernel";
import { noSandbox } from "./containment.ts";
import { readSandboxWords, type SandboxAsked } from "./sandbox-words.ts";
import { noneStatus, statusCode, statusView } from "./sandbox-view.ts";

export interface SandboxParts {
  readonly sandbox: Sandbox | undefined;
  readonly processes: Processes;
  readonly host: Pick<Host, "now">;
}

/** `claw sandbox`: what a probe showed, and one program inside. */
export const sandboxCommand = (parts: SandboxParts): Command => ({
  run(call) {
    const asked = readSandboxWords(call);
    return asked.type === "status" ? showStatus(asked.json, call, parts) : execute(asked, call, parts);
  },
});

async function showStatus(json: boolean, call: CommandCall, { sandbox, host }: SandboxParts): Promise<number> {
  const status = (await sandbox?.status(call.signal)) ?? noneStatus(process.platform, release(), host.now());
  if (json) call.emit(status);
  else call.show(...statusView(status));
  return statusCode(status.state);
}

/** The program's own exit status; 128 and the number of the signal that ended it. */
async function execute(asked: Extract<SandboxAsked, { readonly type: "exec" }>, call: CommandCall, { sandbox, processes }: SandboxParts): Promise<number> {
  const { command, mode, paths, hosts } = asked;
  if (sandbox === undefined && mode !== "off") throw noSandbox();
  const containment: Contained = { type: "contained", hosts, writable: paths, readable: paths, required: mode !== "off" };
  const scope = { session: call.session ?? "", cwd: call.cwd, roots: call.roots, signal: call.signal };
  await using running = await processes.start(command, { inherit: true, containment, ...(mode === undefined ? {} : { mode }) }, scope);
  const { code, signal } = await running.exit;
  call.signal.throwIfAborted();
  return code ?? 128 + (Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0);
}
