import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host, ModelProvider, ModelRequest } from "@claw/kernel";
import { anthropicWire, framesOf, startWireServer } from "@claw/testing/conformance";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { geminiWire } from "@claw/testing/conformance";
import { createGemini } from "../src/gemini-provider.ts";
import { type VertexParts, createVertex } from "../src/vertex-provider.ts";

const folder = mkdtempSync(join(tmpdir(), "claw-vertex-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const credentialsFile = join(folder, "login.json");
writeFileSync(
  credentialsFile,
  JSON.stringify({ type: "authorized_user", client_id: "id", client_secret: "cs", refresh_token: "1//refresh", quota_project_id: "quota-1" }),
);
const host: Pick<Host, "now" | "version" | "environment" | "folders" | "offline"> = {
  version: "1.0.0",
  now: () => new Date(),
  environment: {},
  folders: { config: "", data: "", state: "", cache: "", bin: "", home: folder },
  offline: true,
};
const config: VertexParts["config"] = {
  apiVersion: "v1beta1",
  geminiBaseUrl: "https://generativelanguage.googleapis.com",
  credentialsFile,
  idleTimeoutMs: 10_000,
  headers: {},
};
const signal = (): AbortSignal => new AbortController().signal;
const request = (model: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  model,
  system: [{ type: "text", text: "be brief" }],
  tools: [],
  messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }],
  ...more,
});

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

/** A network that opens nothing: the token server answers with tokens, everything else with this. */
function network(answer: (sent: Sent) => Response): { readonly http: { readonly fetch: typeof fetch }; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  let count = 0;
  const made = async (url: unknown, init: RequestInit = {}): Promise<Response> => {
    if (String(url) === "https://oauth2.googleapis.com/token") return Response.json({ access_token: `ya29.token-${(count += 1)}`, expires_in: 3600 });
    sent.push({ url: String(url), init });
    return answer({ url: String(url), init });
  };
  return { sent, http: { fetch: made as typeof fetch } };
}

const stream = (text: string): Response => new Response(text, { headers: { "content-type": "text/event-stream" } });
const claudeReply = (): Response => stream([...framesOf({ blocks: [{ type: "text", text: "hi" }] })].join(""));
const geminiReply = (): Response => stream([...geminiWire.framesOf({ blocks: [{ type: "text", text: "hi" }] })].join(""));
const ask = (provider: ModelProvider, asked: ModelRequest): Promise<unknown[]> => Array.fromAsync(provider.stream(asked, signal()));
const failureOf = (provider: ModelProvider, asked: ModelRequest): Promise<unknown> =>
  ask(provider, asked).then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
const bodyOf = ({ init }: Sent): Record<string, unknown> => JSON.parse(Buffer.from(init.body as Uint8Array).toString()) as Record<string, unknown>;

describe("Claude on Vertex AI", () => {
  test("is asked at its own address with the token alone, and nothing of the environment", async () => {
    for (const [name, value] of Object.entries({
      ANTHROPIC_API_KEY: "sk-ant-other",
      ANTHROPIC_AUTH_TOKEN: "other",
      ANTHROPIC_BASE_URL: "https://evil.example",
      ANTHROPIC_VERTEX_BASE_URL: "https://evil.example",
      ANTHROPIC_VERTEX_PROJECT_ID: "evil",
      ANTHROPIC_CUSTOM_HEADERS: "x-evil: 1\nauthorization: Bearer evil\nx-goog-user-project: evil",
      ANTHROPIC_LOG: "debug",
      CLOUD_ML_REGION: "evil",
      GOOGLE_CLOUD_PROJECT: "evil",
      GOOGLE_APPLICATION_CREDENTIALS: "/nowhere",
    }))
      vi.stubEnv(name, value);
    const spies = (["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name));
    const { http, sent } = network(claudeReply);
    const provider = createVertex({ http, host, config: { ...config, headers: { "X-Team": "a" } } });
    await ask(provider, request("claude-haiku-4-5", { maxTokens: 9 }));
    expect(sent).toEqual([
      {
        url: "https://us-east5-aiplatform.googleapis.com/v1/projects/quota-1/locations/us-east5/publishers/anthropic/models/claude-haiku-4-5@20251001:streamRawPredict",
        init: {
          method: "POST",
          redirect: "manual",
          signal: expect.any(AbortSignal),
          body: expect.any(Uint8Array),
          headers: {
            accept: "text/event-stream",
            "content-type": "application/json",
            "user-agent": "claw/1.0.0",
            authorization: "Bearer ya29.token-1",
            "x-goog-user-project": "quota-1",
            "x-team": "a",
          },
        },
      },
    ]);
    expect(bodyOf(sent[0] as Sent)).toEqual({
      anthropic_version: "vertex-2023-10-16",
      max_tokens: 9,
      stream: true,
      system: [{ type: "text", text: "be brief", cache_control: { type: "ephemeral" } }],
      messages: [{ role: "user", content: [{ type: "text", text: "hello", cache_control: { type: "ephemeral" } }] }],
    });
    expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([]);
  });

  test("thinks as it sees fit, as hard as it is told, and is held to a schema", async () => {
    const { http, sent } = network(claudeReply);
    await ask(
      createVertex({ http, host, config }),
      request("claude-opus-5-5", { effort: "xhigh", output: { name: "a", schema: { type: "string" } }, stop: ["END"] }),
    );
    expect(bodyOf(sent[0] as Sent)).toMatchObject({
      max_tokens: 128_000,
      thinking: { type: "adaptive" },
      output_config: { effort: "xhigh", format: { type: "json_schema", schema: { type: "string" } } },
      stop_sequences: ["END"],
    });
  });

  test.each([
    ["Google's", { error: { code: 404, message: "Publisher Model `x` was not found", status: "NOT_FOUND" } }, "MODEL_UNKNOWN"],
    ["Google's, in a list,", [{ error: { code: 404, message: "Publisher Model `x` was not found", status: "NOT_FOUND" } }], "MODEL_UNKNOWN"],
    ["Anthropic's", { type: "error", error: { type: "not_found_error", message: "model: x" } }, "MODEL_UNKNOWN"],
  ])("is refused in %s words", async (_whose, body, code) => {
    const { http } = network(() => Response.json(body, { status: 404 }));
    expect(await failureOf(createVertex({ http, host, config }), request("claude-opus-5-6"))).toMatchObject({
      code,
      data: { status: 404, suggestions: expect.arrayContaining(["claude-opus-5-5"]) },
    });
  });
});

describe("Gemini on Vertex AI", () => {
  test("is asked where it is, with the token", async () => {
    const { http, sent } = network(geminiReply);
    await ask(createVertex({ http, host, config: { ...config, project: "mine" } }), request("gemini-3.8-flash"));
    await ask(createVertex({ http, host, config: { ...config, project: "mine", location: "europe-west4" } }), request("gemini-3.8-flash"));
    expect(sent.map(({ url, init }) => [url, (init.headers as Record<string, string>)["authorization"]])).toEqual([
      [
        "https://aiplatform.googleapis.com/v1beta1/projects/mine/locations/global/publishers/google/models/gemini-3.8-flash:streamGenerateContent?alt=sse",
        "Bearer ya29.token-1",
      ],
      [
        "https://europe-west4-aiplatform.googleapis.com/v1beta1/projects/mine/locations/europe-west4/publishers/google/models/gemini-3.8-flash:streamGenerateContent?alt=sse",
        "Bearer ya29.token-2",
      ],
    ]);
  });

  test("is asked with a new token after one was refused, which is not repeated", async () => {
    const { http, sent } = network(({ init }) =>
      Response.json({ error: { code: 401, message: `not ${JSON.stringify(init.headers)}`, status: "UNAUTHENTICATED" } }, { status: 401 }),
    );
    const provider = createVertex({ http, host, config });
    const failures = [await failureOf(provider, request("gemini-3.8-flash")), await failureOf(provider, request("gemini-3.8-flash"))];
    expect(failures[0]).toMatchObject({ code: "MODEL_AUTH", fix: `check that the login in ${credentialsFile} may use Vertex AI in this project` });
    expect(JSON.stringify([failures, failures.map(String)])).not.toContain("token-1");
    expect(sent.map(({ init }) => (init.headers as Record<string, string>)["authorization"])).toEqual(["Bearer ya29.token-1", "Bearer ya29.token-2"]);
  });

  test("does not follow where a redirect points", async () => {
    await using elsewhere = await startWireServer([], geminiWire);
    await using server = await startWireServer(() => ({ status: 307, headers: { location: `${elsewhere.url}/x` } }), anthropicWire);
    const { http } = network(() => new Response());
    const fetchWithTokens = ((url: string, init?: RequestInit) => (url.startsWith(server.url) ? fetch(url, init) : http.fetch(url, init))) as typeof fetch;
    const provider = createVertex({ http: { fetch: fetchWithTokens }, host, config: { ...config, baseUrl: server.url } });
    for (const model of ["gemini-3.8-flash", "claude-opus-5-5"])
      expect(await failureOf(provider, request(model))).toMatchObject({ code: "MODEL_REFUSED", data: { status: 307 } });
    expect(elsewhere.requests).toEqual([]);
  });
});

describe("before anything is asked of anybody", () => {
  const { http, sent } = network(() => expect.unreachable());

  test.each<[string, Partial<VertexParts["config"]>, ModelRequest, object]>([
    [
      "a location that is none",
      { location: "evil.example/x" },
      request("gemini-3.8-flash"),
      { code: "E_CONFIG_SCHEMA", message: expect.stringContaining("claw/vertex: location:") },
    ],
    [
      "a project that is none",
      { project: "../x" },
      request("gemini-3.8-flash"),
      { code: "E_CONFIG_SCHEMA", message: expect.stringContaining("claw/vertex: project:") },
    ],
    [
      "an address in the clear",
      { baseUrl: "http://vertex.example" },
      request("claude-opus-5-5"),
      { code: "E_CONFIG_SCHEMA", message: expect.stringContaining("claw/vertex: baseUrl:") },
    ],
    ["a header that is none", { headers: { "x y": "" } }, request("gemini-3.8-flash"), { code: "E_CONFIG_SCHEMA" }],
    ["an effort the model has not", {}, request("gemini-3.8-flash", { effort: "max" }), { code: "MODEL_REFUSED" }],
    [
      "sampling the model does not take",
      {},
      request("claude-opus-5-5", { sampling: { temperature: 1 } }),
      { code: "MODEL_REFUSED", message: "claude-opus-5-5 accepts no sampling parameters, not temperature" },
    ],
  ])("%s is refused", async (_name, more, asked, expected) => {
    expect(await failureOf(createVertex({ http, host, config: { ...config, ...more } }), asked)).toMatchObject(expected);
    expect(sent).toEqual([]);
  });

  test("a project that nobody names is asked for", async () => {
    const file = join(folder, "plain.json");
    writeFileSync(file, JSON.stringify({ type: "authorized_user", client_id: "id", client_secret: "cs", refresh_token: "1//refresh" }));
    expect(await failureOf(createVertex({ http, host, config: { ...config, credentialsFile: file } }), request("gemini-3.8-flash"))).toMatchObject({
      code: "E_CONFIG_SCHEMA",
      message: `claw/vertex: project: no project of Google Cloud is named, and the login in ${file} names none`,
      fix: "set GOOGLE_CLOUD_PROJECT, or vertex's project in settings.json",
    });
  });
});

describe("what can be said without a request", () => {
  const { http, sent } = network(() => expect.unreachable());
  const statusOf = (more: Partial<VertexParts["config"]>): unknown => createVertex({ http, host, config: { ...config, ...more } }).status?.(signal());
  const gemini = (secrets: Readonly<Record<string, string>>): ModelProvider =>
    createGemini({ http, host, config, secrets: { get: async (name) => secrets[name] } });

  test("is who would be asked, and as whom", async () => {
    const { credentialsFile: _none, ...none } = config;
    const provider = createVertex({ http, host, config: none });
    expect([await statusOf({}), await provider.status?.(signal())]).toEqual([
      { ready: true, host: "aiplatform.googleapis.com", credential: `the login in ${credentialsFile}` },
      {
        ready: false,
        host: "aiplatform.googleapis.com",
        problem: `there are no Google credentials for vertex: GOOGLE_APPLICATION_CREDENTIALS is not set, ${join(folder, ".config/gcloud/application_default_credentials.json")} does not exist, a metadata server was not asked`,
        fix: "run gcloud auth application-default login, or name a file of credentials in GOOGLE_APPLICATION_CREDENTIALS",
      },
    ]);
    expect([await gemini({ GOOGLE_API_KEY: "AIza-1" }).status?.(signal()), await gemini({}).status?.(signal())]).toEqual([
      { ready: true, host: "generativelanguage.googleapis.com", credential: "GOOGLE_API_KEY" },
      {
        ready: false,
        host: "generativelanguage.googleapis.com",
        problem: "there is no key for gemini: neither GEMINI_API_KEY nor GOOGLE_API_KEY is set",
        fix: "export GEMINI_API_KEY=… with a key from https://aistudio.google.com/apikey",
      },
    ]);
    expect(sent).toEqual([]);
  });

  test("is what is wrong with a file or a key", async () => {
    const file = join(folder, "broken.json");
    writeFileSync(file, "{");
    expect([await statusOf({ credentialsFile: file }), await gemini({ GEMINI_API_KEY: "two words" }).status?.(signal())]).toEqual([
      {
        ready: false,
        host: "aiplatform.googleapis.com",
        problem: `the Google credentials in ${file} cannot be used: the file is no JSON object`,
        fix: "run gcloud auth application-default login",
      },
      {
        ready: false,
        host: "generativelanguage.googleapis.com",
        problem: "GEMINI_API_KEY holds characters that no key has",
        fix: "copy the key again and export GEMINI_API_KEY",
      },
    ]);
  });
});

describe("which models there are", () => {
  test("the Gemini API says with their limits, over as many pages as it likes", async () => {
    const { http, sent } = network(({ url }) =>
      Response.json(
        url.includes("pageToken=two%26")
          ? {
              models: [
                { name: "models/gemini-9-flash", inputTokenLimit: 5, outputTokenLimit: 6, thinking: true, supportedGenerationMethods: ["generateContent"] },
              ],
            }
          : {
              models: [
                { name: "models/gemini-8-pro", supportedGenerationMethods: ["generateContent"], inputTokenLimit: "many" },
                { name: "models/gemini-embedding-001", supportedGenerationMethods: ["embedContent"] },
                { name: "models/gemini-8-flash-image", supportedGenerationMethods: ["generateContent"] },
                { name: "models/veo-3" },
                {},
              ],
              nextPageToken: "two&",
            },
      ),
    );
    const provider = createGemini({ http, host, config, secrets: { get: async (name) => (name === "GEMINI_API_KEY" ? "AIza-1" : undefined) } });
    expect(await provider.refresh?.(signal())).toEqual([
      { id: "gemini-8-pro" },
      { id: "gemini-9-flash", contextWindow: 5, maxOutputTokens: 6, reasoning: true },
    ]);
    expect(sent.map(({ url, init }) => [url, (init.headers as Record<string, string>)["x-goog-api-key"]])).toEqual([
      ["https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000", "AIza-1"],
      ["https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000&pageToken=two%26", "AIza-1"],
    ]);
  });

  test("Vertex AI says by their names", async () => {
    const { http, sent } = network(({ url }) =>
      Response.json({
        publisherModels: url.includes("/google/")
          ? [{ name: "publishers/google/models/gemini-9-pro" }, { name: "publishers/google/models/text-embedding-005" }]
          : [{ name: "publishers/anthropic/models/claude-haiku-4-5@20251001" }],
      }),
    );
    expect(await createVertex({ http, host, config }).refresh?.(signal())).toEqual([{ id: "gemini-9-pro" }, { id: "claude-haiku-4-5-20251001" }]);
    expect(sent.map(({ init }) => init.headers)).toEqual(
      [1, 2].map(() => ({ "user-agent": "claw/1.0.0", authorization: "Bearer ya29.token-1", "x-goog-user-project": "quota-1" })),
    );
  });

  test.each([
    [Response.json({ error: { code: 403, message: "no", status: "PERMISSION_DENIED" } }, { status: 403 }), "MODEL_AUTH"],
    [Response.json({ models: "x" }), "MODEL_UNAVAILABLE"],
  ])("or why it is not said", async (response, code) => {
    const { http } = network(() => response);
    const provider = createGemini({ http, host, config, secrets: { get: async () => "AIza-1" } });
    await expect(provider.refresh?.(signal())).rejects.toMatchObject({ code });
  });
});
