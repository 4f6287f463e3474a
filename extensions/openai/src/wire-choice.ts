import type { ModelInfo, ModelRequest } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";

/** The API a request goes to: the one of the config, the only one the model answers at, or the one that says what is asked for. */
export function wireOf(wire: Contract["config"]["wire"], { stop = [] }: Pick<ModelRequest, "stop">, info: ModelInfo | undefined): "chat" | "responses" {
  if (wire !== "auto") return wire;
  if (info?.endpoint === "chat" || info?.endpoint === "responses") return info.endpoint;
  // Chat completions lose what a model thought between its calls; Responses have no stop texts.
  return info?.reasoning === true && stop.length === 0 ? "responses" : "chat";
}
