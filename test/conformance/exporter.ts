import { ClawError, type ExportBatch, type Exporter, type LogEntry } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { frozen } from "./frozen.ts";
import { firstEntry } from "./session-store.ts";

/** What an exporter is given to send to: takes everything, refuses everything, or never answers. */
export type Sink = "taking" | "failing" | "silent";

/** An entry as the other side knows it. */
export interface Received {
  readonly session: string;
  readonly seq: number;
}

export interface ExporterSetting extends AsyncDisposable {
  readonly exporter: Exporter;
  /** What has reached the other side, in the order in which it did. */
  received(): readonly Received[];
  /** How many entries it was told were left out. */
  dropped(): number;
}

export interface ExporterSubject {
  readonly name: string;
  open(sink: Sink): Promise<ExporterSetting>;
}

/** How long an export may take to settle once it is aborted. */
const SETTLE_MS = 2_000;

const sessionAt = (number: number): string => `0190bbbb-0000-7000-8000-${String(number).padStart(12, "0")}`;
const at = (seq: number): string => new Date(Date.UTC(2026, 10, 22, 8, 0, seq)).toISOString();

/** One of every entry, as models, tools and newer versions of claw write them. */
const everyEntry = (session: string): readonly LogEntry[] =>
  [
    firstEntry(session, { parent: { session: sessionAt(99), seq: 4 } }),
    { type: "prompt", content: [{ type: "text", text: "line one\u2028line two\r\n\ud83d\ude00 \u0000 \ufeff \ud800" }], source: "person" },
    { type: "changed", key: "model", value: { deep: [1, null, "x"] }, author: "person" },
    {
      type: "reply",
      content: [
        { type: "reasoning", text: "", luggage: { anthropic: { signature: "s+/=" } } },
        { type: "tool-call", id: "c1", name: "bash", input: { command: "ls", big: 1e300, none: null } },
        { type: "unknown", luggage: { openai: {} } },
      ],
      model: "p/m",
      ms: 3.5,
      usage: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3 },
      reason: "tool-calls",
    },
    {
      type: "judged",
      call: "c1",
      tool: "a tool nobody offered\n",
      input: { command: "ls" },
      verdict: "deny",
      opinions: [{ author: "a/b", stage: "decide", decision: "deny", reason: "no" }],
    },
    { type: "tool-result", call: "c1", tool: "bash", content: [{ type: "image", mediaType: "image/png", data: "AAAA" }], outcome: "failed", ms: 1 },
    { type: "note", text: "x".repeat(100_000), author: "a/b" },
    { type: "compacted", through: 3, summary: "s", trigger: "auto", tokensBefore: 9, tokensAfter: 1 },
    { type: "fault", extension: "a/b", where: "PreToolUse", code: "EXTENSION_FAILED", message: "m" },
    { type: "turn-end", reason: "failed", code: "MODEL_IDLE", message: "it fell silent" },
    { type: "from-the-future", more: { __proto__: null, constructor: 1 } },
  ].map((entry, seq) => ({ ...entry, seq, at: at(seq) }) as unknown as LogEntry);

const batchOf = (entries: readonly LogEntry[], more: Partial<ExportBatch> = {}): ExportBatch => frozen({ session: sessionAt(1), entries, dropped: 0, ...more });
const notes = (from: number, count: number): readonly LogEntry[] =>
  Array.from({ length: count }, (_one, index) => ({ seq: from + index, at: at(from + index), type: "note", text: "n", author: "a/b" }) as const);
const seqs = (from: number, count: number, session = sessionAt(1)): readonly Received[] =>
  Array.from({ length: count }, (_one, index) => ({ session, seq: from + index }));
const never = (): AbortSignal => new AbortController().signal;

/** The contract of an exporter: every implementation runs it. */
export function exporterConformance({ name, open }: ExporterSubject): void {
  describe(`the exporter ${name}`, () => {
    test("hands over every entry once and in order, over batches and sessions", async () => {
      await using setting = await open("taking");
      const { exporter } = setting;
      await exporter.export(batchOf(notes(0, 3)), never());
      await exporter.export(batchOf(notes(3, 512)), never());
      await exporter.export(batchOf(notes(0, 2), { session: sessionAt(2) }), never());
      await exporter.export(batchOf(notes(515, 1)), never());
      await exporter.flush?.(never());
      expect(setting.received()).toEqual([...seqs(0, 515), ...seqs(0, 2, sessionAt(2)), ...seqs(515, 1)]);
    });

    test("takes every kind of entry, those it does not know too, and changes none", async () => {
      await using setting = await open("taking");
      const entries = everyEntry(sessionAt(1));
      await setting.exporter.export(batchOf(entries), never());
      await setting.exporter.flush?.(never());
      expect(setting.received()).toEqual(seqs(0, entries.length));
    });

    test("an empty batch is nothing to hand over", async () => {
      await using setting = await open("taking");
      await setting.exporter.export(batchOf([]), never());
      await setting.exporter.flush?.(never());
      expect([setting.received(), setting.dropped()]).toEqual([[], 0]);
    });

    test("says how many entries were left out, whether any are left or not", async () => {
      await using setting = await open("taking");
      await setting.exporter.export(batchOf(notes(7, 1), { dropped: 7 }), never());
      await setting.exporter.export(batchOf([], { dropped: 2 }), never());
      await setting.exporter.flush?.(never());
      expect([setting.received(), setting.dropped()]).toEqual([seqs(7, 1), 9]);
    });

    test("flushes at any time, and twice", async () => {
      await using setting = await open("taking");
      await setting.exporter.flush?.(never());
      await setting.exporter.export(batchOf(notes(0, 2)), never());
      await setting.exporter.flush?.(never());
      await setting.exporter.flush?.(never());
      expect(setting.received()).toEqual(seqs(0, 2));
    });

    test("a sink that fails is a ClawError with a sentence, and the next batch fails on its own", async () => {
      await using setting = await open("failing");
      for (const from of [0, 1]) {
        const error = await outcomeOf(handOver(setting.exporter, batchOf(notes(from, 1)), never()));
        expect(ClawError.is(error), String(error)).toBe(true);
        const { message } = error as ClawError;
        expect([/[\n\r]/.test(message), message.endsWith("."), message.length > 0 && message.length < 500]).toEqual([false, false, true]);
      }
      expect(setting.received()).toEqual([]);
    });

    test("an export that was aborted before hands over nothing and does not pretend it did", async () => {
      await using setting = await open("taking");
      const outcome = await outcomeOf(handOver(setting.exporter, batchOf(notes(0, 1)), AbortSignal.abort(new Error("over"))));
      expect(outcome).toBeInstanceOf(Error);
      expect(setting.received()).toEqual([]);
    });

    test("an export that nobody answers ends when it is aborted", async () => {
      await using setting = await open("silent");
      const controller = new AbortController();
      const settling = outcomeOf(handOver(setting.exporter, batchOf(notes(0, 1)), controller.signal));
      controller.abort(new Error("the time is over"));
      expect(await settling).toBeInstanceOf(Error);
    });
  });
}

/** An exporter that gathers hands over when it is flushed. */
async function handOver(exporter: Exporter, batch: ExportBatch, signal: AbortSignal): Promise<void> {
  await exporter.export(batch, signal);
  await exporter.flush?.(signal);
}

/** What it is rejected with, "worked" or "late". */
async function outcomeOf(work: Promise<void>): Promise<unknown> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), SETTLE_MS);
  try {
    return await Promise.race([
      work.then(
        () => "worked",
        (error: unknown) => error,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
