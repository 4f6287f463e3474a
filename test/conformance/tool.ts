import { isDeepStrictEqual } from "node:util";
import { ClawError, type ContentBlock, type ToolResult } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import type { Loaded } from "../harness/load.ts";
import { frozen } from "./frozen.ts";

type Input = Readonly<Record<string, unknown>>;

export interface ToolSuite {
  readonly tool: string;
  /** The tool's extension, awake. */
  load(): Promise<Loaded>;
  /** Brings about what the inputs need, in a fresh `load`. */
  readonly prepare?: (claw: Loaded) => Promise<unknown>;
  /** Inputs that the tool answers or refuses with a ClawError; by what they show. */
  readonly inputs: Readonly<Record<string, Input>>;
  /** An input whose call takes longer than the suite waits; absent for a tool that never waits. */
  readonly slow?: Input;
}

/** How long an aborted call may take to settle. */
const SETTLE_MS = 2_000;
/** The most characters the kernel hands on of a result. */
const MAX_CHARACTERS = 400_000;

/** The contract of a tool: every implementation runs it. */
export function toolConformance(suite: ToolSuite): void {
  const open = async (): Promise<Loaded> => {
    const claw = await suite.load();
    await suite.prepare?.(claw);
    return claw;
  };

  describe(`the tool ${suite.tool}`, () => {
    test.each(Object.entries(suite.inputs))("answers well for %s, and leaves its input as it was", async (_name, input) => {
      await using claw = await open();
      const shown: ContentBlock[] = [];
      let isOver = false;
      const progress = (content: ContentBlock): void => {
        expect(isOver, "progress came after the result").toBe(false);
        shown.push(content);
      };
      const settled = await claw.result(suite.tool, frozen(input), { progress }).then(checkResult, checkFailure);
      isOver = true;
      expect(settled).toEqual([]);
      expect(shown.flatMap(problemsOfBlock)).toEqual([]);
    });

    test("settles when its call was aborted before it began", async () => {
      await using claw = await open();
      const reason = new Error("aborted before");
      for (const input of Object.values(suite.inputs)) {
        const outcome = await settledWithin(claw.result(suite.tool, frozen(input), { signal: AbortSignal.abort(reason) }));
        expect(outcome === "answered" || outcome === reason || ClawError.is(outcome), String(outcome)).toBe(true);
      }
    });

    const { slow } = suite;
    if (slow === undefined) return;
    test("stops with the reason of the abort while it runs", async () => {
      await using claw = await open();
      const abort = new AbortController();
      const reason = new Error("aborted meanwhile");
      const outcome = settledWithin(claw.result(suite.tool, frozen(slow), { signal: abort.signal }));
      setTimeout(() => abort.abort(reason), 20);
      expect(await outcome).toBe(reason);
    });
  });
}

/** What a call came to: `"answered"`, or what it threw. Fails when it takes too long. */
async function settledWithin(running: Promise<ToolResult>): Promise<unknown> {
  const late = Promise.withResolvers<unknown>();
  const timer = setTimeout(() => late.resolve(`not settled after ${SETTLE_MS} ms`), SETTLE_MS);
  try {
    return await Promise.race([
      running.then(
        () => "answered",
        (error: unknown) => error,
      ),
      late.promise,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

function checkResult(result: ToolResult): readonly string[] {
  const problems = result.content.flatMap(problemsOfBlock);
  if (result.content.length === 0) problems.push("no content: the model must be told something");
  if (result.failed !== undefined && typeof result.failed !== "boolean") problems.push("failed is no boolean");
  const characters = result.content.reduce((sum, block) => sum + (block.type === "text" ? block.text.length : 0), 0);
  if (characters > MAX_CHARACTERS) problems.push(`${characters} characters of text: the kernel would cut it`);
  if (result.details !== undefined && !isPlainData(result.details)) problems.push("details do not survive JSON");
  return problems;
}

function checkFailure(error: unknown): readonly string[] {
  if (!ClawError.is(error)) return [`threw something that is no ClawError: ${String(error)}`];
  const { message } = error;
  return message === "" || message.endsWith(".") || message.includes("\n    at ") ? [`its message is no sentence: ${message}`] : [];
}

function problemsOfBlock(block: ContentBlock): string[] {
  switch (block.type) {
    case "text":
      if (block.text === "") return ["an empty text"];
      return block.text.isWellFormed() ? [] : ["a text with half a character"];
    case "image":
    case "document":
      return /^[\w.+-]+\/[\w.+-]+$/.test(block.mediaType) && /^[A-Za-z0-9+/]+={0,2}$/.test(block.data) ? [] : [`a malformed ${block.type}`];
    default:
      return [`a block of type ${block.type}, which no tool gives`];
  }
}

const isPlainData = (value: unknown): boolean => isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value);
