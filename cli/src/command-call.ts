import type { CommandCall, Kernel, Terminal, ViewNode } from "@claw/kernel/host";
import { isOn } from "./args.ts";
import type { Boot } from "./boot.ts";
import { rootsOf } from "./invocation.ts";
import { plainText } from "./view-text.ts";

/** What a command on the command line is given. Output is kept in order; `flush` waits until it is written. */
export function commandCall(argv: readonly string[], booted: Boot, kernel: Kernel, terminal: Terminal, signal: AbortSignal): { readonly call: CommandCall; readonly flush: () => Promise<void> } {
  const { args, workspace } = booted;
  const json = isOn(args, "json");
  let written: Promise<void> = Promise.resolve();
  const write = (text: string): void => void (written = written.then(() => terminal.write(text)));
  const call: CommandCall = {
    argv, cwd: workspace.cwd, workspace: workspace.key, roots: rootsOf(booted), json, client: kernel.client, input: terminal.input, signal,
    show: (...nodes: readonly ViewNode[]) => nodes.forEach((node) => (json ? undefined : node.type === "status" ? terminal.say(plainText(node)) : write(plainText(node)))),
    emit: (record) => (json ? write(`${JSON.stringify(record)}\n`) : undefined),
  };
  return { call, flush: () => written };
}
