import { ClawError, type Http, type Refreshed } from "@claw/kernel";
import { boundedText, type Endpoint, type FailureContext, fieldOf, jsonFrom } from "@claw/kernel/kit";
import { googleFailure } from "./google-failure.ts";

type Headers = Readonly<Record<string, string>>;

const maxPages = 20;
/** Models of the same families that say other things than text, or nothing. */
const otherModels = /embedding|image|tts|audio|live|veo|imagen|robotics|computer-use|deep-research/;

/** The models of the Gemini API that make text, with what it says of them. */
export async function geminiApiModels(
  endpoint: Endpoint,
  headers: Headers,
  context: FailureContext,
  http: Http,
  signal: AbortSignal,
): Promise<readonly Refreshed[]> {
  const models = await pages(`${endpoint.url}/v1beta/models?pageSize=1000`, "models", headers, context, http, signal);
  return models.flatMap((model) => {
    const id = idOf(model);
    const methods = fieldOf(model, "supportedGenerationMethods");
    if (id === undefined || !id.startsWith("gemini-") || (Array.isArray(methods) && !methods.includes("generateContent"))) return [];
    const contextWindow = countOf(model, "inputTokenLimit");
    const maxOutputTokens = countOf(model, "outputTokenLimit");
    const thinking = fieldOf(model, "thinking");
    return [
      {
        id,
        ...(contextWindow === undefined ? {} : { contextWindow }),
        ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
        ...(typeof thinking === "boolean" ? { reasoning: thinking } : {}),
      },
    ];
  });
}

/** The models of Google and of Anthropic on Vertex AI; it tells their names alone. */
export async function publisherModels(
  endpoint: Endpoint,
  headers: Headers,
  context: FailureContext,
  http: Http,
  signal: AbortSignal,
): Promise<readonly Refreshed[]> {
  const lists = await Promise.all(
    [
      ["google", "gemini-"],
      ["anthropic", "claude-"],
    ].map(async ([publisher = "", prefix = ""]) => {
      const url = `${endpoint.url}/v1beta1/publishers/${publisher}/models?pageSize=100`;
      const models = await pages(url, "publisherModels", headers, context, http, signal);
      return models.flatMap((model) => {
        const id = idOf(model);
        return id?.startsWith(prefix) === true ? [{ id }] : [];
      });
    }),
  );
  return lists.flat();
}

async function pages(url: string, name: string, headers: Headers, context: FailureContext, http: Http, signal: AbortSignal): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  let token = "";
  for (let page = 0; page < maxPages; page += 1) {
    const response = await http.fetch(token === "" ? url : `${url}&pageToken=${encodeURIComponent(token)}`, { headers, signal, redirect: "manual" });
    const text = await boundedText(response);
    if (!response.ok) throw googleFailure(response.status, response.headers, text, context);
    const body = jsonFrom(text);
    const list = fieldOf(body, name);
    if (!Array.isArray(list) && Object.keys((body ?? {}) as object).length > 0)
      throw new ClawError(
        "MODEL_UNAVAILABLE",
        `${context.provider} answered with something else than its models`,
        { provider: context.provider },
        { retryable: true },
      );
    if (Array.isArray(list)) all.push(...(list as readonly unknown[]));
    const next = fieldOf(body, "nextPageToken");
    if (typeof next !== "string" || next === "") break;
    token = next;
  }
  return all;
}

/** `models/gemini-3.8-flash`, `publishers/anthropic/models/claude-haiku-4-5@20251001` */
function idOf(model: unknown): string | undefined {
  const name = fieldOf(model, "name");
  const id = typeof name === "string" ? name.slice(name.lastIndexOf("/") + 1).replace(/@(\d{8})$/, "-$1") : "";
  return id === "" || otherModels.test(id) ? undefined : id;
}

function countOf(model: unknown, name: string): number | undefined {
  const value = fieldOf(model, name);
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? value : undefined;
}
