import type { SandboxPolicy } from "@claw/kernel";
import { type ContainedRun, runContained, sandboxAt } from "./contained-run.ts";

/** Says what a sandbox finds where this process runs, and how far programs inside it reach. */
const [home = "", state = "", work = "", port = ""] = process.argv.slice(2);
const sandbox = sandboxAt(home, { state, environment: process.env });
const connects = `use Socket; socket(S, PF_INET, SOCK_STREAM, 0) or die "$!"; connect(S, pack_sockaddr_in(${port}, inet_aton("127.0.0.1"))) or die "$!"; print <S>;`;
const run = (command: readonly string[], hosts: SandboxPolicy["contained"]["hosts"], required = false): Promise<ContainedRun> =>
  runContained(sandbox, command, {
    cwd: work,
    roots: [work],
    hidden: [],
    contained: { type: "contained", hosts, writable: [], readable: [], required },
    environment: { PATH: "/usr/bin:/bin" },
  });
const perl = ["/usr/bin/perl", "-e", connects];
const ended = {
  "without hosts": await run(perl, []),
  "with an allowed host": await run(perl, ["allowed.test"]),
  "with every host of this machine": await run(perl, ["127.0.0.1", "localhost", `localhost:${port}`]),
  "with any host": await run(perl, "any"),
  "writing outside": await run(["/bin/bash", "-c", "echo inside; echo x > /etc/claw-planted && echo outside"], []),
};
const required = await run(["/bin/true"], [], true).then(
  () => "it ran",
  (error: unknown) => (error as { readonly code: string }).code,
);
process.stdout.write(JSON.stringify({ status: await sandbox.status(new AbortController().signal), required, ended }));
