import { ClawError } from "@claw/kernel";

const verification =
  "verify the organization at https://platform.openai.com/settings/organization/general, or set openai's summaries to false in settings.json";
const quota = "add credit or raise the limit at https://platform.openai.com/settings/organization/billing, or ask another provider: --model";

/** What was thrown, with what to do about it where only OpenAI's own words tell. */
export function withRemedy(thrown: unknown): unknown {
  const fix = remedyOf(thrown);
  if (fix === undefined || !ClawError.is(thrown)) return thrown;
  return new ClawError(thrown.code, thrown.message, thrown.data, { fix, cause: thrown, retryable: thrown.retryable });
}

function remedyOf(thrown: unknown): string | undefined {
  if (ClawError.is(thrown, "MODEL_REFUSED") && /must be verified to generate reasoning summaries/i.test(thrown.message)) return verification;
  return ClawError.is(thrown, "MODEL_RATE_LIMITED") && thrown.data.kind === "insufficient_quota" ? quota : undefined;
}
