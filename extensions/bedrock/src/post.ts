import { BedrockRuntimeClient, ConverseStreamCommand, InvokeModelWithResponseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import type { HttpRequest } from "@smithy/core/protocols";
import type { MiddlewareStack } from "@smithy/types";
import type { Http } from "@claw/kernel";
import type { Endpoint } from "@claw/kernel/kit";
import type { Credential } from "./credential.ts";
import { createHandler, sendRequest } from "./http-handler.ts";
import { sdkSettings, talkative } from "./sdk-settings.ts";

export interface Post {
  readonly wire: "converse" | "messages";
  /** The id that is sent. */
  readonly model: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly endpoint: Endpoint;
  readonly region: string;
  readonly credential: Credential;
  /** Of every request; they win over our own, and are not signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

export type Send = (post: Post) => Promise<Response>;

/** A request on its way through the SDK. */
interface Sending {
  readonly post: Post;
  answer?: Promise<Response>;
}

/**
 * Has the official SDK address and sign requests, sends them and answers the bare responses, whatever their status. The SDK's
 * clients take nothing from the environment, and which credential is used is ours to say: left alone, a bearer token in the
 * environment would win over keys that are given. A client is kept for as long as it would be made the same again: it keeps
 * the keys that a signature is derived with, and the steps that a request goes through.
 */
export function createSend(http: Http): Send {
  let kept: { readonly like: string; readonly client: BedrockRuntimeClient } | undefined;
  /** By the input of its command: the steps are the same for all. */
  const underWay = new WeakMap<object, Sending>();
  const clientFor = (post: Post): BedrockRuntimeClient => {
    const { endpoint, region, credential } = post;
    const like = JSON.stringify([endpoint.url, region, credential]);
    if (kept?.like !== like) kept = { like, client: clientOf(post, http, underWay) };
    return kept.client;
  };
  return async (post) => {
    const { wire, model, body } = post;
    const command =
      wire === "messages"
        ? new InvokeModelWithResponseStreamCommand({ modelId: model, body, contentType: "application/json", accept: "application/json" })
        : new ConverseStreamCommand({ modelId: model });
    const sending: Sending = { post };
    underWay.set(command.input, sending);
    try {
      await clientFor(post).send(command as ConverseStreamCommand);
    } catch (error) {
      // The SDK wraps what happened; what happened is said better without.
      if (sending.answer === undefined) throw error;
    }
    return sending.answer as Promise<Response>;
  };
}

/** A client's steps, whose types differ by what goes in and comes out. */
type Steps = Pick<MiddlewareStack<object, { readonly $metadata: object }>, "add">;

function clientOf({ endpoint, region, credential }: Post, http: Http, underWay: WeakMap<object, Sending>): BedrockRuntimeClient {
  const client = new BedrockRuntimeClient({
    ...sdkSettings(createHandler(http)),
    cacheMiddleware: true,
    region,
    endpoint: endpoint.url,
    ...(credential.type === "bearer"
      ? { token: { token: credential.token }, authSchemePreference: ["httpBearerAuth"] }
      : { credentials: credential, authSchemePreference: ["sigv4"] }),
  });
  for (const name of talkative) client.middlewareStack.remove(name);
  const steps = client.middlewareStack as Steps;
  steps.add(
    (next) => (args) => {
      const { post } = underWay.get(args.input) ?? {};
      // The SDK would write the whole conversation anew each time; ours is written already, in the same words.
      if (post?.wire === "converse") (args.request as { body?: unknown }).body = post.body;
      return next(args);
    },
    { step: "serialize", priority: "low", name: "writtenBody" },
  );
  // What is signed leaves the SDK here: the response is read by us.
  steps.add(
    (next) => async (args) => {
      const sending = underWay.get(args.input);
      if (sending === undefined) return next(args);
      const { signal, userAgent, headers } = sending.post;
      sending.answer = sendRequest(args.request as HttpRequest, http, { signal, headers: { "user-agent": userAgent, ...headers } });
      return { response: await sending.answer, output: { $metadata: {} } };
    },
    { step: "deserialize", priority: "high", name: "handedOver" },
  );
  return client;
}
