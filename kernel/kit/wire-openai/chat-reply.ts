import type { ModelEvent } from "../../src/contracts/model.ts";
import { ClawError } from "../../src/errors.ts";
import type { IdleWatch } from "../idle-watch.ts";
import { type FailureContext, requestIdOf } from "../model-failure.ts";
import { readSse } from "../sse-reply.ts";
import { type ChatDecodeOptions, ChatDecoder } from "./chat-decode.ts";
import { chatRuns } from "./chat-run.ts";
import { openaiFailure } from "./errors.ts";

/** The events of a chat completion, streamed as server-sent events; what went wrong is thrown. */
export async function* readChat(
  response: Response,
  watch: IdleWatch,
  context: FailureContext,
  options: ChatDecodeOptions = {},
): AsyncGenerator<ModelEvent, void> {
  const decoder = new ChatDecoder(context, requestIdOf(response.headers), options);
  try {
    yield* readSse(response, watch, context, () => ({
      decoder,
      refused: (status, headers, body) => openaiFailure(status, headers, body, context),
      runs: chatRuns(),
    }));
  } catch (error) {
    // A connection that broke is no end; a body that ended may be one.
    if (!ClawError.is(error, "MODEL_STREAM_CUT") || error.cause !== undefined) throw error;
    yield* decoder.close();
    if (!decoder.done) throw error;
  }
}
