import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { ClawError } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { type Reply, startCollector } from "./collector.ts";
import { batchOf, never, note, now, openExporter } from "./setting.ts";

const key = "sk-collector-0123456789";

/** Sends one batch to a collector that answers like this. */
async function sent(replyTo: (attempt: number) => Reply, entries = [note(0)]) {
  await using collector = await startCollector(replyTo);
  const { exporter, ...seen } = openExporter({ endpoint: collector.url, headers: { "api-key": key } });
  const error: unknown = await exporter.export(batchOf(entries), never()).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error !== undefined && !ClawError.is(error)) throw error;
  return { error, requests: collector.requests.length, taken: collector.taken().length, host: collector.host, ...seen };
}

const status = (code: number, headers: Readonly<Record<string, string>> = {}): Reply => ({ status: code, headers });

describe("a batch is sent", () => {
  test("once, as a POST of JSON to the path that was said, with the headers that were said", async () => {
    await using collector = await startCollector();
    const { exporter, failures } = openExporter({ endpoint: `${collector.url}/`, headers: { "Api-Key": key, "Content-Type": "text/plain" } });
    await exporter.export(batchOf([note(0), note(1)]), never());
    expect(collector.requests.map(({ method, path, headers, records }) => [method, path, headers["api-key"], headers["content-type"], records.length])).toEqual(
      [["POST", "/v1/logs/", key, "application/json", 2]],
    );
    expect(failures).toEqual(["cleared"]);
  });

  test("packed when it is asked for and worth it", async () => {
    await using collector = await startCollector();
    const { exporter } = openExporter({ endpoint: collector.url, compression: "gzip" });
    await exporter.export(batchOf([note(0)]), never());
    await exporter.export(batchOf(Array.from({ length: 20 }, (_one, seq) => note(seq))), never());
    expect(collector.requests.map(({ headers, records }) => [headers["content-encoding"], records.length])).toEqual([
      [undefined, 1],
      ["gzip", 20],
    ]);
  });

  test("in several bodies when one would be too large, in order", async () => {
    await using collector = await startCollector();
    const { exporter } = openExporter({ endpoint: collector.url, content: "full" });
    const long = Array.from({ length: 200 }, (_one, seq) => ({ ...note(seq), text: "x".repeat(60_000) }));
    await exporter.export(batchOf(long), never());
    expect(collector.requests.length).toBeGreaterThan(2);
    expect(collector.taken().map(({ attributes }) => attributes["claw.seq"])).toEqual(long.map(({ seq }) => seq));
  });
});

describe("an answer that is no success", () => {
  test.each([429, 502, 503, 504])("with %i is tried again, three times in all", async (code) => {
    const { error, requests, waits, host, failures } = await sent(() => status(code));
    expect([requests, waits]).toEqual([3, [750, 1500]]);
    expect([error?.message, error?.retryable, failures]).toEqual([
      `${host} answered log records with status ${code}`,
      true,
      [`${host} answered log records with status ${code}`],
    ]);
  });

  test.each([400, 401, 403, 404, 408, 413, 500, 501])("with %i is final", async (code) => {
    const { error, requests } = await sent(() => status(code));
    expect([requests, error?.code, error?.retryable]).toEqual([1, "NETWORK_FAILED", false]);
  });

  test("that passes is no failure", async () => {
    const { error, requests, taken } = await sent((attempt) => (attempt === 1 ? status(503) : {}));
    expect([error, requests, taken]).toEqual([undefined, 2, 1]);
  });

  test("says when to come back, in seconds or as a date", async () => {
    expect((await sent((attempt) => (attempt === 1 ? status(429, { "retry-after": "7" }) : {}))).waits).toEqual([7250]);
    const date = new Date(now.getTime() + 9000).toUTCString();
    expect((await sent((attempt) => (attempt === 1 ? status(429, { "retry-after": date }) : {}))).waits).toEqual([9250]);
  });

  test("that asks for more patience than there is time is final", async () => {
    const { error, requests, waits } = await sent(() => status(429, { "retry-after": "3600" }));
    expect([error?.code, requests, waits]).toEqual(["NETWORK_FAILED", 1, []]);
  });

  test("never puts a header's value or the answer's text into the sentence", async () => {
    for (const code of [401, 503]) {
      const { error, warnings, failures } = await sent(() => ({ status: code, body: `bad key ${key} <script>` }));
      expect(JSON.stringify([error?.message, error?.fix, error?.data, warnings, failures])).not.toMatch(/sk-collector|script/);
    }
  });

  test("a redirect is not followed, and nothing reaches where it leads", async () => {
    await using other = await startCollector();
    for (const code of [301, 302, 303, 307, 308]) {
      const { error, requests, host } = await sent(() => status(code, { location: other.url }));
      expect([requests, error?.message]).toEqual([1, `${host} answered log records with status ${code}, a redirect to ${other.host} that is not followed`]);
    }
    expect(other.requests).toEqual([]);
  });
});

describe("a collector that is none, or means harm", () => {
  test("a page that says 200 is a failure: the records went to a login page", async () => {
    const { error, requests } = await sent(() => ({ headers: { "content-type": "text/html" }, body: "<html>Sign in" }));
    expect([requests, error?.message]).toEqual([1, expect.stringContaining("status 200 and something that is no OTLP/JSON")]);
  });

  test("an answer without end is not read to its end", async () => {
    let wrote = 0;
    const { error, requests } = await sent(() => (response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const more = (): void => {
        while (!response.destroyed && wrote < 512 * 1024 * 1024) {
          wrote += 65_536;
          if (!response.write(" ".repeat(65_536))) return void response.once("drain", more);
        }
      };
      more();
    });
    expect([requests, error?.message]).toEqual([1, expect.stringContaining("more than 64 KiB")]);
    expect(wrote).toBeLessThan(64 * 1024 * 1024);
  });

  test("one that never answers has the time of a batch and no more", async () => {
    await using collector = await startCollector(() => () => undefined);
    const { exporter, failures } = openExporter({ endpoint: collector.url, timeoutMs: 150 });
    const said = `${collector.host} had not taken the log records after 0.15 s`;
    await expect(exporter.export(batchOf([note(0)]), never())).rejects.toMatchObject({ code: "NETWORK_FAILED", message: said });
    expect(failures).toEqual([said]);
  });

  test("when claw ends meanwhile the reason is claw's, and the failure is remembered", async () => {
    await using collector = await startCollector(() => () => controller.abort(reason));
    const controller = new AbortController();
    const reason = new Error("claw ends");
    const { exporter, failures } = openExporter({ endpoint: collector.url });
    await expect(exporter.export(batchOf([note(0)]), controller.signal)).rejects.toBe(reason);
    expect(failures).toEqual([`${collector.host} had not taken the log records after all the time there was`]);
  });

  test("one that closes the connection is asked again", async () => {
    const { error, requests, taken } = await sent((attempt) => (attempt < 3 ? (response) => void response.destroy() : {}));
    expect([error, requests, taken]).toEqual([undefined, 3, 1]);
  });

  test("nobody at that address is a failure after three tries", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    const { exporter, waits } = openExporter({ endpoint: `http://127.0.0.1:${port}/v1/logs` });
    await expect(exporter.export(batchOf([note(0)]), never())).rejects.toMatchObject({ code: "NETWORK_FAILED", data: { host: `127.0.0.1:${port}` } });
    expect(waits).toEqual([750, 1500]);
  });

  test("offline is said once and not tried again", async () => {
    const offline = new ClawError("NETWORK_OFFLINE", "claw is offline", { host: "c.example" });
    const http = { fetch: () => Promise.reject(offline) };
    const { exporter, waits } = openExporter({ endpoint: "https://c.example/v1/logs" }, {}, { http });
    await expect(exporter.export(batchOf([note(0)]), never())).rejects.toBe(offline);
    expect(waits).toEqual([]);
  });
});

describe("a success that is not quite one", () => {
  const partial = (body: object): Reply => ({ body: JSON.stringify({ partialSuccess: body }) });

  test("is a warning, with the collector's reason in one line and no header's value in it", async () => {
    const { error, warnings, host } = await sent(
      () => partial({ rejectedLogRecords: "2", errorMessage: `too old\n\u001b[31mfor ${key}\u202e` }),
      [note(0), note(1), note(2)],
    );
    expect([error, warnings]).toEqual([undefined, [`${host} did not keep 2 of 3 log records: too old [31mfor …`]]);
  });

  test("may be no more than a warning", async () => {
    const { warnings, host } = await sent(() => partial({ rejectedLogRecords: 0, errorMessage: "use gzip" }));
    expect(warnings).toEqual([`${host} took log records with a warning: use gzip`]);
  });

  test.each(["", "{}", '{"partialSuccess":null}', '{"partialSuccess":{"rejectedLogRecords":"-1"}}', '{"partialSuccess":[1]}'])(
    "%j is a whole one",
    async (body) => {
      const { error, warnings } = await sent(() => ({ body }));
      expect([error, warnings]).toEqual([undefined, []]);
    },
  );
});

test("an exporter that is off sends nothing, and one that is refused says why at every batch", async () => {
  const http = { fetch: () => Promise.reject(new Error("a request")) };
  const off = openExporter({}, {}, { http });
  await off.exporter.export(batchOf([note(0)]), never());
  expect(off.failures).toEqual([]);
  const refused = openExporter({ endpoint: "http://collector.example/v1/logs" }, {}, { http });
  await expect(refused.exporter.export(batchOf([note(0)]), never())).rejects.toMatchObject({ code: "E_CONFIG_SCHEMA" });
});
