import type { ModelEvent, ModelInfo, ModelRequest } from "@claw/kernel";
import {
  type FailureContext,
  type IdleWatch,
  chatFields,
  createChatEncoder,
  createEncoder,
  createResponsesEncoder,
  readChat,
  readReply,
  readResponses,
  responsesFields,
} from "@claw/kernel/kit";
import type { ChatCompletionCreateParamsStreaming } from "openai/resources/chat/completions";
import type { Endpoint } from "./endpoints.ts";
import { messagesFields } from "./messages-fields.ts";
import type { Wire } from "./presets.ts";
import { withThoughts } from "./thoughts-field.ts";

/** One of the three ways in which a server can be asked. */
export interface SpokenWire {
  /** Below the address of the server. */
  readonly path: string;
  /** The body of a request; `id` is what the server calls the model. */
  encode(request: ModelRequest, id: string, info: ModelInfo, endpoint: Endpoint): Uint8Array<ArrayBuffer>;
  read(response: Response, watch: IdleWatch, context: FailureContext): AsyncGenerator<ModelEvent, void>;
}

type Named = Pick<ChatCompletionCreateParamsStreaming, "model">;

/** The wires of a provider. What messages become on a wire is kept with it, so that a turn costs what it adds. */
export function createWires(provider: string): Readonly<Record<Wire, SpokenWire>> {
  const encodeChat = createChatEncoder(provider);
  const encodeMessages = createEncoder(provider);
  const encodeResponses = createResponsesEncoder(provider);
  const acceptedBy = ({ images = false, documents = false }: ModelInfo): { readonly images: boolean; readonly documents: boolean } => ({ images, documents });
  return {
    openai: {
      path: "/chat/completions",
      encode(request, id, info, { body, maxTokensField, preset }) {
        const named: Named = { model: id };
        const fields = chatFields(request, info, provider, { maxTokensField, streamUsage: preset?.streamUsage ?? true });
        const bytes = encodeChat(request, { fields: { ...body, ...fields, ...named }, accepts: acceptedBy(info) });
        return preset?.wantsThoughts === true ? withThoughts(bytes) : bytes;
      },
      read: (response, watch, context) => readChat(response, watch, context, { endsWithoutDone: true }),
    },
    anthropic: {
      path: "/v1/messages",
      encode: (request, id, info, { body }) =>
        encodeMessages(request, { fields: { ...body, ...messagesFields(request, info, provider), model: id }, accepts: acceptedBy(info) }),
      read: readReply,
    },
    responses: {
      path: "/responses",
      encode: (request, id, info, { body }) =>
        encodeResponses(request, { fields: { ...body, ...responsesFields(request, info, provider), model: id }, accepts: acceptedBy(info) }),
      read: readResponses,
    },
  };
}
