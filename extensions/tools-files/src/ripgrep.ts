import { ClawError, type CallScope, type Processes } from "@claw/kernel";

/** A ripgrep that was started. Disposing ends it. */
export interface Ripgrep extends AsyncDisposable {
  readonly output: AsyncIterable<Uint8Array>;
  /** After its output: what it has to say against the search; empty when that is nothing. */
  complaint(): Promise<string>;
}

const timeoutMs = 60_000;
const maxComplaint = 4096;

export async function startRipgrep(processes: Processes, command: readonly string[], call: CallScope): Promise<Ripgrep> {
  const running = await processes.start(command, { timeoutMs, own: true }, call).catch((error: unknown) => {
    if (!ClawError.is(error, "PROGRAM_NOT_FOUND")) throw error;
    throw new ClawError(
      "PROGRAM_NOT_FOUND",
      "grep needs ripgrep (rg), which comes with claw and is missing",
      { program: "rg" },
      { cause: error, fix: "install claw again, or ripgrep" },
    );
  });
  let complaint = "";
  async function* output(): AsyncGenerator<Uint8Array, void> {
    for await (const { stream, bytes } of running.output) {
      if (stream === "stdout") yield bytes;
      else if (complaint.length < maxComplaint) complaint += Buffer.from(bytes).toString();
    }
  }
  return {
    output: output(),
    async complaint() {
      const { code, timedOut } = await running.exit;
      if (timedOut)
        throw new ClawError(
          "TOOL_FAILED",
          `the search took longer than ${timeoutMs / 1000} seconds`,
          { tool: "grep" },
          { fix: "search a smaller folder, or fewer files with glob or type" },
        );
      return code === 0 || code === 1 ? "" : complaint.trim() || `rg ended with ${code ?? "a signal"}`;
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
