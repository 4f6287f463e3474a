import { ClawError } from "@claw/kernel/host";
import type { BuildFacts } from "@claw/marketplace";
import type { VerbCall } from "../verbs/run.ts";
import { runProgram } from "./run-program.ts";

export type Facts = Omit<BuildFacts, "name" | "version" | "sha256">;

/** How a package is built here: by a workflow of GitHub, which says so in the environment, or on somebody's machine from a git checkout. */
export async function buildFacts(folder: string, { booted, signal }: VerbCall): Promise<Facts> {
  const { environment } = booted;
  const {
    GITHUB_ACTIONS,
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_WORKFLOW_REF: workflow,
    GITHUB_REF: ref,
    GITHUB_SHA: commit,
    GITHUB_RUN_ID: run,
  } = environment;
  if (GITHUB_ACTIONS === "true" && server !== undefined && repository !== undefined && workflow !== undefined && ref !== undefined && commit !== undefined) {
    const source = `${server}/${repository}`;
    return { builder: `${server}/${workflow}`, source, ref, commit, ...(run === undefined ? {} : { invocation: `${source}/actions/runs/${run}` }) };
  }
  const git = async (...argv: readonly string[]): Promise<string> => {
    const { code, text } = await runProgram("git", ["-C", folder, ...argv], { cwd: folder, environment, output: "kept", signal });
    if (code !== 0)
      throw new ClawError(
        "E_SIGN",
        `an attestation says from which commit a package is built, and git says: ${text}`,
        { step: "attestation" },
        { fix: "commit it first, or leave out --attest" },
      );
    return text;
  };
  const [commitHere, refHere] = [await git("rev-parse", "HEAD"), await git("rev-parse", "--symbolic-full-name", "HEAD")];
  const remote = await git("remote", "get-url", "origin").catch(() => `file://${folder}`);
  return { builder: "urn:claw:local", source: remote, ref: refHere, commit: commitHere };
}
