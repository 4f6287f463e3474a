import { type CallScope, ClawError, type Containment, type Logger, type Processes, type Running, type ServerSpec, type Transport } from "@claw/kernel";
import { isDoneWithin, jsonl } from "@claw/kernel/kit";
import { Complaints } from "./complaints.ts";
import { messagesOf } from "./messages.ts";

export interface ProgramSetting {
  readonly processes: Processes;
  readonly home: string;
  readonly log: Logger;
  readonly sandbox: boolean;
  readonly sandboxHosts: readonly string[];
  readonly maxMessageBytes: number;
  readonly graceMs: number;
}

/** Starts a server and talks to it through its standard streams, a line a message, as the protocol's stdio transport says. */
export async function connectProgram(server: ServerSpec, setting: ProgramSetting, signal: AbortSignal): Promise<Transport> {
  const { name, command, args = [], env } = server;
  if (command === undefined || command === "")
    throw new ClawError("MCP_SERVER_INVALID", `the MCP server ${name} has no command to start`, { server: name, problems: ["command is missing"] });
  signal.throwIfAborted();
  const cwd = server.cwd ?? setting.home;
  const over = new AbortController();
  const scope: CallScope = { session: `mcp ${name}`, cwd, roots: [cwd], signal: over.signal };
  const running = await setting.processes.start(
    [command, ...args],
    { conversation: true, containment: containmentOf(setting), ...(env === undefined ? {} : { env }) },
    scope,
  );
  if (signal.aborted) {
    await running[Symbol.asyncDispose]();
    throw signal.reason;
  }
  return talk(name, running, setting);
}

const containmentOf = ({ sandbox, sandboxHosts }: ProgramSetting): Containment =>
  sandbox ? { type: "contained", hosts: sandboxHosts, writable: [], readable: [], required: true } : { type: "free" };

function talk(name: string, running: Running, { log, maxMessageBytes, graceMs }: ProgramSetting): Transport {
  const complaints = new Complaints((line) => log.info(`${name}: ${line}`));
  let closing: Promise<void> | undefined;

  async function* output(): AsyncGenerator<Uint8Array, void> {
    for await (const { stream, bytes } of running.output) {
      if (stream === "stdout") yield bytes;
      else complaints.take(bytes);
    }
  }

  async function* incoming(): AsyncGenerator<object, void> {
    try {
      for await (const { text } of jsonl(output(), maxMessageBytes)) {
        const messages = messagesOf(text);
        if (messages === undefined) log.warn(`${name} wrote a line that is no message to its standard output; it belongs on standard error`);
        else yield* messages;
      }
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new ClawError("MCP_PROTOCOL", `the MCP server ${name} sent a message of more than ${maxMessageBytes} bytes`, { server: name }, { cause });
    }
    if (closing === undefined) throw await ended(name, running, complaints);
  }

  const close = async (): Promise<void> => {
    running.input?.end();
    // Whether it ended by itself or has to be told: disposing does what is left to do.
    await isDoneWithin(running.exit, graceMs, new AbortController().signal).catch(() => false);
    await running[Symbol.asyncDispose]();
  };

  return {
    incoming: incoming(),
    async send(message, signal) {
      signal.throwIfAborted();
      if (closing !== undefined) throw new ClawError("MCP_UNREACHABLE", `the connection to the MCP server ${name} is closed`, { server: name });
      try {
        await running.input?.write(lineOf(message));
      } catch (cause) {
        throw new ClawError("MCP_UNREACHABLE", `the MCP server ${name} reads no more`, { server: name }, { cause, retryable: true });
      }
    },
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

/** Some readers of lines end one at U+2028 and U+2029, which JSON may hold as they are. */
const lineOf = (message: object): Uint8Array => Buffer.from(`${JSON.stringify(message).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029")}\n`);

async function ended(name: string, running: Running, complaints: Complaints): Promise<ClawError> {
  try {
    const { code, signal } = await running.exit;
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    const why = complaints.last === "" ? "" : `: ${complaints.last}`;
    return new ClawError("MCP_UNREACHABLE", `the MCP server ${name} ended ${how}${why}`, { server: name }, { retryable: true });
  } catch (error) {
    return ClawError.is(error) ? error : new ClawError("MCP_UNREACHABLE", `the MCP server ${name} ended`, { server: name }, { cause: error, retryable: true });
  }
}
