import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { type ExportBatch, type Exporter, type LogEntry, defineExtension } from "@claw/kernel";
import type { EmbeddedExtension, Manifest } from "@claw/kernel/host";
import { scriptedModel } from "@claw/testing";
import { describe, expect, test } from "vitest";
import httpManifest from "../../extensions/http/extension.json" with { type: "json" };
import http from "../../extensions/http/src/index.ts";
import otlpManifest from "../../extensions/telemetry-otlp-http/extension.json" with { type: "json" };
import otlp from "../../extensions/telemetry-otlp-http/src/index.ts";
import { embedded, never, program, text } from "./program.ts";

const root = join(import.meta.dirname, "../..");
const otlpExtension = embedded(otlpManifest, otlp);

const sinkManifest: Manifest = {
  name: "acme/sink",
  version: "1.0.0",
  engines: { claw: "^1.0.0" },
  main: "./dist/index.mjs",
  permissions: {},
  provides: { exporter: { acme: { signals: ["logs"] } } },
};
/** What another program writes to see what happens: one function. */
const sinkOf = (exporter: Exporter): EmbeddedExtension =>
  embedded(
    sinkManifest,
    defineExtension((claw) => claw.provide({ kind: "slot", id: "exporter" } as never, "acme", exporter as never)),
  );

type Program = ReturnType<typeof program>;

/** One turn; what was stored of it. */
async function converse({ kernel, folder }: Program): Promise<readonly LogEntry[]> {
  const session = await kernel.client.open({ cwd: folder, workspace: "0123456789abcdef", roots: [folder] });
  await Array.fromAsync(kernel.client.prompt(session, [text("the secret plan")], never()));
  return kernel.client.entries(session);
}

interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly bodies: readonly string[];
}

async function startCollector(): Promise<Collector> {
  const bodies: string[] = [];
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      bodies.push((request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString("utf8"));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const eventsOf = (bodies: readonly string[]): readonly string[] =>
  bodies.flatMap((body) => [...body.matchAll(/"eventName":"([^"]+)"/g)].map(([, name = ""]) => name));

describe("need 11: telemetry is an interface, and OpenTelemetry one thing that fits it", () => {
  test("a program's own sink sees what is stored, in order, and nobody else does", async () => {
    const batches: ExportBatch[] = [];
    const { models } = scriptedModel(["done"]);
    const asked: string[] = [];
    const sink = sinkOf({ export: async (batch) => void batches.push(batch) });
    const one = program({ extensions: [sink], services: { models }, fetch: async (input) => Promise.reject(new Error(`asked ${asked.push(String(input))}`)) });
    const stored = await converse(one);
    await one[Symbol.asyncDispose]();
    expect([batches.flatMap(({ entries }) => entries), asked]).toEqual([stored, []]);
  });

  test("a sink that fails costs the conversation nothing", async () => {
    const { models } = scriptedModel(["done"]);
    const failing = sinkOf({ export: () => Promise.reject(new Error("the disk is full")) });
    const one = program({ extensions: [failing], services: { models } });
    const stored = await converse(one);
    await one[Symbol.asyncDispose]();
    expect([stored.at(-1)?.type, stored.some(({ type }) => type === "fault"), one.kernel.faults.map(({ extension }) => extension)]).toEqual([
      "turn-end",
      false,
      ["acme/sink"],
    ]);
  });

  test("a kernel without one has none, and opens no socket", async () => {
    const { models } = scriptedModel(["done"]);
    const asked: string[] = [];
    const one = program({ extensions: [], services: { models }, fetch: async (input) => Promise.reject(new Error(`asked ${asked.push(String(input))}`)) });
    expect(await one.kernel.entry("exporter", "otlp-http")).toBeUndefined();
    await converse(one);
    await one[Symbol.asyncDispose]();
    expect(asked).toEqual([]);
  });

  test("the one for OpenTelemetry is imported beside it, and sends through the program's own fetch to where the program says", async () => {
    await using collector = await startCollector();
    const batches: ExportBatch[] = [];
    const asked: string[] = [];
    const { models } = scriptedModel(["done"]);
    const one = program({
      extensions: [otlpExtension, sinkOf({ export: async (batch) => void batches.push(batch) })],
      services: { models },
      config: { "claw/telemetry-otlp-http": { endpoint: `${collector.url}/in` } },
      fetch: (input, init) => {
        asked.push(String(input));
        return fetch(input, init);
      },
    });
    const stored = await converse(one);
    await one[Symbol.asyncDispose]();
    expect([...new Set(asked)]).toEqual([`${collector.url}/in`]);
    expect([eventsOf(collector.bodies).length, batches.flatMap(({ entries }) => entries).length]).toEqual([stored.length, stored.length]);
    expect(collector.bodies.join()).not.toContain("secret plan");
  });

  test("and through claw's own http, where that is among the extensions", async () => {
    await using collector = await startCollector();
    const { models } = scriptedModel(["done"]);
    const one = program({
      extensions: [embedded(httpManifest, http), otlpExtension],
      services: { models },
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" },
    });
    const stored = await converse(one);
    await one[Symbol.asyncDispose]();
    expect([one.kernel.faults, eventsOf(collector.bodies)]).toEqual([[], expect.arrayContaining(["claw.session", "claw.prompt", "claw.turn_end"])]);
    expect(eventsOf(collector.bodies)).toHaveLength(stored.length);
  });

  test("imported and told nothing, or told not to track, it sends nothing: the variables of the process are not the program's", async () => {
    await using collector = await startCollector();
    process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url;
    try {
      for (const environment of [{}, { DO_NOT_TRACK: "1", OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }]) {
        const { models } = scriptedModel(["done"]);
        const one = program({ extensions: [otlpExtension], services: { models }, environment });
        await converse(one);
        await one[Symbol.asyncDispose]();
        expect([one.kernel.faults, collector.bodies]).toEqual([[], []]);
      }
    } finally {
      delete process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
    }
  });
});

describe("what is imported for it", () => {
  const defaults = JSON.parse(readFileSync(join(root, "cli/profiles/default.json"), "utf8")) as { readonly extensions: Readonly<Record<string, string>> };
  const doorOf = (extension: string): string => join(root, "extensions", extension.replace("claw/", ""), "src/index.ts");
  const libraries = /node_modules\/(?:@opentelemetry|@aws-sdk|@smithy|@azure|@google|@google-cloud|google-auth-library|openai|@anthropic-ai)\//;

  /** The modules that a process of its own has loaded once it has imported these. */
  function loadedBy(modules: readonly string[]): readonly string[] {
    const folder = mkdtempSync(join(tmpdir(), "claw-imports-"));
    try {
      const script = join(folder, "imports.mjs");
      writeFileSync(
        script,
        `import { registerHooks } from "node:module";
const seen = [];
registerHooks({ load(url, context, next) { seen.push(url); return next(url, context); } });
for (const path of ${JSON.stringify(modules.map((path) => pathToFileURL(path).href))}) await import(path);
process.stdout.write(JSON.stringify(seen));`,
      );
      const { stdout, stderr, status } = spawnSync(process.execPath, ["--conditions=claw-source", script], { encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as readonly string[];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test("neither OpenTelemetry nor any cloud's library comes with the kernel, the default extensions or the exporter itself", () => {
    const doors = Object.keys(defaults.extensions).map(doorOf);
    const exporter = doorOf("claw/telemetry-otlp-http");
    const loaded = loadedBy([...["index", "host"].map((name) => join(root, `kernel/src/${name}.ts`)), join(root, "kernel/kit/index.ts"), ...doors, exporter]);
    expect(loaded.filter((url) => libraries.test(url))).toEqual([]);
    expect([...doors, exporter].filter((path) => !existsSync(path) || !loaded.includes(pathToFileURL(path).href))).toEqual([]);
  });

  test("the count sees what it is there to see: the first batch brings the serializer, and no exporter of sockets", () => {
    const loaded = loadedBy([join(root, "extensions/telemetry-otlp-http/src/bodies.ts")]).flatMap(
      (url) => /node_modules\/(@opentelemetry\/[^/]+)/.exec(url)?.[1] ?? [],
    );
    expect([loaded.includes("@opentelemetry/otlp-transformer"), loaded.filter((name) => /exporter/.test(name))]).toEqual([true, []]);
  });

  test("no package of the exporter is named by another", () => {
    const named = readdirSync(join(root, "extensions")).filter((name) => {
      const path = join(root, "extensions", name, "package.json");
      return existsSync(path) && readFileSync(path, "utf8").includes("@opentelemetry/");
    });
    expect(named.filter((name) => !name.startsWith("telemetry-"))).toEqual([]);
  });
});
