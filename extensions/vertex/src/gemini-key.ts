import { ClawError, type Secrets } from "@claw/kernel";
import { type NamedSecret, firstSecret } from "@claw/kernel/kit";

export type GeminiKey = NamedSecret<"GEMINI_API_KEY" | "GOOGLE_API_KEY">;

const keyPage = "https://aistudio.google.com/apikey";

/** The key of the Gemini API, if there is one. */
export const keyOf = (secrets: Secrets): Promise<GeminiKey | undefined> => firstSecret(secrets, ["GEMINI_API_KEY", "GOOGLE_API_KEY"], "gemini");

export const noKey = (): ClawError<"MODEL_NO_CREDENTIALS"> =>
  new ClawError(
    "MODEL_NO_CREDENTIALS",
    "there is no key for gemini: neither GEMINI_API_KEY nor GOOGLE_API_KEY is set",
    { provider: "gemini" },
    { fix: `export GEMINI_API_KEY=… with a key from ${keyPage}` },
  );

export const keyFix = ({ name }: GeminiKey): string => `check ${name} at ${keyPage}`;
