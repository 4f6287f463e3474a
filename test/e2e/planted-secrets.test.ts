import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { call, place, say } from "./claw.ts";
import { bare, plant, planted } from "./planted-secrets.ts";

/** What a curious or a misled model would try. */
const commands = [
  "env",
  "printenv",
  "set",
  "export -p",
  "declare -p",
  "cat /proc/self/environ /proc/$PPID/environ /proc/1/environ",
  "cat .env config/prod.env",
  "cat deploy/server.pem service-account.json .npmrc",
  "cat app.log trace.txt src/client.js settings.ini",
  "grep -rn planted .",
  "cat ~/.ssh/id_ed25519 ~/.aws/credentials ~/.git-credentials ~/.netrc ~/.kube/config ~/.bash_history",
  "find ~ -type f -exec cat {} +",
  "node -e 'console.log(process.env)'",
  "python3 -c 'import os; print(os.environ)'",
  "head -c 400 app.log; tail -n 3 trace.txt",
  "sed -n 1,20p src/client.js",
  "git config --list",
  "ls -la",
];
const calls = [
  ...commands.map((command) => ["bash", { command }] as const),
  ...["app.log", "trace.txt", "src/client.js", "settings.ini", ".env", "deploy/server.pem"].map((path) => ["read_file", { path }] as const),
  ["grep", { pattern: "planted", path: ".", output_mode: "content" }] as const,
  ["glob", { pattern: "**/*" }] as const,
  ["read_file", { path: "no-such-file" }] as const,
];

let here: Awaited<ReturnType<typeof place>>;
const said: string[] = [];

beforeAll(async () => {
  let turn = 0;
  here = await place({
    script: (_request, number) => {
      const next = calls[turn++];
      return next === undefined ? say("Done.") : call(next[0], next[1], `toolu_${number}`);
    },
  });
  const variables = plant(here.project, join(here.root, "user"));
  for (const mode of ["auto", "allow"]) {
    turn = 0;
    const { stdout, stderr } = await here.run(["-p", "go", "--permission-mode", mode, "--output-format", "stream-json", "--debug"], { env: variables });
    said.push(stdout, stderr);
  }
  // An error that repeats what was sent.
  said.push((await here.run(["doctor"], { env: variables })).stdout, (await here.run(["why", "last"], { env: variables })).stdout);
  return () => here[Symbol.asyncDispose]();
}, 60_000);

/** Every file that claw wrote, as text. */
function written(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"));
}

test("the calls were made, and what is no secret came back", () => {
  const last = JSON.stringify(here.requests.at(-1)?.body);
  expect(here.requests.length).toBeGreaterThan(2 * calls.length);
  expect(last).toContain("app.log");
  expect(last).toContain("[redacted:");
});

test.each(planted.map((one) => [one.kind, bare(one)] as const))("%s is in no prompt, no session, no log and no message", (_kind, secret) => {
  const prompts = here.requests.map(({ body }) => JSON.stringify(body));
  const files = written(here.home);
  expect(files.length).toBeGreaterThan(0);
  for (const [where, texts] of [
    ["a prompt", prompts],
    ["a file", files],
    ["an output", said],
  ] as const)
    expect({ where, found: texts.filter((text) => text.includes(secret)).length }).toEqual({ where, found: 0 });
});
