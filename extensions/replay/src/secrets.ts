import { secretFilter, type StringMap } from "@claw/kernel/kit";

/** Takes secrets out of strings. What stands there instead is the same for all, so that a request is found again where the key is another. */
export const withoutSecrets = (environment: Readonly<Record<string, string | undefined>>): StringMap => secretFilter(environment, () => "{{secret}}");
