import { spawn } from "node:child_process";
import { runContained, sandboxAt } from "./contained-run.ts";

/** Says how few and many processes fare behind a wall that lets 15 run, while more than that run outside. */
const [home = "", state = "", work = ""] = process.argv.slice(2);
const others = Array.from({ length: 20 }, () => spawn("/bin/sleep", ["60"]));
try {
  const sandbox = sandboxAt(home, { state, config: { maxProcesses: 15 } });
  const run = async (count: number): Promise<string> => {
    const text = `for n in $(seq ${count}); do sleep 0.3 & done; wait; echo $?`;
    const { output } = await runContained(sandbox, ["/bin/bash", "--norc", "--noprofile", "-c", `trap 'kill 0' EXIT; timeout 1 bash -c '${text}' 2>&1`], {
      cwd: work,
      roots: [work],
      hidden: [],
      contained: { type: "contained", hosts: [], writable: [], readable: [], required: true },
      environment: { PATH: "/usr/bin:/bin" },
    });
    return output;
  };
  process.stdout.write(JSON.stringify({ few: await run(5), many: await run(40) }));
} finally {
  for (const one of others) one.kill("SIGKILL");
}
