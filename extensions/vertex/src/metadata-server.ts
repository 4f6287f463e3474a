import { ClawError, type Http } from "@claw/kernel";
import { exchange, exchangeFields } from "./token-exchange.ts";
import { type TokenSource, tokenOf } from "./token-source.ts";

const usualHost = "169.254.169.254";
/** There is one or there is none: where there is one it is near. */
const timeoutMs = 1000;

/** The host of the metadata server, which Google's own tools let the environment name. */
export const metadataHost = (environment: Readonly<Record<string, string | undefined>>): string => environment["GCE_METADATA_HOST"]?.trim() || usualHost;

/** The service account of a machine of Google Cloud. Undefined when no metadata server answers. */
export async function metadataServer(host: string, http: Http, now: () => Date): Promise<TokenSource | undefined> {
  const ask = (path: string): Parameters<typeof exchange>[0] => ({
    what: "the machine's access token",
    url: `http://${host}/computeMetadata/v1/${path}`,
    method: "GET",
    headers: { "metadata-flavor": "Google" },
    secrets: [],
    fix: "give this machine a service account with the scope cloud-platform",
    timeoutMs,
    isLocal: true,
  });
  let project: string;
  try {
    project = (await exchange(ask("project/project-id"), http)).trim();
  } catch (error) {
    if (ClawError.is(error)) return undefined;
    throw error;
  }
  const tokens = ask("instance/service-accounts/default/token");
  return {
    label: `the metadata server at ${host}`,
    ...(/^[\w.:-]+$/.test(project) ? { project } : {}),
    fetch: async () => tokenOf(await exchangeFields(tokens, http), tokens.what, tokens.url, now),
  };
}
