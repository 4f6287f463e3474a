import { load } from "@claw/testing";
import { toolConformance } from "@claw/testing/conformance";
import extension from "../src/index.ts";
import { groupProcesses } from "./group-processes.ts";

const open = () => load(extension, { services: { processes: groupProcesses() } });
const background = { command: "echo started; sleep 30", run_in_background: true };

toolConformance({
  tool: "bash",
  load: open,
  inputs: {
    "a success": { command: "echo hello" },
    "no output": { command: "true" },
    "a failure": { command: "echo broken >&2; exit 1" },
    "output that is no text": { command: String.raw`printf '\000\377\033[0m'` },
    "long output": { command: "seq 200000" },
    "output over time": { command: "for i in 1 2 3; do echo $i; sleep 0.06; done" },
    "a timeout": { command: "sleep 30", timeout: 20 },
    "the background": background,
    "a folder that is missing": { command: "true", cwd: "none" },
  },
  slow: { command: "echo begun; sleep 30" },
});

toolConformance({
  tool: "bash_output",
  load: open,
  prepare: (claw) => claw.call("bash", background),
  inputs: { "a running command": { id: "bash_1", wait: 5 }, "a command nobody knows": { id: "bash_9" } },
  slow: { id: "bash_1", wait: 600_000 },
});

toolConformance({
  tool: "kill_shell",
  load: open,
  prepare: (claw) => claw.call("bash", background),
  inputs: { "a running command": { id: "bash_1" }, "a command nobody knows": { id: "bash_9" } },
});
