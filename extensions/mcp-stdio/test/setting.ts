import { join } from "node:path";
import type { Logger, Processes, ServerSpec, StartOptions, Transport } from "@claw/kernel";
import { realProcesses } from "@claw/testing";
import { type ProgramSetting, connectProgram } from "../src/program.ts";

const script = join(import.meta.dirname, "echo-server.mjs");
export const serverOf = (how: string, more: Partial<ServerSpec> = {}): ServerSpec => ({
  name: "echo",
  transport: "stdio",
  command: process.execPath,
  args: [script, how],
  ...more,
});
export const never = (): AbortSignal => new AbortController().signal;
export const ping = { jsonrpc: "2.0", id: 1, method: "echo", params: { here: true } };
export const pong = { jsonrpc: "2.0", id: 1, result: { here: true } };

export interface Setting {
  /** The process numbers of the programs it started, and how. */
  readonly started: readonly number[];
  readonly options: readonly StartOptions[];
  readonly log: readonly string[];
  connect(server: ServerSpec, signal?: AbortSignal): Promise<Transport>;
}

export function settingOf(config: Partial<ProgramSetting> = {}): Setting {
  const [started, options, log]: [number[], StartOptions[], string[]] = [[], [], []];
  const real = realProcesses();
  const processes: Processes = {
    async start(command, how, call) {
      options.push(how);
      const running = await real.start(command, how, call);
      started.push(running.pid);
      return running;
    },
  };
  const logger: Logger = { info: (message) => void log.push(message), warn: (message) => void log.push(message) };
  const setting: ProgramSetting = { processes, home: "/", log: logger, sandbox: false, sandboxHosts: [], maxMessageBytes: 67_108_864, graceMs: 500, ...config };
  return { started, options, log, connect: (server, signal = never()) => connectProgram(server, setting, signal) };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
