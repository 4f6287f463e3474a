import type { ModelInfo, ModelRequest } from "@claw/kernel";
import { chatFields, createChatEncoder, createEncoder, createResponsesEncoder, readChat, readReply, readResponses, responsesFields } from "@claw/kernel/kit";
import { claudeBreakpoints, claudeFields } from "./claude-fields.ts";
import type { Route } from "./route.ts";

type Encode = (request: ModelRequest, info: ModelInfo | undefined, route: Route) => Uint8Array<ArrayBuffer>;

/** Makes the body of a request, for each wire. */
export function encoders(provider: string): Readonly<Record<Route["wire"], Encode>> {
  const chat = createChatEncoder(provider);
  const responses = createResponsesEncoder(provider);
  const messages = createEncoder(provider);
  return {
    chat: (request, info, { isOld }) =>
      chat(request, { fields: chatFields(request, info, provider, isOld ? { maxTokensField: "max_tokens", streamUsage: false } : {}), ...accepts(info) }),
    responses: (request, info) => responses(request, { fields: responsesFields(request, info, provider), ...accepts(info) }),
    messages: (request, info) => messages(request, { fields: { ...claudeFields(request, info) }, ...accepts(info), breakpoints: claudeBreakpoints }),
  };
}

const accepts = (info: ModelInfo | undefined): { readonly accepts?: { readonly images: boolean; readonly documents: boolean } } =>
  info === undefined ? {} : { accepts: { images: info.images === true, documents: info.documents === true } };

/** Reads a reply, for each wire. */
export const read = { chat: readChat, responses: readResponses, messages: readReply } as const;
