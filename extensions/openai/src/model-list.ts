import type { Model } from "openai/resources/models";
import { ClawError, type Refreshed } from "@claw/kernel";
import { type FailureContext, type IdleWatch, errorBody, fieldOf, openaiFailure, parsedBody } from "@claw/kernel/kit";

/** Names of what the API has besides models that answer in words. */
const speechless = /audio|realtime|live|image|tts|transcribe|whisper|embedding|moderation|search|instruct|deep-research|computer-use/;
const speaking = /^(?:gpt-|o\d|chatgpt-|codex-|chat-latest|ft:)/;

/** The models of `GET /models`: what the vendor says of one is its name. A gateway's may have any. */
export async function readModelList(response: Response, watch: IdleWatch, context: FailureContext, official: boolean): Promise<readonly Refreshed[]> {
  if (!response.ok) throw openaiFailure(response.status, response.headers, await errorBody(response, watch), context);
  const list = fieldOf(parsedBody(await watch.wait(response.text())), "data");
  if (!Array.isArray(list)) {
    const { provider, addressFix: fix } = context;
    const data = { provider, status: response.status };
    throw new ClawError("MODEL_STREAM_INVALID", `${provider} answered with no list of models`, data, fix === undefined ? {} : { fix });
  }
  const ids = list.map((model: unknown) => fieldOf(model, "id" satisfies keyof Model)).filter((id) => typeof id === "string" && id !== "") as readonly string[];
  return [...new Set(ids)].filter((id) => !official || (speaking.test(id) && !speechless.test(id))).map((id) => ({ id }));
}
