import { parseArgs } from "node:util";
import { ClawError, type Command, type CommandCall } from "@claw/kernel";
import { linesOf, longestLine } from "./input-lines.ts";
import { mistakeOf, type PermAnswer } from "./perm-answer.ts";
import type { LintFinding } from "./perm-lint.ts";

/** What the command is answered from. */
export interface PermDesk {
  /** Decides one line of JSON, or one shell command of the current folder, and runs nothing. */
  test(line: string, call: CommandCall, options: TestOptions): Promise<PermAnswer>;
  lint(options: Pick<TestOptions, "policy">): Promise<readonly LintFinding[]>;
}

export interface TestOptions {
  readonly mode: string | undefined;
  /** A policy file as it would be installed, instead of this machine's. */
  readonly policy: string | undefined;
}

const usage = "claw perm test [--mode MODE] [--policy FILE] 'COMMAND' | claw perm test --json < LINES | claw perm lint [--policy FILE]";
/** What a verdict that is no allow exits with (formats.md). */
const refused = 5;

/** `claw perm`: what would be decided, without running anything; and what is wrong with the rules. */
export const permCommand = (desk: PermDesk): Command => ({
  async run(call) {
    const { verb, command, json, options } = read(call);
    if (verb === "lint") return lint(desk, call, json, options);
    return command === undefined ? testLines(desk, call, options) : testOne(desk, command, call, json, options);
  },
});

function read({ argv, json }: CommandCall) {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { json: { type: "boolean" }, mode: { type: "string" }, policy: { type: "string" } },
    });
  } catch (error) {
    throw wrong(`perm: ${(error as Error).message.split(". ", 1)[0]}`);
  }
  const { positionals, values } = parsed;
  const [verb, ...words] = positionals;
  if (verb !== "test" && verb !== "lint")
    throw wrong(verb === undefined ? "perm needs a verb: test or lint" : `perm has no verb ${JSON.stringify(verb)}; it has test and lint`);
  if (verb === "lint" && words.length > 0) throw wrong(`perm lint was given too much: ${JSON.stringify(words[0])}`);
  if (verb === "lint" && values.mode !== undefined) throw wrong("perm lint takes no --mode");
  const isJson = json || values.json === true;
  if (verb === "test" && words.length === 0 && !isJson) throw wrong("perm test needs a command, or --json and one JSON object a line on standard input");
  return {
    verb,
    command: words.length === 0 ? undefined : words.join(" "),
    json: isJson,
    options: { mode: values.mode, policy: values.policy },
  } as const;
}

async function testOne(desk: PermDesk, command: string, call: CommandCall, json: boolean, options: TestOptions): Promise<number> {
  const answer = await desk.test(JSON.stringify({ tool: "bash", input: { command } }), call, options);
  if (json) call.emit(answer);
  else {
    const lists = (["reads", "writes", "hosts"] as const).flatMap((name) => (answer[name].length === 0 ? [] : [`${name}: ${answer[name].join(", ")}`]));
    const lines = [
      `${answer.verdict}: ${answer.why[0] ?? ""}`,
      `class: ${answer.class}`,
      ...(answer.rule === "" ? [] : [`rule: ${answer.rule}`]),
      ...lists,
      ...answer.why.slice(1).map((why) => `why: ${why}`),
    ];
    call.show({ type: "code", text: lines.join("\n") });
  }
  return answer.verdict === "allow" ? 0 : refused;
}

/** One JSON object a line in, one a line out, in the same order; a line that cannot be read is answered with its mistake, and the next one counts. */
async function testLines(desk: PermDesk, call: CommandCall, options: TestOptions): Promise<number> {
  let failed = false;
  for await (const line of linesOf(call.input)) {
    call.signal.throwIfAborted();
    try {
      if (line === undefined) throw wrong(`the line is longer than ${longestLine} bytes`);
      call.emit(await desk.test(line, call, options));
    } catch (error) {
      if (!ClawError.is(error)) throw error;
      failed = true;
      call.emit(mistakeOf(error));
    }
    // Whoever reads slowly is waited for, and nothing is judged for a reader that is gone.
    await call.flush();
  }
  return failed ? 2 : 0;
}

async function lint(desk: PermDesk, call: CommandCall, json: boolean, options: TestOptions): Promise<number> {
  const findings = await desk.lint(options);
  if (json) for (const finding of findings) call.emit({ type: "finding", ...finding });
  else if (findings.length === 0) call.show({ type: "status", level: "info", text: "the permission rules say what they do" });
  else
    call.show({
      type: "table",
      columns: ["rule", "decision", "from", "finding"],
      rows: findings.map(({ rule, decision, source, code, text }) => [rule, decision, source, `${code}: ${text}`]),
    });
  return findings.some(({ code }) => code !== "wide") ? 1 : 0;
}

const wrong = (message: string): ClawError<"USAGE"> => new ClawError("USAGE", message, { hint: usage }, { fix: usage });
