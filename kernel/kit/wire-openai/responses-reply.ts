import type { ModelEvent } from "../../src/contracts/model.ts";
import type { IdleWatch } from "../idle-watch.ts";
import { type FailureContext, requestIdOf } from "../model-failure.ts";
import { readSse } from "../sse-reply.ts";
import { openaiFailure } from "./errors.ts";
import { ResponsesDecoder } from "./responses-decode.ts";
import { responsesRuns } from "./responses-run.ts";

/** The events of a response of the Responses API, streamed as server-sent events; what went wrong is thrown. */
export const readResponses = (response: Response, watch: IdleWatch, context: FailureContext): AsyncGenerator<ModelEvent, void> =>
  readSse(response, watch, context, ({ headers }) => ({
    decoder: new ResponsesDecoder(context, requestIdOf(headers)),
    refused: (status, of, body) => openaiFailure(status, of, body, context),
    runs: responsesRuns(),
  }));
