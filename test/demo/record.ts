/**
 * Records `cli/demo/session.cassette`: claw itself, on a fresh copy of the sample project, against a server on loopback that speaks
 * the Messages wire. Run it after a change to the tools or the prompt of the demo: node test/demo/record.ts
 */
import { spawn } from "node:child_process";
import { cp, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAnthropicServer } from "../wire/anthropic-server.ts";

const root = join(import.meta.dirname, "../..");
const call = (id: string, name: string, input: object) => ({ type: "tool-call", id, name, json: JSON.stringify(input), deltas: 3 }) as const;
const say = (text: string) => ({ type: "text", text, deltas: 8 }) as const;
const usage = (input: number, output: number) => ({ input, output });

const replies = [
  {
    blocks: [
      say("I'll look at the project and run its test first."),
      call("toolu_01", "glob", { pattern: "*" }),
      call("toolu_02", "bash", { command: "node test.js", description: "Run the test" }),
    ],
    usage: usage(1900, 96),
  },
  {
    blocks: [
      say("The discount test fails: 10 percent of 2500 should leave 2250, and it takes 10 cents off. Reading the code."),
      call("toolu_03", "read_file", { path: "cart.js" }),
    ],
    usage: usage(2150, 74),
  },
  {
    blocks: [
      say("`total` subtracts the discount as cents. It is a percentage of the sum."),
      call("toolu_04", "file_edit", {
        file_path: "cart.js",
        old_string: "  return lines.length > 0 ? sum - discount : 0;",
        new_string: "  return Math.round(sum * (1 - discount / 100));",
      }),
    ],
    usage: usage(2420, 120),
  },
  {
    blocks: [say("Running the test again."), call("toolu_05", "bash", { command: "node test.js", description: "Run the test again" })],
    usage: usage(2610, 60),
  },
  {
    blocks: [
      say(
        "Fixed. `total` in `cart.js` subtracted the discount as if it were cents; it now takes it as a percentage of the sum and rounds to whole cents. All 3 tests pass.",
      ),
    ],
    usage: usage(2730, 58),
  },
] as const;

const folder = await realpath(await mkdtemp(join(tmpdir(), "claw-record-")));
await using server = await startAnthropicServer(replies);
try {
  const project = join(folder, "project");
  await cp(join(root, "cli/demo/project"), project, { recursive: true });
  await rm(join(root, "cli/demo/session.cassette"), { force: true });
  const child = spawn(
    process.execPath,
    [
      join(root, "cli/dist/claw.js"),
      "--print",
      "The test fails. Find out why, fix it, and show that it passes.",
      "--record",
      join(root, "cli/demo/session.cassette"),
      "--trust-folder",
      "--permission-mode",
      "workspace-write",
      "--allowed-tools",
      "bash(node test.js)",
    ],
    {
      cwd: project,
      stdio: ["ignore", "inherit", "inherit"],
      env: { PATH: process.env["PATH"], CLAW_HOME: join(folder, "home"), HOME: folder, ANTHROPIC_API_KEY: "not-a-real-key", ANTHROPIC_BASE_URL: server.url },
    },
  );
  process.exitCode = await new Promise<number>((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
} finally {
  await rm(folder, { recursive: true, force: true });
}
