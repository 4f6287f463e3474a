import { AnthropicVertex } from "@anthropic-ai/vertex-sdk/client";
import type { Http } from "@claw/kernel";
import { LightHeaders } from "./light-headers.ts";
import type { Place } from "./place.ts";
import { type Post, post } from "./post.ts";

export interface ClaudePost extends Post {
  readonly place: Place;
  readonly project: string;
}

type MadeHeaders = ConstructorParameters<typeof LightHeaders>[0];
type Options = NonNullable<ConstructorParameters<typeof AnthropicVertex>[0]>;

// The SDK's own timer sees the response's head only; how long to wait is the watch's to say.
const forever = 2 ** 31 - 1;
const silent = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };

/**
 * Sends one Claude request through the official SDK and answers the bare response, whatever its status. Every setting that the
 * SDK would take from the environment is given, and it makes no token of its own: that it is handed an `authClient` keeps it
 * from looking for credentials. The address is ours by construction, so that the token goes nowhere else.
 */
export async function postClaude({ place, project, ...request }: ClaudePost, http: Http): Promise<Response> {
  let answer: Promise<Response> | undefined;
  const authClient = { projectId: project, getRequestHeaders: async () => new LightHeaders(request.credential) };
  const client = new AnthropicVertex({
    region: place.location,
    projectId: project,
    baseURL: `${place.url}/v1`,
    authClient: authClient as unknown as NonNullable<Options["authClient"]>,
    webhookKey: null,
    maxRetries: 0,
    timeout: forever,
    logger: silent,
    logLevel: "off",
    openTelemetry: false,
    fetch: async (_url, init) => {
      // Other headers of the SDK's come from the environment, or tell what machine this is.
      const credential = Object.fromEntries([...new LightHeaders(init?.headers as MadeHeaders)].filter(([name]) => Object.hasOwn(request.credential, name)));
      answer = post({ ...request, credential }, http);
      const response = await answer;
      if (!response.ok) throw new Error("refused");
      return response;
    },
  });
  try {
    // Under its own address and not under /v1/messages the SDK leaves the body as it is. The environment may name a header of the
    // credential's, and would win over the `authClient`; what is given here wins over both.
    const headers = { "content-type": "application/json", ...request.credential };
    return await client.post(new URL(request.url).pathname, { body: request.body, stream: true, signal: request.signal, headers }).asResponse();
  } catch (error) {
    // The SDK wraps what happened; what happened is said better without.
    if (answer === undefined) throw error;
    return answer;
  }
}
