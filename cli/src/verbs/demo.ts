import { cp, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Environment, programFolder } from "../paths.ts";
import type { VerbCall } from "./run.ts";

const prompt = "The test fails. Find out why, fix it, and show that it passes.";

/**
 * `claw demo`: a recorded model, everything else real. The sample project is copied to a temporary folder; there the turns
 * read it, run its failing test, edit the file and run the test again. Needs no key and no network.
 */
export async function demo({ booted, terminal, json }: VerbCall): Promise<number> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "claw-demo-")));
  try {
    const project = join(folder, "project");
    await cp(join(programFolder, "demo", "project"), project, { recursive: true });
    terminal.say(`A fresh copy of the sample project is in ${project}\nclaw -p ${JSON.stringify(prompt)}\n\n`);
    const { program } = await import("../program.ts");
    return await program(
      [
        "--print",
        prompt,
        "--replay",
        join(programFolder, "demo", "session.cassette"),
        "--offline",
        "--trust-folder",
        "--verbose",
        "--permission-mode",
        "workspace-write",
        "--allowed-tools",
        "bash(node test.js)",
        ...(json ? ["--output-format", "json"] : []),
      ],
      { environment: demoEnvironment(booted.environment, folder), cwd: project },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The person's own settings have no part in it: the recorded replies fit one run only. */
const demoEnvironment = (environment: Environment, folder: string): Environment => ({
  ...Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("CLAW_"))),
  CLAW_HOME: join(folder, "home"),
});
