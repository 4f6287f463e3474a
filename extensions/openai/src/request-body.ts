import { createHash } from "node:crypto";
import type { ChatCompletionCreateParamsStreaming } from "openai/resources/chat/completions";
import type { ResponseCreateParamsStreaming } from "openai/resources/responses/responses";
import type { ModelInfo, ModelRequest } from "@claw/kernel";
import { chatFields, createChatEncoder, createResponsesEncoder, responsesFields } from "@claw/kernel/kit";

export interface BodyOptions {
  readonly wire: "chat" | "responses";
  readonly info: ModelInfo | undefined;
  /** Whether it goes to OpenAI itself: a gateway may refuse what it does not know. */
  readonly official: boolean;
  readonly summaries: boolean;
}

/** Makes the bodies of requests. What messages become is kept, so that a turn costs what it adds. */
export function createRequestBody(provider: string): (request: ModelRequest, options: BodyOptions) => Uint8Array<ArrayBuffer> {
  const chat = createChatEncoder(provider);
  const responses = createResponsesEncoder(provider);
  return (request, { wire, info, official, summaries }) => {
    const cache = official && request.session !== undefined ? cacheKeyOf(request.session) : {};
    const accepts = { images: info?.images ?? true, documents: info?.documents ?? true };
    if (wire === "responses") return responses(request, { fields: { ...responsesFields(request, info, provider, { summaries }), ...cache }, accepts });
    const systemRole = official && info?.reasoning === true ? "developer" : "system";
    return chat(request, { fields: { ...chatFields(request, info, provider), ...cache }, accepts, systemRole });
  };
}

type CacheKey = Pick<ChatCompletionCreateParamsStreaming & ResponseCreateParamsStreaming, "prompt_cache_key">;

/** The same for all requests of a session, so that they reach the machine whose cache knows it. Nobody can tell the session by it. */
const cacheKeyOf = (session: string): CacheKey => ({ prompt_cache_key: createHash("sha256").update(`claw ${session}`).digest("hex").slice(0, 32) });
