import type { ModelEvent } from "../../src/contracts/model.ts";
import type { IdleWatch } from "../idle-watch.ts";
import { type FailureContext, requestIdOf } from "../model-failure.ts";
import { readSse } from "../sse-reply.ts";
import { ReplyDecoder } from "./decode.ts";
import { deltaRuns } from "./delta-run.ts";
import { responseFailure } from "./errors.ts";

/** The events of a Messages response, streamed as server-sent events; what went wrong is thrown. */
export const readReply = (response: Response, watch: IdleWatch, context: FailureContext): AsyncGenerator<ModelEvent, void> =>
  readSse(response, watch, context, ({ headers }) => ({
    decoder: new ReplyDecoder(context, requestIdOf(headers)),
    refused: (status, of, body) => responseFailure(status, of, body, context),
    runs: deltaRuns(),
  }));
