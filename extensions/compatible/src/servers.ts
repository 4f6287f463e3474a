import type { Refreshed } from "@claw/kernel";
import { fieldOf } from "@claw/kernel/kit";
import type { ServerKind } from "./presets.ts";
import { llamacppModels } from "./servers/llamacpp.ts";
import { lmstudioModels } from "./servers/lmstudio.ts";
import { type ListedModel, listedModels, plainly } from "./servers/model-list.ts";
import { ollamaModels } from "./servers/ollama.ts";
import type { Asking } from "./servers/server-answer.ts";

/** By whom a server's list says its models are owned, and what server that is. */
const owners: Readonly<Record<string, ServerKind>> = { library: "ollama", llamacpp: "llamacpp", organization_owner: "lmstudio" };

/** What an endpoint's server says of its models: in its own words where they say more, else by its list. */
export async function askedModels(asking: Asking): Promise<readonly Refreshed[]> {
  const { preset, wire } = asking.endpoint;
  const root = asking.exchange.address.url.replace(/\/v1$/, "");
  const own = preset?.server === "ollama" ? await ollamaModels(asking, root) : preset?.server === "lmstudio" ? await lmstudioModels(asking, root) : undefined;
  if (own !== undefined) return own;
  const models = await listedModels(asking);
  const kind = preset?.server === "llamacpp" ? "llamacpp" : wire === "openai" ? kindOf(models) : "list";
  // Who was asked before does not answer like that.
  if (kind === preset?.server && kind !== "llamacpp") return plainly(models);
  const told =
    kind === "ollama"
      ? await ollamaModels(asking, root)
      : kind === "lmstudio"
        ? await lmstudioModels(asking, root)
        : kind === "llamacpp"
          ? await llamacppModels(asking, root, models)
          : undefined;
  return told ?? plainly(models);
}

function kindOf(models: readonly ListedModel[]): ServerKind {
  const owner = fieldOf(models[0]?.entry, "owned_by");
  return typeof owner === "string" && Object.hasOwn(owners, owner) ? (owners[owner] ?? "list") : "list";
}
