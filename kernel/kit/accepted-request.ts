import type { ModelInfo, ModelRequest, Sampling } from "../src/contracts/model.ts";
import { ClawError } from "../src/errors.ts";

/** Refuses what a model is known not to take, before it is asked: nothing that was asked for is left out in silence. Of an unknown model nothing is refused. */
export function requireAccepted(request: ModelRequest, info: ModelInfo | undefined, provider: string, wire: { readonly stop: boolean } = { stop: true }): void {
  const { model, sampling = {}, output, stop } = request;
  if ((stop?.length ?? 0) > 0 && !wire.stop) throw refused(provider, "stop", `${model} has no stop texts`, "leave them out");
  if (info === undefined) return;
  const given = (Object.keys(sampling) as (keyof Sampling)[]).filter((name) => sampling[name] !== undefined);
  const wrong = given.find((name) => info.sampling?.includes(name) !== true);
  if (wrong !== undefined) {
    const has = info.sampling === undefined || info.sampling.length === 0 ? "no sampling parameters" : `only ${info.sampling.join(", ")}`;
    throw refused(provider, "sampling", `${model} accepts ${has}, not ${wrong}`, `leave out ${wrong}`);
  }
  if (output !== undefined && info.output !== true)
    throw refused(provider, "output", `${model} cannot be held to a schema`, "offer a tool of that schema, and require it");
  if (request.tools.length > 0 && !info.tools) throw refused(provider, "tools", `${model} calls no tools`, "choose a model that does: claw models");
}

const refused = (provider: string, kind: string, message: string, fix: string): ClawError =>
  new ClawError("MODEL_REFUSED", message, { provider, kind }, { fix });
