import { readFile } from "node:fs/promises";
import { ClawError, type Host, type Http, type Secrets } from "@claw/kernel";
import { boundedText, isLoopbackName, parsedBody } from "@claw/kernel/kit";
import { type CredentialWay, type FoundCredential, isKey, keysOf, wayFailure } from "./credential.ts";

export interface MetadataParts {
  readonly http: Http;
  readonly secrets: Secrets;
  readonly host: Pick<Host, "environment" | "offline">;
}

const containerHost = "http://169.254.170.2";
const instanceHost = "http://169.254.169.254";
const containerMs = 5_000;
/** Where there is no such service, nobody says so. */
const instanceMs = 1_000;
const maxAnswer = 64 * 1024;

/** The role of a container, on ECS and EKS. */
export const containerWay = ({ http, secrets, host }: MetadataParts): CredentialWay => ({
  name: "container",
  missing: "no AWS_CONTAINER_CREDENTIALS_FULL_URI",
  isKept: true,
  label: async () => (containerAddress(host.environment) === undefined ? undefined : "the container's role"),
  async find(label) {
    const address = containerAddress(host.environment);
    if (address === undefined) return undefined;
    if (!isContainerHost(address))
      throw wayFailure(label, `${address.host} is neither this machine nor https`, { fix: "correct AWS_CONTAINER_CREDENTIALS_FULL_URI" });
    const authorization = await containerToken(host.environment, secrets, label);
    const headers = { accept: "application/json", ...(authorization === undefined ? {} : { authorization }) };
    return foundIn(await ask(http, address.href, { headers, redirect: "manual", signal: AbortSignal.timeout(containerMs) }, label), label);
  },
});

/** The role of an EC2 instance (IMDSv2). It is asked last, and not for long: elsewhere nobody answers. */
export const instanceWay = ({ http, host }: MetadataParts): CredentialWay => {
  const isOff = host.offline || host.environment["AWS_EC2_METADATA_DISABLED"]?.toLowerCase() === "true";
  const base = (host.environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "").replace(/\/+$/, "") || instanceHost;
  return {
    name: "instance",
    missing: isOff ? "the instance metadata is switched off" : "no instance metadata",
    isKept: true,
    label: async () => (isOff ? undefined : "the instance's role"),
    async find(label) {
      const signal = AbortSignal.timeout(instanceMs);
      let token: string;
      try {
        const init = { method: "PUT", headers: { "x-aws-ec2-metadata-token-ttl-seconds": "300" }, redirect: "manual", signal } as const;
        token = await ask(http, `${base}/latest/api/token`, init, label);
      } catch {
        // Not an instance, or one without this service.
        return undefined;
      }
      const read = (path: string): Promise<string> =>
        ask(
          http,
          `${base}/latest/meta-data/iam/security-credentials/${path}`,
          { headers: { "x-aws-ec2-metadata-token": token }, redirect: "manual", signal },
          label,
        );
      const [role = ""] = (await read("")).trim().split("\n");
      return foundIn(await read(encodeURIComponent(role)), label);
    },
  };
};

type Environment = Host["environment"];

function containerAddress(environment: Environment): URL | undefined {
  const relative = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] ?? "";
  if (relative !== "") return new URL(relative, containerHost);
  return URL.parse(environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] ?? "") ?? undefined;
}

/** The token may go in the clear only to this machine and to where AWS's own agents listen. */
const isContainerHost = ({ protocol, hostname }: URL): boolean =>
  protocol === "https:" || (protocol === "http:" && (isLoopbackName(hostname) || ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"].includes(hostname)));

async function containerToken(environment: Environment, secrets: Secrets, label: string): Promise<string | undefined> {
  const file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] ?? "";
  const token = file === "" ? await secrets.get("AWS_CONTAINER_AUTHORIZATION_TOKEN") : await readFile(file, "utf8").catch(() => "\n");
  if (token === undefined || token === "") return undefined;
  // `Basic …` has a blank in it.
  if (/^[\x20-\x7e]+$/.test(token.trim())) return token.trim();
  throw wayFailure(label, file === "" ? "AWS_CONTAINER_AUTHORIZATION_TOKEN is no token" : `${file} holds no token`);
}

/** The text of an answer; nothing of it is ever repeated. */
async function ask(http: Http, url: string, init: RequestInit, label: string): Promise<string> {
  const { host } = new URL(url);
  try {
    const response = await http.fetch(url, init);
    const text = await boundedText(response, maxAnswer);
    if (response.ok) return text;
    throw wayFailure(label, `${host} answered with ${response.status}`, { retryable: response.status === 429 || response.status >= 500 });
  } catch (error) {
    if (ClawError.is(error)) throw error;
    throw wayFailure(label, `${host} did not answer`, { retryable: true });
  }
}

function foundIn(json: string, label: string): FoundCredential {
  const keys = keysOf(parsedBody(json));
  if (keys === undefined || !isKey(keys.credential.sessionToken)) throw wayFailure(label, "what it answered is no set of keys");
  return { label, ...keys };
}
