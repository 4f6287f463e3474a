import { type CallScope, ClawError, type ToolCall, type ToolResult } from "@claw/kernel";
import { isDoneWithin } from "@claw/kernel/kit";
import { BackgroundCommand } from "./background-command.ts";
import type { WindowLimits } from "./output-window.ts";
import type { ShellCommand, StartShell } from "./shell.ts";
import { SpillFile } from "./spill-file.ts";

export interface BackgroundLimits extends WindowLimits {
  readonly maxSpillBytes: number;
  readonly maxBackground: number;
}

/** How many commands that are over can still be looked at. */
const REMEMBERED = 64;

/** The commands in the background. They live no longer than the extension: its signal and its end are theirs. */
export class BackgroundCommands implements AsyncDisposable {
  readonly #start: StartShell;
  readonly #limits: BackgroundLimits;
  readonly #signal: AbortSignal;
  readonly #commands = new Map<string, BackgroundCommand>();
  #count = 0;

  constructor(start: StartShell, limits: BackgroundLimits, signal: AbortSignal) {
    this.#start = start;
    this.#limits = limits;
    this.#signal = signal;
  }

  async start(command: ShellCommand, call: ToolCall): Promise<ToolResult> {
    const ids = this.#of(call.session)
      .filter(({ isRunning }) => isRunning)
      .map(({ id }) => id);
    if (ids.length >= this.#limits.maxBackground) {
      throw new ClawError(
        "TOOL_FAILED",
        `${ids.length} commands of this session run in the background already`,
        { tool: "bash" },
        { fix: `stop one of ${ids.join(", ")} with kill_shell` },
      );
    }
    const id = `bash_${(this.#count += 1)}`;
    const running = await this.#start(command, { ...call, signal: this.#signal });
    const spill = new SpillFile(() => call.spill(`${id}-${running.pid}.txt`), this.#limits.maxSpillBytes);
    await spill.write(new Uint8Array()); // Its path is part of the answer.
    this.#commands.set(
      id,
      new BackgroundCommand({ id, session: call.session, timeoutMs: command.timeoutMs, needs: command.needs ?? [], running, spill, limits: this.#limits }),
    );
    this.#forget();
    return {
      content: [{ type: "text", text: `Started in the background as ${id}, ${spill.describe()}. Look with bash_output, stop with kill_shell.` }],
      details: { id, pid: running.pid, ...(spill.path === undefined ? {} : { spilled: spill.path }) },
    };
  }

  /** What is new since the last look, after waiting for the end for at most `waitMs`. */
  async look(id: string, waitMs: number, call: CallScope): Promise<ToolResult> {
    const command = this.#find(id, "bash_output", call);
    if (command.isRunning && waitMs > 0) await isDoneWithin(command.over, waitMs, call.signal);
    return command.look();
  }

  async kill(id: string, call: CallScope): Promise<ToolResult> {
    const command = this.#find(id, "kill_shell", call);
    const wasRunning = command.isRunning;
    await command[Symbol.asyncDispose]();
    return { content: [{ type: "text", text: wasRunning ? `${id} is stopped.` : command.ending() }], details: { id } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#commands.values()].map((command) => command[Symbol.asyncDispose]()));
    this.#commands.clear();
  }

  #of(session: string): readonly BackgroundCommand[] {
    return [...this.#commands.values()].filter((command) => command.session === session);
  }

  /** The commands of one session are nobody else's. */
  #find(id: string, tool: string, call: CallScope): BackgroundCommand {
    const command = this.#commands.get(id);
    if (command?.session === call.session) return command;
    const known = this.#of(call.session).map((other) => other.id);
    throw new ClawError(
      "TOOL_FAILED",
      `there is no background command ${id}`,
      { tool },
      {
        fix: known.length > 0 ? `use one of ${known.join(", ")}` : "background commands end with the run of claw that started them; start it again",
      },
    );
  }

  #forget(): void {
    const over = [...this.#commands.values()].filter(({ isRunning }) => !isRunning);
    for (const { id } of over.slice(0, Math.max(0, over.length - REMEMBERED))) this.#commands.delete(id);
  }
}
