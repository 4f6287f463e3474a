import { type FailureContext, type IdleWatch, errorBody, fieldOf, isJsonObject, jsonFrom, openaiFailure, requestIdOf } from "@claw/kernel/kit";
import type { Wire } from "./presets.ts";

/** The statuses that servers write into the body of what they answer as if all were well. */
const isStatus = (value: unknown): value is number => typeof value === "number" && value >= 400 && value < 600;

/**
 * A response as the stream that was asked for. Some servers answer an error as if all were well, some leave out that it is a
 * stream or call it something else, and some answer at once with the whole.
 */
export async function streamOf(response: Response, watch: IdleWatch, context: FailureContext, wire: Wire): Promise<Response> {
  const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "text/event-stream";
  if (!response.ok || type === "text/event-stream") return response;
  if (type === "text/plain" || type === "application/octet-stream" || type === "application/x-ndjson") return eventStream(response, response.body);
  if (type !== "application/json") return response;
  const body = await errorBody(response, watch);
  const answer = jsonFrom(body);
  const error = fieldOf(answer, "error");
  if ((typeof error === "string" && error !== "") || isJsonObject(error)) {
    const status = [fieldOf(error, "code"), fieldOf(error, "status"), fieldOf(answer, "status")].find(isStatus) ?? 500;
    throw openaiFailure(status, response.headers, body, context);
  }
  const whole = wire === "openai" ? wholeChat(answer) : undefined;
  return eventStream(response, whole ?? body, whole === undefined ? type : undefined);
}

/** A whole chat completion as the one chunk it could have been. */
function wholeChat(answer: unknown): string | undefined {
  const choices = fieldOf(answer, "choices");
  if (!isJsonObject(answer) || !Array.isArray(choices)) return undefined;
  const chunk = {
    ...answer,
    choices: choices.map((choice: unknown) => ({
      index: fieldOf(choice, "index") ?? 0,
      delta: fieldOf(choice, "message"),
      finish_reason: fieldOf(choice, "finish_reason") ?? "stop",
    })),
  };
  return `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`;
}

function eventStream({ status, headers }: Response, body: ConstructorParameters<typeof Response>[0], type = "text/event-stream"): Response {
  const id = requestIdOf(headers);
  return new Response(body, { status, headers: { "content-type": type, ...(id === undefined ? {} : { "x-request-id": id }) } });
}
