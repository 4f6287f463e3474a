import { ClawError } from "@claw/kernel";

export interface AccessKeys {
  readonly type: "keys";
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What requests are made with. */
export type Credential = AccessKeys | { readonly type: "bearer"; readonly token: string };

export interface FoundCredential {
  readonly credential: Credential;
  /** Where it is from, such as `AWS profile dev`. */
  readonly label: string;
  readonly expiration?: Date;
}

/** One way to credentials. */
export interface CredentialWay {
  /** The word for it in the config. */
  readonly name: "bearer" | "keys" | "web-identity" | "profile" | "container" | "instance";
  /** What it is called when it is set up; undefined when it is not. Opens no socket. */
  label(): Promise<string | undefined>;
  /** The credentials of a way that is set up; undefined when there are none after all. Throws when there should be some. */
  find(label: string): Promise<FoundCredential | undefined>;
  /** Why it gives nothing, in a few words. */
  readonly missing: string;
  /** Whether what it found may be kept: what comes from secrets is asked for each time. */
  readonly isKept: boolean;
}

const provider = "bedrock";

/** The error of a way that is set up and gives nothing. What went wrong underneath may hold secrets: only its words are kept, by whoever calls. */
export const wayFailure = (
  label: string,
  why: string,
  options: { readonly fix?: string; readonly retryable?: boolean } = {},
): ClawError<"MODEL_NO_CREDENTIALS"> =>
  new ClawError("MODEL_NO_CREDENTIALS", `${label} gave no credentials: ${why}`, { provider }, { fix: `check ${label}`, ...options });

/** Everything of a credential that no message may repeat. */
export const secretsOf = (credential: Credential): readonly string[] =>
  credential.type === "bearer"
    ? [credential.token]
    : [credential.secretAccessKey, credential.accessKeyId, ...(credential.sessionToken === undefined ? [] : [credential.sessionToken])];

/** Keys as AWS's services hand them out, in JSON; undefined when they are none. */
export function keysOf(answer: unknown): { readonly credential: AccessKeys; readonly expiration?: Date } | undefined {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken, Expiration } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  if (!isKey(accessKeyId) || !isKey(secretAccessKey)) return undefined;
  const expiration = new Date(typeof Expiration === "string" ? Expiration : Number.NaN);
  return {
    credential: { type: "keys", accessKeyId, secretAccessKey, ...(isKey(sessionToken) ? { sessionToken } : {}) },
    ...(Number.isNaN(expiration.getTime()) ? {} : { expiration }),
  };
}

/** What a header can carry. */
export const isKey = (value: unknown): value is string => typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
