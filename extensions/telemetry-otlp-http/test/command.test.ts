import { type EntryBody, SessionStoreService } from "@claw/kernel";
import { type Loaded, load } from "@claw/testing";
import { describe, expect, test } from "vitest";
import extension from "../src/index.ts";
import { startCollector } from "./collector.ts";
import { decodeLogs } from "./otlp-decoder.ts";
import { batchOf, never, note, session } from "./setting.ts";
import { smallSession } from "./small-session.ts";

type Options = NonNullable<Parameters<typeof load>[1]>;

const http = { fetch };

async function withSession(options: Options = {}, entries = smallSession): Promise<Loaded> {
  const claw = await load(extension, { services: { http }, ...options });
  const store = claw.service(SessionStoreService);
  const [first, ...rest] = entries;
  if (first?.type !== "session") throw new Error("a session begins with its entry");
  await store.create({ ...first, seq: 0, workspace: "0123456789abcdef" });
  for (const entry of rest) await store.append(session, entry);
  await store.close(session);
  return claw;
}

describe("claw telemetry show", () => {
  test("prints what the exporter sends, byte for byte, whether telemetry is on or off", async () => {
    await using collector = await startCollector();
    await using claw = await withSession({ config: { endpoint: collector.url } });
    const entries = await Array.fromAsync(claw.service(SessionStoreService).read(session));
    const exporter = await claw.test.kernel.entry<{ export(batch: object, signal: AbortSignal): Promise<void> }>("exporter", "otlp-http");
    await exporter?.export(batchOf(entries), never());
    const { code, shown, emitted } = await claw.command("telemetry", ["show", session]);
    const [node] = shown;
    const text = node?.type === "code" ? node.text : "";
    expect([code, shown.length, decodeLogs(text)]).toEqual([0, 1, collector.taken()]);
    expect(emitted.map((body) => JSON.stringify(body))).toEqual([text]);

    await using off = await withSession({ environment: { DO_NOT_TRACK: "1" } });
    expect((await off.command("telemetry", ["show"])).shown).toEqual(shown);
  });

  test("is the latest session unless one is named, a long one in several bodies", async () => {
    await using claw = await withSession({}, [...smallSession, ...Array.from({ length: 600 }, (_one, index) => note(smallSession.length + index))]);
    const { emitted } = await claw.command("telemetry", ["show", "--json"]);
    const records = emitted.map((body) => decodeLogs(JSON.stringify(body)));
    expect(records.map(({ length }) => length)).toEqual([512, smallSession.length + 600 - 512]);
  });

  test("sends nothing, and knows what is not there", async () => {
    await using collector = await startCollector();
    await using claw = await withSession({ config: { endpoint: collector.url } });
    await claw.command("telemetry", ["show"]);
    await claw.command("telemetry", ["status"]);
    await expect(claw.command("telemetry", ["show", "ffffffff"])).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
    expect(collector.requests).toEqual([]);
  });
});

describe("claw telemetry status", () => {
  const secret = "hunter2-0123456789";

  test("says that it is off, and why", async () => {
    await using claw = await load(extension, { services: { http } });
    const { emitted, shown } = await claw.command("telemetry", []);
    expect(emitted).toEqual([
      {
        type: "telemetry-status",
        on: false,
        reason: "no endpoint is configured",
        headers: [],
        content: "none",
        resource: { "service.name": "claw", "service.version": "1.0.0", "os.type": process.platform === "win32" ? "windows" : process.platform },
        problems: [],
      },
    ]);
    expect(JSON.stringify(shown)).toContain("off: no endpoint is configured");
  });

  test("says where to and with which headers, by their names", async () => {
    await using claw = await load(extension, {
      config: { endpoint: "https://collector.example/v1/logs", headers: { "api-key": secret } },
      environment: { OTEL_EXPORTER_OTLP_HEADERS: `x-team=${secret}`, OTEL_EXPORTER_OTLP_TIMEOUT: "soon" },
      services: { http },
    });
    const { emitted, shown } = await claw.command("telemetry", ["status", "--json"]);
    expect(emitted).toMatchObject([
      {
        on: true,
        endpoint: "https://collector.example/v1/logs",
        headers: ["x-team", "api-key"],
        compression: "none",
        timeoutMs: 30_000,
        problems: ['OTEL_EXPORTER_OTLP_TIMEOUT: "soon" is no number of milliseconds'],
      },
    ]);
    expect(JSON.stringify([emitted, shown])).not.toContain(secret);
    expect(shown.slice(1)).toEqual([{ type: "status", level: "warning", text: 'OTEL_EXPORTER_OTLP_TIMEOUT: "soon" is no number of milliseconds' }]);
  });

  test("says what is wrong with an endpoint, and what to do", async () => {
    await using claw = await load(extension, { config: { endpoint: "http://collector.example/v1/logs" }, services: { http } });
    const { emitted, shown } = await claw.command("telemetry", ["status"]);
    expect(emitted).toMatchObject([{ on: false, reason: expect.stringContaining("unencrypted to collector.example"), fix: expect.any(String) }]);
    expect(shown.at(-1)).toEqual({ type: "status", level: "info", text: 'write https://, or set "telemetry": { "insecure": true }' });
  });

  test("remembers the last failure until something was sent again", async () => {
    let isBusy = true;
    await using collector = await startCollector(() => ({ status: isBusy ? 400 : 200 }));
    await using claw = await load(extension, { config: { endpoint: collector.url, headers: { "api-key": secret } }, services: { http } });
    const exporter = await claw.test.kernel.entry<{ export(batch: object, signal: AbortSignal): Promise<void> }>("exporter", "otlp-http");
    const lastFailure = async (): Promise<unknown> =>
      ((await claw.command("telemetry", ["status"])).emitted[0] as { readonly lastFailure?: unknown }).lastFailure;
    await exporter?.export(batchOf([]), never());
    expect(await lastFailure()).toBeUndefined();
    await expect(exporter?.export(batchOf([note(0)]), never())).rejects.toMatchObject({ code: "NETWORK_FAILED" });
    expect(await lastFailure()).toEqual({ at: "2026-11-22T08:00:00.000Z", message: `${collector.host} answered log records with status 400` });
    isBusy = false;
    await exporter?.export(batchOf([note(0)]), never());
    expect(await lastFailure()).toBeUndefined();
  });
});

test.each([[["send"]], [["status", "x"]], [["show", "a", "b"]], [["--yes"]]])("telemetry %j is no command line", async (argv) => {
  await using claw = await load(extension, { services: { http } });
  await expect(claw.command("telemetry", argv)).rejects.toMatchObject({ code: "USAGE", data: { hint: expect.stringContaining("claw telemetry") } });
});

test("a session is exported as it happens, and the kernel's end waits for the rest of it", async () => {
  await using collector = await startCollector();
  const claw = await load(extension, { config: { endpoint: collector.url }, services: { http }, script: ["Done."] });
  const id = await claw.test.open();
  await claw.test.prompt(id, "a secret plan");
  const stored = claw.test.kernel.client.entries(id) as readonly EntryBody[];
  await claw[Symbol.asyncDispose]();
  expect(collector.taken().map(({ attributes }) => [attributes["session.id"], attributes["claw.seq"]])).toEqual(stored.map((_entry, seq) => [id, seq]));
  expect(JSON.stringify(collector.taken())).not.toMatch(/secret plan|Done\./);
});
