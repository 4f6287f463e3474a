import { expect } from "vitest";
import type { Place, Ran, RunOptions } from "./claw.ts";

/** How a failure is to look, whatever it is. */
export interface Expected {
  readonly exit: number;
  readonly code: string;
  /** What the sentence says, or part of it. */
  readonly says?: string | RegExp;
  readonly fix?: string | RegExp;
}

const containing = (part: string | RegExp): unknown => (typeof part === "string" ? expect.stringContaining(part) : expect.stringMatching(part));

/** One clear sentence with a code and never a stack, for people. */
export function expectSentence(ran: Ran, { exit, code, says = /./, fix }: Expected): void {
  const { stderr } = ran;
  expect({ exit: ran.code, stderr }).toEqual({ exit, stderr: expect.stringMatching(new RegExp(`^code: ${code}$`, "m")) });
  const sentences = stderr.split("\n").filter((line) => line.startsWith("error: "));
  expect(sentences).toEqual([containing(says)]);
  expect(sentences[0]).toMatch(/^error: \S.*[^.]$/);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain("node:internal");
  if (fix !== undefined) expect(stderr.split("\n").filter((line) => line.startsWith("fix: "))).toEqual([containing(fix)]);
}

/** The same for programs: one object, the exit code in it. */
export function expectResult(ran: Ran, { exit, code, says = /./ }: Expected): void {
  const result = JSON.parse(ran.stdout) as { readonly errors: readonly string[] };
  expect(result).toMatchObject({ type: "result", is_error: true, exit_code: exit, error: { code } });
  expect(result.errors).toEqual([containing(says)]);
  expect(ran.code).toBe(exit);
  expect(ran.stderr).not.toMatch(/^\s+at /m);
}

/** Runs a prompt in text and in JSON: both fail in the same way. */
export async function expectFailure(here: Place, argv: readonly string[], expected: Expected, options: RunOptions = {}): Promise<readonly [Ran, Ran]> {
  const text = await here.run(argv, options);
  expectSentence(text, expected);
  const json = await here.run([...argv, "--output-format", "json"], options);
  expectResult(json, expected);
  return [text, json];
}
