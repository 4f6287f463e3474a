import { ClawError, type Host, type Kernel, PermissionsService, SandboxService, createKernel, nearest } from "@claw/kernel/host";
import { isOn } from "./args.ts";
import type { Boot } from "./boot.ts";
import { offeredTools } from "./offered-tools.ts";
import { binFolder, managedPolicyPath } from "./paths.ts";
import { sessionId } from "./session-id.ts";
import { settingsService } from "./settings-service.ts";
import { Interrupted } from "./signals.ts";
import { isInteractive } from "./terminal.ts";
import { version } from "./version.ts";

/** A kernel over what boot found. Nothing of any extension runs yet. */
export function startKernel(booted: Boot): Kernel {
  requireSandbox(booted);
  const { args, environment, folders, project, limits, plan, installed } = booted;
  const now = (): Date => new Date();
  const host: Host = {
    version,
    folders: { ...folders, bin: binFolder },
    offline: isOn(args, "offline"),
    environment,
    trusted: project.trusted,
    interactive: isInteractive(environment),
    now,
  };
  const tools = offeredTools(booted);
  // What an extension prints is for people: standard output is for data.
  for (const name of ["log", "info", "debug"] as const) console[name] = console.error;
  const debug = isOn(args, "debug");
  return createKernel({
    plan,
    version,
    now,
    limits,
    services: {
      host,
      settings: settingsService(booted.merged, booted.catalogue, { file: managedPolicyPath(environment, process.platform), rules: booted.policy }),
    },
    clock: () => performance.now(),
    id: () => sessionId(now()),
    load: async ({ id }) => installed.get(id)?.load(),
    ...(tools === undefined ? {} : { tools }),
    ...(folders.home === undefined ? {} : { home: folders.home }),
    ...(debug ? { log: (extension, level, message) => void process.stderr.write(`${level} ${extension}: ${message}\n`) } : {}),
  });
}

/** A sandbox that the administrator requires is not left out with the extension that brings it. */
function requireSandbox({ plan, policy }: Boot): void {
  if (policy.sandbox?.required !== true || plan.owners.has(`service:${SandboxService.id}`)) return;
  throw new ClawError(
    "SANDBOX_REQUIRED",
    "the administrator's policy requires a sandbox, and no extension in use provides one",
    { reasons: ["no extension in use provides a sandbox"] },
    { fix: "leave out --without, --safe and --profile, or ask whoever administers this machine" },
  );
}

/** A mistake in the rules, the administrator's too, or in the mode that was asked for, must not wait for the first call that is judged by them. */
export async function checkPermissions(kernel: Kernel, { plan, merged, policy }: Boot): Promise<void> {
  const owner = plan.owners.get(`service:${PermissionsService.id}`);
  const isConfigured = policy.permissions !== undefined || [...merged.explained.keys()].some((key) => key.startsWith(`config.${owner}.`));
  if (!isConfigured) return;
  try {
    await kernel.service(PermissionsService.id);
  } catch (error) {
    // The same mistake is a mistake of the command line where it was made there.
    if (ClawError.is(error) && isOfFlag(error.data, merged, `config.${owner}.`))
      throw new ClawError("USAGE", error.message, {}, { cause: error, ...(error.fix === undefined ? {} : { fix: error.fix }) });
    throw error;
  }
}

/** Whether what an error complains about, word for word, was given by a flag. */
function isOfFlag(data: object, { explained }: Boot["merged"], prefix: string): boolean {
  const given = [...explained.values()]
    .filter(({ key }) => key.startsWith(prefix))
    .flatMap(({ from }) => from)
    .filter(({ layer }) => layer === "flag")
    .flatMap(({ value }) => value);
  return Object.values(data).some((word) => typeof word === "string" && given.includes(word));
}

/** An entry of a slot that this run cannot do without. */
export async function requireEntry<T>(kernel: Kernel, slot: string, name: string): Promise<T> {
  const entry = await kernel.entry<T>(slot, name);
  if (entry !== undefined) return entry;
  const names = kernel.names(slot);
  const near = nearest(name, names)[0];
  const held = kernel.plan.heldBack.map(({ extension, why }) => `${extension} is held back: ${why}`).join("; ");
  const hint = near === undefined ? (names.length === 0 ? held : `there ${names.length === 1 ? "is" : "are"} ${names.join(", ")}`) : `did you mean ${near}?`;
  throw new ClawError(
    names.length === 0 ? "EXTENSION_HELD_BACK" : "USAGE",
    `there is no ${slot} "${name}"${hint === "" ? "" : `; ${hint}`}`,
    { extension: name, why: hint },
    { fix: "claw doctor" },
  );
}

/** Runs an entry's code: what it throws that is neither a sentence nor an abort is its extension's failure, and not claw's. */
export async function ofExtension<T>({ plan }: Kernel, name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (ClawError.is(error) || error instanceof Interrupted) throw error;
    const extension = plan.owners.get(name) ?? name;
    throw new ClawError(
      "EXTENSION_FAILED",
      `${extension} failed in ${name.replace(":", " ")}: ${error instanceof Error ? error.message : String(error)}`,
      { extension, at: name },
      { cause: error },
    );
  }
}
