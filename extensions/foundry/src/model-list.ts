import { ClawError, type Refreshed } from "@claw/kernel";
import { boundedText, type FailureContext, type IdleWatch, errorBody, fieldOf, openaiFailure, parsedBody } from "@claw/kernel/kit";

/** The models that can be deployed and answer in chats, as `GET /openai/v1/models` lists them. */
export async function readModelList(response: Response, watch: IdleWatch, context: FailureContext): Promise<readonly Refreshed[]> {
  if (!response.ok) throw openaiFailure(response.status, response.headers, await errorBody(response, watch), context);
  const list = fieldOf(parsedBody(await watch.wait(boundedText(response))), "data");
  if (!Array.isArray(list)) {
    throw new ClawError("MODEL_STREAM_INVALID", `${context.provider} answered with no list of models`, { provider: context.provider, status: response.status });
  }
  const ids = list.flatMap((model: unknown) => {
    const id = fieldOf(model, "id");
    return typeof id === "string" && id !== "" && answersChats(fieldOf(model, "capabilities")) ? [id] : [];
  });
  return [...new Set(ids)].map((id) => ({ id }));
}

/** What is not said is taken for granted: the list of a gateway has ids only. */
const answersChats = (capabilities: unknown): boolean => fieldOf(capabilities, "chat_completion") !== false && fieldOf(capabilities, "inference") !== false;
