import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { plainWall } from "./plain-wall.ts";
import { processesSuite, untilGone } from "./processes-suite.ts";

processesSuite("without a sandbox", () => undefined);
processesSuite("behind a wall", () => plainWall());

test("programs do not outlive a claw that is killed", async () => {
  const script = `
    import { createProcesses } from ${JSON.stringify(join(import.meta.dirname, "../src/start.ts"))};
    import { createPipes } from ${JSON.stringify(join(import.meta.dirname, "../src/pipes.ts"))};
    import { createWatchdog } from ${JSON.stringify(join(import.meta.dirname, "../src/watchdog.ts"))};
    const processes = createProcesses({ variables: {}, folders: ["/usr/bin", "/bin"], platform: process.platform, pipes: createPipes(undefined, ""), watchdog: createWatchdog("/bin/sh"), sandbox: undefined, workspace: undefined });
    const call = { session: "s", cwd: "/", roots: ["/"], signal: new AbortController().signal };
    const gone = await processes.start(["true"], {}, call);
    await gone.exit;
    for (let count = 0; count < 2; count += 1) process.stdout.write((await processes.start(["sleep", "30"], {}, call)).pid + "\\n");
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 20);
  `;
  const { stdout } = spawnSync(process.execPath, ["--conditions=claw-source", "--input-type=module-typescript", "-e", script], {
    encoding: "utf8",
    cwd: import.meta.dirname,
  });
  const pids = stdout.trim().split("\n").map(Number);
  expect(pids).toHaveLength(2);
  expect(await Promise.all(pids.map(untilGone))).toEqual([true, true]);
});
