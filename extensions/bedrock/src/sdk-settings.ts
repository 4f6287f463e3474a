import type { HttpServiceHandler } from "./http-handler.ts";

/**
 * Every setting that a client of the SDK would otherwise take from the environment or from AWS's files. Retries are off: they are
 * the model router's.
 */
export const sdkSettings = (requestHandler: HttpServiceHandler) =>
  ({
    requestHandler,
    maxAttempts: 1,
    retryMode: "standard",
    defaultsMode: "standard",
    ignoreConfiguredEndpointUrls: true,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    authSchemePreference: ["sigv4"] as string[],
    userAgentAppId: async (): Promise<undefined> => undefined,
  }) as const;

/** What the SDK adds to a request and nobody asked for: facts of this machine, and of the function it may run in. */
export const talkative = ["getUserAgentMiddleware", "recursionDetectionMiddleware"];
