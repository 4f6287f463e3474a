import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { processStat } from "../kit/process-stat.ts";

test.runIf(process.platform === "linux")("a process that runs has a group and a start, one that is gone has none", async () => {
  const child = spawn(process.execPath, ["-e", "process.title = 'a) b ('; console.log(1); setInterval(() => {}, 1000)"], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(child.stdout, "data");
  const stat = processStat(child.pid ?? 0);
  expect([stat?.group, Number.isSafeInteger(stat?.startTicks)]).toEqual([child.pid, true]);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect([processStat(child.pid ?? 0), processStat("no-number")]).toEqual([undefined, undefined]);
});
