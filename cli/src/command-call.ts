import type { CommandCall, Kernel, Terminal, ViewNode } from "@claw/kernel/host";
import { isOn, lastOf } from "./args.ts";
import type { Boot } from "./boot.ts";
import { rootsOf } from "./invocation.ts";
import { printable } from "./printable.ts";
import { plainText } from "./view-text.ts";

/** What a command on the command line is given. Output is kept in order. */
export function commandCall(argv: readonly string[], booted: Boot, kernel: Kernel, terminal: Terminal, signal: AbortSignal): CommandCall {
  const { args, workspace } = booted;
  const json = isOn(args, "json");
  const session = isOn(args, "continue") ? "latest" : lastOf(args, "resume");
  let written: Promise<void> = Promise.resolve();
  const shown = (text: string): string => (terminal.outputIsTerminal === true ? printable(text) : text);
  const write = (text: string): void => {
    written = written.then(() => terminal.write(text));
    // A command that fails is not waited for; who flushes hears of it.
    written.catch(() => undefined);
  };
  return {
    argv,
    cwd: workspace.cwd,
    workspace: workspace.key,
    roots: rootsOf(booted),
    ...(session === undefined ? {} : { session }),
    json,
    client: kernel.client,
    input: terminal.input,
    signal,
    show: (...nodes: readonly ViewNode[]) =>
      nodes.forEach((node) => (json ? undefined : node.type === "status" ? terminal.say(printable(plainText(node))) : write(shown(plainText(node))))),
    emit: (record) => (json ? write(`${JSON.stringify(record)}\n`) : undefined),
    flush: () => written,
  };
}
