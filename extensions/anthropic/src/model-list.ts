import type { EffortCapability, ModelCapabilities, ModelInfo as ListedModel, ThinkingTypes } from "@anthropic-ai/sdk/resources/models";
import { ClawError, type Refreshed } from "@claw/kernel";
import { type FailureContext, type IdleWatch, errorBody, fieldOf, responseFailure } from "@claw/kernel/kit";
import { budgets } from "./models.ts";

/** Asks for one page: a path with its query. */
export type AskPage = (path: string) => Promise<Response>;

const levels = ["low", "medium", "high", "xhigh", "max"] as const satisfies readonly (keyof EffortCapability)[];
const mostPages = 50;
const mostBytes = 16 * 1024 * 1024;

/** The models that the API lists, page after page, with what it says of each. */
export async function listModels(ask: AskPage, watch: IdleWatch, context: FailureContext): Promise<readonly Refreshed[]> {
  const models = new Map<string, Refreshed>();
  let after: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const response = await watch.wait(ask(`/v1/models?limit=1000${after === undefined ? "" : `&after_id=${encodeURIComponent(after)}`}`));
    if (!response.ok) throw await refused(response, watch, context);
    const body = await bodyOf(response, watch, context);
    const data = fieldOf(body, "data");
    if (!Array.isArray(data)) throw nonsense(context);
    for (const model of data.flatMap(refreshedOf)) models.set(model.id, model);
    if (fieldOf(body, "has_more") !== true) return [...models.values()];
    const last = fieldOf(body, "last_id");
    if (typeof last !== "string" || last === after) throw nonsense(context);
    after = last;
  }
  throw nonsense(context);
}

/** What the API says of one model; nothing when it does not even name it. What it leaves out stays as it is listed. */
export function refreshedOf(said: unknown): readonly Refreshed[] {
  const field = (name: keyof ListedModel): unknown => fieldOf(said, name);
  const id = field("id");
  if (typeof id !== "string" || id === "") return [];
  const tokens = (value: unknown): number | undefined => (Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined);
  const contextWindow = tokens(field("max_input_tokens"));
  const maxOutputTokens = tokens(field("max_tokens"));
  return [
    {
      id,
      ...(contextWindow === undefined ? {} : { contextWindow }),
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      ...abilities(field("capabilities")),
    },
  ];
}

function abilities(capabilities: unknown): Partial<Refreshed> {
  const of = (name: keyof ModelCapabilities): unknown => fieldOf(capabilities, name);
  const [images, documents, output] = [isAble(of("image_input")), isAble(of("pdf_input")), isAble(of("structured_outputs"))];
  return {
    ...(images === undefined ? {} : { images }),
    ...(documents === undefined ? {} : { documents }),
    ...(output === undefined ? {} : { output }),
    ...thoughts(of("thinking"), of("effort")),
  };
}

function thoughts(thinking: unknown, effort: unknown): Partial<Refreshed> {
  const reasoning = isAble(thinking);
  const way = (name: keyof ThinkingTypes): boolean => isAble(fieldOf(fieldOf(thinking, "types"), name)) === true;
  const efforts = isAble(effort) === undefined ? undefined : levels.filter((level) => isAble(fieldOf(effort, level)) === true);
  if (reasoning === true && !way("adaptive") && way("enabled")) return { reasoning, thinking: "budget", efforts: Object.keys(budgets) };
  return {
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(reasoning === true && way("adaptive") ? { thinking: "adaptive" } : {}),
    ...(efforts === undefined ? {} : { efforts }),
  };
}

function isAble(capability: unknown): boolean | undefined {
  const supported = fieldOf(capability, "supported");
  return typeof supported === "boolean" ? supported : undefined;
}

async function bodyOf(response: Response, watch: IdleWatch, context: FailureContext): Promise<unknown> {
  const reads = (response.body as AsyncIterable<Uint8Array> | null)?.[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (let read = await watch.wait(nextOf(reads)); read.done !== true; read = await watch.wait(nextOf(reads))) {
    pieces.push(read.value);
    length += read.value.length;
    if (length > mostBytes) throw nonsense(context);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch (cause) {
    throw nonsense(context, cause);
  }
}

const nextOf = async (reads: AsyncIterator<Uint8Array> | undefined): Promise<IteratorResult<Uint8Array, unknown>> =>
  reads === undefined ? { done: true, value: undefined } : reads.next();

async function refused(response: Response, watch: IdleWatch, context: FailureContext): Promise<ClawError> {
  const body = await errorBody(response, watch);
  if (response.status !== 404) return responseFailure(response.status, response.headers, body, context);
  // Many a gateway has the messages and no list.
  const { provider, addressFix } = context;
  return new ClawError(
    "MODEL_REFUSED",
    `${provider} lists no models at its address (404)`,
    { provider, status: 404 },
    addressFix === undefined ? {} : { fix: addressFix },
  );
}

const nonsense = ({ provider }: FailureContext, cause?: unknown): ClawError =>
  new ClawError("MODEL_STREAM_INVALID", `${provider} answered with something that is no list of models`, { provider }, { cause, retryable: true });
