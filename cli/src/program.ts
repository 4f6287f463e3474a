import { ClawError, type Command, type CommandCall, type Frontend, type Kernel, type Terminal } from "@claw/kernel/host";
import { isOn, lastOf } from "./args.ts";
import { refreshInBackground } from "./background-refresh.ts";
import { type Boot, boot } from "./boot.ts";
import { checkPermissions, ofExtension, requireEntry, startKernel } from "./kernel-start.ts";
import { managedPolicy } from "./managed-policy.ts";
import { type Manner, mannerOf, mannerOfWords } from "./manner.ts";
import type { Environment } from "./paths.ts";
import { errorText, exitCode, reportError } from "./report.ts";
import { type Route, routeOf } from "./route.ts";
import { Interrupted, watchSignals } from "./signals.ts";
import { openTerminal } from "./terminal.ts";
import { watchStrays } from "./strays.ts";

/** Where a run happens. */
export interface Surroundings {
  readonly environment: Environment;
  readonly cwd: string;
}

/** One run of `claw`; its exit code. Every failure ends here, as one sentence. */
export async function program(argv: readonly string[], around?: Surroundings): Promise<number> {
  const signals = watchSignals();
  let manner: Manner = mannerOfWords(argv);
  try {
    const { environment, cwd } = around ?? { environment: process.env, cwd: currentFolder() };
    const booted = boot(argv, environment, cwd, process.platform, await managedPolicy(environment, process.platform));
    manner = mannerOf(booted);
    return await run(booted, signals.signal);
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    if (ClawError.is(error, "OUTPUT_CLOSED")) return 0;
    reportError(error, manner);
    return exitCode(error);
  } finally {
    signals.stop();
  }
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new ClawError("PATH_NOT_FOUND", "the current folder no longer exists", { path: "." }, { cause, fix: "cd to a folder that does" });
  }
}

async function run(booted: Boot, signal: AbortSignal): Promise<number> {
  const { args, environment } = booted;
  const terminal = openTerminal(environment, args.flags.has("color") ? isOn(args, "color") : undefined);
  const route = routeOf(booted, terminal.piped);
  if (route.type === "version") {
    const { version } = await import("./version.ts");
    await terminal.write(`claw ${version}\n`);
    return 0;
  }
  using _guard = isOn(args, "offline") ? (await import("./offline-guard.ts")).guardOffline(booted) : undefined;
  if (route.type === "verb") {
    const { runVerb } = await import("./verbs/run.ts");
    return await runVerb(route.words, booted, terminal, signal);
  }
  const kernel = startKernel(booted);
  const strays = watchStrays(kernel, (error) => terminal.say(errorText(error, isOn(args, "debug"))));
  try {
    return route.type === "command" ? await runCommand(route, booted, kernel, terminal, signal) : await runFrontend(route, booted, kernel, terminal, signal);
  } finally {
    await kernel.close();
    strays.stop();
    await refreshInBackground(booted);
  }
}

async function runFrontend(route: Route & { readonly type: "prompt" }, booted: Boot, kernel: Kernel, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const { args, merged, workspace, plan, project } = booted;
  const name = lastOf(args, "frontend") ?? (isOn(args, "print") || !terminal.interactive ? merged.frontend.otherwise : merged.frontend.terminal);
  const { invocationOf } = await import("./invocation.ts");
  const invocation = invocationOf(route, { args, workspace, plan, project, merged, terminal });
  const frontend = await requireEntry<Frontend>(kernel, "frontend", name);
  await checkPermissions(kernel, booted);
  kernel.setAsker(frontend.asker?.(invocation));
  return ofExtension(kernel, `frontend:${name}`, () => frontend.run(kernel.client, invocation, signal));
}

async function runCommand(route: Route & { readonly type: "command" }, booted: Boot, kernel: Kernel, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const { commandCall } = await import("./command-call.ts");
  const command = await requireEntry<Command>(kernel, "command", route.name);
  const call = commandCall(route.words, booted, kernel, terminal, signal);
  const converse: CommandCall["converse"] = ({ resume, prompt }) => {
    const args = { ...booted.args, flags: new Map([...booted.args.flags, ["resume", [resume]]]) };
    return runFrontend({ type: "prompt", ...(prompt === undefined ? {} : { prompt }) }, { ...booted, args }, kernel, terminal, signal);
  };
  const code = await ofExtension(kernel, `command:${route.name}`, () => command.run({ ...call, converse }));
  await call.flush();
  return code;
}
