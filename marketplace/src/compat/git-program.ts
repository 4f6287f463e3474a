import { execFile } from "node:child_process";
import { ClawError } from "@claw/kernel/host";
import { foreign, quoted } from "./foreign-document.ts";

export interface GitCall {
  readonly folder: string;
  /** Protocols that a fetch may use, such as `https`. */
  readonly protocols: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly maxBytes: number;
  readonly input?: string;
}

/** What of a person's environment git needs to reach the network. None of git's own variables: they could name other programs and folders. */
const passedOn =
  /^(?:PATH|HOME|USERPROFILE|HOMEDRIVE|HOMEPATH|APPDATA|LOCALAPPDATA|SYSTEMROOT|TEMP|TMP|TMPDIR|XDG_CONFIG_HOME|SSL_CERT_FILE|SSL_CERT_DIR|(?:HTTPS?|ALL|NO)_PROXY)$/i;
const timeoutMs = 120_000;

/** Runs git so that nothing but git runs: no hook, no prompt, no pager, no protocol but these. Answers what it printed. */
export function runGit(words: readonly string[], { folder, protocols, environment, maxBytes, input = "" }: GitCall, signal: AbortSignal): Promise<Buffer> {
  const kept = Object.entries(environment).filter(([name, value]) => value !== undefined && passedOn.test(name));
  const env = {
    ...Object.fromEntries(kept),
    GIT_ALLOW_PROTOCOL: protocols.join(":"),
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    GIT_PAGER: "cat",
    LC_ALL: "C",
  };
  const safe = ["core.hooksPath=/dev/null", "core.fsmonitor=false", "fetch.fsckObjects=true", "gc.auto=0", "maintenance.auto=false"].flatMap((setting) => [
    "-c",
    setting,
  ]);
  return new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      [...safe, ...words],
      { cwd: folder, env, encoding: "buffer", maxBuffer: maxBytes, timeout: timeoutMs, signal },
      (error, out, complaints) => {
        if (error === null) return resolve(out);
        if (signal.aborted) return reject(signal.reason as Error);
        if (error.code === "ENOENT")
          return reject(
            new ClawError(
              "PROGRAM_NOT_FOUND",
              "git is needed for this marketplace, and it is not there",
              { program: "git" },
              { cause: error, fix: "install git" },
            ),
          );
        const line = complaints.toString("utf8").trim().split("\n").at(-1) ?? "";
        const [, address, why] = /^fatal: unable to access '([^']+)': (.+)$/.exec(line) ?? [];
        if (address !== undefined || error.killed === true) return reject(unreachable(address, why ?? `no answer in ${timeoutMs / 1000} s`, error));
        reject(foreign("git", `git ${words[0] ?? ""} failed: ${quoted(line)}`));
      },
    );
    // A git that ended without reading says so by its exit code.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

function unreachable(address: string | undefined, why: string, cause: Error): ClawError {
  const host = URL.parse(address ?? "")?.host ?? "git";
  return new ClawError(
    "NETWORK_FAILED",
    `git could not reach ${quoted(address ?? "the repository")}: ${quoted(why)}`,
    { host },
    { cause, retryable: true, fix: "look at the address and the network" },
  );
}
