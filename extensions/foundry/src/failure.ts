import { ClawError } from "@claw/kernel";
import { fieldOf, parsedBody } from "@claw/kernel/kit";

/** A failure with what can be done about it in Azure, where it is known. Anything else comes back as it is. */
export function explained(error: unknown, deployment: string): unknown {
  if (!ClawError.is(error)) return error;
  const fix = fixOf(error, deployment);
  return fix === undefined ? error : new ClawError(error.code, error.message, error.data, { fix, cause: error.cause, retryable: error.retryable });
}

function fixOf(error: ClawError, deployment: string): string | undefined {
  if (ClawError.is(error, "MODEL_UNKNOWN")) {
    return `name a deployment of the resource: foundry/<deployment>; if ${JSON.stringify(deployment)} is a model, name its deployment in foundry's deployments in settings.json`;
  }
  if (!ClawError.is(error, "MODEL_REFUSED")) return undefined;
  const { kind, body } = error.data;
  if (kind === "content_filter") return `say it in other words, or change the content filter of the deployment${found(body)}`;
  if (kind === "OperationNotSupported" || kind === "unsupported_api_for_model") return "set foundry's wire to the other API, chat or responses";
  return undefined;
}

/** What a content filter found, with how bad it was: `{"error":{"innererror":{"content_filter_result":{"hate":{"filtered","severity"}}}}}`. */
function found(body: string | undefined): string {
  const inner = fieldOf(fieldOf(parsedBody(body ?? ""), "error"), "innererror");
  const results = fieldOf(inner, "content_filter_result") ?? fieldOf(inner, "content_filter_results");
  if (typeof results !== "object" || results === null) return "";
  const names = Object.entries(results).flatMap(([name, result]) => {
    if (fieldOf(result, "filtered") !== true) return [];
    const severity = fieldOf(result, "severity");
    return [typeof severity === "string" ? `${name} (${severity})` : name];
  });
  return names.length === 0 ? "" : `: it found ${names.slice(0, 10).join(", ").slice(0, 200)}`;
}
