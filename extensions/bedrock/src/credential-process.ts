import { ClawError, type Host, type Processes } from "@claw/kernel";
import { jsonFrom } from "@claw/kernel/kit";
import { commandWords } from "./command-words.ts";
import { type AccessKeys, keysOf, wayFailure } from "./credential.ts";

export interface ProgramParts {
  /** Absent where an embedder gave none. */
  readonly processes: Processes | undefined;
  readonly host: Pick<Host, "environment" | "now"> & { readonly folders: Pick<Host["folders"], "home"> };
  /** The file that names the program, for messages. */
  readonly file: string;
  readonly signal: AbortSignal;
}

const timeoutMs = 60_000;
const maxBytes = 64 * 1024;

/**
 * The keys that the program of a profile prints. It is started as argv, without a shell, in the home folder and with a clean environment
 * and AWS's variables: nothing of the folder that is worked in decides what runs. Neither its arguments nor what it wrote is repeated.
 */
export async function processCredentials(line: string, parts: ProgramParts, label: string): Promise<AccessKeys & { readonly expiration?: Date }> {
  const failure = (why: string, fix?: string) => wayFailure(label, why, fix === undefined ? {} : { fix });
  if (parts.processes === undefined) throw failure("its credential_process may start no program here");
  const command = commandWords(line, process.platform);
  if (command === undefined || command[0] === undefined || command[0] === "")
    throw failure("its credential_process is no command line", `correct credential_process in ${parts.file}`);
  const printed = await outputOf(command, parts.processes, parts, failure);
  const { Version: version, SessionToken: Token, ...rest } = (jsonFrom(printed) ?? {}) as Readonly<Record<string, unknown>>;
  const found = version === 1 ? keysOf({ ...rest, Token }) : undefined;
  if (found === undefined) throw failure("its credential_process printed no keys (JSON with Version 1, AccessKeyId and SecretAccessKey)");
  if (found.expiration !== undefined && found.expiration.getTime() <= parts.host.now().getTime())
    throw failure("the keys that its credential_process printed have expired");
  const { credential, expiration } = found;
  return expiration === undefined ? credential : { ...credential, expiration };
}

async function outputOf(
  command: readonly string[],
  processes: Processes,
  { host, file, signal }: ProgramParts,
  failure: (why: string, fix?: string) => ClawError,
): Promise<string> {
  const cwd = host.folders.home ?? "/";
  const env = Object.fromEntries(
    Object.entries(host.environment).flatMap(([name, value]) => (/^AWS_/i.test(name) && value !== undefined ? [[name, value]] : [])),
  );
  try {
    await using running = await processes.start(command, { cwd, timeoutMs, own: true, env }, { session: "", cwd, roots: [cwd], signal });
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const { stream, bytes } of running.output) {
      length += bytes.length;
      if (length > maxBytes) throw failure(`its credential_process wrote more than ${maxBytes / 1024} KB`);
      if (stream === "stdout") chunks.push(bytes);
    }
    const { code, timedOut } = await running.exit;
    signal.throwIfAborted();
    if (timedOut) throw failure(`its credential_process took longer than ${timeoutMs / 1000} s`);
    if (code !== 0) throw failure(code === null ? "its credential_process was killed" : `its credential_process ended with ${code}`);
    return Buffer.concat(chunks).toString("utf8");
  } catch (error) {
    signal.throwIfAborted();
    if (ClawError.is(error, "PROGRAM_NOT_FOUND"))
      throw failure("there is no program such as its credential_process names", `write its whole path in ${file}; neither ~ nor variables mean anything there`);
    if (ClawError.is(error, "PROGRAM_NOT_STARTED") || ClawError.is(error, "PATH_NOT_FOUND")) throw failure("its credential_process cannot be started");
    throw error;
  }
}
