import { ClawError, type Http } from "@claw/kernel";
import { fieldOf } from "@claw/kernel/kit";
import { invalidAnswer } from "./token-exchange.ts";

export interface AccessToken {
  readonly value: string;
  readonly expiresAtMs: number;
}

/** Where access tokens for Google Cloud come from. */
export interface TokenSource {
  /** What it is, for people: `the login in /home/ada/.config/gcloud/application_default_credentials.json`. */
  readonly label: string;
  /** The project the credentials belong to. */
  readonly project?: string;
  /** The project that requests are counted for, when it is another. */
  readonly quotaProject?: string;
  /** Asks for a new one. */
  fetch(): Promise<AccessToken>;
}

/** What a source is made of. */
export interface SourceParts {
  readonly http: Http;
  readonly now: () => Date;
  /** The file that the credentials are from. */
  readonly path: string;
}

export type Fields = Readonly<Record<string, unknown>>;

export const cloudScope = "https://www.googleapis.com/auth/cloud-platform";
export const loginFix = "run gcloud auth application-default login";

/** A text that a credentials file has to hold. */
export function requiredText(fields: unknown, name: string, path: string): string {
  const value = fieldOf(fields, name);
  if (typeof value === "string" && value !== "") return value;
  throw invalidFile(path, `has no ${name}`);
}

export function optionalText(fields: unknown, name: string): string | undefined {
  const value = fieldOf(fields, name);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export const invalidFile = (path: string, problem: string, cause?: unknown): ClawError<"MODEL_AUTH"> =>
  new ClawError("MODEL_AUTH", `the Google credentials in ${path} cannot be used: the file ${problem}`, { provider: "vertex" }, { cause, fix: loginFix });

/** The token of an OAuth answer. */
export function tokenOf(answer: unknown, what: string, url: string, now: () => Date): AccessToken {
  const value = fieldOf(answer, "access_token");
  const seconds = Number(fieldOf(answer, "expires_in") ?? 3600);
  if (!isToken(value) || !(seconds >= 0)) throw invalidAnswer(what, url);
  return { value, expiresAtMs: now().getTime() + seconds * 1000 };
}

/** What a header can carry. */
export const isToken = (value: unknown): value is string => typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
