import { realpathSync } from "node:fs";
import { type CallScope, ClawError, type Containment, type Launch, type Sandbox, type SandboxStatus, type StartOptions, type Workspace } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";

export interface Walls {
  readonly sandbox: Sandbox | undefined;
  readonly workspace: Pick<Workspace, "ignored"> | undefined;
}

/** Nothing beyond the session's folders; where there is no wall it starts all the same. */
const ordinary: Containment = { type: "contained", hosts: [], writable: [], readable: [], required: false };

/** How far a program may reach: claw's own are free, all others as the caller or the judgement of the call says. */
export const containmentOf = (options: StartOptions, call: CallScope): Containment =>
  options.own === true ? { type: "free" } : (options.containment ?? call.containment ?? ordinary);

/** A launch inside the sandbox, or undefined where the program may start without one and there is none. */
export async function launchOf(
  command: readonly string[],
  options: StartOptions,
  call: CallScope,
  environment: Readonly<Record<string, string>>,
  { sandbox, workspace }: Walls,
): Promise<Launch | undefined> {
  const contained = containmentOf(options, call);
  if (contained.type === "free") {
    // Where nothing is to run without a wall, neither a mode nor an answer takes it away.
    if (options.own !== true && sandbox !== undefined && isBare(await sandbox.status(call.signal))) throw wouldBeOutside();
    return undefined;
  }
  if (sandbox === undefined) {
    if (contained.required) throw noSandbox();
    return undefined;
  }
  // What cannot be kept out of sight is a reason not to start.
  const ignored = options.mode === "off" ? [] : ((await workspace?.ignored(call)) ?? []);
  const { denied, onlyReads } = contained;
  const roots = [...new Set(call.roots.flatMap(realIfThere))];
  const unwritable = [...(denied?.write ?? []), ...(onlyReads === true ? roots : [])];
  return sandbox.prepare(
    command,
    {
      cwd: realpathSync.native(options.cwd ?? call.cwd),
      roots,
      ...(call.scratch === undefined ? {} : { scratch: realIfThere(call.scratch)[0] ?? call.scratch }),
      hidden: [...ignored, ...(denied?.read ?? [])],
      ...(unwritable.length === 0 ? {} : { unwritable }),
      contained,
      ...(options.mode === undefined ? {} : { mode: options.mode }),
      environment,
    },
    call.signal,
  );
}

/** Where a bare name is looked for: what runs without a wall is none of those that a project's programs could have put there. */
export function searchedFolders(folders: readonly string[], options: StartOptions, call: CallScope): readonly string[] {
  if (containmentOf(options, call).type !== "free") return folders;
  const roots = [...call.roots, ...call.roots.flatMap(realIfThere)];
  return folders.filter((folder) => ![folder, ...realIfThere(folder)].some((one) => roots.some((root) => isWithin(root, one))));
}

function realIfThere(folder: string): readonly string[] {
  try {
    return [realpathSync.native(folder)];
  } catch {
    return [];
  }
}

const isBare = ({ required, state }: SandboxStatus): boolean => required && state !== "inherited";

const wouldBeOutside = (): ClawError<"SANDBOX_REQUIRED"> =>
  new ClawError(
    "SANDBOX_REQUIRED",
    "this would run outside of the sandbox, and the settings or the administrator's policy require one for everything",
    { reasons: ["a sandbox is required"] },
    { fix: "use another permission mode than danger-full-access, and open the hosts and paths that it needs; claw sandbox status says what is required" },
  );

export const noSandbox = (): ClawError<"SANDBOX_REQUIRED"> =>
  new ClawError(
    "SANDBOX_REQUIRED",
    `this may run only inside a sandbox, and this claw has none for ${process.platform}`,
    { reasons: [`no extension provides a sandbox on ${process.platform}`] },
    { fix: "allow it to run without one, or use a profile with a sandbox" },
  );
