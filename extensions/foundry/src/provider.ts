import { type ClawError, type Host, type Http, type ModelEvent, type ModelProvider, type ModelRequest, type Processes, type Secrets } from "@claw/kernel";
import { type Endpoint, type FailureContext, IdleWatch, headersOf, idleFailure } from "@claw/kernel/kit";
import type { Contract } from "./contract.gen.ts";
import { type Credential, authFix, credentialOf } from "./credential.ts";
import { addressFix, extension, resourceOf } from "./endpoint.ts";
import { explained } from "./failure.ts";
import { readModelList } from "./model-list.ts";
import { deployed, deploymentOf, infoOf, known, near } from "./models.ts";
import { lowered, post } from "./post.ts";
import { type Route, modelsUrl, routeOf, scopeOf } from "./route.ts";
import { signIn } from "./sign-in.ts";
import { statusOf } from "./status.ts";
import { TokenCache } from "./token-cache.ts";
import { encoders, read } from "./wires.ts";

export interface ProviderParts {
  readonly http: Http;
  readonly secrets: Secrets;
  readonly host: Pick<Host, "now" | "version" | "environment" | "folders" | "offline">;
  /** Without it the Azure CLI is not asked for a token. */
  readonly processes: Processes | undefined;
  readonly config: Contract["config"];
}

const provider = "foundry";

/** The provider. What messages become on each wire is kept with it, so that a turn costs what it adds; and so are tokens. */
export function createProvider({ http, secrets, host, processes, config }: ProviderParts): ModelProvider {
  const encode = encoders(provider);
  const tokens = new TokenCache(
    (scope, signal) => signIn(scope, signal, { http, secrets, host, processes, authorityHost: config.authorityHost }),
    () => host.now().getTime(),
  );
  const idle = (): ClawError => idleFailure(provider, config.idleTimeoutMs, "claw/foundry");
  const watching = (signal: AbortSignal): IdleWatch => new IdleWatch(signal, config.idleTimeoutMs, idle);
  const home = (): Endpoint | undefined => ((config.endpoint ?? "") === "" ? undefined : resourceOf(config));
  const routeTo = (deployment: string): Route => routeOf(deployment, infoOf(deployment, config.deployments), config);
  const contextOf = (model: string, resource: Endpoint, credential: Credential): FailureContext => ({
    provider,
    model,
    now: () => host.now(),
    secrets: [credential.value, ...Object.values(config.headers)],
    authFix: authFix(credential, resource),
    addressFix,
    suggestions: () => near(model, config),
  });
  const userAgent = `claw/${host.version}`;

  async function* stream(asked: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
    using watch = watching(signal);
    const model = deploymentOf(asked.model, config);
    const request = { ...asked, model };
    const route = routeTo(model);
    const body = encode[route.wire](request, known(model, config.deployments), route);
    const headers = headersOf(config.headers, { extension });
    const credential = await watch.wait(credentialOf(route, { secrets, tokens, home: home() }, watch.signal));
    const response = await watch.wait(post({ route, credential, headers, userAgent, body, signal: watch.signal }, http));
    // The next request asks for a new one.
    if (response.status === 401 && credential.type === "token") tokens.forget(route.scope, credential.value);
    try {
      yield* read[route.wire](response, watch, contextOf(model, route.resource, credential));
    } catch (error) {
      throw explained(error, model);
    }
  }

  return {
    models: async () => deployed(config),
    unlisted: (id) => infoOf(deploymentOf(id, config), config.deployments),
    stream,
    async refresh(signal) {
      using watch = watching(signal);
      const resource = resourceOf(config);
      const route: Route = { wire: "chat", resource, url: modelsUrl(config), scope: scopeOf(resource.host), isOld: false };
      const credential = await watch.wait(credentialOf(route, { secrets, tokens, home: resource }, watch.signal));
      const headers = { "user-agent": userAgent, accept: "application/json", ...credential.header, ...lowered(headersOf(config.headers, { extension })) };
      const response = await watch.wait(http.fetch(route.url, { headers, signal: watch.signal, redirect: "manual" }));
      return await readModelList(response, watch, contextOf("", resource, credential));
    },
    status: () => statusOf({ secrets, host, hasPrograms: processes !== undefined, home, route: () => routeTo(config.deployment ?? likely(config)) }),
  };
}

/** A name that leads where most deployments of this config are. */
const likely = ({ endpoint = "", claudeEndpoint = "", claudeResource = "" }: Contract["config"]): string =>
  endpoint === "" && (claudeEndpoint !== "" || claudeResource !== "") ? "claude-" : "";
