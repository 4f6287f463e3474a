import { ClawError, type Command, type Frontend, type Kernel, type Terminal } from "@claw/kernel/host";
import { isOn, lastOf } from "./args.ts";
import { type Boot, boot } from "./boot.ts";
import { requireEntry, startKernel } from "./kernel-start.ts";
import type { Environment } from "./paths.ts";
import { errorRecord, errorText, exitCode } from "./report.ts";
import { type Route, routeOf } from "./route.ts";
import { Interrupted, watchSignals } from "./signals.ts";
import { openTerminal } from "./terminal.ts";

/** Where a run happens. */
export interface Surroundings {
  readonly environment: Environment;
  readonly cwd: string;
}

/** One run of `claw`; its exit code. Every failure ends here, as one sentence. */
export async function program(argv: readonly string[], around: Surroundings = { environment: process.env, cwd: process.cwd() }): Promise<number> {
  const debug = argv.includes("--debug");
  const json = argv.includes("--json");
  const signals = watchSignals();
  try {
    return await run(argv, around, signals.signal);
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    if (ClawError.is(error, "OUTPUT_CLOSED")) return 0;
    if (json) process.stdout.write(`${JSON.stringify(errorRecord(error))}\n`);
    else process.stderr.write(errorText(error, debug));
    return exitCode(error);
  } finally {
    signals.stop();
  }
}

async function run(argv: readonly string[], { environment, cwd }: Surroundings, signal: AbortSignal): Promise<number> {
  const booted = boot(argv, environment, cwd, process.platform);
  const { args } = booted;
  const color = args.flags.has("color") ? isOn(args, "color") : undefined;
  const terminal = openTerminal(environment, color);
  const route = routeOf(booted, terminal.piped);
  if (route.type === "version") {
    const { version } = await import("./version.ts");
    await terminal.write(`claw ${version}\n`);
    return 0;
  }
  if (route.type === "verb") {
    const { runVerb } = await import("./verbs/run.ts");
    return runVerb(route.words, booted, terminal, signal);
  }
  const kernel = startKernel(booted);
  const onStray = (error: unknown): void => void kernel.stray(error);
  process.on("unhandledRejection", onStray);
  try {
    return route.type === "command" ? await runCommand(route, booted, kernel, terminal, signal) : await runFrontend(route, booted, kernel, terminal, signal);
  } finally {
    await kernel.close();
    process.off("unhandledRejection", onStray);
  }
}

async function runFrontend(route: Route & { readonly type: "prompt" }, { args, merged, workspace, plan, project }: Boot, kernel: Kernel, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const name = lastOf(args, "frontend") ?? (isOn(args, "print") || !terminal.interactive ? merged.frontend.otherwise : merged.frontend.terminal);
  const { invocationOf } = await import("./invocation.ts");
  const invocation = invocationOf(route, { args, workspace, plan, project, merged, terminal });
  const frontend = await requireEntry<Frontend>(kernel, "frontend", name);
  kernel.setAsker(frontend.asker?.(invocation));
  return frontend.run(kernel.client, invocation, signal);
}

async function runCommand(route: Route & { readonly type: "command" }, booted: Boot, kernel: Kernel, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const { commandCall } = await import("./command-call.ts");
  const command = await requireEntry<Command>(kernel, "command", route.name);
  const { call, flush } = commandCall(route.words, booted, kernel, terminal, signal);
  const code = await command.run(call);
  await flush();
  return code;
}
