import { type ExportBatch, type Exporter, type Extension, Exporters, type LogEntry } from "@claw/kernel";
import type { Manifest } from "@claw/kernel/host";
import { type EmbeddedExtension, testKernel } from "@claw/testing";
import { describe, expect, test } from "vitest";

function exporterExtension(exporter: Exporter, onWake: () => void = () => undefined): EmbeddedExtension {
  const manifest: Manifest = {
    name: "test/watcher",
    version: "1.0.0",
    engines: { claw: "^1.0.0" },
    main: "./dist/index.mjs",
    permissions: {},
    provides: { exporter: { watcher: { signals: ["logs"] } } },
  };
  const extension: Extension = {
    api: 1,
    activate: (claw) => {
      onWake();
      claw.provide(Exporters, "watcher" as never, exporter as never);
    },
  };
  return { manifest, extension };
}

const collecting = (batches: ExportBatch[]): Exporter => ({ export: async (batch) => void batches.push(batch) });
const entriesOf = (batches: readonly ExportBatch[]): readonly LogEntry[] => batches.flatMap(({ entries }) => entries);

describe("what a session stores is exported", () => {
  test("every entry once and in order, the last of them when the kernel closes", async () => {
    const batches: ExportBatch[] = [];
    const one = await testKernel({ script: ["hello"], extensions: [exporterExtension(collecting(batches))] });
    const session = await one.open();
    await one.prompt(session, "hi");
    const stored = one.kernel.client.entries(session);
    await one[Symbol.asyncDispose]();
    expect(entriesOf(batches)).toEqual(stored);
    expect(batches.map(({ session: of, dropped }) => [of, dropped])).toEqual([[session, 0]]);
  });

  test("sessions do not share a batch", async () => {
    const batches: ExportBatch[] = [];
    const one = await testKernel({ script: ["one", "two"], extensions: [exporterExtension(collecting(batches))] });
    const [first, second] = [await one.open(), await one.open()];
    await one.prompt(first, "hi");
    await one.prompt(second, "hi");
    await one[Symbol.asyncDispose]();
    for (const session of [first, second]) {
      const seqs = entriesOf(batches.filter((batch) => batch.session === session)).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_seq, index) => index));
      expect(seqs.length).toBeGreaterThan(2);
    }
  });

  test("an exporter wakes after the turn has begun, and not before anything is stored", async () => {
    let woken = 0;
    const one = await testKernel({ script: ["hello"], extensions: [exporterExtension(collecting([]), () => (woken += 1))] });
    const session = await one.open();
    await one.prompt(session, "hi");
    expect(woken).toBe(0);
    await one[Symbol.asyncDispose]();
    expect(woken).toBe(1);
  });
});

describe("an exporter that fails", () => {
  test("is a fault that is in no log, and is suspended after three", async () => {
    let asked = 0;
    const failing: Exporter = {
      export: async () => {
        asked += 1;
        throw new Error("the collector is on fire");
      },
    };
    const one = await testKernel({ script: ["a", "b"], extensions: [exporterExtension(failing)] });
    const sessions = [await one.open(), await one.open(), await one.open(), await one.open(), await one.open()];
    await one.prompt(sessions[0] ?? "", "hi");
    const stored = one.kernel.client.entries(sessions[0] ?? "");
    await one.kernel.close();
    expect(stored.filter(({ type }) => type === "fault")).toEqual([]);
    expect(one.kernel.faults.map(({ extension, where }) => [extension, where])).toEqual(Array.from({ length: 3 }, () => ["test/watcher", "exporter watcher"]));
    expect(asked).toBe(3);
    await one[Symbol.asyncDispose]();
  });

  test("that never answers holds up no turn, and the kernel's end only as long as there is time", { timeout: 15_000 }, async () => {
    const stuck: Exporter = { export: () => new Promise(() => undefined) };
    const one = await testKernel({ script: ["hello"], extensions: [exporterExtension(stuck)] });
    const session = await one.open();
    const events = await one.prompt(session, "hi");
    expect(events.at(-1)).toMatchObject({ type: "turn-end", reason: "done" });
    const began = performance.now();
    await one.kernel.close();
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(one.kernel.faults.map(({ code }) => code)).toEqual(["EXTENSION_TIMEOUT"]);
    await one[Symbol.asyncDispose]();
  });

  test("too slowly loses the oldest, and is told how many", async () => {
    const batches: ExportBatch[] = [];
    const one = await testKernel({ extensions: [exporterExtension(collecting(batches))] });
    const session = await one.open();
    for (let count = 0; count < 5_000; count += 1) await one.kernel.client.set(session, "title", `title ${count}`);
    await one[Symbol.asyncDispose]();
    const entries = entriesOf(batches);
    const dropped = batches.reduce((sum, batch) => sum + batch.dropped, 0);
    expect(entries.length + dropped).toBe(5_001);
    expect(entries.at(-1)).toMatchObject({ value: "title 4999" });
    expect(Math.max(...batches.map((batch) => batch.entries.length))).toBeLessThanOrEqual(512);
  });
});
