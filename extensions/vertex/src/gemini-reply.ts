import { ClawError, type ModelEvent } from "@claw/kernel";
import { type FailureContext, type IdleWatch, errorBody, readBatches, requestIdOf, sseBatches } from "@claw/kernel/kit";
import { withBareErrors } from "./bare-errors.ts";
import { googleFailure } from "./google-failure.ts";
import { ReplyDecoder } from "./reply-decoder.ts";

/** The events of a streamGenerateContent response; what went wrong is thrown. */
export async function* readGeminiReply(response: Response, watch: IdleWatch, context: FailureContext): AsyncGenerator<ModelEvent, void> {
  const { ok, status, headers, body } = response;
  if (!ok) throw googleFailure(status, headers, await errorBody(response, watch), context);
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "text/event-stream";
  if (type !== "text/event-stream" || body === null) {
    const { provider, addressFix } = context;
    throw new ClawError(
      "MODEL_STREAM_INVALID",
      `${provider} answered with ${type} instead of a stream`,
      { provider, status },
      addressFix === undefined ? {} : { fix: addressFix },
    );
  }
  yield* readBatches(sseBatches(withBareErrors(body)), watch, new ReplyDecoder(context, requestIdOf(headers)));
}
