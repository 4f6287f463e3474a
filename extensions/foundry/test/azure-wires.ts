import type { ChatCompletionChunk } from "@azure/openai/types";
import { type Wire, anthropicWire } from "@claw/testing/conformance";
import { chatWire } from "@claw/testing/conformance";
import { responsesWire } from "@claw/testing/conformance";

/** What Azure says of the prompt before the reply begins. */
const filtered: ChatCompletionChunk = {
  id: "",
  object: "chat.completion.chunk",
  created: 0,
  model: "",
  choices: [],
  prompt_filter_results: [
    {
      prompt_index: 0,
      content_filter_results: {
        hate: { filtered: false, severity: "safe" },
        sexual: { filtered: false, severity: "safe" },
        violence: { filtered: false, severity: "safe" },
        self_harm: { filtered: false, severity: "safe" },
        profanity: { filtered: false, detected: false },
        jailbreak: { filtered: false, detected: false },
      },
    },
  ],
};

const requestIdHeader = "apim-request-id";

/** Chat completions as Azure streams them. */
export const azureChatWire: Wire = {
  ...chatWire,
  requestIdHeader,
  *framesOf(reply) {
    yield `data: ${JSON.stringify(filtered)}\n\n`;
    yield* chatWire.framesOf(reply);
  },
};

export const azureResponsesWire: Wire = { ...responsesWire, requestIdHeader };
export const foundryClaudeWire: Wire = { ...anthropicWire, requestIdHeader };
