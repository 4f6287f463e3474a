import { ClawError } from "@claw/kernel";

const fix = "verify the organization at https://platform.openai.com/settings/organization/general, or set openai's summaries to false in settings.json";

/** What was thrown, with what to do about it where only OpenAI's own words tell. */
export function withRemedy(thrown: unknown): unknown {
  if (!ClawError.is(thrown, "MODEL_REFUSED") || !/must be verified to generate reasoning summaries/i.test(thrown.message)) return thrown;
  return new ClawError("MODEL_REFUSED", thrown.message, thrown.data, { fix, cause: thrown });
}
